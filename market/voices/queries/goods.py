"""What a buyer may say something about: the goods of an order that were received."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.voices.rules import may_edit

# A line that two groups served is reviewed as the goods of the one that brought more of it.
# What was wholly paid back was not received in the sense of a review.
_GOODS = text(
    """
    SELECT DISTINCT ON (l.id) o.id AS order_id, l.id AS line_id, b.id AS batch_id, b.product_id,
           b.group_id, p.code, p.category_key AS category, p.name_th, p.name_en, p.unit_th,
           p.unit_en, g.name_th AS group_th, g.name_en AS group_en, a.units, a.received_at,
           m.price > 0 AND m.price <= m.back AS is_refunded,
           v.id AS review_id, v.score, v.words, v.show_name, v.sent_at, v.hidden_at,
           (SELECT count(*) FROM review_photo x WHERE x.review_id = v.id) AS photos
      FROM orders o
      JOIN order_line l ON l.order_id = o.id
     CROSS JOIN LATERAL (
           SELECT x.batch_id, sum(x.received_units)::bigint AS units,
                  max(x.received_at) AS received_at
             FROM assignment x
            WHERE x.line_id = l.id AND x.received_units > 0 AND x.received_at IS NOT NULL
            GROUP BY x.batch_id) a
      JOIN batch b ON b.id = a.batch_id
      JOIN product p ON p.id = b.product_id
      JOIN producer_group g ON g.id = b.group_id
     CROSS JOIN LATERAL (
           SELECT (SELECT coalesce(sum(y.amount_satang), 0) FROM assignment x
                     JOIN price_part y ON y.assignment_id = x.id
                    WHERE x.line_id = l.id)::bigint AS price,
                  (SELECT coalesce(sum(f.amount_satang), 0) FROM refund f
                    WHERE f.line_id = l.id AND f.cause LIKE 'problem:%')::bigint AS back) m
      LEFT JOIN review v ON v.line_id = l.id
     WHERE o.number = :number AND o.state = 'placed'
     ORDER BY l.id, a.units DESC, b.id
    """
)
_MAKERS = text(
    """
    SELECT o.id AS order_id, g.id AS group_id, g.code AS group_code, g.name_th, g.name_en,
           max(t.id) AS thanks_id, max(t.words) AS words, max(t.sent_at) AS sent_at,
           bool_or(t.file_hash IS NOT NULL) AS has_picture, max(t.seen_at) AS seen_at
      FROM orders o
      JOIN order_line l ON l.order_id = o.id
      JOIN assignment a ON a.line_id = l.id AND a.received_units > 0
      JOIN batch b ON b.id = a.batch_id
      JOIN producer_group g ON g.id = b.group_id
      LEFT JOIN thanks t ON t.order_id = o.id AND t.group_id = g.id
     WHERE o.number = :number
     GROUP BY o.id, g.id ORDER BY g.id
    """
)


@dataclass(frozen=True, kw_only=True)
class Received:
    """A line's goods, and the review of them where there is one already."""

    order_id: int
    line_id: int
    batch_id: int
    product_id: int
    group_id: int
    code: str
    category: str
    name_th: str
    name_en: str
    unit_th: str
    unit_en: str
    group_th: str
    group_en: str
    units: int
    received_at: datetime
    is_refunded: bool
    review_id: int | None
    score: int | None
    words: str | None
    show_name: bool | None
    sent_at: datetime | None
    hidden_at: datetime | None
    photos: int

    def may_write(self, now: datetime) -> bool:
        """May the buyer write a review, or still change the one there is?"""
        if self.is_refunded or self.hidden_at is not None:
            return False
        return self.sent_at is None or may_edit(self.sent_at, now)


@dataclass(frozen=True, kw_only=True)
class Maker:
    """A group that made something of an order, and the thanks it got."""

    order_id: int
    group_id: int
    group_code: str
    name_th: str
    name_en: str
    thanks_id: int | None
    words: str | None
    sent_at: datetime | None
    has_picture: bool | None
    seen_at: datetime | None


def goods_of(session: Session, number: str) -> tuple[Received, ...]:
    """What the buyer of an order received, with their reviews; one statement."""
    return _rows(session, _GOODS, Received, number)


def makers_of(session: Session, number: str) -> tuple[Maker, ...]:
    """Who made what the buyer of an order received, and who was thanked; one statement."""
    return _rows(session, _MAKERS, Maker, number)


def _rows(session: Session, query: Any, kind: Any, number: str) -> tuple[Any, ...]:
    return tuple(kind(**row._mapping) for row in session.execute(query, {"number": number}))
