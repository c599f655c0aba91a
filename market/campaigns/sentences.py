"""Refusals about campaigns and orders of institutions, in words."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

SENTENCES = {
    "campaign_not_found": _("There is no such campaign."),
    "campaign_days": _("The last day follows the first, by {most} days at most."),
    "campaign_chooses": _("Choose goods or groups, up to {most} of them."),
    "campaign_was_changed": _(
        "Somebody else changed this campaign meanwhile. Reload the page and do it again."
    ),
    "campaign_is_over": _("Its last day is past. Set a later one first."),
    "campaign_not_published": _("It has not been published yet."),
    "institution_not_found": _("There is no such institution."),
    "institution_was_changed": _(
        "Somebody else changed this institution meanwhile. Reload the page and do it again."
    ),
    "institution_has_no_contact": _(
        "Nobody is named there any more. Enter whom to call at the institution first."
    ),
    "bulk_not_found": _("There is no such order."),
    "bulk_lines": _("An order has 1 to {most} lines."),
    "bulk_line_twice": _("The same goods stand twice on one day. Put them into one line."),
    "bulk_was_changed": _(
        "Somebody else changed this order meanwhile. Open it again and enter your changes there."
    ),
    "bulk_moved_on": _("The order has moved on. Reload the page to see where it stands."),
    "bulk_line_unasked": _("Tick at least one group for {goods}."),
    "bulk_not_quoted": _("Make a quotation first."),
    "quotation_ran_out": _("The quotation has run out. Take it back and make another."),
}
