"""Changed cells of a round's lines: what may be written, and what others wrote first. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

#: In the order in which they stand in a line.
CELLS = ("capacity_units", "min_batch_units", "lot_units", "price_satang")
MOST_UNITS = 1_000_000
MOST_SATANG = 100_000_000


class Bulk(StrEnum):
    """What can be done to many lines at once."""

    PRICE_PERCENT = "price_percent"
    CAPACITY_PERCENT = "capacity_percent"
    MINIMUM = "minimum"
    TAKE_OUT = "take_out"


@dataclass(frozen=True, kw_only=True)
class Line:
    """The numbers of a line, units and satang, at a version."""

    version: int
    cells: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class Change:
    """What a writer wants of a line: the cells as seen, and those changed."""

    offer_id: int
    seen: Line
    wanted: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What becomes of a change: new cells to write, or a fault's code, or cells in conflict.

    differing: by cell, what stands there now, written by somebody else meanwhile.
    """

    cells: Mapping[str, int]
    fault: str | None = None
    differing: Mapping[str, int] | None = None


def decide(change: Change, now: Line) -> Outcome:
    """Put a change on what stands there now.

    Cells that only the other writer touched are kept; where both changed the same one to
    different numbers the later writer is told.
    """
    differing = {
        cell: now.cells[cell]
        for cell, wanted in change.wanted.items()
        if now.cells[cell] not in (change.seen.cells[cell], wanted)
    }
    if differing:
        return Outcome(cells={}, differing=differing)
    cells = {**now.cells, **change.wanted}
    return Outcome(cells=cells, fault=fault_of(cells))


def fault_of(cells: Mapping[str, int]) -> str | None:
    """The code of what is wrong with a line's numbers; None where they may stand."""
    capacity, minimum, lot = (cells[cell] for cell in CELLS[:3])
    if not 0 < lot <= MOST_UNITS or not 0 < capacity <= MOST_UNITS or minimum <= 0:
        return "line_units"
    if not 0 < cells["price_satang"] <= MOST_SATANG:
        return "line_price"
    if capacity % lot:
        return "line_not_whole_lots"
    if minimum < lot:
        return "line_minimum_below_lot"
    if minimum > capacity:
        return "line_minimum_above_capacity"
    return None


def raised(price_satang: int, percent: int) -> int:
    """A price so many per cent higher, to the whole baht (halves go up), at least one baht."""
    return max(100, (price_satang * (100 + percent) + 5_000) // 10_000 * 100)
