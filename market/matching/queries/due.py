"""Rows that a sweep should look at, however long nobody looked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.orm import Session

from market.matching.models import MatchPiece, MatchRun
from market.matching.rules import LOST_RUNS, RETRY_AFTER, PieceState, RunState
from market.rounds.models import Round
from market.rounds.rules import RoundState


def rounds_due_for_match(session: Session, now: datetime) -> Sequence[int]:
    """Closed rounds without a live run, or whose run's lease ran out; failures wait a while.

    A round whose match was cancelled waits for a person. One whose workers died again and again
    waits too: what kills them, too little memory say, would otherwise do so every minute.
    """
    failed = and_(MatchRun.state == RunState.FAILED, MatchRun.finished_at > now - RETRY_AFTER)
    lost = (
        select(func.count())
        .where(MatchRun.round_id == Round.id, failed, MatchRun.claimed_until.is_not(None))
        .scalar_subquery()
    )
    busy = exists().where(
        MatchRun.round_id == Round.id,
        or_(
            MatchRun.state.in_((RunState.SOLVED, RunState.CANCELLED)),
            and_(MatchRun.state == RunState.RUNNING, MatchRun.claimed_until > now),
            and_(failed, MatchRun.claimed_until.is_(None)),
        ),
    )
    return session.scalars(
        select(Round.id)
        .where(Round.state == RoundState.CLOSED, ~busy, lost < LOST_RUNS)
        .order_by(Round.id)
    ).all()


def runs_due_for_help(session: Session, now: datetime) -> Sequence[int]:
    """Running matches with pieces that nobody works on: their doorbell was lost."""
    open_piece = or_(
        MatchPiece.state == PieceState.WAITING,
        and_(MatchPiece.state == PieceState.TAKEN, MatchPiece.claimed_until < now),
    )
    return session.scalars(
        select(MatchRun.id)
        .where(
            MatchRun.state == RunState.RUNNING,
            exists().where(MatchPiece.run_id == MatchRun.id, open_piece),
        )
        .order_by(MatchRun.id)
    ).all()


def runs_due_for_publication(session: Session, now: datetime) -> Sequence[int]:
    """Solved runs that nobody has published by their round's moment."""
    return session.scalars(
        select(MatchRun.id)
        .join(Round, Round.id == MatchRun.round_id)
        .where(
            MatchRun.state == RunState.SOLVED,
            Round.state == RoundState.MATCHED,
            Round.publish_at <= now,
        )
        .order_by(MatchRun.id)
    ).all()


def rounds_due_for_settling(session: Session) -> Sequence[int]:
    """Rounds that groups are confirming."""
    return session.scalars(
        select(Round.id).where(Round.state == RoundState.CONFIRMING).order_by(Round.id)
    ).all()
