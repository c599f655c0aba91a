"""What a line's refusal is called."""

from __future__ import annotations

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from market.money import format_baht
from market.rounds.editor.rules import Outcome

CELL_WORDS = {
    "capacity_units": _("Capacity"),
    "min_batch_units": _("Minimum"),
    "lot_units": _("Lot"),
    "price_satang": _("Price"),
}
_FAULTS = {
    "line_units": _("Units are whole numbers from 1 up."),
    "line_price": _("The price is from ฿1 to ฿1,000,000."),
    "line_not_whole_lots": _("The capacity has to be whole lots."),
    "line_minimum_below_lot": _("The minimum is at least one lot."),
    "line_minimum_above_capacity": _("The minimum is above the capacity."),
    "line_gone": _("This line left the round meanwhile."),
}


def told_line(outcome: Outcome) -> str:
    """Why a line was not written, and what stands there now."""
    if outcome.differing is None:
        return str(_FAULTS[outcome.fault or "line_units"])
    now = ", ".join(
        f"{CELL_WORDS[cell]} {format_baht(n) if cell == 'price_satang' else f'{n:,}'}"
        for cell, n in outcome.differing.items()
    )
    return str(gettext("Somebody else changed it meanwhile. There now: %(now)s", now=now))
