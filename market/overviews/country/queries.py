"""Reading the country's page: look-ups of what the sweep has summed, and names of places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.errors import NotFound
from market.overviews.country.rules import Figures, Measure, RoundFigures
from market.principals import Thing

#: Two years of weekly, fortnightly and monthly rounds: a period and the one before.
MOST_ROUNDS = 200


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a page is: '' the country, two digits a province, six a tambon."""

    code: str
    name_th: str = ""
    name_en: str = ""
    province_th: str = ""
    province_en: str = ""


@dataclass(frozen=True, kw_only=True)
class Child:
    """A province, tambon or group below, with its figures over some rounds; degrees if known."""

    code: str
    group_id: int | None
    name_th: str
    name_en: str
    lat: float | None
    lon: float | None
    whole: int  # tambons that take part, or groups
    active: int  # of them with offers in these rounds
    readiness: int | None
    figures: Figures

    @property
    def coverage(self) -> Measure:
        """How many of its places were in these rounds."""
        return Measure(self.active, self.whole)


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """How much of an area is in some rounds."""

    tambons: int
    active_tambons: int
    provinces: int
    active_provinces: int
    groups: int
    ready_groups: int
    due_satang: int
    fair_satang: int

    @property
    def fairness(self) -> Measure:
        """Of what was due over these rounds, what reached those that it was due to."""
        return Measure(self.fair_satang, self.due_satang) if self.due_satang else Measure(None)


#: What takes part: the tambons of the programme, and any other with a group.
_PART = """
    part AS (
        SELECT t.code, t.province_code FROM tambon t
         WHERE t.code LIKE :area AND (t.readiness IS NOT NULL OR EXISTS (
               SELECT 1 FROM producer_group g WHERE g.tambon_code = t.code AND g.active))
    ), live AS (
        SELECT DISTINCT area_code FROM round_figure
         WHERE round_id = ANY (CAST(:rounds AS bigint[])) AND length(area_code) = 6
    ), summed AS (
        SELECT f.area_code, f.group_id, sum(f.groups)::bigint AS groups,
               max(f.households) AS households, sum(f.asks)::bigint AS asks,
               sum(f.answered)::bigint AS answered, sum(f.asked_units)::bigint AS asked_units,
               sum(f.filled_units)::bigint AS filled_units, sum(f.batches)::bigint AS batches,
               sum(f.on_time)::bigint AS on_time,
               sum(f.goods_satang) FILTER (WHERE NOT f.hidden)::bigint AS goods_satang,
               sum(f.makers_satang) FILTER (WHERE NOT f.hidden)::bigint AS makers_satang,
               sum(f.surplus_satang) FILTER (WHERE NOT f.hidden)::bigint AS surplus_satang,
               sum(f.buyers) FILTER (WHERE NOT f.hidden)::bigint AS buyers,
               sum(f.came_again) FILTER (WHERE NOT f.hidden)::bigint AS came_again,
               max(f.shared) AS shared
          FROM round_figure f
         WHERE f.round_id = ANY (CAST(:rounds AS bigint[])) AND f.area_code LIKE :area
         GROUP BY f.area_code, f.group_id
    ), share AS (
        SELECT area_code, group_id, sum(due_satang) AS due,
               least(sum(got_satang), sum(due_satang)) AS fair
          FROM round_figure
         WHERE round_id = ANY (CAST(:rounds AS bigint[])) AND area_code LIKE :area
           AND group_id IS NOT NULL
         GROUP BY area_code, group_id
    )
"""
#: Over several rounds a group that got little in one and more in the next is treated fairly.
_SHARES = (
    "coalesce(sum(due), 0)::bigint AS due_satang, coalesce(sum(fair), 0)::bigint AS fair_satang"
)
_PROVINCES = f"""
    WITH {_PART}
    SELECT p.code, NULL::bigint AS group_id, p.name_th, p.name_en, NULL::float AS lat,
           NULL::float AS lon, here.whole, here.active, NULL::int AS readiness, s.*, f.*
      FROM (SELECT part.province_code, count(*) AS whole, count(live.area_code) AS active
              FROM part LEFT JOIN live ON live.area_code = part.code
             GROUP BY part.province_code) here
      JOIN province p ON p.code = here.province_code
      LEFT JOIN summed s ON s.area_code = p.code
     CROSS JOIN LATERAL (
           SELECT {_SHARES} FROM share WHERE left(share.area_code, 2) = p.code) AS f
     WHERE p.code LIKE ANY (CAST(:areas AS text[])) ORDER BY p.sort_key, p.code
"""  # noqa: S608
_TAMBONS = f"""
    WITH {_PART}
    SELECT t.code, NULL::bigint AS group_id, t.name_th, t.name_en, t.lat, t.lon,
           1 AS whole, (live.area_code IS NOT NULL)::int AS active, NULL::int AS readiness, s.*, f.*
      FROM part
      JOIN tambon t ON t.code = part.code
      LEFT JOIN live ON live.area_code = t.code
      LEFT JOIN summed s ON s.area_code = t.code AND s.group_id IS NULL
     CROSS JOIN LATERAL (SELECT {_SHARES} FROM share WHERE share.area_code = t.code) AS f
     ORDER BY t.sort_key, t.code
"""  # noqa: S608
_GROUPS = f"""
    WITH {_PART}
    SELECT g.code, g.id AS group_id, g.name_th, g.name_en, NULL::float AS lat,
           NULL::float AS lon, 1 AS whole, (s.group_id IS NOT NULL)::int AS active, g.readiness,
           s.*, f.*
      FROM producer_group g
      LEFT JOIN summed s ON s.group_id = g.id
     CROSS JOIN LATERAL (SELECT {_SHARES} FROM share WHERE share.group_id = g.id) AS f
     WHERE g.tambon_code LIKE :area AND g.active ORDER BY g.readiness DESC, g.sort_key, g.id
"""  # noqa: S608
_CHILDREN = {0: text(_PROVINCES), 2: text(_TAMBONS), 6: text(_GROUPS)}
_ROUNDS = text(
    """
    SELECT f.*, r.number, r.name_th, r.name_en, r.closes_at, n.final
      FROM round_figure f
      JOIN round r ON r.id = f.round_id
      JOIN figure_run n ON n.round_id = f.round_id
     WHERE f.area_code = :area AND f.group_id IS NOT DISTINCT FROM CAST(:group_id AS bigint)
     ORDER BY r.closes_at DESC, r.id DESC LIMIT :most
    """
)
_COVERAGE = text(
    f"""
    WITH {_PART}
    SELECT count(*) AS tambons, count(live.area_code) AS active_tambons,
           count(DISTINCT part.province_code) AS provinces,
           count(DISTINCT part.province_code) FILTER (WHERE live.area_code IS NOT NULL)
               AS active_provinces,
           coalesce(sum(g.groups), 0) AS groups, coalesce(sum(g.ready), 0) AS ready_groups,
           (SELECT coalesce(sum(due), 0) FROM share) AS due_satang,
           (SELECT coalesce(sum(fair), 0) FROM share) AS fair_satang
      FROM part
      LEFT JOIN live ON live.area_code = part.code
     CROSS JOIN LATERAL (
           SELECT count(*) AS groups, count(*) FILTER (WHERE g.readiness = 2) AS ready
             FROM producer_group g WHERE g.tambon_code = part.code AND g.active) g
    """  # noqa: S608
)
_PROVINCE = text("SELECT code, name_th, name_en FROM province WHERE code = :code")
_TAMBON = text(
    """
    SELECT t.code, t.name_th, t.name_en, p.name_th AS province_th, p.name_en AS province_en
      FROM tambon t JOIN province p ON p.code = t.province_code WHERE t.code = :code
    """
)
_FIRST = text(
    """
    SELECT code FROM tambon WHERE code LIKE ANY (CAST(:areas AS text[]))
     ORDER BY readiness IS NULL, code LIMIT 1
    """
)
_PLAIN = tuple(field.name for field in fields(Figures))
#: What is of people: not told where it is of too few.
_OF_PEOPLE = ("goods_satang", "makers_satang", "surplus_satang", "buyers", "came_again")


def province_thing(session: Session, province: str) -> Thing:
    """The province. Raises NotFound."""
    return Thing(area=get_place(session, province).code)


def tambon_thing(session: Session, province: str, tambon: str) -> Thing:
    """The tambon of that province. Raises NotFound."""
    if not tambon.startswith(province):
        raise NotFound("not_found", what="place")
    return Thing(area=get_place(session, tambon).code)


def get_place(session: Session, code: str) -> Place:
    """A province or tambon by its code. Raises NotFound. 1 statement."""
    query = {2: _PROVINCE, 6: _TAMBON}.get(len(code))
    row = session.execute(query, {"code": code}).one_or_none() if query is not None else None
    if row is None:
        raise NotFound("not_found", what="place")
    return Place(**row._mapping)


def first_tambon(session: Session, areas: Sequence[str]) -> str:
    """The tambon that somebody sees who coordinates no whole province. Raises NotFound."""
    code = session.scalar(_FIRST, {"areas": _like(areas)})
    if code is None:
        raise NotFound("not_found", what="place")
    return str(code)


def rounds_of(session: Session, area: str, group_id: int | None = None) -> tuple[RoundFigures, ...]:
    """The figures of an area or a group, the newest round first. 1 statement."""
    given = {"area": area, "group_id": group_id, "most": MOST_ROUNDS}
    return tuple(_round(row) for row in session.execute(_ROUNDS, given))


def children_of(
    session: Session, area: str, round_ids: Sequence[int], areas: Sequence[str]
) -> tuple[Child, ...]:
    """What lies below an area, with its sums over these rounds; provinces of ``areas`` only.

    1 statement.
    """
    given = {"area": area + "%", "rounds": list(round_ids), "areas": _like(areas)}
    found = session.execute(_CHILDREN[len(area)], given if not area else _without(given))
    return tuple(_child(row) for row in found)


def coverage_of(session: Session, area: str, round_ids: Sequence[int]) -> Coverage:
    """How much of an area was in these rounds. 1 statement."""
    given = {"area": area + "%", "rounds": list(round_ids)}
    row = session.execute(_COVERAGE, given).one()
    return Coverage(**{name: int(value) for name, value in row._mapping.items()})


def _without(given: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if name != "areas"}


def _like(areas: Sequence[str]) -> list[str]:
    return [area + "%" for area in areas]


def _round(row: Any) -> RoundFigures:
    closes_at: datetime = row.closes_at
    hidden = dict.fromkeys(_OF_PEOPLE) if row.hidden else {}
    return RoundFigures(
        **{name: getattr(row, name) for name in _PLAIN} | hidden,
        round_id=row.round_id, number=row.number, name_th=row.name_th, name_en=row.name_en,
        closes_at=closes_at, final=row.final,
    )  # fmt: skip


def _child(row: Any) -> Child:
    values = row._mapping
    own = {name: values[name] for name in ("code", "name_th", "name_en", "lat", "lon", "whole",
                                           "active", "readiness")}  # fmt: skip
    counted = {
        name: values[name] if values[name] is not None or name in _OF_PEOPLE else 0
        for name in _PLAIN
        if not name.endswith("permille")
    }
    return Child(**own, group_id=row[1], figures=Figures(**counted))
