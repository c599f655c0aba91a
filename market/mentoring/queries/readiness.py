"""Reading the list from readiness 1 to 2: of one group, and of all in some areas."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.mentoring.queries.things import WHO
from market.mentoring.rules import Point, Stage, stage_of

MOST_IN_PIPELINE = 600


@dataclass(frozen=True, kw_only=True)
class Met:
    """A point that somebody found met. by: a name, None for who has none."""

    id: int
    point: Point
    note: str
    has_picture: bool
    at: datetime
    by: str | None
    sample: bool


@dataclass(frozen=True, kw_only=True)
class Decided:
    """A move between 1 and 2."""

    from_level: int
    to_level: int
    score: int
    reason: str
    at: datetime
    by: str | None


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """A group on the way. last_at: when anything of the list was ticked or decided."""

    id: int
    name_th: str
    name_en: str
    tambon_th: str
    tambon_en: str
    province_th: str
    province_en: str
    readiness: int
    points: int
    last_at: datetime | None

    @property
    def stage(self) -> Stage:
        """Its column."""
        return stage_of(self.readiness, self.points)


_MET = text(
    f"""
    SELECT c.id, c.point, c.note, c.file_hash IS NOT NULL AS has_picture, c.ticked_at AS at,
           u.name AS by, c.sample
      FROM readiness_check c {WHO.format(alias="u", actor="c.ticked_by")}
     WHERE c.group_id = :group_id
    """  # noqa: S608
)
_DECIDED = text(
    f"""
    SELECT d.from_level, d.to_level, d.score, d.reason, d.decided_at AS at, u.name AS by
      FROM readiness_decision d {WHO.format(alias="u", actor="d.decided_by")}
     WHERE d.group_id = :group_id ORDER BY d.id DESC LIMIT 20
    """  # noqa: S608
)
_PIPELINE = text(
    """
    SELECT g.id, g.name_th, g.name_en, t.name_th AS tambon_th, t.name_en AS tambon_en,
           p.name_th AS province_th, p.name_en AS province_en, g.readiness,
           coalesce(c.points, 0) AS points, greatest(c.last_at, d.last_at) AS last_at
      FROM producer_group g
      JOIN tambon t ON t.code = g.tambon_code
      JOIN province p ON p.code = t.province_code
      LEFT JOIN (SELECT group_id, count(*) AS points, max(ticked_at) AS last_at
                   FROM readiness_check GROUP BY group_id) c ON c.group_id = g.id
      LEFT JOIN (SELECT group_id, max(decided_at) AS last_at
                   FROM readiness_decision GROUP BY group_id) d ON d.group_id = g.id
     WHERE g.active AND g.tambon_code LIKE ANY (CAST(:areas AS text[]))
       AND (:province = '' OR t.province_code = :province)
     ORDER BY points DESC, p.sort_key, g.sort_key, g.id LIMIT :most
    """
)
_PROVINCES = text(
    """
    SELECT DISTINCT p.code, p.name_th, p.name_en, p.sort_key
      FROM producer_group g JOIN province p ON p.code = left(g.tambon_code, 2)
     WHERE g.active AND g.tambon_code LIKE ANY (CAST(:areas AS text[])) ORDER BY p.sort_key
    """
)


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A province to choose."""

    code: str
    name_th: str
    name_en: str


def met_points(session: Session, group_id: int) -> dict[Point, Met]:
    """The points that are met. 1 statement."""
    rows = session.execute(_MET, {"group_id": group_id})
    found = (Met(**{**row._mapping, "point": Point(row.point)}) for row in rows)
    return {met.point: met for met in found}


def decisions_of(session: Session, group_id: int) -> tuple[Decided, ...]:
    """The moves of a group, the newest first. 1 statement."""
    rows = session.execute(_DECIDED, {"group_id": group_id})
    return tuple(Decided(**row._mapping) for row in rows)


def pipeline_of(
    session: Session, areas: Sequence[str], province: str = ""
) -> dict[Stage, list[Waiting]]:
    """The groups of these areas by column, those with most points first. 1 statement."""
    given = {"areas": like(areas), "province": province, "most": MOST_IN_PIPELINE}
    columns: dict[Stage, list[Waiting]] = {stage: [] for stage in Stage}
    for row in session.execute(_PIPELINE, given):
        waiting = Waiting(**row._mapping)
        columns[waiting.stage].append(waiting)
    return columns


def provinces_of(session: Session, areas: Sequence[str]) -> tuple[Choice, ...]:
    """Provinces with groups in these areas. 1 statement."""
    rows = session.execute(_PROVINCES, {"areas": like(areas)})
    return tuple(Choice(code=row.code, name_th=row.name_th, name_en=row.name_en) for row in rows)


def like(areas: Sequence[str]) -> list[str]:
    """Areas as patterns of codes."""
    return [area + "%" for area in areas]
