"""Which other goods could take the place of lines that nobody makes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.matching.resolving.rows import PROMISED
from market.matching.resolving.rules import CHEAPEST_PERCENT
from market.orders.queries import REACHES


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Another product of the same kind that could be offered. room_units: still free of its group;
    lines: wholly unmade lines it could go to; units, satang: of those, as far as there is room."""

    round_offer_id: int
    product_code: str
    name_th: str
    name_en: str
    unit_th: str
    unit_en: str
    group_th: str
    group_en: str
    tambon_th: str
    tambon_en: str
    price_satang: int
    room_units: int
    lines: int
    units: int
    satang: int


#: Lines of the product that nobody makes at all, beside each offer of the same kind that could
#: take their place: of a group in ``areas`` (patterns), not dearer, it reaches them, in time, not
#: in the order already. ``upto``: how many units go to this line and all before it.
PAIRS = f"""
    WITH room AS (
        SELECT f.id, f.capacity_units - coalesce((
                   SELECT sum(b.confirmed_units + coalesce((
                              SELECT sum(k.units) FROM ask k WHERE k.batch_id = b.id
                                 AND k.kind = 'make' AND k.answer = 'waiting'), 0))
                     FROM batch b WHERE b.round_offer_id = f.id), 0)
               - coalesce((SELECT sum(i.units) FROM instead_offer i WHERE i.round_offer_id = f.id
                              AND i.state IN ('open', 'accepted')), 0) AS units
          FROM round_offer f JOIN product p ON p.id = f.product_id
          JOIN producer_group g ON g.id = f.group_id
         WHERE f.round_id = :round_id AND p.id <> :product_id AND f.in_band
           AND g.tambon_code LIKE ANY (:areas)
           AND (CAST(:offer_id AS bigint) IS NULL OR f.id = :offer_id)
           AND p.category_key = (SELECT category_key FROM product WHERE id = :product_id)
    ), able AS (
        SELECT f.id AS round_offer_id, l.id AS line_id, room.units AS room, f.price_satang,
               l.ceiling_satang, l.shortage, o.id AS order_id, o.buyer_id, l.maker, l.priority,
               least(l.units, f.max_per_order) AS units, l.units AS ordered
          FROM room JOIN round_offer f ON f.id = room.id AND room.units > 0
          JOIN product p ON p.id = f.product_id
          JOIN producer_group g ON g.id = f.group_id
          JOIN tambon ht ON ht.code = g.tambon_code
          JOIN province home ON home.code = ht.province_code
          JOIN order_line l ON l.round_id = :round_id AND l.product_id = :product_id
                           AND l.released_at IS NULL AND {PROMISED} = 0
          JOIN orders o ON o.id = l.order_id AND o.state = 'placed'
          LEFT JOIN pickup_point pt ON pt.id = o.point_id
          JOIN tambon dt ON dt.code = coalesce(pt.tambon_code, o.tambon_code)
          JOIN province target ON target.code = dt.province_code
         WHERE f.price_satang <= l.ceiling_satang
           AND f.price_satang >= l.ceiling_satang * {CHEAPEST_PERCENT} / 100
           AND f.ready_index <= o.delivery_index
           AND {REACHES.format(point="o.point_id", region="target.region_code")}
           AND NOT EXISTS (SELECT 1 FROM order_line x
                            WHERE x.order_id = o.id AND x.product_id = f.product_id)
           AND NOT EXISTS (SELECT 1 FROM instead_offer i
                            WHERE i.line_id = l.id AND (i.state IN ('open', 'accepted')
                                  OR i.round_offer_id = f.id))
    ), pairs AS (
        SELECT *, sum(units) OVER (PARTITION BY round_offer_id
                   ORDER BY maker <> 'only', priority, order_id, line_id) AS upto
          FROM able WHERE shortage <> 'nothing' OR units = ordered
    )
"""  # noqa: S608  our own words

_CHOICES = text(
    f"""{PAIRS}
    SELECT x.round_offer_id, p.code AS product_code, p.name_th, p.name_en, p.unit_th, p.unit_en,
           g.craft_th AS group_th, g.craft_en AS group_en, t.name_th AS tambon_th,
           t.name_en AS tambon_en, x.price_satang, max(x.room)::bigint AS room_units,
           count(*) AS lines, sum(x.units)::bigint AS units,
           sum(x.units * x.price_satang)::bigint AS satang
      FROM pairs x JOIN round_offer f ON f.id = x.round_offer_id
      JOIN product p ON p.id = f.product_id JOIN producer_group g ON g.id = f.group_id
      JOIN tambon t ON t.code = g.tambon_code
     WHERE x.upto <= x.room
     GROUP BY x.round_offer_id, x.price_satang, p.id, g.id, t.code
     ORDER BY lines DESC, abs(x.price_satang - min(x.ceiling_satang)), x.round_offer_id LIMIT 12
    """  # noqa: S608  our own words
)


def pairs_given(
    round_id: int, product_id: int, areas: Sequence[str], offer_id: int | None = None
) -> dict[str, Any]:
    """What ``PAIRS`` asks for; goods of groups outside these areas are not for them to promise."""
    like = [area + "%" for area in areas]
    return {"round_id": round_id, "product_id": product_id, "areas": like, "offer_id": offer_id}


def choices_instead(
    session: Session, round_id: int, product_id: int, areas: Sequence[str]
) -> tuple[Choice, ...]:
    """What groups of these areas could make for lines that nobody makes, most lines first.

    1 statement.
    """
    given = pairs_given(round_id, product_id, areas)
    return tuple(Choice(**row._mapping) for row in session.execute(_CHOICES, given))
