"""Reads of the pick-up desk: whose code it is and what to hand out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.errors import Refused
from market.fulfilment.rules import CODE_DIGITS
from market.thai import arabic_digits

_FIND = text(
    """
    SELECT o.id, o.number, o.point_id, p.name_th, p.name_en, b.name,
           bool_or(a.live_units > 0) AS wanted, bool_or(a.live_units > a.received_units) AS open
      FROM orders o
      JOIN buyer b ON b.id = o.buyer_id
      JOIN round r ON r.id = o.round_id AND r.state IN ('producing', 'delivering', 'completed')
      LEFT JOIN pickup_point p ON p.id = o.point_id
      LEFT JOIN order_line l ON l.order_id = o.id
      LEFT JOIN assignment a ON a.line_id = l.id
     WHERE o.pickup_code = :code AND o.state = 'placed'
     GROUP BY o.id, p.id, b.id
     ORDER BY (o.point_id = :point_id) DESC, open DESC, o.id DESC
    """
)
_HAND_OUT = text(
    """
    SELECT s.id AS consignment_id, s.state, a.live_units, a.received_units, a.received_at,
           g.name_th AS group_th, g.name_en AS group_en, bt.lot_code,
           p.code, p.name_th, p.name_en, p.unit_th, p.unit_en
      FROM order_line l
      JOIN assignment a ON a.line_id = l.id AND a.live_units > 0
      JOIN batch bt ON bt.id = a.batch_id
      JOIN consignment s ON s.batch_id = a.batch_id AND s.point_id = :point_id
      JOIN product p ON p.id = l.product_id
      JOIN producer_group g ON g.id = bt.group_id
     WHERE l.order_id = :order_id
     ORDER BY p.sort_key, a.id
    """
)
_MONEY = text(
    """
    SELECT o.id, o.number, b.name,
           coalesce(c.amount_satang - c.received_satang, 0) AS satang, c.state, c.method,
           coalesce(x.decision = 'give_away', false) AS given_away
      FROM orders o JOIN buyer b ON b.id = o.buyer_id
      LEFT JOIN charge c ON c.order_id = o.id
      LEFT JOIN left_order x ON x.order_id = o.id
     WHERE o.id = :order_id
    """
)


@dataclass(frozen=True, kw_only=True)
class FoundOrder:
    """The order that a pick-up code belongs to."""

    order_id: int
    number: str


@dataclass(frozen=True, kw_only=True)
class Item:
    """Units of a product to put into somebody's hands."""

    consignment_id: int
    product_code: str
    name_th: str
    name_en: str
    unit_th: str
    unit_en: str
    group_th: str
    group_en: str
    lot_code: str
    units: int
    here: bool
    received_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class HandOut:
    """What an order gets at a point, and the cash to take for it (0: paid already)."""

    order_id: int
    number: str
    buyer: str
    items: tuple[Item, ...]
    cash_satang: int
    paid: bool
    given_away: bool = False

    @property
    def ready(self) -> tuple[Item, ...]:
        """Here and not yet taken."""
        return tuple(item for item in self.items if item.here and item.received_at is None)

    @property
    def waiting(self) -> tuple[Item, ...]:
        """Still on its way."""
        return tuple(item for item in self.items if not item.here and item.received_at is None)

    @property
    def ready_consignments(self) -> tuple[int, ...]:
        """The boxes to take it from."""
        return tuple(sorted({item.consignment_id for item in self.ready}))

    def refuse_if_not_ready(self) -> None:
        """Refused, with the reason in words, when nothing can be handed out now."""
        if not self.items:
            raise Refused("nothing_to_hand_out", number=self.number)
        if not self.ready and not self.waiting:
            taken_at = max(item.received_at for item in self.items if item.received_at)
            raise Refused("already_received", number=self.number, at=taken_at.isoformat())
        if self.given_away:
            raise Refused("goods_given_away", number=self.number)
        if not self.ready:
            raise Refused("not_arrived_yet", number=self.number)
        if self.cash_satang and self.waiting:
            raise Refused("cash_waits_for_all", number=self.number)
        if not self.paid and not self.cash_satang:
            raise Refused("order_not_paid", number=self.number)


def find_at_point(session: Session, point_id: int, typed_code: str) -> FoundOrder:
    """The order with this code that is picked up at this point.

    Refused: no code at all, nobody's code, or one of another point (which is named, so that
    the desk can send the buyer there).
    """
    code = "".join(ch for ch in arabic_digits(typed_code) if ch.isdigit())
    if len(code) != CODE_DIGITS:
        raise Refused("pickup_code_unreadable", digits=CODE_DIGITS)
    row = session.execute(_FIND, {"code": code, "point_id": point_id}).first()
    if row is None:
        raise Refused("pickup_code_unknown")
    if row.point_id is None:
        raise Refused("pickup_is_a_parcel", number=row.number)
    if row.point_id != point_id:
        raise Refused("pickup_other_point", point_th=row.name_th, point_en=row.name_en)
    return FoundOrder(order_id=row.id, number=row.number)


def hand_out_of(session: Session, point_id: int, order_id: int) -> HandOut:
    """What this order gets at this point, taken things included."""
    money = session.execute(_MONEY, {"order_id": order_id}).one()
    rows = session.execute(_HAND_OUT, {"order_id": order_id, "point_id": point_id})
    cash_due = money.state == "due" and money.method == "cash"
    return HandOut(
        order_id=order_id,
        number=money.number,
        buyer=money.name,
        items=tuple(_item(row) for row in rows),
        cash_satang=money.satang if cash_due else 0,
        paid=money.state == "paid",
        given_away=money.given_away,
    )


def _item(row: Any) -> Item:
    return Item(
        consignment_id=row.consignment_id,
        product_code=row.code,
        name_th=row.name_th,
        name_en=row.name_en,
        unit_th=row.unit_th,
        unit_en=row.unit_en,
        group_th=row.group_th,
        group_en=row.group_en,
        lot_code=row.lot_code,
        units=row.live_units,
        here=row.state in ("arrived", "received"),
        received_at=row.received_at,
    )
