"""What a round is short of in a coordinator's areas, and the boxes at its pick-up points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session


@dataclass(frozen=True, kw_only=True)
class Shortfall:
    """Units of a product that no group has confirmed, and the buyers who wait for them."""

    product_id: int
    product_code: str
    name_th: str
    name_en: str
    unit_th: str
    unit_en: str
    ordered_units: int
    confirmed_units: int
    short_units: int
    buyers: int


@dataclass(frozen=True, kw_only=True)
class PointLine:
    """A pick-up point of the round: boxes on their way and boxes that wait there."""

    point_id: int
    name_th: str
    name_en: str
    coming: int
    here: int


_SHORT = """
    SELECT p.id AS product_id, p.code AS product_code, p.name_th, p.name_en, p.unit_th, p.unit_en,
           sum(l.units) AS ordered_units, sum(coalesce(got.units, 0)) AS confirmed_units,
           sum(l.units - coalesce(got.units, 0)) AS short_units,
           count(DISTINCT o.buyer_id) FILTER (WHERE l.units > coalesce(got.units, 0)) AS buyers
      FROM order_line l
      JOIN orders o ON o.id = l.order_id AND o.state = 'placed'
      JOIN product p ON p.id = l.product_id
      LEFT JOIN LATERAL (
           SELECT sum(CASE WHEN a.answer = 'waiting' THEN s.units ELSE s.confirmed_units END)
               AS units
             FROM assignment s
             LEFT JOIN ask a ON a.batch_id = s.batch_id AND a.run_id = s.run_id AND a.kind = 'make'
            WHERE s.line_id = l.id) AS got
        ON true
     WHERE l.round_id = :round_id AND l.released_reason IS DISTINCT FROM 'instead' AND EXISTS (
           SELECT 1 FROM round_offer f JOIN producer_group g ON g.id = f.group_id
            WHERE f.round_id = l.round_id AND f.product_id = l.product_id
              AND g.tambon_code LIKE ANY (:areas))
     GROUP BY p.id HAVING sum(l.units - coalesce(got.units, 0)) > 0
     ORDER BY short_units DESC, p.sort_key
"""

_POINTS = """
    SELECT p.id AS point_id, p.name_th, p.name_en,
           count(*) FILTER (WHERE c.state IN ('waiting', 'handed_over')) AS coming,
           count(*) FILTER (WHERE c.state = 'arrived') AS here
      FROM consignment c JOIN pickup_point p ON p.id = c.point_id
     WHERE c.round_id = :round_id AND p.tambon_code LIKE ANY (:areas)
     GROUP BY p.id HAVING bool_or(c.state IN ('waiting', 'handed_over', 'arrived'))
     ORDER BY here DESC, coming DESC, p.id
"""


def shortfalls_of(session: Session, given: dict[str, Any]) -> tuple[Shortfall, ...]:
    """Goods of these areas that are short, the most units first. 1 statement."""
    return tuple(Shortfall(**row._mapping) for row in session.execute(text(_SHORT), given))


def points_of(session: Session, given: dict[str, Any]) -> tuple[PointLine, ...]:
    """Points of these areas that wait for boxes or have some. 1 statement."""
    return tuple(PointLine(**row._mapping) for row in session.execute(text(_POINTS), given))
