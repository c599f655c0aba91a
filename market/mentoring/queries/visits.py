"""Reading visits: what is due, one visit, and what a group was told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.clock import bangkok_date
from market.errors import NotFound
from market.mentoring.queries.readiness import like
from market.mentoring.queries.things import WHO
from market.mentoring.rules import VISIT_EVERY, VisitState, VisitWords

MOST_LISTED = 60
MOST_OF_GROUP = 20


@dataclass(frozen=True, kw_only=True)
class VisitView:
    """A visit with its group's names. by: who was there."""

    id: int
    group_id: int
    group_th: str
    group_en: str
    tambon_th: str
    tambon_en: str
    province_th: str
    province_en: str
    state: str
    planned_on: date
    purpose: str
    looked_at: tuple[str, ...]
    advice: str
    next_step: str
    next_on: date | None
    next_done_at: datetime | None
    done_at: datetime | None
    seen_at: datetime | None
    by: str | None
    photos: tuple[int, ...]
    sample: bool

    @property
    def words(self) -> VisitWords:
        """What was written of it."""
        return VisitWords(
            looked_at=self.looked_at, advice=self.advice, next_step=self.next_step,
            next_on=self.next_on,
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Unvisited:
    """A group whom nobody visited lately, and no visit is planned."""

    id: int
    name_th: str
    name_en: str
    tambon_th: str
    tambon_en: str
    province_th: str
    province_en: str
    last_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Due:
    """What waits for a mentor."""

    late: tuple[VisitView, ...]
    coming: tuple[VisitView, ...]
    steps: tuple[VisitView, ...]
    unvisited: tuple[Unvisited, ...]
    unvisited_count: int
    lately: tuple[VisitView, ...]


_COLUMNS = f"""
    SELECT v.id, v.group_id, g.name_th AS group_th, g.name_en AS group_en,
           t.name_th AS tambon_th, t.name_en AS tambon_en, p.name_th AS province_th,
           p.name_en AS province_en, v.state, v.planned_on, v.purpose, v.looked_at, v.advice,
           v.next_step, v.next_on, v.next_done_at, v.done_at, v.seen_at, u.name AS by, v.sample,
           ARRAY(SELECT x.id FROM visit_photo x WHERE x.visit_id = v.id ORDER BY x.id) AS photos
      FROM visit v
      JOIN producer_group g ON g.id = v.group_id
      JOIN tambon t ON t.code = g.tambon_code
      JOIN province p ON p.code = t.province_code
      {WHO.format(alias="u", actor="coalesce(v.done_by, v.planned_by)")}
"""  # noqa: S608
_ONE = text(f"{_COLUMNS} WHERE v.id = :id")
_OF_GROUP = text(
    f"{_COLUMNS} WHERE v.group_id = :group_id AND v.state <> 'cancelled'"
    " ORDER BY v.state = 'done', v.planned_on DESC, v.id DESC LIMIT :most"
)
_OPEN = text(
    f"""{_COLUMNS}
     WHERE g.tambon_code LIKE ANY (CAST(:areas AS text[]))
       AND (v.state = 'planned' OR (v.next_on IS NOT NULL AND v.next_done_at IS NULL
            AND v.state = 'done') OR (v.state = 'done' AND v.done_at > :lately))
     ORDER BY CASE WHEN v.state = 'planned' THEN v.planned_on ELSE v.next_on END, v.id
     LIMIT :most
    """
)
_UNVISITED = text(
    """
    SELECT g.id, g.name_th, g.name_en, t.name_th AS tambon_th, t.name_en AS tambon_en,
           p.name_th AS province_th, p.name_en AS province_en, last.at AS last_at,
           count(*) OVER () AS whole
      FROM producer_group g
      JOIN tambon t ON t.code = g.tambon_code
      JOIN province p ON p.code = t.province_code
      LEFT JOIN (SELECT group_id, max(done_at) AS at, bool_or(state = 'planned') AS planned
                   FROM visit GROUP BY group_id) last ON last.group_id = g.id
     WHERE g.active AND g.tambon_code LIKE ANY (CAST(:areas AS text[]))
       AND last.planned IS NOT TRUE AND (last.at IS NULL OR last.at < :before)
     ORDER BY last.at NULLS FIRST, p.sort_key, g.sort_key, g.id LIMIT :most
    """
)


def get_visit(session: Session, visit_id: int) -> VisitView:
    """One visit. Raises NotFound. 1 statement."""
    row = session.execute(_ONE, {"id": visit_id}).one_or_none()
    if row is None:
        raise NotFound("not_found", what="visit")
    return _view(row)


def visits_of(session: Session, group_id: int) -> tuple[VisitView, ...]:
    """Visits of a group: planned, then done, the newest first. 1 statement."""
    rows = session.execute(_OF_GROUP, {"group_id": group_id, "most": MOST_OF_GROUP})
    return tuple(_view(row) for row in rows)


def visits_due(session: Session, areas: Sequence[str], now: datetime) -> Due:
    """What waits in these areas. 2 statements."""
    today, given = bangkok_date(now), {"areas": like(areas), "most": MOST_LISTED}
    rows = session.execute(_OPEN, given | {"lately": now - timedelta(days=14)})
    visits = [_view(row) for row in rows]
    alone = session.execute(_UNVISITED, given | {"before": now - VISIT_EVERY}).all()
    planned = [visit for visit in visits if visit.state == VisitState.PLANNED]
    done = [visit for visit in visits if visit.state == VisitState.DONE]
    return Due(
        late=tuple(visit for visit in planned if visit.planned_on < today),
        coming=tuple(visit for visit in planned if visit.planned_on >= today),
        steps=tuple(
            visit for visit in done if visit.next_on is not None and visit.next_done_at is None
        ),
        unvisited=tuple(_unvisited(row) for row in alone),
        unvisited_count=int(alone[0].whole) if alone else 0,
        lately=tuple(visit for visit in done if visit.done_at and visit.done_at > now - _LATELY),
    )


_LATELY = timedelta(days=14)


def _unvisited(row: Any) -> Unvisited:
    values = {name: value for name, value in row._mapping.items() if name != "whole"}
    return Unvisited(**values)


def _view(row: Any) -> VisitView:
    values: dict[str, Any] = dict(row._mapping)
    return VisitView(**values | {"looked_at": tuple(row.looked_at), "photos": tuple(row.photos)})
