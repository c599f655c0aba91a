"""What else an order is: a gift, friends' order, one that comes every round. Never commits."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.orders.gifts import gift_token

_EXTRAS = text(
    """
    SELECT o.id, o.recipient, g.words,
           EXISTS (SELECT 1 FROM shared_basket b WHERE b.order_id = o.id) AS together,
           (SELECT u.standing_id FROM standing_run u JOIN standing_order s ON s.id = u.standing_id
             WHERE u.order_id = o.id AND s.state <> 'ended') AS standing_id
      FROM orders o
      LEFT JOIN gift g ON g.order_id = o.id
     WHERE o.number = :number
    """
)


@dataclass(frozen=True, kw_only=True)
class GiftOf:
    """A gift as its buyer sees it, with the token of the link to pass on."""

    words: str
    recipient: str
    token: str


@dataclass(frozen=True, kw_only=True)
class Extras:
    """together: friends' lines are in it; standing_id: what it comes from by itself."""

    gift: GiftOf | None
    together: bool
    standing_id: int | None


def extras_of(session: Session, number: str, *, secret: str) -> Extras:
    """One statement; an unknown number has nothing besides."""
    row = session.execute(_EXTRAS, {"number": number}).one_or_none()
    if row is None:
        return Extras(gift=None, together=False, standing_id=None)
    gift = None
    if row.words is not None:
        token = gift_token(secret, row.id)
        gift = GiftOf(words=row.words, recipient=row.recipient or "", token=token)
    return Extras(gift=gift, together=row.together, standing_id=row.standing_id)
