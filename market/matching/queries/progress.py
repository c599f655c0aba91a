"""How far a round's match is, for whoever waits for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Any

from sqlalchemy import extract, select
from sqlalchemy.orm import Session

from market.errors import NotFound
from market.matching.models import MatchRun
from market.matching.progress import seconds_left, usual_seconds
from market.matching.rules import RunState
from market.rounds.models import Round
from market.rounds.rules import RoundState

#: Matches looked at for how long one takes.
EARLIER = 20


@dataclass(frozen=True, kw_only=True)
class MatchProgress:
    """The newest match of a round; state None: none was started yet.

    waiting: the round is closed, so a match runs or is due. minutes_left: rounded up, None where
    nothing is known. lines: of the round, once they are read.
    """

    round_id: int
    round_number: int
    waiting: bool
    state: RunState | None
    phase: str
    done_permille: int
    lines: int | None
    started_at: datetime | None
    minutes_left: int | None
    error: str | None

    @property
    def running(self) -> bool:
        """Is somebody solving?"""
        return self.waiting and self.state is RunState.RUNNING

    @property
    def cancelled(self) -> bool:
        """Was it stopped by a person, so that nothing starts by itself?"""
        return self.waiting and self.state is RunState.CANCELLED


def progress_of(session: Session, round_id: int, *, now: datetime) -> MatchProgress:
    """Where the match of a round stands. Raises NotFound."""
    round_ = session.get(Round, round_id)
    if round_ is None:
        raise NotFound("round_not_found")
    run = session.execute(
        select(
            MatchRun.state, MatchRun.phase, MatchRun.done_permille, MatchRun.lines,
            MatchRun.started_at, MatchRun.error,
        )
        .where(MatchRun.round_id == round_id)
        .order_by(MatchRun.id.desc())
        .limit(1)
    ).one_or_none()  # fmt: skip
    running = run is not None and run.state is RunState.RUNNING
    return MatchProgress(
        round_id=round_id,
        round_number=round_.number,
        waiting=round_.state is RoundState.CLOSED,
        state=run.state if run else None,
        phase=run.phase if run else "reading",
        done_permille=run.done_permille if run else 0,
        lines=run.lines if run else None,
        started_at=run.started_at if run else None,
        minutes_left=_minutes_left(session, run, now) if running else None,
        error=run.error if run else None,
    )


def _minutes_left(session: Session, run: Any, now: datetime) -> int | None:
    earlier = _earlier(session) if run.lines else []
    usual = usual_seconds(run.lines, earlier) if run.lines else None
    left = seconds_left(run.done_permille, (now - run.started_at).total_seconds(), usual)
    return None if left is None else max(1, ceil(left / 60))


def _earlier(session: Session) -> list[tuple[int, float]]:
    """(lines, seconds) of the last matches that came to an end."""
    took = extract("epoch", MatchRun.finished_at - MatchRun.started_at)
    rows = session.execute(
        select(MatchRun.lines, took)
        .where(
            MatchRun.state.in_((RunState.SOLVED, RunState.PUBLISHED, RunState.SUPERSEDED)),
            MatchRun.done_permille == 1000,
            MatchRun.lines > 0,
        )
        .order_by(MatchRun.id.desc())
        .limit(EARLIER)
    )
    return [(lines, float(seconds)) for lines, seconds in rows if lines]
