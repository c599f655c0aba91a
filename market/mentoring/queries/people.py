"""Reading whom to call, who answers for a tambon, and the flags."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.errors import NotFound
from market.mentoring.queries.readiness import like
from market.mentoring.queries.things import WHO
from market.mentoring.rules import BY_HARM

MOST_FLAGS = 40  # on one page; a kind or a province leads to the others


@dataclass(frozen=True, kw_only=True)
class TambonView:
    """A tambon with its province."""

    code: str
    name_th: str
    name_en: str
    province_th: str
    province_en: str


@dataclass(frozen=True, kw_only=True)
class ContactView:
    """Somebody to call about a group."""

    id: int
    name: str
    phone: str | None
    part: str
    from_on: date
    sample: bool


@dataclass(frozen=True, kw_only=True)
class OfficerView:
    """Who answers, or answered, for a tambon. waits: the hand-over is not confirmed."""

    id: int
    name: str
    office: str
    phone: str | None
    from_on: date
    to_on: date | None
    confirmed_at: datetime | None
    confirmed_by: str | None
    confirm_note: str | None
    waits: bool
    sample: bool


@dataclass(frozen=True, kw_only=True)
class FlagView:
    """A reason to worry, open or over."""

    id: int
    kind: str
    tambon_code: str
    tambon_th: str
    tambon_en: str
    province_th: str
    province_en: str
    group_id: int | None
    group_th: str | None
    group_en: str | None
    phone: str | None
    data: dict[str, Any]
    opened_at: datetime
    closed_at: datetime | None
    seen_at: datetime | None
    seen_by: str | None
    note: str | None

    @property
    def until(self) -> date | None:
        """Of a paper: its last day."""
        return date.fromisoformat(self.data["until"]) if "until" in self.data else None


@dataclass(frozen=True, kw_only=True)
class FlagList:
    """Open flags, the most harmful first; counts by kind, of all of them."""

    flags: tuple[FlagView, ...]
    counts: dict[str, int]

    @property
    def whole(self) -> int:
        """How many there are."""
        return sum(self.counts.values())


_TAMBON = text(
    """
    SELECT t.code, t.name_th, t.name_en, p.name_th AS province_th, p.name_en AS province_en
      FROM tambon t JOIN province p ON p.code = t.province_code WHERE t.code = :code
    """
)
_CONTACTS = text(
    "SELECT id, name, phone, part, from_on, sample FROM group_contact"
    " WHERE group_id = :group_id AND to_on IS NULL ORDER BY id"
)
_SECOND = text(
    "SELECT group_id, name, phone, part FROM group_contact"
    " WHERE group_id = ANY (:ids) AND to_on IS NULL AND phone IS NOT NULL ORDER BY group_id, id"
)
_OFFICERS = text(
    f"""
    SELECT f.id, f.name, f.office, f.phone, f.from_on, f.to_on, f.confirmed_at,
           u.name AS confirmed_by, f.confirm_note, f.sample,
           f.to_on IS NULL AND f.after_id IS NOT NULL AND f.confirmed_at IS NULL AS waits
      FROM officer f {WHO.format(alias="u", actor="f.confirmed_by")}
     WHERE f.tambon_code = :code ORDER BY f.id DESC LIMIT 12
    """  # noqa: S608
)
_FLAG = f"""
    SELECT f.id, f.kind, f.tambon_code, t.name_th AS tambon_th, t.name_en AS tambon_en,
           p.name_th AS province_th, p.name_en AS province_en, f.group_id,
           g.name_th AS group_th, g.name_en AS group_en, g.phone, f.data, f.opened_at, f.closed_at,
           f.seen_at, u.name AS seen_by, f.note
      FROM flag f
      JOIN tambon t ON t.code = f.tambon_code
      JOIN province p ON p.code = t.province_code
      LEFT JOIN producer_group g ON g.id = f.group_id
      {WHO.format(alias="u", actor="f.seen_by")}
"""  # noqa: S608
_OPEN = text(
    f"""{_FLAG}
     WHERE f.closed_at IS NULL AND f.tambon_code LIKE ANY (CAST(:areas AS text[]))
       AND (:kind = '' OR f.kind = :kind)
       AND (:province = '' OR left(f.tambon_code, 2) = :province)
     ORDER BY f.seen_at IS NOT NULL, array_position(CAST(:kinds AS text[]), f.kind::text),
              f.opened_at, f.id LIMIT :most
    """
)
_COUNTS = text(
    """
    SELECT kind, count(*) AS flags FROM flag
     WHERE closed_at IS NULL AND tambon_code LIKE ANY (CAST(:areas AS text[]))
       AND (:province = '' OR left(tambon_code, 2) = :province) GROUP BY kind
    """
)
_OF_GROUP = text(
    f"{_FLAG} WHERE f.group_id = :group_id ORDER BY f.closed_at IS NOT NULL, f.id DESC LIMIT 20"
)
_OF_TAMBON = text(
    f"{_FLAG} WHERE f.tambon_code = :code AND f.closed_at IS NULL ORDER BY f.id DESC LIMIT 40"
)
_ONE = text(f"{_FLAG} WHERE f.id = :id")
_UNSEEN = text(
    """
    SELECT count(*) FROM flag WHERE closed_at IS NULL AND seen_at IS NULL
       AND tambon_code LIKE ANY (CAST(:areas AS text[]))
    """
)


def get_tambon(session: Session, code: str) -> TambonView:
    """The tambon. Raises NotFound. 1 statement."""
    row = session.execute(_TAMBON, {"code": code}).one_or_none()
    if row is None:
        raise NotFound("not_found", what="place")
    return TambonView(**row._mapping)


def contacts_of(session: Session, group_id: int) -> tuple[ContactView, ...]:
    """Whom to call besides the leader. 1 statement."""
    rows = session.execute(_CONTACTS, {"group_id": group_id})
    return tuple(ContactView(**row._mapping) for row in rows)


def officers_of(session: Session, tambon_code: str) -> tuple[OfficerView, ...]:
    """Who answers for a tambon, and who did before. 1 statement."""
    rows = session.execute(_OFFICERS, {"code": tambon_code})
    return tuple(OfficerView(**row._mapping) for row in rows)


def open_flags(
    session: Session, areas: Sequence[str], kind: str = "", province: str = ""
) -> FlagList:
    """Open flags of these areas: unseen first, then by harm. 2 statements."""
    given = {"areas": like(areas), "kind": kind, "province": province}
    rows = session.execute(
        _OPEN, given | {"kinds": [one.value for one in BY_HARM], "most": MOST_FLAGS}
    )
    flags = tuple(FlagView(**row._mapping) for row in rows)
    counts = {row.kind: row.flags for row in session.execute(_COUNTS, given)}
    return FlagList(
        flags=flags, counts={one.value: counts[one] for one in BY_HARM if one in counts}
    )


def flags_of_group(session: Session, group_id: int) -> tuple[FlagView, ...]:
    """Open flags of a group, then those that are over. 1 statement."""
    return tuple(
        FlagView(**row._mapping) for row in session.execute(_OF_GROUP, {"group_id": group_id})
    )


def flags_of_tambon(session: Session, tambon_code: str) -> tuple[FlagView, ...]:
    """Open flags of a tambon and its groups. 1 statement."""
    return tuple(
        FlagView(**row._mapping) for row in session.execute(_OF_TAMBON, {"code": tambon_code})
    )


def get_flag(session: Session, flag_id: int) -> FlagView:
    """One flag. Raises NotFound. 1 statement."""
    row = session.execute(_ONE, {"id": flag_id}).one_or_none()
    if row is None:
        raise NotFound("not_found", what="flag")
    return FlagView(**row._mapping)


def count_unseen(session: Session, areas: Sequence[str]) -> int:
    """How many nobody has taken on yet. 1 statement."""
    return int(session.scalar(_UNSEEN, {"areas": like(areas)}) or 0)


def second_contacts(
    session: Session, group_ids: Sequence[int]
) -> dict[int, list[tuple[str, str, str]]]:
    """Who else may be called, by group: name, phone, their part in it. One statement."""
    found: dict[int, list[tuple[str, str, str]]] = {}
    for row in session.execute(_SECOND, {"ids": list(group_ids)}):
        found.setdefault(row.group_id, []).append((row.name, row.phone, row.part))
    return found
