"""What matching keeps about people: calls to a group, with whom and what was said."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from market.personal import Personal, Told

_MINE = '(SELECT us_phone_number FROM "user" WHERE id = :user_id)'

PERSONAL = Personal(
    told=(
        Told(
            "calls",
            _("Calls of coordinators to your number"),
            "SELECT called_at, phone, outcome, words FROM call_note"  # noqa: S608  our own words
            f" WHERE phone = {_MINE} ORDER BY id",
        ),
    ),
    forgets=(
        "UPDATE call_note SET person = '–', phone = '–',"  # noqa: S608  our own words
        f" words = CASE WHEN words = '' THEN '' ELSE '–' END WHERE phone = {_MINE}",
    ),
    keeps={"call_note": "when a group was called and what it answered; who and what, deleted"},
)
