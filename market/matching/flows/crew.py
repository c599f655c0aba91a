"""Who solves the pieces of a match: the process that runs it, and any worker that has time.

A step's heavy pieces become rows; the bell is rung, and this process takes from the same rows,
so a lone worker ends too. The answers come back in the order of the tasks, whoever gave them.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from market.matching.commands.pieces import (
    NewPiece,
    answer_piece,
    clear_pieces,
    collect_answers,
    hold_piece,
    put_up,
    take_piece,
)
from market.matching.commands.running import hold_run
from market.matching.engine.plan import Unsolvable
from market.matching.engine.pool import chunks
from market.matching.engine.solver import versions
from market.matching.flows.heart import Heart, patiently
from market.matching.packing import pack, unpack
from market.matching.progress import permille
from market.matching.rules import LEASE

Task = TypeVar("Task")
Result = TypeVar("Result")

#: So many workers are called at most.
HELPERS = 32
#: A program takes time even where it is small: about that of so many columns.
EACH = 30
#: Seconds between looks while others work on the last pieces.
LOOK = 0.1


@dataclass(frozen=True, kw_only=True)
class Spread:
    """When a match is shared, and how other workers are called to a run.

    from_lines: of the round. light: a task with fewer columns is solved faster than it is sent.
    Weights are columns and ``EACH`` for every task, 3,000 take about a second: worth, a lighter
    step is solved alone; heap, so much travels together.
    """

    from_lines: int
    call: Callable[[int], object]
    light: int = 16
    worth: int = 3_000
    heap: int = 2_000


def kit() -> str:
    """The solver's versions as one word: only workers with the same may answer for each other."""
    return json.dumps(versions(), sort_keys=True)


class Pulse:
    """Where a run is: told by the crew, written down by the heart.

    started_at: the run's own start; its clock goes on from there.
    """

    piece_id: int | None = None  # the piece in hand

    def __init__(self, run_id: int, started_at: datetime) -> None:
        self.run_id, self._started_at, self._zero = run_id, started_at, time.monotonic()
        self._phase, self._done, self._total = "reading", 0, 0

    def now(self) -> datetime:
        """The run's present moment."""
        return self._started_at + timedelta(seconds=time.monotonic() - self._zero)

    def begin(self, phase: str, weight: int = 0) -> None:
        """A phase begins; weight: of all that will be done in it."""
        self._phase, self._done, self._total = phase, 0, weight

    def add(self, weight: int) -> None:
        """So much of the phase is done."""
        self._done += weight

    def beat(self, session: Session) -> bool:
        """Keep the run, and the piece in hand; False when the run is no longer ours."""
        until, piece_id = self.now() + LEASE, self.piece_id
        done = permille(self._phase, self._done, self._total)
        held = hold_run(session, self.run_id, phase=self._phase, done_permille=done, until=until)
        if held and piece_id is not None:  # the run first, as who stops it does: no deadlock
            hold_piece(session, piece_id, until=until)
        return held


@dataclass(frozen=True)
class _Step:
    """One call of the solver. parts: the heavy tasks by number, those that travel together."""

    work: Callable[[Any], Any]
    tasks: Sequence[Any]
    sizes: Sequence[int]
    parts: Sequence[Sequence[int]]

    def pieces(self) -> Iterator[NewPiece]:
        """The parts as others get them."""
        for number, part in enumerate(self.parts):
            task = pack([self.tasks[task] for task in part])
            yield NewPiece(number=number, weight=self.weight(number), task=task)

    def weight(self, part: int) -> int:
        """Of all tasks of a part."""
        return sum(self.sizes[task] for task in self.parts[part])


class Crew:
    """Solves the pieces of one run; spread None: all in this process."""

    def __init__(self, pulse: Pulse, heart: Heart, spread: Spread | None) -> None:
        self._pulse, self._heart, self._spread = pulse, heart, spread
        self._kit, self._stage = kit(), 0

    def begin(self, phase: str, weight: int = 0) -> None:
        """The solve comes to a phase. Raises Lost when nobody wants it any more."""
        self._heart.check()
        self._pulse.begin(phase, weight)

    def run(
        self, work: Callable[[Task], Result], tasks: Sequence[Task], sizes: Sequence[int]
    ) -> list[Result]:
        """work(task) for each task, in the order of the tasks. Raises Lost, Unsolvable."""
        step = _Step(work, tasks, sizes, self._parts(sizes))
        if step.parts:
            self._put_up(step)
        alone = set(range(len(tasks))).difference(*step.parts)
        found = {number: self._solve(step, number) for number in sorted(alone)}
        for part, answers in self._together(step).items():
            found.update(zip(step.parts[part], answers, strict=True))
        return [found[number] for number in range(len(tasks))]

    def _parts(self, sizes: Sequence[int]) -> list[list[int]]:
        """The tasks that others may take, heavy ones first, small ones together."""
        if self._spread is None:
            return []
        spread = self._spread
        heavy = [number for number, size in enumerate(sizes) if size >= spread.light]
        weights = [size + EACH for size in sizes]
        if sum(weights[number] for number in heavy) < spread.worth:
            return []
        heavy.sort(key=lambda number: (-sizes[number], number))
        return list(chunks(heavy, weights, spread.heap))

    def _solve(self, step: _Step, number: int) -> Any:
        self._heart.check()
        result = step.work(step.tasks[number])
        self._pulse.add(step.sizes[number])
        return result

    def _put_up(self, step: _Step) -> None:
        """Store the parts and call for help. The step before is done: its rows go."""
        self._stage += 1
        run_id, pieces = self._pulse.run_id, list(step.pieces())

        def store(session: Session) -> None:
            clear_pieces(session, run_id)
            put_up(session, run_id, self._stage, pieces, work=step.work.__name__, kit=self._kit)

        patiently(store)
        if self._spread is not None:
            for _ in range(min(len(pieces) - 1, HELPERS)):
                self._spread.call(run_id)

    def _together(self, step: _Step) -> dict[int, Sequence[Any]]:
        """Take a part, take in what others answered, until every part has its answers."""
        answers: dict[int, Sequence[Any]] = {}
        while len(answers) < len(step.parts):
            self._heart.check()
            part = self._take()
            if part is not None:
                answers[part] = [self._solve(step, number) for number in step.parts[part]]
                self._answer()
            news = self._collect(list(answers))
            for number in news:
                self._pulse.add(step.weight(number))
            answers.update(news)
            if part is None and not news:
                time.sleep(LOOK)
        return answers

    def _take(self) -> int | None:
        now = self._pulse.now()
        taken = patiently(
            lambda session: take_piece(
                session, self._pulse.run_id, kit=self._kit, now=now, until=now + LEASE
            )
        )
        if taken is None:
            return None
        self._pulse.piece_id, part = taken.id, taken.number
        return part

    def _answer(self) -> None:
        """Our own piece is solved; its results stay in memory."""
        piece_id, self._pulse.piece_id = self._pulse.piece_id, None
        if piece_id is not None:
            patiently(lambda session: answer_piece(session, piece_id, result=None))

    def _collect(self, known: list[int]) -> dict[int, Sequence[Any]]:
        """What others answered. Raises Unsolvable where the solver found nothing."""
        found = patiently(
            lambda session: collect_answers(session, self._pulse.run_id, self._stage, known)
        )
        for answer in found:
            if answer.result is None:
                raise Unsolvable(answer.error or "a piece came back empty")
        return {answer.number: unpack(answer.result) for answer in found if answer.result}
