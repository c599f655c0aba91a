"""Ordering again: what is offered now goes into the basket, the rest is named. Never commits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.orders.again.queries import OFFERED, Again, told_of
from market.orders.cart_queries import CartOwner

_CART = """
    INSERT INTO cart (user_id, token_hash, updated_at) VALUES (:user_id, :token_hash, :now)
    ON CONFLICT ({column}) DO UPDATE SET updated_at = excluded.updated_at RETURNING id
"""
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


def order_again(session: Session, owner: CartOwner, order_id: int, *, now: datetime) -> Again:
    """Put an old order's lines into the basket, as far as an open round has them.

    Goods that are in the basket already are not doubled. Three statements.
    """
    rows = session.execute(OFFERED, {"order_id": order_id, "now": now}).all()
    found = [row for row in rows if row.round_id is not None]
    if found:
        column = "user_id" if owner.user_id is not None else "token_hash"
        cart = text(_CART.replace("{column}", column))
        cart_id = session.execute(cart, owner.columns() | {"now": now}).scalar_one()
        session.execute(_FILL, {"cart_id": cart_id} | _columns(found))
    return told_of(rows)


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
