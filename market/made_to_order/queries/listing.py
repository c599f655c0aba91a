"""Lists of requests: for a group, and for a coordinator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

_DESK = text(
    """
    SELECT r.id, r.state, r.words, r.units, r.unit_th, r.unit_en, r.needed_on, r.answer_by,
           r.choose_by, r.buyer_kind, coalesce(r.org_name, r.name) AS buyer,
           t.name_th AS tambon_th, t.name_en AS tambon_en, v.name_th AS province_th,
           v.name_en AS province_en, o.number AS order_number, r.round_id,
           count(i.id) AS asked, count(i.id) FILTER (WHERE i.state = 'waiting') AS waiting,
           count(i.id) FILTER (WHERE i.state IN ('offered', 'chosen')) AS offers,
           coalesce(sum(i.units) FILTER (WHERE i.state IN ('offered', 'chosen')), 0)::bigint
               AS offered_units
      FROM goods_request r
      JOIN tambon t ON t.code = r.tambon_code
      JOIN province v ON v.code = t.province_code
      LEFT JOIN orders o ON o.id = r.order_id
      LEFT JOIN (request_invite i JOIN producer_group g ON g.id = i.group_id)
        ON i.request_id = r.id
       AND (g.tambon_code LIKE ANY (:areas) OR r.tambon_code LIKE ANY (:areas))
     WHERE r.state NOT IN ('draft', 'proving')
       AND (r.tambon_code LIKE ANY (:areas) OR EXISTS (
            SELECT 1 FROM request_invite x JOIN producer_group y ON y.id = x.group_id
             WHERE x.request_id = r.id AND y.tambon_code LIKE ANY (:areas)))
     GROUP BY r.id, t.code, v.code, o.id
     ORDER BY array_position(ARRAY['asked', 'agreed'], r.state::text), r.answer_by DESC LIMIT 60
    """
)
_CALLS = text(
    """
    SELECT i.request_id, i.group_id, i.state, g.name_th, g.name_en, g.phone
      FROM request_invite i JOIN producer_group g ON g.id = i.group_id
     WHERE i.request_id = ANY(:ids) AND g.tambon_code LIKE ANY (:areas)
     ORDER BY i.request_id, i.state <> 'waiting', i.id
    """
)
_GROUP = text(
    """
    SELECT r.id, i.state, r.state AS request_state, r.words, r.units, r.unit_th, r.unit_en,
           r.needed_on, r.answer_by, r.choose_by, i.chosen_units
      FROM request_invite i JOIN goods_request r ON r.id = i.request_id
     WHERE i.group_id = :group_id
     ORDER BY (i.state = 'waiting' AND r.state = 'asked') DESC, r.id DESC LIMIT 40
    """
)


@dataclass(frozen=True, kw_only=True)
class DeskRequest:
    """A request in the areas of a coordinator; the counts are of groups that may be seen."""

    id: int
    state: str
    words: str
    units: int
    unit_th: str
    unit_en: str
    needed_on: date
    answer_by: datetime
    choose_by: datetime
    buyer_kind: str
    buyer: str
    tambon_th: str
    tambon_en: str
    province_th: str
    province_en: str
    order_number: str | None
    round_id: int | None
    asked: int
    waiting: int
    offers: int
    offered_units: int


@dataclass(frozen=True, kw_only=True)
class DeskGroup:
    """A group of the area that was asked."""

    request_id: int
    group_id: int
    state: str
    name_th: str
    name_en: str
    phone: str | None


@dataclass(frozen=True, kw_only=True)
class GroupRequest:
    """A request that a group was asked about."""

    id: int
    state: str
    request_state: str
    words: str
    units: int
    unit_th: str
    unit_en: str
    needed_on: date
    answer_by: datetime
    choose_by: datetime
    chosen_units: int | None

    @property
    def waits(self) -> bool:
        """Is an answer still wanted?"""
        return self.state == "waiting" and self.request_state == "asked"


def requests_in(session: Session, areas: Sequence[str]) -> tuple[DeskRequest, ...]:
    """Requests that go to these areas or that groups there were asked about."""
    rows = session.execute(_DESK, {"areas": _like(areas)})
    return tuple(DeskRequest(**row._mapping) for row in rows)


def groups_in(
    session: Session, request_ids: Sequence[int], areas: Sequence[str]
) -> dict[int, list[DeskGroup]]:
    """The asked groups of these areas, by request; those who are waited for first."""
    found: dict[int, list[DeskGroup]] = {request_id: [] for request_id in request_ids}
    rows = session.execute(_CALLS, {"ids": list(request_ids), "areas": _like(areas)})
    for row in rows:
        found[row.request_id].append(DeskGroup(**row._mapping))
    return found


def requests_of_group(session: Session, group_id: int) -> tuple[GroupRequest, ...]:
    """What a group was asked, the unanswered first."""
    rows = session.execute(_GROUP, {"group_id": group_id})
    return tuple(GroupRequest(**row._mapping) for row in rows)


def _like(areas: Sequence[str]) -> list[str]:
    return [area + "%" for area in areas]
