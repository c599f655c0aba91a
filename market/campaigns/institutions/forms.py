"""What is typed of institutions and their orders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from flask_babel import gettext as _

from market.campaigns.institutions.commands import NewInstitution, NewLine
from market.campaigns.institutions.queries import OrderView
from market.campaigns.institutions.splits import SplitSeen
from market.errors import Refused
from market.filters import local
from market.made_to_order.forms import tax_id_of
from market.places.queries import TambonView
from market.rounds.forms import YEARS, typed_price
from market.rounds.planning.forms import Reader
from market.thai import arabic_digits, normalise, phone_e164, whole_number

MOST_UNITS = 100_000
MOST_PLACES = 6  # named where several are called the same
BUDDHIST_ERA = 543


@dataclass(frozen=True, kw_only=True)
class TypedRow:
    """A row of the table as typed; code or full name of the goods."""

    number: int
    goods: str
    units: int
    price_satang: int
    needed_on: date


def typed_institution(
    reader: Reader, points: Mapping[int, str], tambon_code: str | None
) -> NewInstitution:
    """An institution as typed. points: a point's tambon by its id."""
    point_id = next((key for key in reader.ids("point") if key in points), None)
    address = normalise(reader.form.get("address", "").replace("\0", ""))[:300] or None
    if point_id is None and not (address and tambon_code):
        reader.mistakes["address"] = _("Choose a point, or type the address and its sub-district")
    return NewInstitution(
        name=reader.words("name", 120), contact=reader.words("contact", 120),
        phone=reader.read("phone", phone_e164, _("A Thai number of 9 or 10 digits"), ""),
        billing_words=reader.words("billing_words", 400),
        tax_id=reader.read("tax_id", tax_id_of, _("13 digits, or leave it empty"), None),
        branch=_some(reader, "branch", 80), email=_some(reader, "email", 254),
        point_id=point_id, address=None if point_id else address,
        tambon_code=points[point_id] if point_id else tambon_code or "",
    )  # fmt: skip


def place_words(tambon: TambonView) -> str:
    """A place as its field shows it and takes it again."""
    return " ".join(local(tambon, part) for part in ("name", "amphoe", "province"))


def tambon_of(reader: Reader, found: Sequence[TambonView]) -> str | None:
    """The code of the place meant; where several fit, the mistake names them.

    found: those that fit what was typed. Every province has a tambon called ในเมือง, so the first
    one is not taken for the right one.
    """
    typed = normalise(reader.form.get("tambon", ""))
    same = [one for one in found if place_words(one) == typed] or list(found)
    if len(same) == 1:
        return same[0].code
    if same:
        names = ", ".join(place_words(one) for one in same[:MOST_PLACES])
        reader.mistakes["tambon"] = _("Which of these: %(names)s", names=names)
    return None


def _some(reader: Reader, name: str, most: int) -> str | None:
    return normalise(reader.form.get(name, "").replace("\0", ""))[:most] or None


def ticked_groups(
    order: OrderView, splits: Mapping[int, SplitSeen], values: Sequence[str]
) -> dict[int, list[int]]:  # fmt: skip
    """Whom to ask for each line that waits, of those that were shown as ``line:group``.

    A line that nobody sells is not in it. Refused where a line has groups and none is ticked.
    """
    ticked: dict[int, list[int]] = {}
    for line in order.lines:
        shown = splits[line.id].shares if line.request_id is None else ()
        if not shown:
            continue
        wanted = [one.group_id for one in shown if f"{line.id}:{one.group_id}" in values]
        if not wanted:
            raise Refused("bulk_line_unasked", goods=local(line))
        ticked[line.id] = wanted
    return ticked


def typed_rows(text: str) -> tuple[tuple[TypedRow, ...], list[str]]:
    """Rows of goods, units, baht a unit and day, cut by tabs or commas; and what is wrong."""
    rows, wrong = [], []
    for number, line in enumerate(text[:20_000].replace("\0", "").splitlines(), start=1):
        if not line.strip():
            continue
        cells = [cell.strip() for cell in line.split("\t" if "\t" in line else ",")]
        try:
            rows.append(_row(number, cells))
        except (Refused, ValueError):
            wrong.append(_("Line %(line)s: goods, units, price, day", line=number))
    return tuple(rows), wrong


def _row(number: int, cells: list[str]) -> TypedRow:
    goods, units, price, day = cells[:4]
    return TypedRow(
        number=number, goods=normalise(goods)[:120],
        units=whole_number(arabic_digits(units), low=1, high=MOST_UNITS),
        price_satang=typed_price(price), needed_on=_day(arabic_digits(day)),
    )  # fmt: skip


def shown_rows(order: OrderView) -> dict[str, str]:
    """An order as its form shows it."""
    rows = (
        f"{line.code}, {line.units}, {line.price_satang / 100:g}, {line.needed_on.isoformat()}"
        for line in order.lines
    )
    return {"key": order.key, "po_number": order.po_number or "", "rows": "\n".join(rows)}


def _day(text: str) -> date:
    """``2026-12-25`` or ``25/12/2569``: years of the Buddhist era are told by their size."""
    if "/" in text:
        of_month, month, era = (int(part) for part in text.split("/"))
        text = f"{era:04d}-{month:02d}-{of_month:02d}"
    year, _dash, rest = text.partition("-")
    common = int(year) - BUDDHIST_ERA if int(year) > YEARS[-1] else int(year)
    found = date.fromisoformat(f"{common:04d}-{rest}")
    if found.year not in YEARS:
        raise ValueError(text)
    return found


def lines_of(rows: tuple[TypedRow, ...], ids: Mapping[str, int]) -> list[NewLine]:
    """The rows whose goods are known."""
    return [
        NewLine(product_id=ids[row.goods], units=row.units, price_satang=row.price_satang,
                needed_on=row.needed_on)
        for row in rows
        if row.goods in ids
    ]  # fmt: skip
