"""The rows of a product that is short: lines nobody makes, offers with room, ways between them."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

#: What a line has: what it waits for counts as long as nobody said no.
PROMISED = """
    (SELECT coalesce(sum(CASE WHEN a.answer = 'waiting' THEN s.units ELSE s.confirmed_units END), 0)
       FROM assignment s
       LEFT JOIN ask a ON a.batch_id = s.batch_id AND a.run_id = s.run_id AND a.kind = 'make'
      WHERE s.line_id = l.id)::bigint
"""

#: What groups have said yes to.
MADE = """
    (SELECT coalesce(sum(s.confirmed_units), 0) FROM assignment s WHERE s.line_id = l.id)::bigint
"""

#: So many are looked at; a maker with room for more is rare, and can be asked twice.
MOST_LINES = 2_000

#: Lines that are short, in the order in which the rule serves them.
_LINES = f"""
    SELECT x.*, count(*) OVER () AS all_lines, sum(x.units - x.promised) OVER () AS all_units,
           sum((x.units - x.promised) * x.ceiling_satang) OVER () AS all_satang,
           count(*) FILTER (WHERE x.promised = 0) OVER () AS all_nothing
      FROM (
        SELECT l.id, l.units, {PROMISED} AS promised, l.maker, l.group_id, l.shortage, l.priority,
               l.ceiling_satang, o.id AS order_id, o.number, o.buyer_id, o.placed_at,
               o.delivery_index, o.point_id, o.tambon_code, v.region_code AS region,
               p.ship_weight_g
          FROM order_line l
          JOIN orders o ON o.id = l.order_id AND o.state = 'placed'
          JOIN product p ON p.id = l.product_id
          LEFT JOIN pickup_point pt ON pt.id = o.point_id
          JOIN tambon t ON t.code = coalesce(pt.tambon_code, o.tambon_code)
          JOIN province v ON v.code = t.province_code
         WHERE l.round_id = :round_id AND l.product_id = :product_id AND l.released_at IS NULL
         ) x
     WHERE x.promised < x.units
     ORDER BY x.maker <> 'only', x.priority, x.order_id, x.id LIMIT {MOST_LINES}
"""  # noqa: S608  our own words

#: Every offer of the product in the round; made: confirmed, or asked and not answered yet.
_OFFERS = """
    WITH made AS (
        SELECT b.round_offer_id, b.group_id,
               sum(b.confirmed_units)::bigint AS confirmed,
               coalesce(sum(w.waiting), 0)::bigint AS waiting,
               bool_or(w.waiting > 0) AS waits, bool_or(w.less) AS less
          FROM batch b
          JOIN LATERAL (
               SELECT sum(k.units) FILTER (WHERE k.answer = 'waiting') AS waiting,
                      bool_or(k.answer IN ('part', 'no', 'silent')) AS less
                 FROM ask k WHERE k.batch_id = b.id AND k.kind = 'make') w ON true
         WHERE b.round_id = :round_id GROUP BY 1, 2
    ), whole AS (
        SELECT m.group_id, sum((m.confirmed + m.waiting) * f.minutes_per_unit)::bigint AS minutes,
               sum((m.confirmed + m.waiting) * p.reference_satang)::bigint AS got_satang
          FROM made m JOIN round_offer f ON f.id = m.round_offer_id
          JOIN product p ON p.id = f.product_id GROUP BY 1
    )
    SELECT f.id AS round_offer_id, f.offer_id, f.group_id, f.capacity_units, f.min_batch_units,
           f.lot_units, f.price_satang, f.ready_index, f.in_band, f.minutes_per_unit,
           p.reference_satang, coalesce(m.confirmed, 0) AS confirmed,
           coalesce(m.waiting, 0) AS waiting, coalesce(m.waits, false) AS waits,
           coalesce(m.less, false) AS less, rg.shared_minutes, rg.entitlement_satang,
           coalesce(w.minutes, 0) AS minutes, coalesce(w.got_satang, 0) AS got_satang,
           pin.high_units, g.craft_th AS name_th, g.craft_en AS name_en, g.tambon_code,
           g.ships_parcels AND p.ships_parcel AS posts, t.name_th AS tambon_th,
           t.name_en AS tambon_en, v.name_th AS province_th, v.name_en AS province_en,
           v.code AS province, v.region_code AS region, t.lat, t.lon,
           ARRAY(SELECT c.kind FROM certificate c
                  WHERE c.offer_id = f.offer_id AND c.checked_at IS NOT NULL
                    AND (c.expires_on IS NULL OR c.expires_on >= :today) ORDER BY c.kind) AS papers,
           EXISTS (SELECT 1 FROM neighbour_offer n WHERE n.round_offer_id = f.id
                      AND n.state = 'open') AS offered,
           g.tambon_code LIKE ANY (:areas) AS mine
      FROM round_offer f
      JOIN product p ON p.id = f.product_id
      JOIN producer_group g ON g.id = f.group_id
      JOIN tambon t ON t.code = g.tambon_code
      JOIN province v ON v.code = t.province_code
      JOIN round_group rg ON rg.round_id = f.round_id AND rg.group_id = f.group_id
      LEFT JOIN match_pin pin ON pin.round_offer_id = f.id
      LEFT JOIN made m ON m.round_offer_id = f.id
      LEFT JOIN whole w ON w.group_id = f.group_id
     WHERE f.round_id = :round_id AND f.product_id = :product_id
     ORDER BY f.id
"""

#: Own ways of the offers' groups to points, and what already goes there on each date.
_LANES = """
    SELECT x.group_id, x.point_id, x.max_weight_g, s.delivery_index,
           coalesce(s.grams, 0)::bigint AS grams
      FROM lane x
      LEFT JOIN LATERAL (
           SELECT b.delivery_index, sum(p.ship_weight_g * CASE WHEN k.answer = 'waiting'
                      THEN a.units ELSE a.confirmed_units END) AS grams
             FROM batch b
             JOIN assignment a ON a.batch_id = b.id AND a.mode = 'lane'
             LEFT JOIN ask k ON k.batch_id = b.id AND k.run_id = a.run_id AND k.kind = 'make'
             JOIN order_line l ON l.id = a.line_id
             JOIN orders o ON o.id = l.order_id AND o.point_id = x.point_id
             JOIN product p ON p.id = b.product_id
            WHERE b.round_id = :round_id AND b.group_id = x.group_id AND x.max_weight_g > 0
            GROUP BY 1) s ON true
     WHERE x.group_id IN (SELECT group_id FROM round_offer
                           WHERE round_id = :round_id AND product_id = :product_id)
       AND x.point_id IN (SELECT point_id FROM orders WHERE round_id = :round_id)
"""


def lines(session: Session, round_id: int, product_id: int) -> list[Any]:
    """Lines that are short, first served first."""
    given = {"round_id": round_id, "product_id": product_id}
    return list(session.execute(text(_LINES), given))


def offers(
    session: Session, round_id: int, product_id: int, areas: list[str], today: date
) -> list[Any]:
    """Offers of the product; ``mine``: of a group in these areas (patterns)."""
    given = {"round_id": round_id, "product_id": product_id, "areas": areas, "today": today}
    return list(session.execute(text(_OFFERS), given))


def lanes(session: Session, round_id: int, product_id: int) -> list[Any]:
    """Own ways of those offers' groups."""
    given = {"round_id": round_id, "product_id": product_id}
    return list(session.execute(text(_LANES), given))


def posts(session: Session) -> frozenset[tuple[str, str]]:
    """Between which regions parcels go."""
    found = session.execute(text("SELECT from_region, to_region FROM post_rate"))
    return frozenset((row.from_region, row.to_region) for row in found)
