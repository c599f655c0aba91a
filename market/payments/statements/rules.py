"""A bank's statement as CSV: any encoding, columns and calendar, or errors by row. Pure."""

from __future__ import annotations

import csv
import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from io import StringIO

from market.thai import BUDDHIST_YEARS, arabic_digits, normalise

MOST_BYTES = 4 * 1024 * 1024
MOST_ROWS = 20_000
MOST_SATANG = 10**11
SHOWN_ERRORS = 20
HEAD_ROWS = 25  # banks print name, account and period first
MOST_TEXT = 200

#: Headings that Thai banks use, by our field; a setting names others.
HEADINGS: dict[str, tuple[str, ...]] = {
    "date": ("date", "วันที่", "transaction date", "วันที่ทำรายการ", "วันที่รายการ", "effective date",
             "trans date", "วัน/เดือน/ปี"),
    "amount": ("amount", "deposit", "credit", "เงินเข้า", "ฝาก", "เงินฝาก", "จำนวนเงิน",
               "จำนวนเงินฝาก", "credit amount", "รายการฝาก", "ฝากเงิน"),
    "reference": ("reference", "ref", "ref no", "reference no", "เลขที่อ้างอิง", "เลขอ้างอิง",
                  "หมายเลขอ้างอิง", "เลขที่รายการ", "transaction no"),
    "payer": ("payer", "from", "sender", "ผู้โอน", "ชื่อผู้โอน", "จาก", "ชื่อผู้ชำระ", "ชื่อบัญชีต้นทาง"),
    "memo": ("memo", "description", "details", "detail", "รายละเอียด", "คำอธิบาย", "รายการ", "note",
             "หมายเหตุ", "บันทึกช่วยจำ"),
}  # fmt: skip
_MONTHS = {
    name: number
    for number, names in enumerate(
        ("ม.ค. มกราคม jan january", "ก.พ. กุมภาพันธ์ feb february", "มี.ค. มีนาคม mar march",
         "เม.ย. เมษายน apr april", "พ.ค. พฤษภาคม may", "มิ.ย. มิถุนายน jun june",
         "ก.ค. กรกฎาคม jul july", "ส.ค. สิงหาคม aug august", "ก.ย. กันยายน sep september",
         "ต.ค. ตุลาคม oct october", "พ.ย. พฤศจิกายน nov november", "ธ.ค. ธันวาคม dec december"),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)")
_DAY_FIRST = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{2})(?!\d)")
_WORDS = re.compile(r"(\d{1,2})[\s-]*([^\W\d_][^\d\s-]*)[\s-]*(\d{4}|\d{2})(?!\d)")
_AMOUNT = re.compile(r"[+]?\d{1,9}(\.\d{1,2})?")


@dataclass(frozen=True, kw_only=True)
class StatementLine:
    """Money that came in, as the bank says. reference tells it from any other line."""

    row: int
    booked_on: date
    amount_satang: int
    reference: str
    payer: str
    memo: str


@dataclass(frozen=True, kw_only=True)
class RowError:
    """A row that cannot be read; row 0 is the whole file."""

    row: int
    code: str
    value: str = ""


@dataclass(frozen=True, kw_only=True)
class Statement:
    """What was read: lines, or the first errors and how many there are."""

    lines: tuple[StatementLine, ...]
    errors: tuple[RowError, ...] = ()
    wrong: int = 0


def read_statement(data: bytes, columns: Mapping[str, str]) -> Statement:
    """Every line with money that came in; never a part of a file that has a wrong row.

    ``columns``: field -> heading, where the bank uses none of HEADINGS.
    """
    if len(data) > MOST_BYTES:
        return _broken("file_too_large")
    rows = list(_cells(_decoded(data)))
    at, places = _head(rows, columns)
    if at is None:
        return _broken("columns_missing")
    if len(rows) - at > MOST_ROWS:
        return _broken("too_many_rows")
    read = [(n + 1, _line(row, places)) for n, row in enumerate(rows) if n > at and any(row)]
    wrong = [
        RowError(row=n, code=one.code, value=one.value)
        for n, one in read
        if isinstance(one, RowError)
    ]
    if wrong:
        return Statement(lines=(), errors=tuple(wrong[:SHOWN_ERRORS]), wrong=len(wrong))
    found = [(n, one) for n, one in read if isinstance(one, _Money)]
    return Statement(lines=tuple(_numbered(found)))


def parse_day(typed: str) -> date | None:
    """A day as banks write it: 25/11/2569, 25-11-26, 2026-11-25, 25 พ.ย. 69; None for no day.

    A year above 2400 is Buddhist. Of two digits, 60 to 99 is Buddhist (2560 to 2599).
    """
    text = arabic_digits(typed).strip().lower()
    if match := _ISO.match(text):
        year, month, day = (int(part) for part in match.groups())
    elif match := _DAY_FIRST.match(text):
        day, month, year = (int(part) for part in match.groups())
    elif (match := _WORDS.match(text)) and match[2] in _MONTHS:
        day, month, year = int(match[1]), _MONTHS[match[2]], int(match[3])
    else:
        return None
    try:
        return date(_common_year(year), month, day)
    except ValueError:
        return None


def _common_year(year: int) -> int:
    if year < 100:
        year += 2500 if year >= 60 else 2000
    return year - BUDDHIST_YEARS if year > 2400 else year


@dataclass(frozen=True)
class _Money:
    booked_on: date
    amount_satang: int
    reference: str
    payer: str
    memo: str


def _line(row: Sequence[str], places: Mapping[str, int]) -> _Money | RowError | None:
    """Money in, an error, or None for what went out and for sums."""
    cell = {name: row[at].strip() if at < len(row) else "" for name, at in places.items()}
    typed = re.sub(r"[\s,฿]", "", arabic_digits(cell["amount"]))
    if typed in ("", "-") or typed.startswith(("-", "(")) or not cell["date"]:
        return None
    if not _AMOUNT.fullmatch(typed):
        return RowError(row=0, code="amount_unreadable", value=cell["amount"][:40])
    amount = int(Decimal(typed) * 100)
    if amount == 0:
        return None
    if amount > MOST_SATANG:
        return RowError(row=0, code="amount_unreadable", value=cell["amount"][:40])
    day = parse_day(cell["date"])
    if day is None:
        return RowError(row=0, code="date_unreadable", value=cell["date"][:40])
    texts = (_text(cell.get(name, "")) for name in ("reference", "payer", "memo"))
    return _Money(day, amount, *texts)


def _text(cell: str) -> str:
    return normalise(cell.replace("\0", "").lstrip("'"))[:MOST_TEXT]


def _numbered(found: Sequence[tuple[int, _Money]]) -> Iterator[StatementLine]:
    """A line without a reference is known by what it says, and by which of equal ones it is, so
    that the same line in an overlapping statement is known again.
    """
    seen: Counter[str] = Counter()
    for row, money in found:
        said = f"{money.booked_on}|{money.amount_satang}|{money.payer}|{money.memo}"
        key = re.sub(r"\s", "", money.reference).upper()
        if not key:
            key = "~" + hashlib.sha256(said.encode()).hexdigest()[:20]
            seen[key] += 1
            key = f"{key}:{seen[key]}"
        yield StatementLine(
            row=row, booked_on=money.booked_on, amount_satang=money.amount_satang,
            reference=key, payer=money.payer, memo=money.memo,
        )  # fmt: skip


def _decoded(data: bytes) -> str:
    """UTF-8 with or without its mark, else the Thai code page (a superset of TIS-620)."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp874", errors="replace")


def _cells(text: str) -> Iterator[list[str]]:
    first = text[:4000]
    delimiter = max(",;\t|", key=first.count)
    try:
        yield from csv.reader(StringIO(text.replace("\0", ""), newline=""), delimiter=delimiter)
    except csv.Error:
        return


def _head(
    rows: Sequence[Sequence[str]], columns: Mapping[str, str]
) -> tuple[int | None, dict[str, int]]:
    """The row of headings and where each field stands in it; date and amount must be there."""
    for at, row in enumerate(rows[:HEAD_ROWS]):
        places = _places([_heading(cell) for cell in row], columns)
        if {"date", "amount"} <= places.keys():
            return at, places
    return None, {}


def _places(headings: Sequence[str], columns: Mapping[str, str]) -> dict[str, int]:
    found = {}
    for name, usual in HEADINGS.items():
        own = columns.get(name)
        known = (_heading(own),) if own else usual
        at = next((headings.index(heading) for heading in known if heading in headings), None)
        if at is not None:
            found[name] = at
    return found


def _heading(cell: str) -> str:
    return re.sub(r"[\s.:()]+", " ", normalise(cell).lower().replace("(thb)", "")).strip()


def _broken(code: str) -> Statement:
    return Statement(lines=(), errors=(RowError(row=0, code=code),), wrong=1)
