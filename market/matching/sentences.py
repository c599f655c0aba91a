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
}
