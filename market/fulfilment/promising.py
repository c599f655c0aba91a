"""By when a batch is handed over: promised once, changed openly, and what a buyer may do then.

A changed promise is said with its reason. Whoever does not want to wait gets the money back,
as long as the goods have not left the group.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from market.accounts.commands import record
from market.clock import bangkok_date
from market.db import lock
from market.errors import Conflict, NotFound, Refused
from market.fulfilment.making import RECOUNT_CONSIGNMENTS
from market.fulfilment.models import Promise
from market.matching.models import Batch
from market.matching.rules import AnswerReason, BatchState
from market.payments.drops import drop_all, drop_units, parts_of_batches, stop_batches
from market.payments.lowering import Why
from market.payments.rules import ReleaseReason
from market.payments.tell import News, tell_buyers

LATEST = timedelta(days=30)
MOST_NOTE = 300
IN_HAND = frozenset({BatchState.TO_MAKE, BatchState.MADE, BatchState.PACKED})

_WAITING = text(
    """
    SELECT DISTINCT l.order_id
      FROM assignment a JOIN order_line l ON l.id = a.line_id
     WHERE a.batch_id = :batch_id AND a.live_units > 0 ORDER BY 1
    """
)
_ABOUT = text(
    """
    SELECT p.name_th, p.name_en, g.name_th AS group_th, g.name_en AS group_en
      FROM batch b JOIN product p ON p.id = b.product_id
      JOIN producer_group g ON g.id = b.group_id WHERE b.id = :batch_id
    """
)
_ORDER = text(
    """
    SELECT o.id,
           EXISTS (SELECT 1 FROM promise WHERE batch_id = :batch_id AND reason IS NOT NULL) AS late
      FROM orders o WHERE o.number = :number
    """
)


@dataclass(frozen=True, kw_only=True)
class NewPromise:
    """A later day, and why. note: the group's own words."""

    due_on: date
    reason: AnswerReason
    note: str = ""


def promise_later(
    session: Session, batch_id: int, promise: NewPromise, *, actor: str, now: datetime
) -> None:
    """The group needs longer; buyers are told when and why. The same again changes nothing.

    Refused for a day that is not later than the one promised, or too far away; Conflict when
    the goods have left the group.
    """
    batch = lock(session, Batch, batch_id)
    if batch.state not in IN_HAND:
        raise Conflict("batch_cannot_move", state=str(batch.state), target="later")
    before = session.scalars(
        select(Promise).where(Promise.batch_id == batch_id).order_by(Promise.id.desc())
    ).first()
    if before and (before.due_on, before.reason) == (promise.due_on, promise.reason):
        return
    first = max(bangkok_date(now), before.due_on if before else date.min)
    if not first < promise.due_on <= bangkok_date(now) + LATEST:
        raise Refused("promise_not_later", days=LATEST.days)
    _write(session, batch_id, promise, actor, now)


def _write(session: Session, batch_id: int, promise: NewPromise, actor: str, now: datetime) -> None:
    row = Promise(
        batch_id=batch_id, due_on=promise.due_on, reason=str(promise.reason),
        note=promise.note[:MOST_NOTE] or None, said_at=now, said_by=actor,
    )  # fmt: skip
    session.add(row)
    session.flush()
    record(
        session, actor=actor, subject=f"batch:{batch_id}", event="batch.promised_later", at=now,
        reason=str(promise.reason), data={"due_on": promise.due_on.isoformat()},
    )  # fmt: skip
    about = session.execute(_ABOUT, {"batch_id": batch_id}).one()
    data = dict(about._mapping) | {
        "due_on": promise.due_on.isoformat(), "reason": str(promise.reason), "note": row.note or "",
    }  # fmt: skip
    orders = session.scalars(_WAITING, {"batch_id": batch_id}).all()
    news = [
        News(order_id=order, event="order.delayed", subject=f"promise:{row.id}:order:{order}",
             data=data)
        for order in orders
    ]  # fmt: skip
    tell_buyers(session, news, now=now)


def give_up_late(
    session: Session, number: str, batch_id: int, *, actor: str, now: datetime
) -> None:
    """A buyer does not wait for a batch that was promised later: its money goes back.

    Given up before: nothing changes. Refused while the promise stands as it was, Conflict when
    the goods are on their way, NotFound when the order has nothing of it.
    """
    batch = lock(session, Batch, batch_id)
    order = session.execute(_ORDER, {"number": number, "batch_id": batch_id}).one_or_none()
    if order is None:
        raise NotFound("not_found", what="order")
    if not order.late:
        raise Refused("promise_stands")
    if batch.state not in IN_HAND:
        raise Conflict("batch_cannot_move", state=str(batch.state), target="given_up")
    parts = [part for part in parts_of_batches(session, [batch_id]) if part.order_id == order.id]
    if not parts:
        return
    why = Why(reason=ReleaseReason.LATE, actor=actor, now=now)
    drop_units(session, drop_all(parts), why)
    record(
        session, actor=actor, subject=f"order:{order.id}", event="order.gave_up_late", at=now,
        data={"batch_id": batch_id, "units": sum(part.live_units for part in parts)},
    )  # fmt: skip
    _make_fewer(session, batch, why)


def _make_fewer(session: Session, batch: Batch, why: Why) -> None:
    if batch.state is BatchState.TO_MAKE:
        left = sum(part.live_units for part in parts_of_batches(session, [batch.id]))
        batch.to_make_units = left
        session.flush()
        if not left:
            stop_batches(session, [batch.id], why)
    session.execute(RECOUNT_CONSIGNMENTS, {"ids": [batch.id]})
