"""Rows into files, one by one: CSV and XLSX of any size cost the same memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import IO, Any

import xlsxwriter

from market.payments.layouts import BOM, csv_lines, safe_cell
from market.reports.rules import TICK_ROWS
from market.reports.sheets import NUMBERS, Sheet, csv_cell, plain, with_sums

Tick = Callable[[int], None]
#: Buddhist years with Western digits, as Thai spreadsheets show days; LCID 041E, calendar 07.
_DAY = {"th": "[$-107041E]d mmm yyyy;@", "en": "d mmm yyyy"}
_MOMENT = {"th": "[$-107041E]d mmm yyyy hh:mm;@", "en": "d mmm yyyy hh:mm"}
_NUMBER = {"money": "#,##0.00", "weight": "#,##0.000", "percent": "0.0", "units": "#,##0"}


def ticking(rows: Iterable[Sequence[Any]], tick: Tick) -> Iterator[Sequence[Any]]:
    """The same rows; ``tick`` hears now and then how many there were."""
    done = 0
    for done, row in enumerate(rows, start=1):
        yield row
        if done % TICK_ROWS == 0:
            tick(done)
    tick(done)


def write_csv(sheet: Sheet, rows: Iterable[Sequence[Any]], file: IO[bytes]) -> None:
    """Headings and rows alone, for other programs; with the mark that Excel wants for Thai."""
    file.write(BOM.encode())
    for line in csv_lines(_csv_rows(sheet, rows)):
        file.write(line.encode())


def _csv_rows(sheet: Sheet, rows: Iterable[Sequence[Any]]) -> Iterator[Sequence[Any]]:
    yield sheet.headings
    for row in rows:
        yield [
            csv_cell(column, plain(sheet, column, value))
            for column, value in zip(sheet.columns, row, strict=True)
        ]


def write_xlsx(
    sheet: Sheet, rows: Iterable[Sequence[Any]], file: IO[bytes], *, folder: str | None = None
) -> None:
    """A workbook: title and notes, a frozen head, numbers as numbers, days as days, sums in bold.

    folder: where the rows wait until the file is closed.
    """
    options = {
        "constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
        "strings_to_numbers": False, "tmpdir": folder, "in_memory": False,
    }  # fmt: skip
    with xlsxwriter.Workbook(file, options) as book:
        _Workbook(book, sheet).write(rows)


class _Workbook:
    """One sheet of a workbook while it is written from top to bottom."""

    def __init__(self, book: Any, sheet: Sheet) -> None:
        self._sheet = sheet
        self._page = book.add_worksheet(_sheet_name(sheet.title))
        self._bold = book.add_format({"bold": True})
        self._title = book.add_format({"bold": True, "font_size": 14})
        self._head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True})
        self._styles = [self._style(book, column.kind, {}) for column in sheet.columns]
        self._sums = [
            self._style(book, column.kind, {"bold": True, "top": 1}) for column in sheet.columns
        ]

    def _style(self, book: Any, kind: str, more: dict[str, Any]) -> Any:
        shape = {"date": _DAY, "moment": _MOMENT}.get(kind)
        text = shape[self._sheet.language] if shape else _NUMBER.get(kind)
        return book.add_format(more | ({"num_format": text} if text else {}))

    def write(self, rows: Iterable[Sequence[Any]]) -> None:
        sheet, page = self._sheet, self._page
        for place, column in enumerate(sheet.columns):
            page.set_column(place, place, column.width)
        at = self._top()
        page.freeze_panes(at, 0)
        page.repeat_rows(at - 1)
        for line in with_sums(sheet, rows):
            styles = self._styles if line.kind == "row" else self._sums
            for place, (column, value) in enumerate(zip(sheet.columns, line.values, strict=True)):
                label = line.kind != "row" and not column.total
                cell = value if label else plain(sheet, column, value)
                self._cell(at, place, cell, styles[place])
            at += 1

    def _top(self) -> int:
        sheet, page = self._sheet, self._page
        page.set_landscape() if sheet.landscape else page.set_portrait()
        page.set_paper(9)  # A4
        page.fit_to_pages(1, 0)
        page.set_footer("&R&P / &N")
        page.write_string(0, 0, safe_cell(sheet.title), self._title)
        for at, note in enumerate(sheet.notes, start=1):
            page.write_string(at, 0, safe_cell(note))
        at = len(sheet.notes) + 2
        for place, heading in enumerate(sheet.headings):
            page.write_string(at - 1, place, safe_cell(heading), self._head)
        return at

    def _cell(self, at: int, place: int, value: Any, style: Any) -> None:
        if value is None:
            return
        if isinstance(value, (int, float)):
            self._page.write_number(at, place, value, style)
        elif isinstance(value, (datetime, date)):
            self._page.write_datetime(at, place, value, style)
        else:
            self._page.write_string(at, place, safe_cell(value), style)


def _sheet_name(title: str) -> str:
    """At most 31 letters, none that Excel refuses in a sheet's name."""
    return "".join(letter for letter in title if letter not in "[]:*?/\\'")[:31] or "report"


__all__ = ["NUMBERS", "Tick", "ticking", "write_csv", "write_xlsx"]
