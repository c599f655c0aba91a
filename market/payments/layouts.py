"""Files for people and banks: cells that no spreadsheet runs, in the columns a bank wants. Pure."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import StringIO

_RUNS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%", "＝", "＋", "－", "＠")  # wide ones too
BOM = "\ufeff"  # Excel reads a CSV with Thai only with it


def safe_cell(value: object) -> str:
    """The value as text that no spreadsheet takes for a formula (OWASP, CSV injection).

    Numbers pass as they are; text that starts like a formula gets an apostrophe.
    """
    if value is None:
        return ""
    if isinstance(value, int):
        return str(value)
    text = str(value).replace("\0", "")
    return f"'{text}" if text.lstrip(" '\u00a0").startswith(_RUNS) or text[:1] in _RUNS else text


def baht(amount_satang: int) -> str:
    """``1250.50``: as banks and spreadsheets read it, without separators."""
    sign = "-" if amount_satang < 0 else ""
    whole, rest = divmod(abs(amount_satang), 100)
    return f"{sign}{whole}.{rest:02d}"


def csv_lines(rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """Each row as one line of CSV (RFC 4180), its cells safe; a number in baht stays a number."""
    for row in rows:
        line = StringIO()
        csv.writer(line).writerow([_cell(value) for value in row])
        yield line.getvalue()


def _cell(value: object) -> str:
    text = safe_cell(value)
    # A negative amount of ours is no formula.
    return text[1:] if text[:2] == "'-" and text[2:].replace(".", "", 1).isdecimal() else text


def bank_csv(columns: Sequence[tuple[str, str]], rows: Iterable[Mapping[str, object]]) -> str:
    """The bank's file: its own headings, our fields beneath; the same rows, the same text."""
    heads: list[Sequence[object]] = [[heading for heading, _field in columns]]
    body = ([row.get(field, "") for _heading, field in columns] for row in rows)
    return "".join(csv_lines([*heads, *body]))
