"""Whose chat is linked, or no longer, hears of it where they were reached before: what is sent
to a chat can be read there, and answered. Part of the edge.
"""

from __future__ import annotations

from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _
from flask_security.proxies import _datastore

from market.accounts.changing import tell_of_change


def tell_of_chat(user_id: int, *, linked: bool) -> None:
    """In the person's own language; to be called after the change is committed."""
    user: Any = _datastore.find_user(id=user_id)
    if user is None:  # has just left: nothing is sent there any more
        return
    with force_locale(user.language):
        what = (
            _("Your news go to a LINE chat from now on, and answers are taken from there.")
            if linked
            else _("Nothing is sent to your LINE any more.")
        )
        tell_of_change(
            user, what, email=user.email, phone=user.us_phone_number,
            subject=_("Where your news go has changed"),
        )  # fmt: skip
