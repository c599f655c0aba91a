"""Forms about people."""

from __future__ import annotations

import uuid
from typing import Any

from flask import current_app
from flask_babel import lazy_gettext as _
from flask_login import current_user
from flask_security.forms import RegisterFormV2
from flask_security.mail_util import EmailValidateException
from flask_security.proxies import _datastore, _security
from flask_security.unified_signin import UnifiedSigninForm, UnifiedSigninSetupForm
from flask_security.utils import hash_password, lookup_identity
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import InputRequired, Length, ValidationError

from market.accounts.commands import NAME_LENGTH, await_phone, free_phone
from market.clock import utc_now
from market.db import transaction
from market.thai import normalise, show_phone
from market.web import language


def _normal(text: Any) -> Any:
    return normalise(text) if isinstance(text, str) else text


def _name_field() -> StringField:
    return StringField(
        _("Name"),
        filters=[_normal],
        validators=[
            InputRequired(_("Type your name.")),
            Length(min=1, max=NAME_LENGTH, message=_("Use 1 to 200 letters.")),
        ],
    )


def join_by_phone(typed: str) -> None:
    """Somebody new may open an account with a phone alone: the code proves that it is theirs.

    Until then the account holds nothing but the number, and a sweep removes it after a day.
    """
    phone = _security.phone_util.get_canonical_form(typed)
    if phone is None or "sms" not in current_app.config["SECURITY_US_ENABLED_METHODS"]:
        return
    with transaction() as session:
        await_phone(session, phone, uniquifier=uuid.uuid4().hex, language=language(), now=utc_now())


def allow_codes(user: Any | None, method: str) -> None:
    """Prepare one-time codes for a user who was made without them (by import or by hand).

    The library keeps a secret for each way.
    """
    if user is None or method in _datastore.us_get_totp_secrets(user):
        return
    address = {"email": user.email, "sms": user.us_phone_number}.get(method)
    if address:
        with transaction():
            _datastore.us_set(user, method, _security.totp_factory.generate_totp_secret())


class SignInForm(UnifiedSigninForm):
    """E-mail or phone, with a password or a code. A code goes where the identity says."""

    def validate(self, **kwargs: Any) -> bool:
        """Take as long for an unknown account as for a known one."""
        self.identity.data = typed = _as_shown(self.identity.data or "")
        if self.submit_send_code.data:
            self.chosen_method.data = "email" if "@" in typed else "sms"
            if self.chosen_method.data == "sms" and lookup_identity(typed) is None:
                join_by_phone(typed)
            allow_codes(lookup_identity(typed), self.chosen_method.data)
        new = _awaited(lookup_identity(typed))
        good: bool = super().validate(**kwargs)
        if new is not None and not (good and self.submit.data):
            new.confirmed_at = None
        if self.submit.data and getattr(self, "user", None) is None:
            hash_password("not-a-password")
        return good


def _as_shown(typed: str) -> str:
    """A phone number as we write it, so that a slip of the finger is seen; else as typed."""
    phone = _security.phone_util.get_canonical_form(typed)
    return typed if phone is None else show_phone(phone)


def _awaited(user: Any | None) -> Any | None:
    """A user whose first code is awaited. It is what confirms them, so the library, which asks
    for that first, sees them as confirmed; whoever types a wrong code stays as they were.
    """
    if user is None or user.confirmed_at is not None or user.email is not None:
        return None
    user.confirmed_at = utc_now()
    return user


class WaysForm(UnifiedSigninSetupForm):
    """Ways to get a code. The library trips over a password, which is no such way."""

    def validate(self, **kwargs: Any) -> bool:
        """Only what the page offers, and never the last way in taken away."""
        if self.chosen_method.data not in (None, "", "email", "sms"):
            self.chosen_method.data = None
        phone = _security.phone_util.get_canonical_form(self.phone.data or "")
        if phone is not None:
            with transaction() as session:
                free_phone(session, phone)
        good: bool = super().validate(**kwargs)
        if good and "sms" in (self.delete_method.data or ()) and not current_user.email:
            self.delete_method.errors = [_("This is your only way in. Add an e-mail first.")]
            return False
        return good


class JoinForm(RegisterFormV2):
    """A new account: name, e-mail, password."""

    name = _name_field()


class NameForm(FlaskForm):  # type: ignore[misc]
    """The account's name."""

    name = _name_field()


class EmailForm(FlaskForm):  # type: ignore[misc]
    """Another e-mail for the account, as the sign-in library takes one."""

    email = StringField(_("E-mail"), validators=[InputRequired(_("Type your e-mail."))])

    def validate_email(self, field: Any) -> None:
        """In lower case; the library's words when it is none."""
        try:
            field.data = _security.mail_util.validate(field.data)
        except EmailValidateException as wrong:
            raise ValidationError(wrong.msg) from wrong
