"""Goods leave their group: a whole batch by its own hands, or box by box as each is fetched.

A batch counts as handed over when none of its boxes waits any more.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.db import lock
from market.errors import Refused
from market.fulfilment.handing import tell_ready
from market.fulfilment.making import move_batch
from market.fulfilment.rules import ConsignmentState, tracking_number
from market.matching.models import Batch
from market.matching.rules import BatchState
from market.money import format_baht
from market.payments.tell import News, Trail, record_many, tell_buyers
from market.thai import arabic_digits

# A group's own place is where its goods are already: what stays there has arrived.
_HAND_OVER = text(
    """
    UPDATE consignment c SET
           state = CASE WHEN p.id IS NULL THEN 'handed_over' ELSE 'arrived' END,
           handed_over_at = :now,
           arrived_at = CASE WHEN p.id IS NULL THEN NULL ELSE CAST(:now AS timestamptz) END,
           tracking_no = coalesce(t.tracking, c.tracking_no)
      FROM batch b
      JOIN consignment s ON s.batch_id = b.id
      LEFT JOIN pickup_point p ON p.id = s.point_id AND p.group_id = b.group_id
      LEFT JOIN unnest(CAST(:ids AS bigint[]), CAST(:numbers AS text[])) AS t(id, tracking)
        ON t.id = s.id
     WHERE b.id = ANY(:batches) AND s.id = c.id AND c.state = 'waiting'
       AND (CAST(:boxes AS bigint[]) IS NULL OR s.id = ANY(:boxes))
    RETURNING c.id, c.order_id, c.point_id, c.state, c.tracking_no
    """
)
_UNPAID = text(
    """
    SELECT o.number, c.amount_satang - c.received_satang AS left_satang
      FROM assignment a
      JOIN order_line l ON l.id = a.line_id
      JOIN orders o ON o.id = l.order_id
      JOIN charge c ON c.order_id = o.id AND c.state = 'due' AND c.deposit_satang IS NOT NULL
     WHERE a.batch_id = ANY(:ids) AND a.live_units > 0
     ORDER BY o.id LIMIT 1
    """
)
_LOCK_BATCHES = text(
    """
    SELECT b.id, b.state, b.lot_code FROM batch b
     WHERE b.id IN (SELECT batch_id FROM consignment WHERE id = ANY(:boxes))
     ORDER BY b.id FOR NO KEY UPDATE
    """
)
_MOVE = """
    UPDATE batch b SET state = '{to}', {to}_at = coalesce({to}_at, :now), version = version + 1
     WHERE b.id = ANY(:ids) AND b.state = '{source}' {more} RETURNING b.id
"""
_PACK = text(_MOVE.format(source="made", to="packed", more=""))
_NONE_WAITS = "AND NOT EXISTS (SELECT 1 FROM consignment c WHERE c.batch_id = b.id"
_NONE_WAITS += " AND c.state = 'waiting')"
_GONE = text(_MOVE.format(source="packed", to="handed_over", more=_NONE_WAITS))


def hand_over(
    session: Session,
    batch_id: int,
    *,
    actor: str,
    now: datetime,
    tracking: Mapping[int, str] | None = None,
) -> None:
    """The packed batch left the group's hands; ``tracking`` gives parcels (consignment ids)
    their carrier's numbers. Twice changes nothing. Refused for a number that cannot be one.
    """
    batch = lock(session, Batch, batch_id)
    if batch.state is BatchState.HANDED_OVER:
        return
    _refuse_unpaid(session, [batch_id])
    numbers = _numbers(tracking)
    batch.handed_over_at = now
    move_batch(session, batch, BatchState.HANDED_OVER, actor=actor, now=now)
    _let_go(session, [batch_id], None, numbers, now)


def hand_over_boxes(
    session: Session,
    boxes: Collection[int],
    *,
    actor: str,
    now: datetime,
    tracking: Mapping[int, str] | None = None,
) -> int:
    """These boxes (consignments) left their groups; how many did now. Twice changes nothing.

    Made goods that somebody takes along are packed. Refused where a batch is not made yet, its
    buyer still owes the rest, or a carrier's number cannot be one.
    """
    batches = session.execute(_LOCK_BATCHES, {"boxes": sorted(boxes)}).all()
    early = [row.lot_code for row in batches if row.state == BatchState.TO_MAKE]
    if early:
        raise Refused("box_not_made_yet", lot=early[0])
    ids = [row.id for row in batches]
    _refuse_unpaid(session, ids)
    numbers = _numbers(tracking)
    _move_many(session, _PACK, ids, "made", "packed", actor, now)
    rows = _let_go(session, ids, sorted(boxes), numbers, now)
    trail = [
        Trail(subject=f"consignment:{row.id}", event="consignment.handed_over",
              from_state="waiting", to_state=row.state)
        for row in rows
    ]  # fmt: skip
    record_many(session, trail, actor=actor, at=now)
    follow_boxes(session, ids, actor=actor, now=now)
    return len(rows)


def follow_boxes(session: Session, batch_ids: Sequence[int], *, actor: str, now: datetime) -> None:
    """Packed batches of which no box waits any more are handed over."""
    _move_many(session, _GONE, batch_ids, "packed", "handed_over", actor, now)


def checked_tracking(typed: str) -> str:
    """A carrier's number in one spelling. Refused when it cannot be one."""
    number = tracking_number(arabic_digits(typed))
    if number is None:
        raise Refused("tracking_unreadable")
    return number


def _numbers(tracking: Mapping[int, str] | None) -> dict[int, str]:
    return {box: checked_tracking(typed) for box, typed in (tracking or {}).items() if typed}


def _let_go(
    session: Session,
    batches: Sequence[int],
    boxes: Sequence[int] | None,
    numbers: Mapping[int, str],
    now: datetime,
) -> Sequence[Any]:
    rows = session.execute(
        _HAND_OVER,
        {
            "batches": list(batches),
            "boxes": boxes,
            "now": now,
            "ids": list(numbers),
            "numbers": list(numbers.values()),
        },
    ).all()
    tell_ready(session, [row.id for row in rows if row.state == ConsignmentState.ARRIVED], now)
    _tell_shipped(session, [row for row in rows if row.order_id is not None], now)
    return rows


def _move_many(
    session: Session,
    statement: Any,
    ids: Sequence[int],
    source: str,
    target: str,
    actor: str,
    now: datetime,
) -> None:
    moved = session.scalars(statement, {"ids": list(ids), "now": now}).all()
    trail = [
        Trail(subject=f"batch:{batch}", event=f"batch.{target}", from_state=source, to_state=target)
        for batch in sorted(moved)
    ]
    record_many(session, trail, actor=actor, at=now)


def _refuse_unpaid(session: Session, batches: Sequence[int]) -> None:
    """Where a deposit was paid first, the rest is paid before the goods leave the group."""
    row = session.execute(_UNPAID, {"ids": list(batches)}).first()
    if row is not None:
        raise Refused("balance_not_paid", number=row.number, left=format_baht(row.left_satang))


def _tell_shipped(session: Session, rows: Sequence[Any], now: datetime) -> None:
    news = [
        News(
            order_id=row.order_id,
            event="order.shipped",
            subject=f"consignment:{row.id}",
            data={"tracking": row.tracking_no},
        )
        for row in rows
    ]
    tell_buyers(session, news, now=now)
