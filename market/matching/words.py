"""Reasons of a match in words that a coordinator uses. Part of the edge: codes come in here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from market.clock import BANGKOK
from market.matching.queries.results import OfferMatch
from market.thai import show_date
from market.web import language


def offer_reason(offer: OfferMatch, unit: str) -> str:
    """One plain sentence on why an offer gets so many; ``unit`` is the product's classifier."""
    data = dict(offer.data) | {"unit": unit}
    if offer.units and offer.insisted_units == offer.units:
        return str(_("All of it was asked from this group by name"))
    if offer.insisted_units and offer.reason in ("market_full", "tolerance"):
        return str(
            _("%(n)s %(unit)s asked from this group by name", n=offer.insisted_units, unit=unit)
        )
    if offer.reason == "market_full":
        return _market_full(offer, data)
    return str(_OFFER[offer.reason](data) if offer.reason in _OFFER else _unknown(data))


def _market_full(offer: OfferMatch, data: Mapping[str, Any]) -> str:
    if not offer.units:
        return str(_("Other groups already fill all orders it can reach"))
    if data.get("groups", 1) < 2:
        return str(_("Every order it can reach is filled"))
    return str(
        _(
            "%(groups)s groups share these orders, about %(level)s%% of what they can make",
            groups=data["groups"],
            level=round(data.get("level_permille", 0) / 10),
        )
    )


def deadline(moment: datetime) -> str:
    """``ศ. 27 พ.ย. เที่ยง``: near enough to need no year, short enough for one line."""
    day = show_date(moment, language()).rsplit(" ", 1)[0]
    clock = moment.astimezone(BANGKOK).strftime("%H:%M")
    if clock == "12:00":
        return str(_("%(day)s noon", day=day))
    return f"{day} {clock}" + (" น." if language() == "th" else "")


def shortfall_reason(code: str) -> str:
    """Why units of a product are made by nobody."""
    return str(_SHORT[code]() if code in _SHORT else _other())


def stage_words(name: str) -> str:
    """What a stage of the match looks after."""
    known = {
        "units": _("Units made"),
        "class_0": _("Of these, buyers who missed out last time"),
        "class_1": _("Of these, ordinary orders"),
        "fairness": _("Evenness between groups"),
        "cost": _("Delivery cost"),
        "parcels": _("Deliveries"),
        "split_lines": _("Lines made by several groups"),
    }
    return str(known.get(name, name))


def _unknown(_data: Mapping[str, Any]) -> str:
    return str(_("Within the tolerance of the calculation"))


def _other() -> str:
    return str(_("within the tolerance of the calculation"))


_OFFER: dict[str, Callable[[Mapping[str, Any]], Any]] = {
    "no_demand": lambda _d: _("Nobody ordered this"),
    "certificate": lambda _d: _("A required certificate is missing"),
    "lead": lambda _d: _("Orders are for a date before the group can be ready"),
    "insisted_elsewhere": lambda _d: _("Buyers asked for other groups by name"),
    "price_ceiling": lambda _d: _("Its price is above what these buyers accepted"),
    "reach": lambda _d: _("Nobody ordered from where this group delivers"),
    "no_capacity": lambda _d: _("The group has no room left this round"),
    "batch_above_capacity": lambda _d: _("Its smallest batch is larger than what it can make"),
    "own_capacity": lambda _d: _("Everything it can make is ordered"),
    "shared_hours": lambda _d: _("The group's shared hours are used up by its other goods"),
    "below_min_batch": lambda d: _(
        "%(n)s %(unit)s short of its smallest batch", n=d["short"], unit=d["unit"]
    ),
    "lot_remainder": lambda d: _("Made %(lot)s at a time, what is left is less", lot=d["lot"]),
    "lane_weight": lambda _d: _("Its vehicle is full"),
    "tolerance": _unknown,
}

_SHORT: dict[str, Callable[[], Any]] = {
    "all_or_nothing": lambda: _("not enough for buyers who want all or nothing"),
    "no_offer": lambda: _("no group offers it"),
    "own_capacity": lambda: _("groups are full"),
    "no_capacity": lambda: _("groups have no room left"),
    "batch_above_capacity": lambda: _("too few for a smallest batch"),
    "shared_hours": lambda: _("shared hours are used up"),
    "below_min_batch": lambda: _("too few for a smallest batch"),
    "lot_remainder": lambda: _("less than one lot"),
    "lane_weight": lambda: _("vehicles are full"),
    "certificate": lambda: _("a required certificate is missing"),
    "lead": lambda: _("no group is ready by that date"),
    "insisted_elsewhere": lambda: _("the named group cannot make more"),
    "price_ceiling": lambda: _("other groups cost more than buyers accepted"),
    "reach": lambda: _("no group delivers there"),
}
