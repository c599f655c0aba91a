"""The bytes somebody sent, as rows of text. Nothing of the file is trusted.

An XLSX is unpacked here, within limits, and packed anew with only its tables: the reader never
sees what was sent. Formulas give the value that was last computed; none is ever run.
"""

from __future__ import annotations

import csv
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO, StringIO
from itertools import islice
from typing import Any

from market.errors import Refused
from market.imports.rules import (
    LOOKED_AT,
    MOST_BYTES,
    MOST_COLUMNS,
    MOST_LETTERS,
    MOST_ROWS,
)

MOST_UNPACKED = 48 * 1024 * 1024
MOST_MEMBERS = 200
#: What the reader makes of a tag takes it microseconds and bytes by the dozen: five kilobytes that
#: unpack to styles alone would hold it for minutes.
MOST_CELLS, MOST_TAGS, MOST_OTHER_TAGS = 800_000, 4_000_000, 60_000
EXAMPLE = ("ตัวอย่าง", "Example")  # our CSV template has such a row
_CHUNK = 64 * 1024
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
#: A formula whose value was never computed: its cell has <f> and no <v>. No part of it may be
#: tried twice over the same letters: a sheet made for that would hold a worker for hours.
_UNCOMPUTED = re.compile(
    rb"<f(?:\s[^<>]*)?(?:/>|>[^<]*+</f>)\s*+(?:<v\s*+/>|<v>\s*+</v>)?+\s*+</c>"
)
_TABLE = re.compile(rb"(?:\xef\xbb\xbf)?\s*+(?:<\?[^>]*+>\s*+)?<(?:\w++:)?(?:worksheet|sst)[\s>]")
#: Never read here, and large in honest files too.
_LEFT_OUT = (
    "customXml/", "docProps/", "xl/charts/", "xl/comments", "xl/ctrlProps/", "xl/drawings/",
    "xl/externalLinks/", "xl/persons/", "xl/pivot", "xl/threadedComments/",
)  # fmt: skip
_EXOTIC = re.compile(rb"<!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)


@dataclass(frozen=True)
class Table:
    """What a file holds: (row as the spreadsheet counts, its cells); empty rows are left out."""

    rows: tuple[tuple[int, list[str]], ...]


def read_table(data: bytes) -> Table:
    """The first sheet of an XLSX, or a CSV in any encoding and with any separator used here.

    Raises Refused for what is neither, too large, broken, or locked.
    """
    found = tuple(islice(_rows(data), MOST_ROWS + LOOKED_AT + 1))
    if len(found) > MOST_ROWS + LOOKED_AT:
        raise Refused("import_too_many_rows", most=MOST_ROWS)
    return Table(_some(found))


def peek_table(data: bytes, rows: int) -> tuple[Table, bool]:
    """Its first rows, and whether there are more. Raises what ``read_table`` raises."""
    found = tuple(islice(_rows(data), rows + 1))
    return Table(_some(found[:rows])), len(found) > rows


def _some(rows: tuple[tuple[int, list[str]], ...]) -> tuple[tuple[int, list[str]], ...]:
    if not rows:
        raise Refused("import_empty_file")
    return rows


def _rows(data: bytes) -> Iterator[tuple[int, list[str]]]:
    """Rows that hold anything, with their numbers."""
    if not data.strip():
        raise Refused("import_empty_file")
    if len(data) > MOST_BYTES:
        raise Refused("import_too_large", megabytes=MOST_BYTES // 1024 // 1024)
    if data.startswith(_OLE):
        raise Refused("import_old_excel")
    for number, cells in enumerate(_xlsx(data) if data.startswith(_ZIP) else _csv(data), start=1):
        if number > 3 * MOST_ROWS:
            raise Refused("import_too_many_rows", most=MOST_ROWS)
        texts = [_cell(cell) for cell in islice(cells, MOST_COLUMNS)]
        if any(texts) and not texts[0].startswith(EXAMPLE):
            yield number, texts


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "ใช่" if value else "ไม่"
    if isinstance(value, datetime | date):
        return value.isoformat()[:10]
    if isinstance(value, float):
        return f"{value:.10f}".rstrip("0").rstrip(".")
    text = str(value).replace("\x00", "").replace("\r\n", "\n").strip()
    if text[:1] == "'" and text[1:2] in "=+-@":
        text = text[1:]  # how our own sheets keep a spreadsheet from running a text
    return text[: MOST_LETTERS + 1]


def _csv(data: bytes) -> Iterator[list[str]]:
    text = _decoded(data)
    best = max((",", ";", "\t"), key=lambda mark: _evenness(text, mark))
    try:
        yield from csv.reader(StringIO(text, newline=""), delimiter=best)
    except csv.Error as broken:
        raise Refused("import_not_csv") from broken


def _decoded(data: bytes) -> str:
    """UTF-8 with or without its mark, UTF-16 with it, else the Thai code page of Windows."""
    wide = data[:2] in (b"\xff\xfe", b"\xfe\xff")
    tries = ["utf-16"] if wide else ["utf-8-sig", "cp874"]
    for encoding in tries:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise Refused("import_not_csv")


def _evenness(text: str, mark: str) -> int:
    """How many columns this separator gives in most of the first lines."""
    sample = StringIO(text[:20_000], newline="")
    try:
        widths = [len(row) for row in islice(csv.reader(sample, delimiter=mark), 20) if any(row)]
    except csv.Error:
        return 0
    return sum(widths[:12]) if widths else 0


def _xlsx(data: bytes) -> Iterator[Sequence[Any]]:
    from openpyxl import load_workbook  # large: each process would load it, and few read a sheet

    clean = _repacked(data)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of styles and lists that the reader does not know
            book = load_workbook(clean, read_only=True, data_only=True, keep_links=False)
        sheet = next(iter(book.worksheets), None)
        if sheet is None:
            raise Refused("import_empty_file")
        sheet.reset_dimensions()  # what the file says of its size is not to be believed
        yield from sheet.iter_rows(max_col=MOST_COLUMNS, values_only=True)
    except Refused:
        raise
    except Exception as broken:  # the library fails in many ways on what is broken
        raise Refused("import_broken_xlsx") from broken


def _repacked(data: bytes) -> BytesIO:
    """The tables of the workbook, unpacked within limits, without entities."""
    clean = BytesIO()
    try:
        with zipfile.ZipFile(BytesIO(data)) as sent, zipfile.ZipFile(clean, "w") as kept:
            members = sent.infolist()
            if len(members) > MOST_MEMBERS:
                raise Refused("import_bomb")
            left = MOST_UNPACKED
            for member in members:
                if member.flag_bits & 1:
                    raise Refused("import_locked_xlsx")
                name = member.filename
                if not name.endswith((".xml", ".rels")) or name.startswith(_LEFT_OUT):
                    continue
                part = _unpacked(sent, member, left)
                left -= len(part)
                _check_part(name, part)
                kept.writestr(name, part)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError) as broken:
        raise Refused("import_broken_xlsx") from broken
    clean.seek(0)
    return clean


def _unpacked(sent: zipfile.ZipFile, member: zipfile.ZipInfo, most: int) -> bytes:
    """The part's bytes; Refused past the limit, whatever its header promised."""
    parts: list[bytes] = []
    size = 0
    with sent.open(member) as stream:
        while chunk := stream.read(_CHUNK):
            size += len(chunk)
            if size > most:
                raise Refused("import_bomb")
            parts.append(chunk)
    return b"".join(parts)


def _check_part(name: str, part: bytes) -> None:
    if b"\x00" in part[:4] or _EXOTIC.search(part):
        raise Refused("import_broken_xlsx")  # UTF-16 could hide what is looked for
    most = MOST_TAGS if _TABLE.match(part) else MOST_OTHER_TAGS
    if part.count(b"<") > most or part.count(b"<c") > MOST_CELLS:
        raise Refused("import_bomb")
    if name.startswith("xl/worksheets/") and _UNCOMPUTED.search(part):
        raise Refused("import_formulas")
