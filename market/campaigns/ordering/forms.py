"""The rows of an institution's order as typed, read and judged field by field."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from flask_babel import gettext as _

from market.campaigns.institutions.commands import NewLine
from market.campaigns.institutions.queries import OrderView
from market.campaigns.institutions.rules import MOST_LINES
from market.campaigns.ordering.queries import Goods, Meant
from market.campaigns.ordering.sheet import COLUMNS, MOST_LETTERS, rows_of
from market.filters import as_date, local
from market.rounds.forms import YEARS, typed_price
from market.rounds.planning.forms import Posted, Reader
from market.thai import BUDDHIST_YEARS, normalise

MOST_UNITS = 100_000
MOST_ROWS = 2 * MOST_LINES  # that are looked at; the command says how many an order may have
EMPTY_ROWS = 3
_KEY = re.compile(r"[0-9a-z]{1,12}")


@dataclass(frozen=True, kw_only=True)
class Span:
    """The days on which goods can be wanted, both included."""

    first: date
    last: date


@dataclass(frozen=True, kw_only=True)
class RowSeen:
    """A row with what is known of it. key: its name on the page."""

    key: str
    goods: Goods | None
    choices: tuple[Goods, ...]
    units: int | None
    price_satang: int | None
    needed_on: date | None

    @property
    def total_satang(self) -> int | None:
        """Its sum, as soon as it is known."""
        if self.units is None or self.price_satang is None:
            return None
        return self.units * self.price_satang


@dataclass(frozen=True, kw_only=True)
class Table:
    """All rows. mistakes: by the field's name."""

    rows: tuple[RowSeen, ...]
    mistakes: Mapping[str, str]

    @property
    def total_satang(self) -> int:
        """The sum of the rows of which it is known."""
        return sum(row.total_satang or 0 for row in self.rows)

    @property
    def counted(self) -> int:
        """How many rows the sum is of."""
        return sum(row.total_satang is not None for row in self.rows)

    def lines(self) -> list[NewLine]:
        """What to order. Empty rows are left out; to be asked for where nothing is wrong."""
        return [
            NewLine(product_id=row.goods.id, units=row.units, price_satang=row.price_satang,
                    needed_on=row.needed_on)
            for row in self.rows
            if row.goods and row.units and row.price_satang and row.needed_on
        ]  # fmt: skip


def keys_of(form: Posted) -> list[str]:
    """The rows on the page in their order."""
    return [key for key in dict.fromkeys(form.getlist("row")) if _KEY.fullmatch(key)][:MOST_ROWS]


def words_of(form: Posted, key: str) -> str:
    """The goods typed on a row."""
    return normalise(form.get(f"goods-{key}", ""))[:120]


def asked_of(form: Posted) -> set[str]:
    """All that names goods: what was typed, and what was chosen for it."""
    chosen = {form.get(f"code-{key}", "")[:80] for key in keys_of(form)}
    return chosen | {words_of(form, key) for key in keys_of(form)}


def is_blank(form: Posted, key: str) -> bool:
    """Nothing typed; a day alone orders nothing."""
    return not any(form.get(f"{name}-{key}", "").strip() for name in COLUMNS[:-1])


def add_rows(form: Posted, rows: Iterable[Mapping[str, str]]) -> list[str]:
    """Rows below the others; their keys, which no other row ever had."""
    made = []
    for row in rows:
        key = secrets.token_hex(4)
        form.add("row", key)
        form.update({f"{name}-{key}": value for name, value in row.items()})
        made.append(key)
    return made


def add_empty(form: Posted, rows: int = EMPTY_ROWS) -> list[str]:
    """Empty rows, on the day of the last one."""
    days = [form.get(f"day-{key}", "") for key in keys_of(form)]
    return add_rows(form, [{"day": days[-1] if days else ""}] * rows)


def drop_row(form: Posted, key: str) -> None:
    """Without this row."""
    form.setlist("row", [one for one in form.getlist("row") if one != key])


def take_sheet(form: Posted) -> str | None:
    """What was pasted becomes rows in the place of empty ones; else what is wrong with it."""
    sheet = form.get("sheet", "")
    rows = rows_of(sheet) if len(sheet) <= MOST_LETTERS else []
    filled = [key for key in keys_of(form) if not is_blank(form, key)]
    if len(sheet) > MOST_LETTERS or len(filled) + len(rows) > MOST_LINES:
        wrong: str = _("An order has %(most)s lines at most. Paste fewer.", most=MOST_LINES)
        return wrong
    if rows:
        form.setlist("row", filled)
        add_rows(form, rows)
    form["sheet"] = ""
    return None


def shown_order(order: OrderView) -> Posted:
    """A kept order as its form shows it."""
    form = Posted({"key": order.key, "version": str(order.version)})
    form["po_number"] = order.po_number or ""
    add_rows(form, (
        {"goods": local(line), "code": line.code, "units": str(line.units),
         "price": f"{line.price_satang / 100:.10g}", "day": line.needed_on.isoformat()}
        for line in order.lines
    ))  # fmt: skip
    return form


def empty_order() -> Posted:
    """Three empty rows, and the key that makes the order once."""
    form = Posted({"key": secrets.token_urlsafe(12), "version": "0"})
    add_empty(form)
    return form


def settle(form: Posted, table: Table) -> None:
    """Goods by their names and days as calendars want them, wherever both are known."""
    for row in table.rows:
        if row.goods:
            form[f"goods-{row.key}"], form[f"code-{row.key}"] = local(row.goods), row.goods.code
        if row.needed_on:
            form[f"day-{row.key}"] = row.needed_on.isoformat()


def judge(form: Posted, meant: Mapping[str, Meant], span: Span, *, whole: bool) -> Table:
    """All rows with what is wrong of them.

    whole: to be kept, so what is missing is wrong too. A row without a day is for the day of the
    row above it.
    """
    reader, rows, before = Reader(form), list[RowSeen](), None
    for key in keys_of(form):
        if is_blank(form, key):
            rows.append(RowSeen(key=key, goods=None, choices=(), units=None, price_satang=None,
                                needed_on=None))  # fmt: skip
            continue
        row = _row(reader, key, meant, span, before)
        before = row.needed_on or before
        rows.append(row)
    _tell_twice(reader, rows)
    wrong = reader.mistakes
    if not whole:
        wrong = {name: words for name, words in wrong.items() if form.get(name, "").strip()}
    return Table(rows=tuple(rows), mistakes=wrong)


def _row(
    reader: Reader, key: str, meant: Mapping[str, Meant], span: Span, before: date | None
) -> RowSeen:
    goods, choices = _goods(reader, key, meant)
    return RowSeen(
        key=key, goods=goods, choices=choices,
        units=_or_none(reader, f"units-{key}", reader.number(f"units-{key}", 1, MOST_UNITS)),
        price_satang=reader.read(
            f"price-{key}", typed_price, _("Baht, from 1 to 1,000,000, like 68 or 68.50"), None
        ),
        needed_on=_needed_on(reader, f"day-{key}", span, before),
    )  # fmt: skip


def _or_none(reader: Reader, name: str, value: int) -> int | None:
    return None if name in reader.mistakes else value


def _goods(
    reader: Reader, key: str, meant: Mapping[str, Meant]
) -> tuple[Goods | None, tuple[Goods, ...]]:
    """The goods of a row, or those to choose from. What was chosen counts while it is still
    called so.
    """
    words = words_of(reader.form, key)
    found = meant.get(words, Meant())
    chosen = meant.get(reader.form.get(f"code-{key}", "")[:80], Meant()).called
    if chosen and words in (chosen[0].name_th, chosen[0].name_en, chosen[0].code):
        return chosen[0], ()
    if len(found.called) == 1:
        return found.called[0], ()
    reader.mistakes[f"goods-{key}"] = _no_goods(words, found)
    return None, found.choices


def _no_goods(words: str, found: Meant) -> str:
    wrong: str = _("No goods are called this. Type a part of the name.")
    if not words:
        wrong = _("Type the goods")
    elif found.called:
        wrong = _("Several goods are called this. Choose one below.")
    elif found.alike:
        wrong = _("No goods are called exactly this. Choose one below, or type another name.")
    return wrong


def _needed_on(reader: Reader, name: str, span: Span, before: date | None) -> date | None:
    if before is not None and not reader.form.get(name, "").strip():
        return before
    day = reader.read(name, day_of, _("A day, like 25/12/2569"), None)
    if day is not None and not span.first <= day <= span.last:
        reader.mistakes[name] = _out_of(span, day)
        return None
    return day


def _out_of(span: Span, day: date) -> str:
    early: str = _("Groups need time to answer and to make it: %(day)s or later",
                   day=as_date(span.first))  # fmt: skip
    late: str = _("At most a year ahead: %(day)s or sooner", day=as_date(span.last))
    return late if day > span.last else early


def day_of(text: str) -> date:
    """``2026-12-25``, ``25/12/2569`` or ``25/12/69``: years of the Buddhist era are told by their
    size; of two digits as well.
    """
    if "/" in text:
        of_month, month, era = (int(part) for part in text.split("/"))
        if era < 100:
            era += 2500 if era > 60 else 2000
        text = f"{era:04d}-{month:02d}-{of_month:02d}"
    year, _dash, rest = text.partition("-")
    common = int(year) - BUDDHIST_YEARS if int(year) > YEARS[-1] else int(year)
    found = date.fromisoformat(f"{common:04d}-{rest}")
    if found.year not in YEARS:
        raise ValueError(text)
    return found


def _tell_twice(reader: Reader, rows: Iterable[RowSeen]) -> None:
    seen = set()
    for row in rows:
        if row.goods is None or row.needed_on is None:
            continue
        if (row.goods.id, row.needed_on) in seen:
            reader.mistakes[f"goods-{row.key}"] = _(
                "These goods stand above already for this day. Put them into one row."
            )
        seen.add((row.goods.id, row.needed_on))
