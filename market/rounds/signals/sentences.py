"""Refusals about reminders, in words."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

SENTENCES = {
    "too_many_reminders": _(
        "You already have {most} reminders. Stop one that you no longer need, then add this one."
    ),
    "reminder_link_over": _("This link has run out. Open a newer letter, or sign in."),
    "email_unreadable": _("Type an e-mail address, such as name@example.com."),
}
