"""The editor's form: each line posts what was seen and what stands in its cells now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from market.errors import Refused
from market.rounds.editor.queries import LineRow, Narrowing
from market.rounds.editor.rules import CELLS, MOST_SATANG, MOST_UNITS, Bulk, Change, Line
from market.rounds.forms import typed_price
from market.thai import arabic_digits, whole_number

Posted = MultiDict[str, str]
#: The letter of a cell in the names of fields: ``c-12`` is the capacity of line 12.
LETTERS = dict(zip(CELLS, "cmlp", strict=True))


@dataclass(frozen=True, kw_only=True)
class TypedLines:
    """What was typed: changes that can be read, and by line the cell that cannot."""

    changes: tuple[Change, ...]
    unreadable: Mapping[int, str]


def typed_narrowing(args: Mapping[str, str]) -> tuple[Narrowing, int]:
    """Which lines are asked for, and which page of them."""
    group, page = args.get("group", ""), args.get("page", "")
    return Narrowing(
        words=args.get("q", "").replace("\0", "").strip()[:80],
        category=args.get("category", "").replace("\0", "")[:40],
        group_id=int(group) if group.isascii() and group.isdecimal() and len(group) < 16 else None,
    ), int(page) if page.isascii() and page.isdecimal() and len(page) < 6 else 1


def asked(args: Mapping[str, str]) -> dict[str, str]:
    """What of an address says which lines are shown."""
    return {name: args[name] for name in ("q", "category", "group", "page") if args.get(name)}


def seen_of(row: LineRow) -> str:
    """What a line was when the page was made, for its hidden field."""
    return ":".join(str(n) for n in (row.version, *(getattr(row, cell) for cell in CELLS)))


def typed_lines(form: Posted) -> TypedLines:
    """Every line whose cells differ from what was seen."""
    changes, unreadable = [], {}
    for name in list(form)[:1000]:
        key, _dash, number = name.partition("-")
        if key != "w" or not (number.isascii() and number.isdecimal() and len(number) < 16):
            continue
        offer_id = int(number)
        seen = _seen(form[name])
        try:
            wanted = _wanted(form, offer_id, seen)
        except _Unreadable as wrong:
            unreadable[offer_id] = wrong.cell
            continue
        if wanted:
            changes.append(Change(offer_id=offer_id, seen=seen, wanted=wanted))
    return TypedLines(changes=tuple(changes), unreadable=unreadable)


def _seen(text: str) -> Line:
    numbers = text.split(":")
    if len(numbers) != 1 + len(CELLS) or not all(n.isascii() and n.isdecimal() for n in numbers):
        raise Refused("page_is_stale")
    version, *cells = (int(n[:15]) for n in numbers)
    return Line(version=version, cells=dict(zip(CELLS, cells, strict=True)))


class _Unreadable(Exception):
    def __init__(self, cell: str) -> None:
        super().__init__(cell)
        self.cell = cell


def _wanted(form: Posted, offer_id: int, seen: Line) -> dict[str, int]:
    wanted = {}
    for cell, letter in LETTERS.items():
        typed = form.get(f"{letter}-{offer_id}")
        if typed is None:
            continue
        try:
            number = typed_cell(cell, typed)
        except Refused:
            raise _Unreadable(cell) from None
        if number != seen.cells[cell]:
            wanted[cell] = number
    return wanted


def typed_cell(cell: str, typed: str) -> int:
    """A number of units, or a price in baht as satang. Raises Refused."""
    clean = arabic_digits(typed.strip()[:20]).replace(",", "").replace("\0", "")
    if cell == "price_satang":
        price = typed_price(clean)
        if price > MOST_SATANG:
            raise Refused("line_price")
        return price
    return whole_number(clean, low=0, high=MOST_UNITS)


def pasted(rows: Sequence[LineRow], cell: str, text: str) -> TypedLines:
    """A spreadsheet's column laid on these lines from the first on.

    An empty cell leaves its line as it is. Refused where there are more cells than lines.
    """
    cells = [line.split("\t")[0] for line in text.replace("\r", "").rstrip("\n").split("\n")]
    if cell not in CELLS or len(cells) > len(rows):
        raise Refused("paste_too_long", lines=len(rows), cells=len(cells))
    changes, unreadable = [], {}
    for row, typed in zip(rows, cells, strict=False):
        seen = Line(version=row.version, cells={name: getattr(row, name) for name in CELLS})
        if not typed.strip():
            continue
        try:
            wanted = {cell: typed_cell(cell, typed)}
        except Refused:
            unreadable[row.id] = cell
            continue
        if wanted[cell] != seen.cells[cell]:
            changes.append(Change(offer_id=row.id, seen=seen, wanted=wanted))
    return TypedLines(changes=tuple(changes), unreadable=unreadable)


def typed_bulk(form: Posted) -> tuple[Bulk, int]:
    """What is to be done to all lines, and by how much. Raises Refused."""
    act, typed = form.get("act", ""), arabic_digits(form.get("number", "").strip()[:9])
    if act not in set(Bulk):
        raise Refused("bulk_unknown")
    if act == Bulk.TAKE_OUT:
        return Bulk.TAKE_OUT, 0
    sign = -1 if typed[:1] in ("-", "−") else 1
    number = typed.lstrip("+-−").removesuffix("%").strip()
    return Bulk(act), sign * whole_number(number, low=0, high=MOST_UNITS)
