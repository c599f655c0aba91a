"""What livelihood keeps about a person."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from market.personal import Personal, Told

PERSONAL = Personal(
    told=(
        Told(
            "household_book",
            _("Household book"),
            "SELECT h.code, h.name, h.phone, h.tambon_code, h.consent_at, e.month, e.category,"
            " e.amount_satang / 100.0 AS amount_baht, e.entered_at"
            " FROM household h LEFT JOIN household_entry e ON e.household_id = h.id"
            " WHERE h.user_id = :user_id ORDER BY h.id, e.month, e.category",
        ),
    ),
    forgets=(
        "DELETE FROM household_entry WHERE household_id IN"
        " (SELECT id FROM household WHERE user_id = :user_id)",
        "UPDATE household SET name = '-', phone = NULL, user_id = NULL, ended_at = :now"
        " WHERE user_id = :user_id",
    ),
    keeps={
        "household": "the code stays, closed, without name, number and book",
        "household_entry": "deleted",
    },
)
