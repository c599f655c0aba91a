"""Reading and forgetting one person across all subjects, by the statements they bring."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.overviews.my_data.subjects import SUBJECTS, holds
from market.personal import MINE, Told

#: The buyers of a user: their own, and those of guests whose contact they have proved.
_BUYERS = text(
    """
    SELECT b.id FROM buyer b WHERE b.user_id = :user_id
    UNION
    SELECT b.id FROM "user" u JOIN buyer b ON b.user_id IS NULL AND (
           (u.confirmed_at IS NOT NULL AND b.email = u.email) OR b.phone = u.us_phone_number)
     WHERE u.id = :user_id
    ORDER BY 1
    """
)


@dataclass(frozen=True)
class Part:
    """The rows of one part, with their headings."""

    name: str
    title: Any
    headings: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


def person_of(session: Session, user_id: int) -> dict[str, Any]:
    """What every subject's statement is asked with."""
    return {"user_id": user_id, "buyers": list(session.scalars(_BUYERS, {"user_id": user_id}))}


def read_part(session: Session, part: Told, person: Mapping[str, Any]) -> Part:
    """One part of what is kept, in one statement."""
    found = session.execute(*_asked(part.rows, person))
    return Part(part.name, part.title, tuple(found.keys()), tuple(tuple(row) for row in found))


def what_holds(session: Session, user_id: int) -> tuple[str, ...]:
    """The codes of everything that must end before this person can be forgotten."""
    person = person_of(session, user_id)
    return tuple(hold.code for hold in holds() if session.scalar(*_asked(hold.count, person)))


def files_of(session: Session, user_id: int) -> list[str]:
    """The hashes of files that go with the person."""
    person = person_of(session, user_id)
    wanted = [sql for subject in SUBJECTS for sql in subject.files]
    return [sha256 for sql in wanted for sha256 in session.scalars(*_asked(sql, person))]


def forget(session: Session, user_id: int, *, now: datetime) -> None:
    """Take the person out of every row; running it again changes nothing."""
    person = {**person_of(session, user_id), "now": now}
    for sql in (sql for subject in SUBJECTS for sql in subject.forgets):
        session.execute(*_asked(sql, person))


def _asked(sql: str, person: Mapping[str, Any]) -> tuple[Any, dict[str, Any]]:
    """The statement behind the person's tables, with those of the values that it names."""
    whole = MINE + sql
    return text(whole), {name: value for name, value in person.items() if f":{name}" in whole}


def language_of(session: Session, user_id: int) -> str:
    """``th`` or ``en``: what the person reads."""
    found = session.scalar(text('SELECT language FROM "user" WHERE id = :id'), {"id": user_id})
    return str(found or "th")
