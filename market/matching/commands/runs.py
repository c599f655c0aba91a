"""Freezing a closed round's demand, and the life of a match run until it is published."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from market.accounts.commands import record
from market.db import lock
from market.errors import Conflict
from market.matching.commands.bulk import copy_rows
from market.matching.commands.mapping import keep_flows
from market.matching.commands.pieces import clear_pieces
from market.matching.models import MatchRun
from market.matching.queries.problem_copy import expect_many_rows
from market.matching.rules import (
    LEASE,
    PUBLISH_AFTER,
    PUBLISH_AFTER_SAMPLE,
    RunState,
)
from market.matching.stored import unpack_plan, unpack_problem
from market.orders.releasing import release_unfunded
from market.rounds.commands import move_round
from market.rounds.models import Round
from market.rounds.rules import RoundState


class Solved(Protocol):
    """What the solver hands over; see ``market.matching.solution.Solution``."""

    @property
    def problem(self) -> bytes: ...
    @property
    def plan(self) -> bytes: ...
    @property
    def input_hash(self) -> str: ...
    @property
    def versions(self) -> dict[str, str]: ...
    @property
    def stages(self) -> list[dict[str, Any]]: ...
    @property
    def new_units(self) -> int: ...
    @property
    def offers(self) -> Sequence[Any]: ...
    @property
    def unserved(self) -> Sequence[Any]: ...


LIVE = (RunState.RUNNING, RunState.SOLVED)

_FREEZE = text(
    """
    INSERT INTO demand_cell (round_id, product_id, point_id, tambon_code, delivery_index,
                             group_id, priority, ceiling_satang, units, lines)
    SELECT l.round_id, l.product_id, o.point_id, o.tambon_code, o.delivery_index,
           CASE WHEN l.maker = 'only' THEN l.group_id END, l.priority, l.ceiling_satang,
           sum(l.units), count(*)
      FROM order_line l JOIN orders o ON o.id = l.order_id
     WHERE l.round_id = :round_id AND l.released_at IS NULL AND o.state = 'placed'
       AND NOT EXISTS (SELECT 1 FROM demand_cell c WHERE c.round_id = :round_id)
     GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
    """
)


def freeze_cells(session: Session, round_id: int) -> int:
    """Sum a closed round's lines into demand cells, once; returns how many were made."""
    expect_many_rows(session)
    done = session.execute(_FREEZE, {"round_id": round_id})
    return int(done.rowcount)  # type: ignore[attr-defined]


def start_run(
    session: Session, round_id: int, *, params: Mapping[str, Any], now: datetime
) -> int | None:
    """Take the lease on matching a closed round; None where nothing is to do.

    A run whose lease ran out (its worker died) is failed and a new one started. After a
    cancelled run nothing starts until somebody asks for it (``reopen_match``).
    """
    round_ = lock(session, Round, round_id)
    if round_.state is not RoundState.CLOSED:
        return None
    if not _make_room(session, round_id, now):
        return None
    release_unfunded(session, round_, now=now)
    freeze_cells(session, round_id)
    run = MatchRun(
        round_id=round_id,
        rematch_no=round_.rematches,
        state=RunState.RUNNING,
        mode="final",
        params=dict(params),
        versions={},
        claimed_until=now + LEASE,
        started_at=now,
    )
    session.add(run)
    session.flush()
    return run.id


def _make_room(session: Session, round_id: int, now: datetime) -> bool:
    """Is the round free for a new run? A stale run makes way."""
    last = newest_run(session, round_id)
    if last is None or last.state not in (*LIVE, RunState.CANCELLED):
        return True
    if last.state is RunState.CANCELLED or (last.claimed_until and last.claimed_until > now):
        return False
    last.state, last.error, last.finished_at = RunState.FAILED, "lease ran out", now
    clear_pieces(session, last.id)
    session.flush()
    return True


def newest_run(session: Session, round_id: int) -> MatchRun | None:
    """The last run of a round, locked. The round must be locked before."""
    return session.scalar(
        select(MatchRun)
        .where(MatchRun.round_id == round_id)
        .order_by(MatchRun.id.desc())
        .limit(1)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )


def store_solution(session: Session, run_id: int, solution: Solved, *, now: datetime) -> bool:
    """Keep a solved run and move the round to MATCHED; False when the run is no longer ours.

    A re-match that moves nothing is due for publication at once: nobody need look at it.
    """
    round_, run = lock_run(session, run_id)
    if run.state is not RunState.RUNNING or round_.state is not RoundState.CLOSED:
        return False
    _keep(run, solution, now)
    clear_pieces(session, run_id)
    copy_rows(session, "offer_result", _OFFER_COLUMNS, _offer_rows(run_id, solution.offers))
    copy_rows(session, "unserved_line", _LINE_COLUMNS, _line_rows(run_id, solution.unserved))
    keep_flows(session, run_id, unpack_problem(solution.problem), unpack_plan(solution.plan))
    wait = PUBLISH_AFTER_SAMPLE if round_.sample else PUBLISH_AFTER
    if round_.publish_minutes is not None:
        wait = timedelta(minutes=round_.publish_minutes)
    idle = run.rematch_no > 0 and solution.new_units == 0
    round_.publish_at = now if idle else now + wait
    move_round(session, round_, RoundState.MATCHED, actor="system", now=now)
    return True


def lock_run(session: Session, run_id: int) -> tuple[Round, MatchRun]:
    """Round first, then the run: the one lock order. Raises NotFound."""
    round_id = session.scalar(select(MatchRun.round_id).where(MatchRun.id == run_id))
    return lock(session, Round, round_id or 0), lock(session, MatchRun, run_id)


def _keep(run: MatchRun, solution: Solved, now: datetime) -> None:
    run.state, run.claimed_until, run.finished_at = RunState.SOLVED, None, now
    run.problem, run.plan = solution.problem, solution.plan
    run.input_hash, run.versions = solution.input_hash, dict(solution.versions)
    run.stages = list(solution.stages)
    run.phase, run.done_permille = "done", 1000


_OFFER_COLUMNS = ("run_id", "round_offer_id", "units", "insisted_units", "reason", "data")
_LINE_COLUMNS = ("run_id", "line_id", "units", "reason", "data")


def _offer_rows(run_id: int, outcomes: Sequence[Any]) -> Iterator[tuple[object, ...]]:
    for o in outcomes:
        data = json.dumps(o.data)
        yield run_id, o.round_offer_id, o.units, o.insisted_units, o.reason, data


def _line_rows(run_id: int, outcomes: Sequence[Any]) -> Iterator[tuple[object, ...]]:
    known: dict[tuple[tuple[str, Any], ...], str] = {}  # many lines fell short in the same way
    for line in outcomes:
        key = tuple(line.data.items())
        if key not in known:
            known[key] = json.dumps(line.data)
        yield run_id, line.line_id, line.units, line.reason, known[key]


def fail_run(session: Session, run_id: int, *, error: str, now: datetime) -> None:
    """Note that a solve gave nothing to publish; the round stays CLOSED and is tried again."""
    _, run = lock_run(session, run_id)
    if run.state is RunState.RUNNING:
        run.state, run.claimed_until = RunState.FAILED, None
        run.error, run.finished_at = error[:1000], now
        clear_pieces(session, run_id)
        record(
            session, actor="system", subject=f"round:{run.round_id}", event="match.failed",
            at=now, reason=run.error,
        )  # fmt: skip


def reopen_match(
    session: Session, round_id: int, *, actor: str, reason: str | None, now: datetime
) -> None:
    """Put an unpublished or a cancelled match aside, so that the round is matched again.

    Raises Conflict where the round waits for no match.
    """
    round_ = lock(session, Round, round_id)
    if round_.state is RoundState.CLOSED:
        _put_cancelled_aside(session, round_id, actor=actor, reason=reason, now=now)
        return
    if round_.state is not RoundState.MATCHED:
        raise Conflict("match_already_published")
    run = session.scalars(
        select(MatchRun)
        .where(MatchRun.round_id == round_id, MatchRun.state == RunState.SOLVED)
        .with_for_update(key_share=True)
    ).one()
    run.state, round_.publish_at = RunState.SUPERSEDED, None
    move_round(session, round_, RoundState.CLOSED, actor=actor, now=now, reason=reason)


def _put_cancelled_aside(
    session: Session, round_id: int, *, actor: str, reason: str | None, now: datetime
) -> None:
    run = newest_run(session, round_id)
    if run is not None and run.state is RunState.CANCELLED:
        run.state = RunState.SUPERSEDED
        record(
            session, actor=actor, subject=f"round:{round_id}", event="match.asked_for", at=now,
            reason=reason,
        )  # fmt: skip
