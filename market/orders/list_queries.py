"""A buyer's own orders."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.orders.rules import OrderState


@dataclass(frozen=True, kw_only=True)
class OrderRow:
    """An order in its buyer's list."""

    number: str
    state: OrderState
    round_state: str
    round_name_th: str
    round_name_en: str
    placed_at: datetime
    lines: int
    total_satang: int


_MINE = text(
    """
    SELECT o.number, o.state, r.state AS round_state, r.name_th AS round_name_th,
           r.name_en AS round_name_en, o.placed_at, count(l.id) AS lines,
           coalesce(sum(l.units * l.ceiling_satang), 0) + o.delivery_fee_satang AS total_satang
      FROM orders o
      JOIN round r ON r.id = o.round_id
      LEFT JOIN order_line l ON l.order_id = o.id
           AND l.released_reason IS DISTINCT FROM 'instead' -- another line took its place
     WHERE o.buyer_id = ANY (CAST(:buyers AS bigint[])) OR o.id = ANY (CAST(:orders AS bigint[]))
     GROUP BY o.id, r.id
     ORDER BY o.id DESC
     LIMIT :limit OFFSET :offset
    """
)


def orders_of(
    session: Session,
    buyer_ids: Collection[int],
    order_ids: Collection[int] = (),
    *,
    limit: int = 25,
    offset: int = 0,
) -> tuple[OrderRow, ...]:
    """Orders of these buyers, and those that a link opened; the newest first. One statement."""
    if not buyer_ids and not order_ids:
        return ()
    rows = session.execute(
        _MINE,
        {
            "buyers": sorted(buyer_ids),
            "orders": sorted(order_ids),
            "limit": limit,
            "offset": offset,
        },
    )
    return tuple(OrderRow(**dict(row._mapping) | {"state": OrderState(row.state)}) for row in rows)
