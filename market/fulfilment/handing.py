"""Goods that come and go into hands: arrived, received."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from market.accounts.commands import record
from market.db import lock
from market.errors import Conflict, NotFound, Refused
from market.fulfilment.models import Consignment
from market.fulfilment.queries import HandOut, find_at_point, hand_out_of
from market.fulfilment.rules import ConsignmentState
from market.orders.models import Order
from market.payments.recording import take_cash
from market.payments.tell import News, Trail, record_many, tell_buyers

# Orders of which the last box has come to the point.
_READY = text(
    """
    SELECT o.id, o.pickup_code, pt.name_th AS point_th, pt.name_en AS point_en, pt.hours,
           c.amount_satang - c.received_satang AS cash_satang
      FROM orders o
      JOIN order_line l ON l.order_id = o.id
      JOIN assignment a ON a.line_id = l.id AND a.live_units > 0
      JOIN consignment s ON s.batch_id = a.batch_id AND s.point_id = o.point_id
      JOIN pickup_point pt ON pt.id = o.point_id
      LEFT JOIN charge c ON c.order_id = o.id AND c.state = 'due' AND c.method = 'cash'
     WHERE o.id IN (
           SELECT o2.id FROM consignment s2
             JOIN assignment a2 ON a2.batch_id = s2.batch_id AND a2.live_units > 0
             JOIN order_line l2 ON l2.id = a2.line_id
             JOIN orders o2 ON o2.id = l2.order_id AND o2.point_id = s2.point_id
            WHERE s2.id = ANY(:ids))
     GROUP BY o.id, pt.id, c.id
    HAVING bool_and(s.state IN ('arrived', 'received', 'cancelled'))
     ORDER BY o.id
    """
)
_RECEIVE = text(
    """
    UPDATE assignment a SET received_units = a.live_units, received_at = :now
      FROM order_line l
     WHERE l.id = a.line_id AND l.order_id = :order_id AND a.batch_id = ANY(:batches)
       AND a.live_units > 0 AND a.received_at IS NULL
    """
)
# A box for a point is received when everybody has taken theirs out of it.
_CLOSE_BOXES = text(
    """
    UPDATE consignment c SET state = 'received', received_at = :now
     WHERE c.id = ANY(:ids) AND NOT EXISTS (
           SELECT 1 FROM assignment a
             JOIN order_line l ON l.id = a.line_id JOIN orders o ON o.id = l.order_id
            WHERE a.batch_id = c.batch_id AND a.live_units > a.received_units
              AND (o.point_id = c.point_id OR o.id = c.order_id))
    """
)


def arrive(session: Session, consignment_id: int, *, actor: str, now: datetime) -> None:
    """A box has come to its pick-up point; buyers whose goods are complete are told.

    Twice changes nothing. Conflict when it was not handed over yet.
    """
    box = lock(session, Consignment, consignment_id)
    if box.state in (ConsignmentState.ARRIVED, ConsignmentState.RECEIVED):
        return
    if box.state is not ConsignmentState.HANDED_OVER or box.point_id is None:
        raise Conflict("consignment_not_on_its_way", state=str(box.state))
    arrive_many(session, [consignment_id], actor=actor, now=now)


def arrive_boxes(
    session: Session, point_id: int, consignment_id: int | None, *, actor: str, now: datetime
) -> int:
    """One box of this point, or all on their way to it, have come; how many. NotFound for a
    box that goes elsewhere.
    """
    if consignment_id is None:
        return arrive_at_point(session, point_id, actor=actor, now=now)
    if lock(session, Consignment, consignment_id).point_id != point_id:
        raise NotFound("not_found", what="consignment")
    arrive(session, consignment_id, actor=actor, now=now)
    return 1


def arrive_at_point(
    session: Session, point_id: int, *, actor: str, now: datetime, round_id: int | None = None
) -> int:
    """Every box on its way to this point has come; how many there were."""
    query = select(Consignment.id).where(
        Consignment.point_id == point_id, Consignment.state == ConsignmentState.HANDED_OVER
    )
    if round_id is not None:
        query = query.where(Consignment.round_id == round_id)
    ids = session.scalars(query.order_by(Consignment.id).with_for_update(key_share=True)).all()
    return arrive_many(session, ids, actor=actor, now=now)


def arrive_many(session: Session, ids: Collection[int], *, actor: str, now: datetime) -> int:
    """Mark handed-over boxes as arrived; how many there were."""
    done = session.scalars(
        text(
            "UPDATE consignment SET state = 'arrived', arrived_at = :now"
            " WHERE id = ANY(:ids) AND state = 'handed_over' RETURNING id"
        ),
        {"ids": list(ids), "now": now},
    ).all()
    trail = [
        Trail(subject=f"consignment:{box}", event="consignment.arrived",
              from_state="handed_over", to_state="arrived")
        for box in sorted(done)
    ]  # fmt: skip
    record_many(session, trail, actor=actor, at=now)
    tell_ready(session, done, now)
    return len(done)


def receive_order(
    session: Session,
    point_id: int,
    pickup_code: str,
    *,
    actor: str,
    now: datetime,
    cash_satang: int | None = None,
) -> HandOut:
    """Hand an order out for its code, taking its cash where it is paid in cash.

    ``cash_satang`` is the amount the desk saw; None takes what is due. Refused, in words:
    an unknown code, another point, nothing there yet, taken already, cash before all is there.
    """
    found = find_at_point(session, point_id, pickup_code)
    lock(session, Order, found.order_id)
    handed = hand_out_of(session, point_id, found.order_id)
    handed.refuse_if_not_ready()
    if handed.cash_satang:
        given = handed.cash_satang if cash_satang is None else cash_satang
        take_cash(session, found.order_id, actor=actor, now=now, amount_satang=given)
    _take_out(session, found.order_id, handed.ready_consignments, now)
    record(
        session, actor=actor, subject=f"order:{found.order_id}", event="order.received", at=now,
        data={"point_id": point_id, "cash_satang": handed.cash_satang},
    )  # fmt: skip
    return handed


def receive_parcel(session: Session, order_id: int, *, actor: str, now: datetime) -> None:
    """The buyer has the parcels. Twice changes nothing; Refused while none is on its way."""
    lock(session, Order, order_id)
    boxes = session.scalars(
        select(Consignment)
        .where(Consignment.order_id == order_id)
        .order_by(Consignment.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).all()
    under_way = (ConsignmentState.HANDED_OVER, ConsignmentState.ARRIVED)
    ids = [box.id for box in boxes if box.state in under_way]
    if not ids:
        if any(box.state is ConsignmentState.RECEIVED for box in boxes):
            return
        raise Refused("parcel_not_sent_yet")
    _take_out(session, order_id, ids, now)
    record(session, actor=actor, subject=f"order:{order_id}", event="order.received", at=now)


def _take_out(session: Session, order_id: int, ids: Sequence[int], now: datetime) -> None:
    """Lock the boxes first: two desks may take the last two orders out of one box."""
    boxes = session.scalars(
        select(Consignment)
        .where(Consignment.id.in_(ids))
        .order_by(Consignment.id)
        .with_for_update(key_share=True)
    ).all()
    batches = [box.batch_id for box in boxes]
    session.execute(_RECEIVE, {"order_id": order_id, "batches": batches, "now": now})
    session.execute(_CLOSE_BOXES, {"ids": list(ids), "now": now})


def tell_ready(session: Session, ids: Collection[int], now: datetime) -> None:
    """Buyers whose last box is among these, which have come, are told so."""
    if not ids:
        return
    news = [
        News(
            order_id=row.id,
            event="order.ready",
            subject=f"order:{row.id}",
            data={
                "code": row.pickup_code, "point_th": row.point_th, "point_en": row.point_en,
                "hours": row.hours, "cash_satang": row.cash_satang or 0,
            },
        )
        for row in session.execute(_READY, {"ids": list(ids)})
    ]  # fmt: skip
    tell_buyers(session, news, now=now)
