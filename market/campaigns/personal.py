"""What campaigns keeps about a person: whom to call at an institution that orders.

It is theirs where the phone or the e-mail address is one that their account has proved.
"""

from __future__ import annotations

from flask_babel import lazy_gettext as _

from market.personal import Personal, Told

PERSONAL = Personal(
    told=(
        Told(
            "institutions",
            _("Institutions that name you as whom to call"),
            "SELECT name AS institution, contact AS name, phone, email, created_at"
            ' FROM institution WHERE phone = (SELECT us_phone_number FROM "user"'
            ' WHERE id = :user_id) OR lower(email) = (SELECT lower(email) FROM "user"'
            " WHERE id = :user_id AND confirmed_at IS NOT NULL) ORDER BY id",
        ),
    ),
    forgets=(
        # A page that was opened before must not write the name back: the version goes on.
        "UPDATE institution SET contact = '–', phone = '–', email = NULL, version = version + 1"
        ' WHERE phone = (SELECT us_phone_number FROM "user" WHERE id = :user_id)'
        ' OR lower(email) = (SELECT lower(email) FROM "user" WHERE id = :user_id'
        " AND confirmed_at IS NOT NULL)",
    ),
    keeps={
        "institution": "whom to call is deleted; the institution, its tax id and the name and"
        " address on its papers stay, as books have to be kept",
    },
)
