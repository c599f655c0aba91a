"""Orders for somebody else: the card, and the link that opens their pick-up code and no more.

Never commits. Whoever gets it needs no account; prices and the buyer's contact stay hidden.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.accounts.rules import hash_token
from market.errors import NotFound
from market.orders.links import share_token
from market.orders.placing import LINK_DAYS

_WRITE = text(
    "INSERT INTO gift (order_id, words, token_hash) VALUES (:order_id, :words, :token_hash)"
)
_OPEN = text(
    """
    SELECT g.words, o.recipient, o.pickup_code, o.state, r.state AS round_state,
           pt.name_th AS point_th, pt.name_en AS point_en, pt.hours,
           v.name_th AS province_th, v.name_en AS province_en,
           r.delivery_on[o.delivery_index + 1] AS delivery_on
      FROM gift g
      JOIN orders o ON o.id = g.order_id
      JOIN round r ON r.id = o.round_id
      JOIN tambon t ON t.code = o.tambon_code
      JOIN province v ON v.code = t.province_code
      LEFT JOIN pickup_point pt ON pt.id = o.point_id
     WHERE g.token_hash = :token_hash AND r.closes_at > :since
    """
)


@dataclass(frozen=True, kw_only=True)
class GiftSeen:
    """What the link opens: where and when to pick it up, with which code. No price, no buyer."""

    words: str
    recipient: str
    pickup_code: str
    state: str
    round_state: str
    point_th: str | None  # None: it comes by parcel
    point_en: str | None
    hours: str | None
    province_th: str
    province_en: str
    delivery_on: date


def gift_token(secret: str, order_id: int) -> str:
    """The token of an order's gift link."""
    return share_token(secret, f"gift:{order_id}")


def write_gift(session: Session, order_id: int, words: str, *, secret: str) -> None:
    """The order is a gift, with these words on its card."""
    token_hash = hash_token(gift_token(secret, order_id))
    session.execute(_WRITE, {"order_id": order_id, "words": words, "token_hash": token_hash})


def open_gift(session: Session, token: str, *, now: datetime) -> GiftSeen:
    """What a gift link opens. Raises NotFound: for a guess, and 60 days after the cut-off."""
    values = {"token_hash": hash_token(token), "since": now - timedelta(days=LINK_DAYS)}
    row = session.execute(_OPEN, values).one_or_none()
    if row is None:
        raise NotFound("gift_not_found")
    return GiftSeen(**row._mapping)
