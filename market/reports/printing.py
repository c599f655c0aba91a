"""Reports on paper: HTML for the browser's printer, the same as PDF. Part of the edge."""

from __future__ import annotations

import ctypes.util
import importlib.util
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import IO, Any

from flask import current_app, render_template
from flask_babel import force_locale

from market.errors import Refused
from market.filters import as_date, as_datetime
from market.reports.queries import RoundChoice
from market.reports.rules import PDF_ROWS, Asked, Column, Format
from market.reports.sheets import NUMBERS, Line, Sheet, plain, with_sums
from market.reports.words import sheet_of
from market.reports.writing import write_csv, write_xlsx

STATIC = Path(__file__).parents[2] / "static"


@cache
def pdf_is_missing() -> str:
    """What this machine lacks for PDF; '' when nothing."""
    if importlib.util.find_spec("weasyprint") is None:
        return "WeasyPrint"
    return "" if ctypes.util.find_library("pango-1.0") else "Pango"


def show_cell(sheet: Sheet, column: Column, value: Any) -> str:
    """A value as people read it: Thai days, thousands in groups, nothing for nothing."""
    found = plain(sheet, column, value)
    if found is None:
        return ""
    if isinstance(found, float):
        return _number(column.kind, found)
    if isinstance(found, int):
        return f"{found:,}" if column.kind == "units" else str(found)
    if isinstance(value, datetime):
        return as_datetime(value)
    return as_date(found) if isinstance(found, date) else str(found)


def _number(kind: str, value: float) -> str:
    if kind == "money":
        return f"{value:,.2f}" if value else "–"
    return f"{value:,.1f}" if kind == "percent" else f"{value:,.3f}".rstrip("0").rstrip(".")


def shown(sheet: Sheet, rows: Iterable[Sequence[Any]]) -> Iterator[tuple[str, list[str]]]:
    """Every line with its cells in words, sums among them: for pages and paper."""
    for line in with_sums(sheet, rows):
        yield line.kind, _cells(sheet, line)


def without_repeats(lines: Iterable[tuple[str, list[str]]]) -> Iterator[tuple[str, list[str]]]:
    """For a screen: what a row's first cells have in common with the row above is left out."""
    above: list[str] = []
    for kind, cells in lines:
        same = 0
        while kind == "row" and same < len(above) - 1 and cells[same] == above[same]:
            same += 1
        above = cells if kind == "row" else []
        yield kind, [""] * same + cells[same:]


def _cells(sheet: Sheet, line: Line) -> list[str]:
    label = sheet.group or 0
    return [
        str(value)
        if line.kind != "row" and place == label
        else show_cell(sheet, column, value)
        if line.kind == "row" or column.total
        else str(value or "")
        for place, (column, value) in enumerate(zip(sheet.columns, line.values, strict=True))
    ]


def paper(sheet: Sheet, rows: Iterable[Sequence[Any]], *, file: bool) -> str:
    """The report as a page for paper; ``file``: without anything that a reader could tap."""
    return render_template(
        "reports/print.html", sheet=sheet, lines=shown(sheet, rows), numbers=NUMBERS, file=file
    )


def write_file(
    format_: str,
    asked: Asked,
    about: tuple[RoundChoice | None, str | None],
    rows: Iterable[Sequence[Any]],
    out: tuple[IO[bytes], str],
) -> None:
    """The rows in a format and in the language they were asked in; ``out``: file and folder."""
    file, folder = out
    with force_locale(asked.language):
        sheet = sheet_of(asked, *about)
        if format_ == Format.CSV:
            write_csv(sheet, rows, file)
        elif format_ == Format.XLSX:
            write_xlsx(sheet, rows, file, folder=folder)
        else:
            _write_pdf(sheet, rows, file)


def _write_pdf(sheet: Sheet, rows: Iterable[Sequence[Any]], file: IO[bytes]) -> None:
    if pdf_is_missing():
        raise Refused("report_no_pdf", missing=pdf_is_missing())
    from weasyprint import CSS, HTML  # large: only workers load it, and only for a PDF
    from weasyprint.urls import URLFetcher

    with current_app.test_request_context():
        words = paper(sheet, _at_most(rows), file=True)
    ours = URLFetcher(allowed_protocols={"file"}, allow_redirects=False)  # our fonts, no network
    style = CSS(filename=STATIC / "css" / "report-paper.css", url_fetcher=ours)
    HTML(string=words, url_fetcher=ours).write_pdf(file, stylesheets=[style])


def _at_most(rows: Iterable[Sequence[Any]]) -> Iterable[Sequence[Any]]:
    for number, row in enumerate(rows):
        if number >= PDF_ROWS:
            raise Refused("report_too_long_for_pdf", most=PDF_ROWS)
        yield row
