"""Signing in, by Flask-Security-Too; and who the asker is.

The library authenticates, our grants are the rights. It commits by itself, which is why
accounts is exempt from the law that commands never do.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, request, session
from flask_babel import lazy_gettext as _
from flask_login import current_user, user_logged_in, user_logged_out
from flask_security import Security, SQLAlchemyUserDatastore, uia_email_mapper, uia_phone_mapper
from flask_security.signals import us_profile_changed, user_registered
from flask_security.utils import aware_utcnow
from werkzeug.exceptions import NotFound

from config import Config
from market.accounts.changing import phone_changed
from market.accounts.codes import SECONDS, OneTimeCodes
from market.accounts.forms import JoinForm, SignInForm, WaysForm
from market.accounts.messages import library_messages
from market.accounts.models import SecurityRole, User
from market.accounts.queries import standing_of
from market.accounts.sign_in import OutboxMail, ThaiPhone, use_sms
from market.clock import utc_now
from market.db import db, reading
from market.limits import limit_sign_in
from market.principals import Principal
from market.web import language

LINKS_KEPT = 20
#: What a browser knows of one person; gone when that person signs out.
PERSONAL = (
    "buyer_ids", "links", "cart_count", "cart", "line_trip", "line_person", "line_next",
)  # fmt: skip
#: Pages of the library that change something, or sign in, on a GET: link previews do that too.
#: The last two are second doors to pages that have one.
CLOSED = ("us_verify_link", "confirm_email", "us_signin", "verify")
#: How the library is told to be, the same in every installation: what it does, what its letters
#: are called, where its pages are.
LIBRARY: dict[str, Any] = {
    "SECURITY_PASSWORD_HASH": "argon2",
    "SECURITY_PASSWORD_SCHEMES": ["argon2"],
    "SECURITY_TOTP_ISSUER": "Talad Loyfa",
    "SECURITY_RETURN_GENERIC_RESPONSES": True,
    "SECURITY_REGISTERABLE": True,
    "SECURITY_CONFIRMABLE": True,
    "SECURITY_RECOVERABLE": True,
    "SECURITY_CHANGEABLE": True,
    "SECURITY_UNIFIED_SIGNIN": True,
    "SECURITY_CACHE_CONTROL": {"private": None, "no-store": None},  # True reads "no-store=True"
    "SECURITY_US_SIGNIN_REPLACES_LOGIN": True,
    "SECURITY_US_MFA_REQUIRED": [],
    "SECURITY_US_TOKEN_VALIDITY": SECONDS,
    "SECURITY_USER_IDENTITY_ATTRIBUTES": [
        {"email": {"mapper": uia_email_mapper}},
        {"us_phone_number": {"mapper": uia_phone_mapper}},
    ],
    "SECURITY_JOIN_USER_ROLES": False,
    "SECURITY_DATETIME_FACTORY": aware_utcnow,
    "SECURITY_API_ENABLED_METHODS": ["session"],
    "SECURITY_STATIC_FOLDER": None,
    "SECURITY_CLI_USERS_NAME": None,
    "SECURITY_CLI_ROLES_NAME": None,
    "SECURITY_I18N_DOMAIN": "accounts",
    "SECURITY_I18N_DIRNAME": ["translations"],
    "SECURITY_FRESHNESS": timedelta(hours=1),
    "SECURITY_EMAIL_HTML": False,  # our own frame dresses the text
    "SECURITY_EMAIL_SUBJECT_REGISTER": _("Your account: one step is left"),
    "SECURITY_EMAIL_SUBJECT_CONFIRM": _("Confirm your e-mail"),
    "SECURITY_EMAIL_SUBJECT_PASSWORD_RESET": _("A new password"),
    "SECURITY_EMAIL_SUBJECT_PASSWORD_NOTICE": _("Your password has been changed"),
    "SECURITY_EMAIL_SUBJECT_PASSWORD_CHANGE_NOTICE": _("Your password has been changed"),
    "SECURITY_US_EMAIL_SUBJECT": _("Your code for the market"),
    "SECURITY_LOGIN_URL": "/sign-in",
    "SECURITY_US_SIGNIN_SEND_CODE_URL": "/sign-in/code",
    "SECURITY_LOGOUT_URL": "/sign-out",
    "SECURITY_REGISTER_URL": "/join",
    "SECURITY_RESET_URL": "/new-password",
    "SECURITY_CONFIRM_URL": "/confirm",
    "SECURITY_CHANGE_URL": "/account/password",
    "SECURITY_US_SETUP_URL": "/account/sign-in",
    "SECURITY_US_VERIFY_URL": "/account/verify",
    "SECURITY_US_VERIFY_SEND_CODE_URL": "/account/verify/code",
    "SECURITY_POST_CHANGE_VIEW": "/account",
    "SECURITY_US_POST_SETUP_VIEW": "/account",
    "SECURITY_POST_REGISTER_VIEW": "/sign-in",
    "SECURITY_POST_RESET_VIEW": "/sign-in",
    "SECURITY_POST_LOGIN_VIEW": "/desk",
    "SECURITY_POST_LOGOUT_VIEW": "/",
}


def init_app(app: Flask) -> None:
    """Add sign-in and the principal's loader to the application."""
    config: Config = app.extensions["market_config"]
    app.config.update(_settings(config))
    if config.sends_sms:
        use_sms(app)
    _add_library(app, config)
    for name in CLOSED:
        app.view_functions[f"security.{name}"] = _closed
    limit_sign_in(app)
    app.extensions["market_principal"] = load_principal
    user_logged_in.connect(_greet, app)
    user_logged_out.connect(_forget, app)
    user_registered.connect(_remember_language, app)
    us_profile_changed.connect(phone_changed, app)


def _add_library(app: Flask, config: Config) -> None:
    security = Security(
        app,
        SQLAlchemyUserDatastore(db, User, SecurityRole),
        mail_util_cls=OutboxMail,
        phone_util_cls=ThaiPhone,
        totp_cls=OneTimeCodes,
        us_signin_form=SignInForm,
        us_setup_form=WaysForm,
        register_form=JoinForm,
    )
    security.want_json(lambda _request: False)
    offers = {"phone_codes": config.sends_sms, "line_offered": bool(config.line_channel_id)}
    security.context_processor(lambda: offers)
    # Not the request's host: whoever sends a forged one would get the links of others.
    security.mail_context_processor(lambda: {"site": config.public_url})


def _settings(config: Config) -> dict[str, Any]:
    return {
        **LIBRARY,
        "SECURITY_PASSWORD_SALT": config.password_salt,
        "SECURITY_TOTP_SECRETS": {int(key): value for key, value in config.totp_secrets.items()},
        "SECURITY_EMAIL_SENDER": config.mail_from,
        "SECURITY_US_ENABLED_METHODS": ["password", "email"]
        + (["sms"] if config.sends_sms else []),
        **_cookies(config),
        **library_messages(),
    }


def _cookies(config: Config) -> dict[str, Any]:
    return {
        "REMEMBER_COOKIE_HTTPONLY": True,
        "REMEMBER_COOKIE_SAMESITE": "Lax",
        "REMEMBER_COOKIE_SECURE": config.session_cookie_secure,
        "REMEMBER_COOKIE_DURATION": timedelta(days=60),
        "SECURITY_CSRF_COOKIE_NAME": None,
    }


def load_principal() -> Principal:
    """Whoever sends this request: nobody costs no statement, a signed-in user two."""
    user_id = current_user.id if current_user.is_authenticated else None
    guest_buyers = frozenset(session.get("buyer_ids", ()))
    link_ids = list(session.get("links", ()))
    if user_id is None and not link_ids:
        return Principal(buyer_ids=guest_buyers)
    with reading() as reader:
        standing = standing_of(reader, user_id, link_ids, utc_now())
    return Principal(
        user_id=user_id,
        name=current_user.name if user_id is not None else "",
        buyer_ids=guest_buyers | standing.buyer_ids,
        rights=standing.rights,
        links=standing.links,
    )


def remember_link(link_id: int) -> None:
    """This browser has opened a valid link; the last few are kept."""
    others = [known for known in session.get("links", ()) if known != link_id]
    session["links"] = [link_id, *others][:LINKS_KEPT]
    session.permanent = True


def way_back() -> str:
    """The path this page was asked from, if it is one of ours, else home."""
    came = urlsplit(request.referrer or "")
    ours = came.netloc == request.host and came.path.startswith("/")
    if not ours or came.path.startswith(("//", "/\\")):
        return "/"
    return came.path + (f"?{came.query}" if came.query else "")


def _closed(**_view_args: Any) -> Any:
    raise NotFound


def _greet(_app: Flask, user: User, **_rest: Any) -> None:
    # Whoever planted a session in this browser before knows its form token; the next is new.
    session.pop("csrf_token", None)
    session["language"] = user.language
    session.permanent = True


def _forget(_app: Flask, **_rest: Any) -> None:
    for name in PERSONAL:
        session.pop(name, None)


def _remember_language(_app: Flask, user: User, **_rest: Any) -> None:
    user.language = language()
