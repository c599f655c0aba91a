"""Whose things these are, for the policy; and what every page says of a group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.errors import NotFound
from market.mentoring.rules import Point, Stage, VisitPart, stage_of
from market.principals import Thing

#: Who did something, by name; others than people have none.
WHO = """
    LEFT JOIN "user" {alias} ON {alias}.id = CASE WHEN {actor} LIKE 'user:%'
              THEN substring({actor} FROM 6)::bigint END
"""
_GROUP = text(
    """
    SELECT g.id, g.code, g.name_th, g.name_en, g.craft_th, g.craft_en, g.tambon_code, g.readiness,
           g.members, g.households, g.phone, t.name_th AS tambon_th, t.name_en AS tambon_en,
           p.name_th AS province_th, p.name_en AS province_en,
           (SELECT count(*) FROM readiness_check c WHERE c.group_id = g.id) AS points
      FROM producer_group g
      JOIN tambon t ON t.code = g.tambon_code
      JOIN province p ON p.code = t.province_code
     WHERE g.id = :id
    """
)
_PLACE = "SELECT g.id AS group_id, g.tambon_code FROM {} x JOIN producer_group g"
_THINGS = {
    "group": text("SELECT id AS group_id, tambon_code FROM producer_group WHERE id = :id"),
    **{
        what: text(f"{_PLACE.format(table)} ON g.id = x.group_id WHERE x.id = :id")
        for what, table in (
            ("visit", "visit"), ("contact", "group_contact"), ("check", "readiness_check"),
        )
    },
    "photo": text(
        "SELECT g.id AS group_id, g.tambon_code FROM visit_photo x"
        " JOIN visit v ON v.id = x.visit_id"
        " JOIN producer_group g ON g.id = v.group_id WHERE x.id = :id"
    ),
    "flag": text("SELECT group_id, tambon_code FROM flag WHERE id = :id"),
    "officer": text("SELECT NULL AS group_id, tambon_code FROM officer WHERE id = :id"),
    "place": text("SELECT NULL AS group_id, code AS tambon_code FROM tambon WHERE code = :id"),
}  # fmt: skip
_FILES = {
    "check": text("SELECT file_hash FROM readiness_check WHERE id = :id"),
    "photo": text("SELECT file_hash FROM visit_photo WHERE id = :id"),
}


@dataclass(frozen=True, kw_only=True)
class Cared:
    """A group as its mentor knows it; points: how many of the ten are met."""

    id: int
    code: str
    name_th: str
    name_en: str
    craft_th: str
    craft_en: str
    tambon_code: str
    tambon_th: str
    tambon_en: str
    province_th: str
    province_en: str
    readiness: int
    members: int
    households: int
    phone: str | None
    points: int

    @property
    def stage(self) -> Stage:
        """Where it stands on the way to 2."""
        return stage_of(self.readiness, self.points)


def group_thing(session: Session, group_id: int, **_more: object) -> Thing:
    """The group. Raises NotFound."""
    return _thing(session, "group", group_id)


def point_thing(session: Session, group_id: int, point: str) -> Thing:
    """The group, for one of the ten points. Raises NotFound."""
    get_point(point)
    return _thing(session, "group", group_id)


def get_point(point: str) -> Point:
    """The point of the list with this name. Raises NotFound."""
    try:
        return Point(point)
    except ValueError:
        raise NotFound("not_found", what="point") from None


def visit_thing(session: Session, visit_id: int, **_more: object) -> Thing:
    """The group that is visited. Raises NotFound."""
    return _thing(session, "visit", visit_id)


def get_part(step: str) -> VisitPart:
    """The question about a visit with this name. Raises NotFound."""
    try:
        return VisitPart(step)
    except ValueError:
        raise NotFound("not_found", what="step") from None


def visit_photo_thing(session: Session, visit_photo_id: int) -> Thing:
    """The group that was visited. Raises NotFound."""
    return _thing(session, "photo", visit_photo_id)


def check_thing(session: Session, check_id: int) -> Thing:
    """The group whose point was ticked. Raises NotFound."""
    return _thing(session, "check", check_id)


def flag_thing(session: Session, flag_id: int) -> Thing:
    """Where there is a reason to worry. Raises NotFound."""
    return _thing(session, "flag", flag_id)


def contact_thing(session: Session, contact_id: int) -> Thing:
    """The group that somebody is called about. Raises NotFound."""
    return _thing(session, "contact", contact_id)


def officer_thing(session: Session, officer_id: int) -> Thing:
    """The tambon that an officer answers for. Raises NotFound."""
    return _thing(session, "officer", officer_id)


def tambon_thing(session: Session, tambon: str) -> Thing:
    """The tambon. Raises NotFound."""
    return _thing(session, "place", tambon)


def get_cared(session: Session, group_id: int) -> Cared:
    """The group. Raises NotFound. 1 statement."""
    row = session.execute(_GROUP, {"id": group_id}).one_or_none()
    if row is None:
        raise NotFound("not_found", what="group")
    return Cared(**row._mapping)


def file_of(session: Session, what: str, row_id: int) -> str:
    """The hash of the picture of a point ("check") or a visit ("photo"). Raises NotFound."""
    found = session.scalar(_FILES[what], {"id": row_id})
    if found is None:
        raise NotFound("not_found", what="file")
    return str(found)


def _thing(session: Session, what: str, row_id: Any) -> Thing:
    row = session.execute(_THINGS[what], {"id": row_id}).one_or_none()
    if row is None:
        raise NotFound("not_found", what=what)
    return Thing(area=row.tambon_code, group_id=row.group_id)
