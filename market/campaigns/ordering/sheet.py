"""Rows copied from a sheet: goods, units, baht a unit, day; cut by tabs or commas."""

from __future__ import annotations

import csv
from collections.abc import Iterator

COLUMNS = ("goods", "units", "price", "day")
MOST_LETTERS = 20_000
LONGEST_CELL = 120


def rows_of(text: str) -> list[dict[str, str]]:
    """The cells of each row by column, as typed; what is missing is empty. A head is left out."""
    rows = [dict(zip(COLUMNS, cells, strict=False)) for cells in _cells(text)]
    if len(rows) > 1 and _is_head(rows[0]):
        del rows[0]
    return [dict.fromkeys(COLUMNS, "") | row for row in rows]


def _is_head(row: dict[str, str]) -> bool:
    """Words above the columns: several, and no number."""
    beside = [row.get(column, "") for column in COLUMNS[1:]]
    numbers = any(letter.isdigit() for cell in beside for letter in cell)
    return sum(map(bool, beside)) > 1 and not numbers


def _cells(text: str) -> Iterator[list[str]]:
    for line in text.splitlines():
        if not line.strip():
            continue
        cut = "\t" if "\t" in line else ","
        cells = next(csv.reader([line], delimiter=cut, skipinitialspace=True))
        yield [cell.strip()[:LONGEST_CELL] for cell in cells]
