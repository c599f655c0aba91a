"""What is typed of institutions and their orders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask_babel import gettext as _

from market.campaigns.institutions.commands import NewInstitution
from market.campaigns.institutions.queries import OrderView
from market.campaigns.institutions.splits import SplitSeen
from market.errors import Refused
from market.filters import local
from market.made_to_order.forms import tax_id_of
from market.places.queries import TambonView
from market.rounds.planning.forms import Reader
from market.thai import normalise, phone_e164

MOST_PLACES = 6  # named where several are called the same


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
