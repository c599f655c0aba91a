"""Refusals to those who care for groups, in words."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

SENTENCES = {
    "care_words_missing": _("Write a few words first, then send again. Nothing was saved."),
    "care_words_too_long": _("This is too long. Up to {most} letters fit; you wrote {count}."),
    "care_day_unreadable": _("Choose a day from the calendar, then send again."),
    "readiness_is_so": _(
        "Somebody decided meanwhile: the group is at {level} now. Look again before you decide."
    ),
    "readiness_level_unknown": _("Open the page again and decide there. Nothing was changed."),
    "readiness_goods_unfit": _(
        "{product_th} is in round {number}, without own use or its paper. Complete these in the"
        " group's page, or take it out of the round; then decide again."
    ),
    "readiness_promised": _(
        "The group has orders in round {number}. Decide again when its answers are settled; put"
        " nothing of it into the next round if that must not wait."
    ),
    "visit_day_out_of_reach": _("Choose a day within a year from now."),
    "visit_next_half": _("A next step needs words and a day. Give both, or leave both empty."),
    "visit_next_is_past": _("The day of the next step is over. Choose one that comes."),
    "visit_photos_full": _("A visit has room for {most} pictures. None of these was added."),
    "visit_without_advice": _("Write what you advised first: the group waits for it."),
    "visit_is_done": _("This visit is recorded already. What the group reads stays as it is."),
    "visit_is_cancelled": _("This visit was called off. Plan a new one."),
    "visit_is_planned": _("This visit is not recorded yet. Record it first."),
    "visit_has_no_step": _("Nothing was agreed at this visit that could be done."),
    "contacts_full": _("A group has room for {most} contacts. Take one off first."),
    "officer_changed_meanwhile": _(
        "Somebody wrote another officer meanwhile. Look again, then change it if it is wrong."
    ),
    "officer_needs_no_handover": _("There is no hand-over to confirm here any more."),
    "flag_is_closed": _("This is over already. There is nothing to take on."),
}
