"""What of an old order an open round has now. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

#: Each line of an old order, and the open round with the soonest cut-off that has its goods: by
#: the same maker, or by any where the buyer did not insist.
OFFERED = text(
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
    return told_of(session.execute(OFFERED, {"order_id": order_id, "now": now}).all())


def told_of(rows: Sequence[Any]) -> Again:
    """Rows of ``OFFERED`` as what fits and what is missing."""
    names = Missing.__dataclass_fields__
    return Again(
        put=sum(row.round_id is not None for row in rows),
        missing=tuple(
            Missing(**{name: getattr(row, name) for name in names})
            for row in rows
            if row.round_id is None
        ),
    )
