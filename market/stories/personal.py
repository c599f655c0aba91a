"""What stories keeps about a person."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from market.personal import Personal, Told

PERSONAL = Personal(
    told=(
        Told(
            "questions",
            _("Questions to the groups"),
            "SELECT asked_at, name, words, answer, answered_at FROM question WHERE (user_id ="
            " :user_id OR buyer_id IN (TABLE my_buyers))"
            " ORDER BY id",
        ),
    ),
    forgets=(
        "UPDATE question SET name = '–' WHERE (user_id = :user_id OR buyer_id IN (TABLE"
        " my_buyers)) AND name <> '–'",
    ),
    keeps={
        "question": "the words stay for the next reader, without the name",
        "portrait": "a group's page; the group takes a member off",
        "article": "a group's page",
        "story": "a group's page",
        "capital": "a group's page",
        "making_step": "a group's page",
    },
)
