"""Ordering again: what is offered now goes into the basket, the rest is named. Never commits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.orders.cart_queries import CartOwner

_CART = """
    INSERT INTO cart (user_id, token_hash, updated_at) VALUES (:user_id, :token_hash, :now)
    ON CONFLICT ({column}) DO UPDATE SET updated_at = excluded.updated_at RETURNING id
"""
#: Each line of an old order, and the open round with the soonest cut-off that has its goods: by
#: the same maker, or by any where the buyer did not insist.
_OFFERED = text(
    """
    SELECT l.id, l.product_id, l.group_id, l.maker, l.shortage, l.units, p.code,
           p.category_key AS category, p.name_th, p.name_en, p.unit_th, p.unit_en,
           n.round_id, n.most_units, n.price_satang
      FROM order_line l
      JOIN product p ON p.id = l.product_id
      LEFT JOIN LATERAL (
          SELECT r.id AS round_id, max(o.max_per_order) AS most_units,
                 max(o.price_satang) AS price_satang
            FROM round r
            JOIN round_offer o ON o.round_id = r.id AND o.product_id = l.product_id
             AND (o.group_id = l.group_id OR (l.maker <> 'only' AND o.in_band))
           WHERE r.state = 'open' AND r.closes_at > :now
           GROUP BY r.id
           ORDER BY r.closes_at, r.id LIMIT 1) n ON true
     WHERE l.order_id = :order_id
     ORDER BY l.id
    """
)
_FILL = text(
    """
    INSERT INTO cart_line (cart_id, round_id, product_id, group_id, maker, shortage, units,
                           seen_satang)
    SELECT :cart_id, * FROM unnest(
        CAST(:rounds AS bigint[]), CAST(:products AS bigint[]), CAST(:groups AS bigint[]),
        CAST(:makers AS text[]), CAST(:shortages AS text[]), CAST(:units AS bigint[]),
        CAST(:prices AS bigint[]))
    ON CONFLICT (cart_id, round_id, product_id)
    DO UPDATE SET units = greatest(cart_line.units, excluded.units)
    """
)


@dataclass(frozen=True, kw_only=True)
class Missing:
    """Goods of an old order that no open round offers."""

    product_id: int
    group_id: int | None
    code: str
    category: str
    name_th: str
    name_en: str


@dataclass(frozen=True, kw_only=True)
class Again:
    """How many lines went into the basket, and what could not."""

    put: int
    missing: tuple[Missing, ...]


def look_again(session: Session, order_id: int, *, now: datetime) -> Again:
    """What ordering again would do. One statement."""
    return _told(session.execute(_OFFERED, {"order_id": order_id, "now": now}).all())


def order_again(session: Session, owner: CartOwner, order_id: int, *, now: datetime) -> Again:
    """Put an old order's lines into the basket, as far as an open round has them.

    Goods that are in the basket already are not doubled. Three statements.
    """
    rows = session.execute(_OFFERED, {"order_id": order_id, "now": now}).all()
    found = [row for row in rows if row.round_id is not None]
    if found:
        column = "user_id" if owner.user_id is not None else "token_hash"
        cart = text(_CART.replace("{column}", column))
        cart_id = session.execute(cart, owner.columns() | {"now": now}).scalar_one()
        session.execute(_FILL, {"cart_id": cart_id} | _columns(found))
    return _told(rows)


def _columns(found: Sequence[Any]) -> dict[str, list[Any]]:
    return {
        "rounds": [row.round_id for row in found],
        "products": [row.product_id for row in found],
        "groups": [row.group_id for row in found],
        "makers": [row.maker for row in found],
        "shortages": [row.shortage for row in found],
        "units": [min(row.units, row.most_units) for row in found],
        "prices": [row.price_satang for row in found],
    }


def _told(rows: Sequence[Any]) -> Again:
    names = Missing.__dataclass_fields__
    return Again(
        put=sum(row.round_id is not None for row in rows),
        missing=tuple(
            Missing(**{name: getattr(row, name) for name in names})
            for row in rows
            if row.round_id is None
        ),
    )
