"""Boxes of which something is missing or broken: what was said, until somebody decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.errors import NotFound
from market.principals import Thing

SHOWN = 100
_OPEN = text(
    """
    SELECT k.id, k.consignment_id, k.trip_id, k.kind, k.units, k.words, k.before_hand_over,
           k.file_hash IS NOT NULL AS has_photo, k.found_at, c.point_id,
           b.lot_code, p.name_th, p.name_en, p.unit_th, p.unit_en, g.name_th AS group_th,
           g.name_en AS group_en, pt.name_th AS point_th, pt.name_en AS point_en
      FROM box_case k
      JOIN consignment c ON c.id = k.consignment_id
      JOIN batch b ON b.id = c.batch_id
      JOIN product p ON p.id = b.product_id
      JOIN producer_group g ON g.id = b.group_id
      LEFT JOIN pickup_point pt ON pt.id = c.point_id
     WHERE k.closed_at IS NULL AND g.tambon_code LIKE ANY(CAST(:areas AS text[]))
     ORDER BY k.found_at, k.id LIMIT :most
    """
)
_THING = text(
    """
    SELECT g.tambon_code, g.id AS group_id, k.file_hash, k.trip_id
      FROM box_case k JOIN consignment c ON c.id = k.consignment_id
      JOIN batch b ON b.id = c.batch_id JOIN producer_group g ON g.id = b.group_id
     WHERE k.id = :id
    """
)


@dataclass(frozen=True, kw_only=True)
class OpenCase:
    """What is wrong with a box. before_hand_over: the group never gave these units."""

    id: int
    consignment_id: int
    trip_id: int | None
    kind: str
    units: int
    words: str
    before_hand_over: bool
    has_photo: bool
    found_at: datetime
    point_id: int | None
    lot_code: str
    name_th: str
    name_en: str
    unit_th: str
    unit_en: str
    group_th: str
    group_en: str
    point_th: str | None
    point_en: str | None


def open_cases(session: Session, areas: Sequence[str]) -> tuple[OpenCase, ...]:
    """Undecided cases of these areas' groups, the oldest first; one statement."""
    rows = session.execute(_OPEN, {"areas": [f"{area}%" for area in areas], "most": SHOWN})
    return tuple(OpenCase(**row._mapping) for row in rows)


def case_thing(session: Session, box_case_id: int) -> Thing:
    """Whose box this case is about. Raises NotFound."""
    row = session.execute(_THING, {"id": box_case_id}).one_or_none()
    if row is None:
        raise NotFound("not_found", what="box_case")
    return Thing(area=row.tambon_code)


def case_file(session: Session, box_case_id: int) -> str:
    """The hash of the case's picture. Raises NotFound when there is none."""
    row = session.execute(_THING, {"id": box_case_id}).one_or_none()
    if row is None or row.file_hash is None:
        raise NotFound("not_found", what="file")
    return str(row.file_hash)
