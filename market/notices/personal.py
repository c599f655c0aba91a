"""What notices keeps about a person."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from market.personal import Personal, Told

#: Where letters to the person went.
_MY_ADDRESSES = (
    "SELECT address FROM notice WHERE channel = 'email'"
    " AND (user_id = :user_id OR buyer_id IN (TABLE my_buyers))"
)
PERSONAL = Personal(
    told=(
        Told(
            "notices",
            _("Notices"),
            "SELECT created_at, channel, address, event, payload - ARRAY['text','link'] AS content,"
            " sent_at, seen_at FROM notice"
            " WHERE (user_id = :user_id OR buyer_id IN (TABLE my_buyers)) ORDER BY id",
        ),
        Told(
            "ways",
            _("How we tell you"),
            "SELECT w.channel, w.position AS number, c.subject AS address"
            " FROM contact_way w LEFT JOIN chat_contact c USING (user_id, channel)"
            " WHERE w.user_id = :user_id ORDER BY w.position",
        ),
        Told(
            "screens",
            _("Browsers that show notices"),
            "SELECT created_at, endpoint AS address FROM push_subscription"
            " WHERE user_id = :user_id ORDER BY id",
        ),
        Told(
            "returned",
            _("Addresses whose letters came back"),
            "SELECT address, failures AS number, failed_at AS reported_at"  # noqa: S608  ours
            f" FROM wrong_address WHERE address IN ({_MY_ADDRESSES}) ORDER BY address",
        ),
    ),
    forgets=(
        f"DELETE FROM wrong_address WHERE address IN ({_MY_ADDRESSES})",  # noqa: S608  ours
        "DELETE FROM notice WHERE (user_id = :user_id OR buyer_id IN (TABLE my_buyers))",
        "DELETE FROM contact_way WHERE user_id = :user_id",
        "DELETE FROM push_subscription WHERE user_id = :user_id",
        "DELETE FROM chat_contact WHERE user_id = :user_id",
        "DELETE FROM chat_code WHERE user_id = :user_id",
    ),
    keeps={
        "notice": "deleted",
        "wrong_address": "deleted",
        "contact_way": "deleted",
        "push_subscription": "deleted",
        "chat_contact": "deleted",
        "chat_code": "deleted",
    },
)
