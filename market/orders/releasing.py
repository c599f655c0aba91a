"""Orders that were to be paid first and were not: given up, their units free again. Set-based."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from market.accounts.models import AuditEvent
from market.orders.models import Order
from market.orders.rules import OrderState
from market.rounds.methods import PayPolicy
from market.rounds.models import Round

# In the one lock order: the caller has the round; then orders, groups that share minutes, offers.
_LOCK_ORDERS = text(
    """
    SELECT id FROM orders WHERE id = ANY(:ids) AND state = 'placed' AND funded_at IS NULL
     ORDER BY id FOR NO KEY UPDATE
    """
)
_LOCK_GROUPS = text(
    """
    SELECT g.id FROM round_group g
     WHERE g.round_id = :round_id AND g.shared_minutes IS NOT NULL AND g.group_id IN (
           SELECT f.group_id FROM reservation v
             JOIN order_line l ON l.id = v.line_id JOIN round_offer f ON f.id = v.round_offer_id
            WHERE l.order_id = ANY(:ids))
     ORDER BY g.id FOR NO KEY UPDATE
    """
)
_LOCK_OFFERS = text(
    """
    SELECT f.id FROM round_offer f
     WHERE f.id IN (SELECT v.round_offer_id FROM reservation v
                      JOIN order_line l ON l.id = v.line_id WHERE l.order_id = ANY(:ids))
     ORDER BY f.id FOR NO KEY UPDATE
    """
)
_GIVE_UP = text(
    """
    WITH gone AS (
        DELETE FROM reservation v USING order_line l
         WHERE l.id = v.line_id AND l.order_id = ANY(:ids)
        RETURNING v.round_offer_id, v.units),
    by_offer AS (
        UPDATE round_offer f SET reserved_units = f.reserved_units - g.units
          FROM (SELECT round_offer_id, sum(units) AS units FROM gone GROUP BY 1) g
         WHERE f.id = g.round_offer_id
        RETURNING f.group_id, g.units * f.minutes_per_unit AS minutes),
    by_group AS (
        UPDATE round_group r SET reserved_minutes = r.reserved_minutes - g.minutes
          FROM (SELECT group_id, sum(minutes) AS minutes FROM by_offer GROUP BY 1) g
         WHERE r.round_id = :round_id AND r.group_id = g.group_id
           AND r.shared_minutes IS NOT NULL),
    lines AS (
        UPDATE order_line SET released_at = :now, released_reason = 'unpaid'
         WHERE order_id = ANY(:ids) AND released_at IS NULL)
    UPDATE orders SET state = 'cancelled', cancelled_at = :now, version = version + 1
     WHERE id = ANY(:ids)
    """
)


def release_unfunded(session: Session, round_: Round, *, now: datetime) -> list[int]:
    """At the cut-off of a round paid up front: orders without their money take no part in the
    match. The round is locked by the caller. Returns the orders that were given up.
    """
    if round_.pay_policy != PayPolicy.UPFRONT:
        return []
    ids = session.scalars(
        select(Order.id).where(
            Order.round_id == round_.id,
            Order.state == OrderState.PLACED,
            Order.funded_at.is_(None),
        )
    ).all()
    return release_orders(session, round_.id, ids, now=now)


def release_orders(
    session: Session, round_id: int, order_ids: Collection[int], *, now: datetime
) -> list[int]:
    """Give up these orders unless they are funded by now; which ones were. Six statements."""
    if not order_ids:
        return []
    ids = session.scalars(_LOCK_ORDERS, {"ids": sorted(order_ids)}).all()
    if not ids:
        return []
    values = {"ids": list(ids), "round_id": round_id}
    session.execute(_LOCK_GROUPS, values)
    session.execute(_LOCK_OFFERS, values)
    session.execute(_GIVE_UP, values | {"now": now})
    _record(session, ids, now)
    session.expire_all()
    return list(ids)


def _record(session: Session, ids: Sequence[int], now: datetime) -> None:
    session.execute(
        insert(AuditEvent),
        [
            {"actor": "system", "subject": f"order:{order_id}", "event": "order.cancelled",
             "from_state": "placed", "to_state": "cancelled", "reason": "unpaid", "at": now,
             "data": {}}
            for order_id in ids
        ],
    )  # fmt: skip
