"""What the indicators are called and made of. Part of the edge."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _

from market.overviews.country.rules import Key, Period

LABELS: dict[Key, Any] = {
    Key.COVERAGE: _("Coverage"),
    Key.ANSWERS: _("Answered in time"),
    Key.FILL: _("Made of what was asked"),
    Key.ON_TIME: _("Handed over on time"),
    Key.MAKERS: _("Makers' share of the price"),
    Key.SURPLUS: _("Left over for the groups"),
    Key.FAIRNESS: _("Fairness over rounds"),
    Key.AGAIN: _("Buyers who came again"),
}
#: What each is made of, in one sentence.
MADE_OF: dict[Key, Any] = {
    Key.COVERAGE: _("Tambons with goods in these rounds, of all that take part."),
    Key.ANSWERS: _("Asks that a group answered before the deadline, of all asks. Silence is late."),
    Key.FILL: _("Units confirmed and made, of the units that groups were asked for."),
    Key.ON_TIME: _("Batches handed over by the day first promised, of all that were due."),
    Key.MAKERS: _("What groups get of the price of goods that were delivered."),
    Key.SURPLUS: _(
        "What groups get for delivered goods, less the costs they gave. No household's book is in"
        " it."
    ),
    Key.FAIRNESS: _(
        "Of the income that was due to each group by its fair share, how much reached it, all"
        " rounds together. Drawn: from the lowest tenth to the highest, the knot is the median,"
        " the line is what was due."
    ),
    Key.AGAIN: _("Buyers who had ordered in an earlier round, of all buyers."),
}
PERIODS: dict[Period, Any] = {
    Period.LAST4: _("The last 4 rounds"),
    Period.QUARTER: _("The last 3 months"),
    Period.YEAR: _("The last 12 months"),
}
