"""Why units of a line are made by nobody, in words. Part of the edge: codes come in here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext


def shortfall_reason(code: str) -> str:
    """Why units of a product are made by nobody."""
    return str(_SHORT[code]() if code in _SHORT else _other())


def stopped_sentence(code: str, data: Mapping[str, Any]) -> str:
    """Which rule stopped which groups from making what is missing of a line."""
    causes = [_CAUSE[name](n) for name, n in data.items() if name in _CAUSE and n]
    if code in _CAUSE and data.get(code):  # the nearest miss first
        causes.sort(key=lambda words: words != _CAUSE[code](data[code]))
    return " · ".join(map(str, causes)) if causes else shortfall_reason(code)


def _other() -> str:
    return str(_("within the tolerance of the calculation"))


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
    "instead": lambda: _("chosen instead of other goods; the next match serves it"),
}

#: What stopped so many groups, each with their number.
_CAUSE: dict[str, Callable[[int], Any]] = {
    "below_min_batch": lambda n: ngettext(
        "%(num)s group: too few orders for a batch", "%(num)s groups: too few orders for a batch", n
    ),
    "shared_hours": lambda n: ngettext(
        "%(num)s group: hours used up", "%(num)s groups: hours used up", n
    ),
    "lane_weight": lambda n: ngettext(
        "%(num)s group: vehicle full", "%(num)s groups: vehicle full", n
    ),
    "lot_remainder": lambda n: ngettext(
        "%(num)s group: less than a lot left", "%(num)s groups: less than a lot left", n
    ),
    "own_capacity": lambda n: ngettext(
        "%(num)s group: all it can make is ordered",
        "%(num)s groups: all they can make is ordered",
        n,
    ),
    "tolerance": lambda n: ngettext(
        "%(num)s group: could almost have made it", "%(num)s groups: could almost have made it", n
    ),
    "market_full": lambda n: ngettext(
        "%(num)s group: filled by other orders", "%(num)s groups: filled by other orders", n
    ),
    "reach": lambda n: ngettext(
        "%(num)s group does not deliver there", "%(num)s groups do not deliver there", n
    ),
    "price_ceiling": lambda n: ngettext(
        "%(num)s group is dearer than accepted", "%(num)s groups are dearer than accepted", n
    ),
    "lead": lambda n: ngettext(
        "%(num)s group is not ready by that date", "%(num)s groups are not ready by that date", n
    ),
    "certificate": lambda n: ngettext(
        "%(num)s group lacks a certificate", "%(num)s groups lack a certificate", n
    ),
    "insisted_elsewhere": lambda n: ngettext(
        "%(num)s other group was not asked for",
        "%(num)s other groups were not asked for",
        n,
    ),
    "batch_above_capacity": lambda n: ngettext(
        "%(num)s group: its batch is larger than it can make",
        "%(num)s groups: their batch is larger than they can make",
        n,
    ),
    "no_capacity": lambda n: ngettext(
        "%(num)s group has no room left", "%(num)s groups have no room left", n
    ),
}
