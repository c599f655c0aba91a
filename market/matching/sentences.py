"""Refusals of matching and confirming, in words."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

SENTENCES = {
    "ask_not_found": _("We cannot find this page. It may have moved."),
    "ask_is_over": _("This question is closed, and the round has moved on. Call your coordinator."),
    "ask_too_late": _("The time to answer is over. Call your coordinator."),
    "ask_answered": _(
        "The group has already answered. To change the answer, call your coordinator."
    ),
    "answer_not_known": _("Choose one of the three answers."),
    "part_not_possible": _("This many can only be made as a whole: choose all, or not in time."),
    "part_out_of_range": _("Type a number from {low} to {high}."),
    "part_not_whole_lots": _("Made {lot} at a time: type a multiple of {lot}."),
    "reason_missing": _("Choose why, so that the coordinator can help."),
    "call_note_missing": _("Write who you spoke to and what they said."),
    "note_too_long": _("Write at most {high} characters."),
    "run_not_publishable": _("This match has been sent already or was put aside. Reload the page."),
    "plan_breaks_rule": _("The match did not pass its check and was not sent. Compute it again."),
    "match_already_published": _("The groups have been asked already. Nothing was changed."),
    "match_not_running": _("No match is running that could be stopped. Reload the page."),
    "run_not_found": _("There is no such match."),
    "batch_cannot_move": _("This batch has moved on. Reload the page to see where it stands."),
    "simulation_not_found": _("There is no such what-if."),
    "simulation_not_done": _("This what-if is not computed yet. Wait a moment."),
    "simulation_is_old": _("The round has moved on since this was tried. Try it again."),
    "match_is_running": _("The match is being computed. Wait for it, or stop it first."),
    "nothing_to_take_over": _(
        "Nothing here is yours to decide. Call the group, and let it change its own numbers."
    ),
    "no_match_to_try": _(
        "There is no unsent match to try on. Once the groups are asked, their answers decide."
    ),
    "nothing_to_try": _("Change at least one number first."),
    "try_unknown_offer": _("One of these groups is not part of this match. Reload the page."),
    "try_weight_range": _("Choose one of the weights shown."),
    "try_number_range": _("Type a number up to {high}."),
    "try_answer_range": _("A part is less than the {units} the match gives this group."),
    "try_answer_keeps": _(
        "When a group answers, the others keep what they have: none of them can be made smaller"
        " than its {units} in the same try."
    ),
    "try_too_many": _("{most} tries are being computed already. Wait for one of them."),
    "pin_ends_crossed": _("At least {low} is more than at most {high}."),
    "pin_above_capacity": _("At least {low} is more than the group can make ({capacity})."),
    "pin_reason_missing": _("Write why you fix a number or change a weight. It is kept."),
    "resolve_not_confirming": _(
        "The round has moved on: groups are not answering now. Nothing was changed."
    ),
    "resolve_moved_on": _(
        "{name} did something about these goods a moment ago. Nothing was done twice: look at how"
        " it stands now."
    ),
    "resolve_no_room": _("This group has no room that would help any more. Choose another."),
    "resolve_units_range": _("Type a number from {low} to {high}."),
    "resolve_not_yours": _("This group is in another area. Offer it to its coordinator."),
    "resolve_is_yours": _("This group is in your own area. Ask it directly."),
    "resolve_too_late": _("It is too late to ask: paying would begin before the answer."),
    "resolve_offered_already": _("This was offered already, and the answer is not there yet."),
    "resolve_offer_answered": _("Somebody has answered this already. Nothing was changed."),
    "resolve_no_rematch": _(
        "No match is left in this round that could serve a yes. The refunds stand."
    ),
    "resolve_nobody_instead": _("No buyer could take this instead. Choose other goods."),
    "instead_answered": _("You have answered this already. Call us to change it."),
    "instead_too_late": _("The time for this offer is over. You pay nothing for what is missing."),
    "instead_group_asked": _(
        "A group is just being asked to make your goods. Look here again a little later."
    ),
    "instead_not_needed": _("Good news: your goods are being made after all. Nothing to choose."),
}
