"""Refusals about rounds, in words."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from market.rounds.signals.sentences import SENTENCES as SIGNALS

SENTENCES = {
    **SIGNALS,
    "round_not_found": _("There is no such round."),
    "group_not_found": _("There is no such group."),
    "round_cannot_move": _("The round has moved on. Reload the page to see where it stands."),
    "timetable_does_not_fit": _("The dates do not fit: give each step more time, then try again."),
    "round_has_no_offers": _("No group offers anything in this round yet."),
    "cut_off_has_passed": _("The cut-off is already past. Choose a later one."),
    "cut_off_not_reached": _("The round is still open until its cut-off."),
    "round_not_open_yet": _("The round has not opened yet."),
    "terms_are_frozen": _("The round has opened, so its offers can no longer be changed."),
    "offer_not_of_group": _("This offer is not one of the group's in this round."),
    "offer_does_not_fit": _(
        "This cannot join the round: out of season, not ready in time, or a paper is missing."
    ),
    "no_pay_method_fits": _(
        "None of these ways to pay can keep what the round promises. Choose another one."
    ),
    "group_without_promptpay": _(
        "Groups are paid directly, and {group_en} has no PromptPay number yet."
    ),
    "part_unknown": _("Type each part as a share from 0 to 50 per cent."),
    "parts_take_too_much": _("The parts take more than half of the price. Leave more to makers."),
    "form_has_mistakes": _("Something is missing. Look at the marked fields."),
    "template_not_found": _("There is no such template."),
    "template_was_changed": _(
        "Somebody else changed this template meanwhile. Reload the page and do it again."
    ),
    "round_is_no_pattern": _(
        "The steps of this round are too far apart to repeat. Write a template by hand."
    ),
    "points_were_changed": _(
        "Somebody else changed the points of this round meanwhile. Reload the page and do it again."
    ),
    "day_needs_name": _("Give the day a name in Thai and in English."),
    "line_not_found": _("This line is not in the round any more."),
    "line_price": _("The price is from ฿1 to ฿1,000,000."),
    "page_is_stale": _("Reload this page, then try again."),
    "paste_too_long": _(
        "The column has {cells} cells, this page {lines} lines. Paste it in parts."
    ),
    "bulk_number": _("Type a whole number from {low} to {high}."),
    "bulk_unknown": _("Choose what to do with these lines."),
    "choice_unknown": _("Something chosen is not there any more. Reload the page."),
    "reason_needed": _("Say why in a few words, up to 500 characters."),
    "capacity_not_whole_lots": _("Type a capacity in whole lots of {lot}, at least {minimum}."),
}
