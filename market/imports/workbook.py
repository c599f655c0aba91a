"""Sheets that go out: templates with pick lists, and the sent sheet with its errors beside it.

Rows are written one by one, so that ten thousand wrong rows cost the memory of one. Nothing in
a cell is ever a formula.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from io import StringIO
from pathlib import Path
from typing import Any

import xlsxwriter

from market.imports.queries import ShownRow
from market.imports.sheets import OURS, Sheet
from market.payments.layouts import BOM, safe_cell

_PLAIN = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
_ROWS_WITH_LISTS = 2000


def write_template(
    path: Path,
    sheet: Sheet,
    lists: Mapping[str, Sequence[str]],
    *,
    thai: bool,
    notes: Sequence[str],
) -> None:
    """An empty sheet with heads and pick lists; how to fill it in, with examples, on a second.

    lists: words to pick from, by column; they stand on a third sheet.
    """
    with xlsxwriter.Workbook(str(path), dict(_PLAIN)) as book:
        needed = book.add_format(
            {"bold": True, "bg_color": "#20407A", "font_color": "#FFFDF7", "text_wrap": True}
        )
        plain = book.add_format({"bold": True, "bg_color": "#D3E4EE", "text_wrap": True})
        page = book.add_worksheet("กรอกที่นี่" if thai else "Fill in here")
        page.freeze_panes(1, 0)
        for place, column in enumerate(sheet.columns):
            head = column.th if thai else column.en
            page.write_string(0, place, head, needed if column.needed else plain)
            page.set_column(place, place, max(14, len(head) + 2))
        _write_notes(book, sheet, notes, thai=thai)
        _write_lists(book, page, sheet, lists, thai=thai)


def _write_notes(book: Any, sheet: Sheet, notes: Sequence[str], *, thai: bool) -> None:
    page = book.add_worksheet("วิธีกรอก" if thai else "How to")
    page.set_column(0, len(sheet.columns), 20)
    bold = book.add_format({"bold": True})
    for at, line in enumerate(notes):
        page.write_string(at, 0, line)
    top = len(notes) + 1
    for place, column in enumerate(sheet.columns):
        page.write_string(top, place, column.th if thai else column.en, bold)
        for at, example in enumerate(column.examples, start=1):
            page.write_string(top + at, place, example)


def _write_lists(
    book: Any, page: Any, sheet: Sheet, lists: Mapping[str, Sequence[str]], *, thai: bool
) -> None:
    name = "รายการ" if thai else "Lists"
    shown = book.add_worksheet(name)
    bold = book.add_format({"bold": True})
    at = 0
    for place, column in enumerate(sheet.columns):
        words = lists.get(column.key, ())
        if not words:
            continue
        shown.write_string(0, at, column.th if thai else column.en, bold)
        shown.set_column(at, at, 34)
        for row, word in enumerate(words, start=1):
            shown.write_string(row, at, word)
        letter = xlsxwriter.utility.xl_col_to_name(at)
        source = f"='{name}'!${letter}$2:${letter}${len(words) + 1}"
        page.data_validation(
            1, place, _ROWS_WITH_LISTS, place,
            {"validate": "list", "source": source, "error_type": "warning"},
        )  # fmt: skip
        at += 1


def csv_template(sheet: Sheet, *, thai: bool) -> str:
    """The heads, and a row of examples that is left out when it is read."""
    out = StringIO()
    writer = csv.writer(out)
    writer.writerow([column.th if thai else column.en for column in sheet.columns])
    examples = [column.examples[0] for column in sheet.columns]
    writer.writerow([f"{'ตัวอย่าง' if thai else 'Example'} {examples[0]}", *examples[1:]])
    return BOM + out.getvalue()


def write_errors(
    path: Path,
    heads: Sequence[str],
    rows: Iterable[ShownRow],
    words: Callable[[ShownRow], str],
    columns: Mapping[int, str],
) -> None:
    """The sheet as it was sent; before each row its number and what to mend, wrong cells red.

    It can be mended and sent again: our two columns are not read.
    """
    options = {"constant_memory": True, **_PLAIN}
    with xlsxwriter.Workbook(str(path), options) as book:
        bold = book.add_format({"bold": True, "bg_color": "#D3E4EE", "text_wrap": True})
        red = book.add_format({"bg_color": "#F9E0E3", "font_color": "#8C1733", "bold": True})
        said = book.add_format({"font_color": "#8C1733"})
        page = book.add_worksheet("ต้องแก้")
        page.freeze_panes(1, 2)
        page.set_column(0, 0, 7)
        page.set_column(1, 1, 60)
        page.set_column(2, len(heads) + 1, 18)
        for place, head in enumerate((OURS[0], OURS[2], *heads)):
            page.write_string(0, place, safe_cell(head), bold)
        for at, row in enumerate(rows, start=1):
            page.write_number(at, 0, row.no)
            page.write_string(at, 1, words(row), said)
            wrong = {fault.column for fault in row.faults}
            for place, cell in enumerate(row.cells):
                style = red if columns.get(place) in wrong else None
                if cell or style:
                    page.write_string(at, place + 2, safe_cell(cell), style)
