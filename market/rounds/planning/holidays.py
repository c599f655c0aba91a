"""Thailand's public holidays, with the days in lieu and those of the moon's calendar.

Source: the ``holidays`` package, which follows the announcements of the Cabinet and computes the
Buddhist days of 1941 to 2057. What the market decides otherwise stands in ``market_day``.
"""

from __future__ import annotations

from datetime import date
from functools import cache

import holidays

#: The years of which the package knows the moon's days.
FIRST_YEAR, LAST_YEAR = 1941, 2057


@cache
def holidays_of(year: int) -> dict[date, tuple[str, str]]:
    """The public holidays of a year: by day, the name in Thai and in English. None outside."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return {}
    thai, english = (
        holidays.country_holidays("TH", years=year, language=language)
        for language in ("th", "en_US")
    )
    return {day: (_short(thai[day]), _short(english[day])) for day in sorted(thai)}


def holidays_between(first: date, last: date) -> dict[date, tuple[str, str]]:
    """The public holidays from ``first`` to ``last``, both included."""
    return {
        day: names
        for year in range(first.year, last.year + 1)
        for day, names in holidays_of(year).items()
        if first <= day <= last
    }


def _short(names: str) -> str:
    """A day with several names is called by the last, which is the one in daily use."""
    return names.rsplit(";", 1)[-1].strip()
