"""Words of requests that pages show: units, who asks, why a group is asked, why it cannot."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import lazy_gettext as _

from market.catalogue.words import CERTIFICATES as CERTIFICATES
from market.made_to_order.fitting.rules import FitReason
from market.made_to_order.rules import BuyerKind, CannotReason, RequestState


@dataclass(frozen=True, kw_only=True)
class Unit:
    """A classifier that a buyer may count in; weight_g: of one, packed, unless told otherwise."""

    th: str
    en: str
    weight_g: int


#: The data's own words in both languages, so not gettext.
UNITS = (
    Unit(th="กก.", en="kg", weight_g=1000),
    Unit(th="ถุง", en="bag", weight_g=1000),
    Unit(th="กล่อง", en="box", weight_g=1000),
    Unit(th="ขวด", en="bottle", weight_g=800),
    Unit(th="ชิ้น", en="piece", weight_g=300),
    Unit(th="ชุด", en="set", weight_g=500),
    Unit(th="ผืน", en="piece of cloth", weight_g=400),
    Unit(th="ใบ", en="item", weight_g=400),
    Unit(th="ลูก", en="fruit", weight_g=1000),
    Unit(th="ฟอง", en="egg", weight_g=70),
    Unit(th="แผง", en="tray", weight_g=2000),
    Unit(th="ต้น", en="plant", weight_g=1500),
    Unit(th="ที่", en="serving", weight_g=400),
)

KINDS = {
    BuyerKind.PERSON: _("Just me, or my family"),
    BuyerKind.SCHOOL: _("A school"),
    BuyerKind.HOSPITAL: _("A hospital"),
    BuyerKind.SHOP: _("A shop or a restaurant"),
    BuyerKind.OTHER: _("Another organisation"),
}
FITS = {
    FitReason.SAME_PRODUCT: _("makes exactly this"),
    FitReason.SAME_KIND: _("makes goods of this kind"),
    FitReason.WORDS: _("makes goods of this name"),
    FitReason.CERTIFICATES: _("holds every certificate you need"),
    FitReason.CAPACITY: _("can make all of it"),
    FitReason.NEAR: _("is near you"),
    FitReason.OWN_VEHICLE: _("brings it with its own vehicle"),
    FitReason.PRICE: _("usually sells within your price"),
    FitReason.ADDED: _("asked by the market for you"),
}
CANNOT = {
    CannotReason.TIME: _("Too little time"),
    CannotReason.AMOUNT: _("Too many for us"),
    CannotReason.PRICE: _("The price is too low"),
    CannotReason.MATERIAL: _("No material"),
    CannotReason.OTHER: _("Something else"),
}
CANNOT_ICONS = {
    CannotReason.TIME: "clock",
    CannotReason.AMOUNT: "users",
    CannotReason.PRICE: "wallet",
    CannotReason.MATERIAL: "package",
    CannotReason.OTHER: "pencil",
}
STATES = {
    RequestState.PROVING: _("Not sent yet"),
    RequestState.ASKED: _("Groups are answering"),
    RequestState.AGREED: _("Agreed, an order"),
    RequestState.LAPSED: _("The deposit did not come"),
    RequestState.WITHDRAWN: _("Taken back"),
    RequestState.EXPIRED: _("Ended without an order"),
}
CHIPS = {
    RequestState.PROVING: "silent",
    RequestState.ASKED: "open",
    RequestState.AGREED: "confirmed",
    RequestState.LAPSED: "closed",
    RequestState.WITHDRAWN: "closed",
    RequestState.EXPIRED: "closed",
}
#: The questions, in words for the list of answers.
STEPS = {
    "what": _("What should be made?"),
    "like": _("Is it like one of these?"),
    "amount": _("How many?"),
    "when": _("By which day?"),
    "where": _("Where shall it come?"),
    "price": _("How much at most?"),
    "standards": _("Which certificates must it have?"),
    "who": _("Who are you?"),
}


def unit_of(th: str | None) -> Unit | None:
    """The unit with this Thai word; None where nobody counts in it."""
    return next((unit for unit in UNITS if unit.th == th), None)
