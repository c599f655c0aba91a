"""Why money goes back, in words: the same on the desks, on papers and in reports."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

REFUND_CAUSES = {
    "short": _("fewer were made"),
    "stopped": _("not made"),
    "incomplete": _("all or nothing"),
    "late": _("too late for the buyer"),
    "problem": _("a problem with the goods"),
    "unpaid": _("not paid in time"),
    "not_collected": _("not picked up"),
    "ceiling": _("it cost less in the end"),
    "cancelled": _("the buyer cancelled"),
    "outside": _("paid back at the provider"),
    "round_cancelled": _("round called off"),
    "excess": _("paid twice, too late or too much"),
}
