"""What notices keeps about a person."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from market.personal import Personal, Told

PERSONAL = Personal(
    told=(
        Told(
            "notices",
            _("Notices"),
            "SELECT created_at, channel, address, event, payload - 'text' AS content, sent_at,"
            " seen_at FROM notice WHERE (user_id = :user_id OR buyer_id IN (TABLE my_buyers))"
            " ORDER BY id",
        ),
    ),
    forgets=("DELETE FROM notice WHERE (user_id = :user_id OR buyer_id IN (TABLE my_buyers))",),
    keeps={"notice": "deleted"},
)
