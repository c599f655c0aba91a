"""Months as the calendar lays things on them. Pure."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, kw_only=True)
class Month:
    """A month of the calendar."""

    first: date

    @property
    def days(self) -> int:
        """How many days it has."""
        return monthrange(self.first.year, self.first.month)[1]

    @property
    def last(self) -> date:
        """Its last day."""
        return self.first.replace(day=self.days)


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """Days from one to another, both included, and how they are woven."""

    first: date
    last: date
    weave: str


def months_from(first: date, count: int) -> tuple[Month, ...]:
    """So many months, the first of them the one in which ``first`` lies."""
    year, month = first.year, first.month
    found = []
    for _step in range(count):
        found.append(Month(first=date(year, month, 1)))
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return tuple(found)


def shifted(first: date, months: int) -> date:
    """The first day of the month so many months later (or earlier)."""
    place = first.year * 12 + first.month - 1 + months
    return date(place // 12, place % 12 + 1, 1)


def laid(month: Month, stretches: Iterable[Stretch]) -> tuple[tuple[int, int, str], ...]:
    """The parts of stretches that lie in a month, as days counted from its first (0)."""
    return tuple(
        (
            (max(part.first, month.first) - month.first).days,
            (min(part.last, month.last) - month.first).days,
            part.weave,
        )
        for part in stretches
        if part.first <= month.last and part.last >= month.first
    )
