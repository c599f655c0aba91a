"""A match while it runs: say that it lives and how far it is, or cancel it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, update
from sqlalchemy.orm import Session

from market.accounts.commands import record
from market.db import lock
from market.errors import Conflict
from market.matching.commands.pieces import clear_pieces
from market.matching.commands.runs import newest_run
from market.matching.models import MatchRun
from market.matching.rules import RunState
from market.rounds.models import Round


def hold_run(
    session: Session, run_id: int, *, phase: str, done_permille: int, until: datetime
) -> bool:
    """Keep a run for longer and note how far it is; False when it is no longer running."""
    held = session.execute(
        update(MatchRun)
        .where(MatchRun.id == run_id, MatchRun.state == RunState.RUNNING)
        .values(
            claimed_until=until,
            phase=phase,
            done_permille=func.greatest(MatchRun.done_permille, done_permille),
        )
        .returning(MatchRun.id)
    )
    return held.one_or_none() is not None


def note_lines(session: Session, run_id: int, lines: int) -> None:
    """How large the problem is that a run has read."""
    session.execute(update(MatchRun).where(MatchRun.id == run_id).values(lines=lines))


def cancel_run(
    session: Session, round_id: int, *, actor: str, reason: str | None, now: datetime
) -> bool:
    """Stop a round's running match; False when it was cancelled before.

    The round stays closed and no match starts by itself. Workers see it at their next piece.
    Raises Conflict where no match is running.
    """
    lock(session, Round, round_id)
    run = newest_run(session, round_id)
    if run is None or run.state not in (RunState.RUNNING, RunState.CANCELLED):
        raise Conflict("match_not_running")
    if run.state is RunState.CANCELLED:
        return False
    run.state, run.claimed_until, run.finished_at = RunState.CANCELLED, None, now
    clear_pieces(session, run.id)
    record(
        session, actor=actor, subject=f"round:{round_id}", event="match.cancelled", at=now,
        reason=reason,
    )  # fmt: skip
    return True
