"""Months, and how few people may stand behind a number that is shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from market.clock import bangkok_date, bangkok_moment

FEWEST = 5  # below this a number could be somebody's
MONTHS_SHOWN = 12


@dataclass(frozen=True)
class Month:
    """A calendar month in Thailand: its first day, and the moments at which it starts and ends."""

    first: date
    starts_at: datetime
    ends_at: datetime


def month_of(day: date) -> Month:
    """The month of a day."""
    first = day.replace(day=1)
    following = (first + timedelta(days=32)).replace(day=1)
    return Month(first, bangkok_moment(first, time.min), bangkok_moment(following, time.min))


def months_to_sum(now: datetime) -> tuple[Month, Month]:
    """The month before and this one: rounds of the former may still be settled."""
    this = month_of(bangkok_date(now))
    return month_of(this.first - timedelta(days=1)), this


def recent_months(now: datetime) -> tuple[date, ...]:
    """First days of the last months, the newest first."""
    months = [month_of(bangkok_date(now)).first]
    while len(months) < MONTHS_SHOWN:
        months.append(month_of(months[-1] - timedelta(days=1)).first)
    return tuple(months)


def shown(people: int) -> int | None:
    """A count as it may be shown; None: some, fewer than five."""
    return people if people >= FEWEST else None
