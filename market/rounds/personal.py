"""What rounds keeps about a person: what they asked to be reminded of."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from market.personal import Personal, Told

PERSONAL = Personal(
    told=(
        Told(
            "reminders",
            _("Reminders asked for"),
            "SELECT p.name_th AS product, g.name_th AS group_name, r.category, r.reason, r.units,"
            " r.created_at, r.confirmed_at, r.ended_at FROM reminder r"
            " LEFT JOIN product p ON p.id = r.product_id"
            " LEFT JOIN producer_group g ON g.id = r.group_id"
            " WHERE r.user_id = :user_id OR r.buyer_id IN (TABLE my_buyers) ORDER BY r.id",
        ),
    ),
    forgets=(
        "DELETE FROM reminder_told WHERE reminder_id IN (SELECT id FROM reminder WHERE"
        " (user_id = :user_id OR buyer_id IN (TABLE my_buyers)))",
        "DELETE FROM reminder_key WHERE (user_id = :user_id OR buyer_id IN (TABLE my_buyers))",
        "DELETE FROM reminder WHERE (user_id = :user_id OR buyer_id IN (TABLE my_buyers))",
    ),
    keeps={"reminder": "deleted", "reminder_key": "deleted", "reminder_told": "deleted"},
)
