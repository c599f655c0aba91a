"""From a round's part of the basket to an order. Never commits."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.accounts.commands import find_or_create_buyer
from market.errors import Refused
from market.orders.cart_queries import CartOwner
from market.orders.gifts import write_gift
from market.orders.placing import OrderDraft, Placed, place_order
from market.orders.rules import DraftLine, MakerChoice, PayMethod, ShortageChoice


@dataclass(frozen=True, kw_only=True)
class GiftTo:
    """Somebody else who gets the goods, and the words on the card. phone is E.164.

    secret: the market's, of which the link to the pick-up code is made.
    """

    name: str
    phone: str
    words: str
    secret: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Checkout:
    """What a buyer sends to turn the wishes of one round into an order."""

    round_id: int
    key: str  # from the page; the same page makes one order
    name: str
    phone: str | None
    email: str | None
    pay_method: PayMethod
    expected_ceiling_satang: int
    point_id: int | None = None
    tambon_code: str | None = None
    address: str | None = None
    address_note: str | None = None
    gift: GiftTo | None = None


#: Takes the lines out of the basket, unless this page has been sent before.
_TAKE = text(
    """
    WITH placed AS (
        SELECT number FROM orders WHERE idempotency_key = :key
    ), line AS (
        DELETE FROM cart_line l USING cart c
         WHERE c.id = l.cart_id AND (c.user_id = :user_id OR c.token_hash = :token_hash)
           AND l.round_id = :round_id AND NOT EXISTS (SELECT 1 FROM placed)
        RETURNING l.*
    )
    SELECT line.product_id, line.units, line.maker, line.group_id, line.shortage,
           (SELECT number FROM placed) AS placed
      FROM (VALUES (1)) AS always
      LEFT JOIN line ON true
     ORDER BY line.id
    """
)


def checkout(
    session: Session,
    owner: CartOwner,
    sent: Checkout,
    *,
    known: Collection[int] = (),
    now: datetime,
) -> Placed:
    """Place the order of one round from the basket, and empty that part of it.

    known: the buyers that this browser already is. A page sent twice gives the same order.
    Raises what ``place_order`` raises, and Refused for an empty basket.
    """
    key = owner.hashed(sent.key)
    rows = session.execute(_TAKE, owner.columns() | {"round_id": sent.round_id, "key": key}).all()
    lines = tuple(_draft(row) for row in rows if row.product_id is not None)
    buyer_id = 0
    if not lines and rows[0].placed is None and not _twin_has_ordered(session, key):
        raise Refused("cart_empty")
    if lines:
        buyer_id = find_or_create_buyer(
            session, user_id=owner.user_id, name=sent.name, phone=sent.phone, email=sent.email,
            known=known, now=now,
        )  # fmt: skip
    placed = place_order(session, _order_draft(owner, sent, key, buyer_id, lines), now=now)
    if placed.fresh and sent.gift is not None:
        write_gift(session, placed.order_id, sent.gift.words, secret=sent.gift.secret)
    return placed


def _twin_has_ordered(session: Session, key: str) -> bool:
    """A second tap waited for the first, which has emptied the basket since we looked."""
    twin = text("SELECT 1 FROM orders WHERE idempotency_key = :key")
    return session.execute(twin, {"key": key}).one_or_none() is not None


def _draft(row: Any) -> DraftLine:
    return DraftLine(
        product_id=row.product_id,
        units=row.units,
        maker=MakerChoice(row.maker),
        group_id=row.group_id,
        shortage=ShortageChoice(row.shortage),
    )


def _order_draft(
    owner: CartOwner, sent: Checkout, key: str, buyer_id: int, lines: tuple[DraftLine, ...]
) -> OrderDraft:
    return OrderDraft(
        round_id=sent.round_id,
        buyer_id=buyer_id,
        key=key,
        pay_method=sent.pay_method,
        lines=lines,
        expected_ceiling_satang=sent.expected_ceiling_satang,
        point_id=sent.point_id,
        tambon_code=None if sent.point_id else sent.tambon_code,
        recipient=sent.gift.name if sent.gift else sent.name,
        phone=sent.gift.phone if sent.gift else sent.phone,
        address=None if sent.point_id else sent.address,
        address_note=None if sent.point_id else sent.address_note,
        mail_link=owner.user_id is None and sent.email is not None,
    )
