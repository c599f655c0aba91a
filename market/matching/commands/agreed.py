"""Batches of what groups have promised before: no group is asked for the same twice.

The same rows as after a match, so that making, money and the audit see nothing special: a
published run whose asks are all answered with all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from market.accounts.commands import record
from market.matching.models import Ask, Assignment, Batch, MatchRun
from market.matching.rules import Answer, BatchState, Mode, RunState
from market.rounds.models import RoundOffer

AGREED = "agreed"  # the mode of a run that solved nothing


@dataclass(frozen=True, kw_only=True)
class Promise:
    """A group's word: all of this offer, on its way like this, said by whom and when."""

    offer: RoundOffer
    mode: Mode
    answered_at: datetime
    answered_by: str
    on_behalf: bool
    note: str | None


def confirm_agreed(
    session: Session, line_id: int, promises: Sequence[Promise], *, actor: str, now: datetime
) -> list[Batch]:
    """One confirmed batch a promise, its units given to the line."""
    run = _run(session, promises[0].offer.round_id, now)
    return [_batch(session, run, line_id, promise, actor, now) for promise in promises]


def _run(session: Session, round_id: int, now: datetime) -> MatchRun:
    run = MatchRun(
        round_id=round_id, rematch_no=0, state=RunState.PUBLISHED, mode=AGREED, params={},
        versions={}, phase="done", done_permille=1000, started_at=now, finished_at=now,
        published_at=now,
    )  # fmt: skip
    session.add(run)
    session.flush()
    return run


def _batch(
    session: Session, run: MatchRun, line_id: int, promise: Promise, actor: str, now: datetime
) -> Batch:
    offer, units = promise.offer, promise.offer.capacity_units
    batch = Batch(
        round_id=offer.round_id, round_offer_id=offer.id, group_id=offer.group_id,
        product_id=offer.product_id, delivery_index=0, state=BatchState.CONFIRMED,
        confirmed_units=units, to_make_units=units,
    )  # fmt: skip
    session.add(batch)
    session.flush()
    session.add_all([
        Ask(batch_id=batch.id, run_id=run.id, units=units, lot_units=offer.lot_units,
            answer=Answer.ALL, confirmed_units=units, asked_at=promise.answered_at, answer_by=now,
            answered_at=promise.answered_at, answered_by=promise.answered_by,
            on_behalf=promise.on_behalf, note=promise.note),
        Assignment(run_id=run.id, batch_id=batch.id, line_id=line_id, mode=promise.mode,
                   units=units, confirmed_units=units, live_units=units,
                   price_satang=offer.price_satang),
    ])  # fmt: skip
    session.flush()
    record(
        session, actor=actor, subject=f"batch:{batch.id}", event="batch.confirmed", at=now,
        to_state=BatchState.CONFIRMED, data={"units": units, "agreed": True},
    )  # fmt: skip
    return batch
