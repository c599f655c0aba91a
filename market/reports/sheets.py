"""From rows to cells: what a value is in a table, a CSV, a workbook; and the sums. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from market.clock import BANGKOK
from market.payments.layouts import baht
from market.reports.rules import Column, short_person
from market.thai import show_phone

#: A spreadsheet that opens a CSV takes these for days ("3-2026" is March); a space that does not
#: break keeps them what they are.
_LOOKS_LIKE_A_DAY = re.compile(r"\d{1,2}[-/.]\d{1,4}([-/.]\d{1,4})?")
NUMBERS = frozenset({"number", "units", "money", "weight", "percent"})
Words = Callable[[str, Any], str]  # kind and code to words


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A report ready to be written: its words are in the reader's language."""

    title: str
    notes: tuple[str, ...]  # round, as of, whose
    columns: tuple[Column, ...]
    headings: tuple[str, ...]
    group: int | None  # the column that groups
    landscape: bool
    language: str
    words: Words
    total_word: str


@dataclass
class Line:
    """A row, or the sum of a group ("sum") or of all ("total")."""

    kind: str
    values: Sequence[Any]


@dataclass
class _Running:
    """Sums since the last change; units of different kinds are not added up."""

    sums: dict[int, int] = field(default_factory=dict)
    units: set[str] = field(default_factory=set)
    rows: int = 0


def with_sums(sheet: Sheet, rows: Iterable[Sequence[Any]]) -> Iterator[Line]:
    """The rows, the sum of each group of more than one row, and the total at the end."""
    whole, part, current = _Running(), _Running(), object()
    for row in rows:
        if sheet.group is not None and row[sheet.group] != current:
            yield from _sum(sheet, part, current)
            part, current = _Running(), row[sheet.group]
        for running in (whole, part) if sheet.group is not None else (whole,):
            _add(sheet, running, row)
        yield Line("row", row)
    if sheet.group is not None:
        yield from _sum(sheet, part, current)
    if whole.rows and whole.sums:
        yield Line("total", _sum_values(sheet, whole, sheet.total_word))


def _add(sheet: Sheet, running: _Running, row: Sequence[Any]) -> None:
    running.rows += 1
    for place, column in enumerate(sheet.columns):
        if column.total:
            running.sums[place] = running.sums.get(place, 0) + (row[place] or 0)
        elif column.key == "unit":
            running.units.add(row[place])


def _sum(sheet: Sheet, part: _Running, current: object) -> Iterator[Line]:
    if part.rows > 1 and part.sums:
        yield Line("sum", _sum_values(sheet, part, current))


def _sum_values(sheet: Sheet, running: _Running, label: object) -> list[Any]:
    mixed = len(running.units) > 1
    values: list[Any] = [
        None if column.kind == "units" and mixed else running.sums.get(place)
        for place, column in enumerate(sheet.columns)
    ]
    for place, column in enumerate(sheet.columns):
        if column.key == "unit" and len(running.units) == 1:
            values[place] = next(iter(running.units))
    values[sheet.group or 0] = label
    return values


def plain(sheet: Sheet, column: Column, value: Any) -> Any:
    """A value as a spreadsheet takes it: int, float (baht, kg, per cent), date, datetime or text.

    None stays None. People are shortened here where their column says so.
    """
    if value is None:
        return None
    make = _PLAIN.get(column.kind)
    if make is not None:
        return make(value)
    if column.kind in ("text", "name", "date", "number", "units"):
        return value
    return sheet.words(column.kind, value)


def code_parts(code: str) -> str:
    """A pick-up code in two groups of three; its zeros survive a spreadsheet."""
    return f"{code[:3]} {code[3:]}"


def _moment(value: datetime) -> datetime:
    """As the clock in Thailand shows it; workbooks know no zones."""
    return value.astimezone(BANGKOK).replace(tzinfo=None, microsecond=0)


_PLAIN: dict[str, Callable[[Any], Any]] = {
    "money": lambda value: value / 100,  # exact to 2**53 satang
    "weight": lambda value: value / 1000,
    "percent": lambda value: value / 100,
    "moment": _moment,
    "phone": show_phone,
    "short": short_person,
    "code": code_parts,
}


def csv_cell(column: Column, value: Any) -> Any:
    """A plain value as CSV has it: money with two decimals, days as 2026-12-04."""
    if isinstance(value, float):
        return baht(round(value * 100)) if column.kind == "money" else f"{value:g}"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str) and _LOOKS_LIKE_A_DAY.fullmatch(value):
        return f"\u00a0{value}"
    return value
