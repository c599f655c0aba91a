"""Months in words' order: runs of months, over the end of the year too. Pure."""

from __future__ import annotations

from collections.abc import Collection

MONTHS = 12


def runs(months: Collection[int]) -> tuple[tuple[int, int], ...]:
    """First and last month of each run: ``{11, 12, 1, 5}`` is ``(5, 5), (11, 1)``."""
    held = set(months)
    if len(held) >= MONTHS:
        return ((1, MONTHS),)
    firsts = [month for month in sorted(held) if _before(month) not in held]
    return tuple((first, _last(first, held)) for first in firsts)


def _before(month: int) -> int:
    return (month - 2) % MONTHS + 1


def _last(month: int, held: set[int]) -> int:
    while month % MONTHS + 1 in held:
        month = month % MONTHS + 1
    return month
