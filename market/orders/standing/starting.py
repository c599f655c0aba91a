"""How a standing order begins: from an order, or from a product. Never commits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.errors import NotFound, Refused
from market.orders.rules import DraftLine, MakerChoice, PayMethod, ShortageChoice
from market.orders.standing.commands import Terms, create_standing, remember_order
from market.orders.standing.rules import StandingLine
from market.rounds.rules import Cycle

_ORDER = text(
    """
    SELECT o.id, o.pay_method, o.point_id, o.tambon_code, o.address, o.address_note,
           coalesce(o.recipient, b.name) AS recipient, coalesce(o.phone, b.phone) AS phone,
           r.cycle, r.private, o.state,
           (SELECT u.standing_id FROM standing_run u WHERE u.order_id = o.id) AS standing_id,
           EXISTS (SELECT 1 FROM gift WHERE gift.order_id = o.id) AS gift
      FROM orders o
      JOIN round r ON r.id = o.round_id
      JOIN buyer b ON b.id = o.buyer_id
     WHERE o.id = :order_id
    """
)
_LOCK_ORDER = text("SELECT id FROM orders WHERE id = :order_id FOR NO KEY UPDATE")
_ORDER_LINES = text(
    """
    SELECT product_id, units, maker, group_id, shortage, ceiling_satang FROM order_line
     WHERE order_id = :order_id ORDER BY id
    """
)
_PRODUCT = text(
    """
    SELECT p.id AS product_id, p.code, p.category_key AS category, p.name_th, p.name_en,
           p.unit_th, p.unit_en, p.round_cycle AS cycle, g.id AS group_id, g.name_th AS group_th,
           g.name_en AS group_en,
           coalesce((SELECT max(f.price_satang) FROM round_offer f JOIN round r ON r.id = f.round_id
                      WHERE r.state = 'open' AND r.closes_at > :now AND f.product_id = p.id
                        AND (f.group_id = g.id OR (g.id IS NULL AND f.in_band))),
                    p.reference_satang) AS price_satang
      FROM product p
      LEFT JOIN producer_group g ON g.id = CAST(:group_id AS bigint)
     WHERE p.id = :product_id AND p.active
    """
)


@dataclass(frozen=True, kw_only=True)
class ProductStart:
    """Goods to be ordered every round, and what a unit costs now."""

    product_id: int
    code: str
    category: str
    name_th: str
    name_en: str
    unit_th: str
    unit_en: str
    cycle: Cycle
    group_id: int | None
    group_th: str | None
    group_en: str | None
    price_satang: int

    def line(self, units: int, ceiling_satang: int, shortage: ShortageChoice) -> StandingLine:
        """A line of these goods: by the named group alone, or by any."""
        maker = MakerChoice.ANY if self.group_id is None else MakerChoice.ONLY
        draft = DraftLine(
            product_id=self.product_id, units=units, maker=maker, group_id=self.group_id,
            shortage=shortage,
        )  # fmt: skip
        return StandingLine(draft=draft, ceiling_satang=ceiling_satang)


def start_from_product(
    session: Session, product_id: int, group_id: int | None, *, now: datetime
) -> ProductStart:
    """What the page for a new one needs. Raises NotFound."""
    values = {"product_id": product_id, "group_id": group_id, "now": now}
    row = session.execute(_PRODUCT, values).one_or_none()
    if row is None or row.group_id != group_id:
        raise NotFound("product_not_found")
    return ProductStart(**dict(row._mapping) | {"cycle": Cycle(row.cycle)})


def keep_ordering(
    session: Session, order_id: int, user_id: int, *, every: int, now: datetime
) -> int:
    """The same every round, from the next one on; twice is one standing order.

    Raises Refused for a cancelled order, a gift, and what was made for one buyer.
    """
    session.execute(_LOCK_ORDER, {"order_id": order_id})  # a second tap waits, then sees the first
    order = session.execute(_ORDER, {"order_id": order_id}).one_or_none()
    if order is None:
        raise NotFound("order_not_found")
    if order.standing_id is not None:
        return int(order.standing_id)
    if order.state != "placed" or order.gift or order.private:
        raise Refused("standing_not_from_this")
    rows = session.execute(_ORDER_LINES, {"order_id": order_id})
    lines = [StandingLine(draft=_draft(row), ceiling_satang=row.ceiling_satang) for row in rows]
    standing_id = create_standing(
        session, user_id, Cycle(order.cycle), _terms(order, every), lines, now=now
    )
    remember_order(session, standing_id, order_id, now=now)
    return standing_id


def _terms(order: Any, every: int) -> Terms:
    return Terms(
        every=every,
        pay_method=PayMethod(order.pay_method),
        recipient=order.recipient,
        phone=order.phone or "",
        point_id=order.point_id,
        tambon_code=None if order.point_id else order.tambon_code,
        address=order.address,
        address_note=order.address_note,
    )


def _draft(row: Any) -> DraftLine:
    return DraftLine(
        product_id=row.product_id,
        units=row.units,
        maker=MakerChoice(row.maker),
        group_id=row.group_id,
        shortage=ShortageChoice(row.shortage),
    )
