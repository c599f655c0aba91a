"""Ways into an account change: before it the person shows that it is still them, after it they
hear of it where they were reached until now. Whoever found a phone that is signed in can do
neither quietly.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import Flask, current_app, render_template, url_for
from flask_babel import gettext
from flask_security.utils import SmsSenderFactory, check_and_update_authn_fresh, get_message
from sqlalchemy import inspect

from market.accounts.commands import record
from market.accounts.models import User
from market.clock import utc_now
from market.db import transaction
from market.errors import Unavailable
from market.thai import show_phone
from market.web import say, see_other

View = TypeVar("View", bound=Callable[..., Any])
logger = logging.getLogger(__name__)


def still_you(page: str) -> Callable[[View], View]:
    """Whoever has not signed in within ``SECURITY_FRESHNESS`` shows first that it is still them,
    and then comes to this page (an endpoint). Goes below ``allow``.
    """

    def mark(view: View) -> View:
        @wraps(view)
        def checked(*args: Any, **kwargs: Any) -> Any:
            if check_and_update_authn_fresh(
                current_app.config["SECURITY_FRESHNESS"],
                current_app.config["SECURITY_FRESHNESS_GRACE_PERIOD"],
            ):
                return view(*args, **kwargs)
            say(*get_message("REAUTHENTICATION_REQUIRED"))
            return see_other("security.us_verify", next=url_for(page))

        return checked  # type: ignore[return-value]

    return mark


def tell_of_change(
    user: Any, what: str, *, email: str | None, phone: str | None, subject: str | None = None
) -> None:
    """Say what has changed (a whole sentence) to where the person was reached before: by letter,
    where there was no e-mail by text message, and where neither goes in the person's own ways
    (a LINE chat, the inbox). To be called after the change is committed.
    """
    if email:
        words = {
            "subject": subject or gettext("The way into your account has changed"),
            "text": render_template("accounts/changed.txt", what=what, site=_site()),
        }
        current_app.extensions["market_letters"](user, email, words)
    elif phone and _texts_go():
        _send_text(phone, what)
    else:
        current_app.extensions["market_news"](user, what)


def phone_changed(_app: Flask, user: Any, methods: list[str], delete: bool, **_rest: Any) -> None:
    """The sign-in library has added the phone number, or taken it away: its signal.

    A number that was taken away hears of it too.
    """
    if "sms" not in methods:
        return
    person: User = user._get_current_object() if hasattr(user, "_get_current_object") else user
    known = inspect(person).attrs.us_phone_number.history
    number = (known.deleted or [None])[0] if delete else person.us_phone_number
    shown = show_phone(number) if number else ""
    what = (
        gettext("The phone number %(phone)s does not sign in any more.", phone=shown)
        if delete
        else gettext("The phone number %(phone)s signs in from now on.", phone=shown)
    )
    event, who = "phone.removed" if delete else "phone.added", f"user:{person.id}"
    with transaction() as session:
        record(session, actor=who, subject=who, event=event, at=utc_now())
    tell_of_change(person, what, email=person.email, phone=None)
    if delete and number and _texts_go():
        _send_text(number, what)


def _texts_go() -> bool:
    return "sms" in current_app.config["SECURITY_US_ENABLED_METHODS"]


def _send_text(phone: str, what: str) -> None:
    """A change stands also where its message cannot leave."""
    words = gettext(
        "%(what)s If it was not you, call us at once: %(site)s", what=what, site=_site()
    )
    sender = SmsSenderFactory.createSender(current_app.config["SECURITY_SMS_SERVICE"])
    try:
        sender.send_sms("", phone, words)
    except Unavailable:
        logger.warning("a message about a changed way in did not leave")


def _site() -> str:
    return str(current_app.extensions["market_config"].public_url)
