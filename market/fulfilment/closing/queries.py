"""A desk's end of the day: the bags that should lie there, and how days before were closed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

SHOWN = 10

_CLOSINGS = text(
    """
    SELECT c.closed_on, c.expected_bags, c.counted_bags, c.words, c.closed_at,
           coalesce(u.name, c.closed_by) AS closed_by
      FROM desk_closing c LEFT JOIN "user" u ON c.closed_by = 'user:' || u.id
     WHERE c.point_id = :id ORDER BY c.closed_on DESC LIMIT :most
    """
)


@dataclass(frozen=True, kw_only=True)
class Closing:
    """A day's count."""

    closed_on: date
    expected_bags: int
    counted_bags: int
    words: str
    closed_at: datetime
    closed_by: str


def closings_of(session: Session, point_id: int) -> tuple[Closing, ...]:
    """The last days' counts of a point, newest first; one statement."""
    rows = session.execute(_CLOSINGS, {"id": point_id, "most": SHOWN})
    return tuple(Closing(**row._mapping) for row in rows)
