"""The resolver's first page: what is short in a round, what neighbours ask, what was done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.errors import NotFound
from market.matching.resolving.rows import PROMISED
from market.principals import Thing

MOST_PRODUCTS = 200
MOST_STEPS = 50


@dataclass(frozen=True, kw_only=True)
class ShortProduct:
    """A product of the round that some line does not get whole."""

    product_id: int
    product_code: str
    name_th: str
    name_en: str
    unit_th: str
    unit_en: str
    ordered_units: int
    short_units: int
    lines: int
    satang: int


@dataclass(frozen=True, kw_only=True)
class Incoming:
    """What a neighbour asks the reader to have made by an own group."""

    id: int
    name_th: str
    name_en: str
    unit_th: str
    unit_en: str
    units: int
    group_id: int
    group_th: str
    group_en: str
    words: str
    asker: str
    asked_at: datetime


@dataclass(frozen=True, kw_only=True)
class Done:
    """A step that was taken, and what came of it (a code)."""

    kind: str
    units: int
    product_id: int
    name_th: str
    name_en: str
    unit_th: str
    unit_en: str
    group_th: str
    group_en: str
    by: str
    words: str
    done_at: datetime
    came: str
    accepted: int


_SHORT = text(
    f"""
    SELECT p.id AS product_id, p.code AS product_code, p.name_th, p.name_en, p.unit_th, p.unit_en,
           sum(x.units)::bigint AS ordered_units,
           sum(x.units - x.promised)::bigint AS short_units,
           count(*) FILTER (WHERE x.promised < x.units) AS lines,
           sum((x.units - x.promised) * x.ceiling_satang)::bigint AS satang
      FROM (SELECT l.product_id, l.units, l.ceiling_satang, {PROMISED} AS promised
              FROM order_line l JOIN orders o ON o.id = l.order_id AND o.state = 'placed'
             WHERE l.round_id = :round_id AND l.released_at IS NULL) x
      JOIN product p ON p.id = x.product_id
     WHERE EXISTS (SELECT 1 FROM round_offer f JOIN producer_group g ON g.id = f.group_id
                    WHERE f.round_id = :round_id AND f.product_id = p.id
                      AND g.tambon_code LIKE ANY (:areas))
     GROUP BY p.id HAVING sum(x.units - x.promised) > 0
     ORDER BY short_units DESC, p.sort_key, p.id LIMIT {MOST_PRODUCTS}
    """  # noqa: S608  our own words
)

_INCOMING = text(
    """
    SELECT n.id, p.name_th, p.name_en, p.unit_th, p.unit_en, n.units, g.id AS group_id,
           g.craft_th AS group_th, g.craft_en AS group_en, s.words, coalesce(u.name, '') AS asker,
           s.done_at AS asked_at
      FROM neighbour_offer n
      JOIN shortfall_step s ON s.id = n.step_id
      JOIN product p ON p.id = s.product_id
      JOIN round_offer f ON f.id = n.round_offer_id
      JOIN producer_group g ON g.id = f.group_id
      LEFT JOIN "user" u ON 'user:' || u.id = s.done_by
     WHERE n.round_id = :round_id AND n.state = 'open' AND g.tambon_code LIKE ANY (:areas)
     ORDER BY n.id
    """
)

#: Of products that groups of these areas offer.
_DONE = text(
    f"""
    SELECT s.kind, s.units, s.product_id, p.name_th, p.name_en, p.unit_th, p.unit_en,
           g.craft_th AS group_th, g.craft_en AS group_en, coalesce(u.name, '') AS by, s.words,
           s.done_at, coalesce(k.confirmed, i.accepted, 0)::bigint AS accepted,
           coalesce(k.answer, n.state,
                    CASE WHEN i.waiting > 0 THEN 'open' ELSE 'over' END) AS came
      FROM shortfall_step s
      JOIN product p ON p.id = s.product_id
      JOIN round_offer f ON f.id = s.round_offer_id
      JOIN producer_group g ON g.id = f.group_id
      LEFT JOIN "user" u ON 'user:' || u.id = s.done_by
      LEFT JOIN LATERAL (SELECT min(a.answer) AS answer, sum(a.confirmed_units) AS confirmed
                           FROM ask a WHERE a.run_id = s.run_id) k ON true
      LEFT JOIN neighbour_offer n ON n.step_id = s.id
      LEFT JOIN LATERAL (SELECT count(*) FILTER (WHERE x.state = 'open') AS waiting,
                                count(*) FILTER (WHERE x.state = 'accepted') AS accepted
                           FROM instead_offer x WHERE x.step_id = s.id) i ON true
     WHERE s.round_id = :round_id AND EXISTS (
           SELECT 1 FROM round_offer y JOIN producer_group h ON h.id = y.group_id
            WHERE y.round_id = s.round_id AND y.product_id = s.product_id
              AND h.tambon_code LIKE ANY (:areas))
       AND (CAST(:product_id AS bigint) IS NULL OR s.product_id = :product_id)
     ORDER BY s.id DESC LIMIT {MOST_STEPS}
    """  # noqa: S608  our own words
)


def short_products(
    session: Session, round_id: int, areas: Sequence[str]
) -> tuple[ShortProduct, ...]:
    """Products of these areas' groups that are short, the most units first. 1 statement."""
    found = session.execute(_SHORT, {"round_id": round_id, "areas": _like(areas)})
    return tuple(ShortProduct(**row._mapping) for row in found)


def incoming(session: Session, round_id: int, areas: Sequence[str]) -> tuple[Incoming, ...]:
    """What neighbours ask groups of these areas for. 1 statement."""
    found = session.execute(_INCOMING, {"round_id": round_id, "areas": _like(areas)})
    return tuple(Incoming(**row._mapping) for row in found)


def steps_done(
    session: Session, round_id: int, areas: Sequence[str], product_id: int | None = None
) -> tuple[Done, ...]:
    """What was done about shortfalls, the last first. 1 statement."""
    given = {"round_id": round_id, "areas": _like(areas), "product_id": product_id}
    return tuple(Done(**row._mapping) for row in session.execute(_DONE, given))


def neighbour_thing(session: Session, round_id: int, neighbour_id: int) -> Thing:
    """Whose group a neighbour's offer is about, for the policy. Raises NotFound."""
    row = session.execute(
        text(
            "SELECT g.tambon_code, g.id FROM neighbour_offer n JOIN round_offer f"
            " ON f.id = n.round_offer_id JOIN producer_group g ON g.id = f.group_id"
            " WHERE n.id = :id AND n.round_id = :round_id"
        ),
        {"id": neighbour_id, "round_id": round_id},
    ).one_or_none()
    if row is None:
        raise NotFound("not_found", what="offer")
    return Thing(area=row.tambon_code, group_id=row.id, round_id=round_id)


def _like(areas: Sequence[str]) -> list[str]:
    return [area + "%" for area in areas]
