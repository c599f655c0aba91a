"""Forms about people."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from flask_security.forms import RegisterFormV2
from flask_security.proxies import _datastore, _security
from flask_security.unified_signin import UnifiedSigninForm, UnifiedSigninSetupForm
from flask_security.utils import hash_password, lookup_identity
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from market.accounts.commands import NAME_LENGTH
from market.db import transaction
from market.thai import normalise


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
        if self.submit_send_code.data:
            self.chosen_method.data = "email" if "@" in (self.identity.data or "") else "sms"
            allow_codes(lookup_identity(self.identity.data), self.chosen_method.data)
        good: bool = super().validate(**kwargs)
        if self.submit.data and getattr(self, "user", None) is None:
            hash_password("not-a-password")
        return good


class WaysForm(UnifiedSigninSetupForm):
    """Ways to get a code. The library trips over a password, which is no such way."""

    def validate(self, **kwargs: Any) -> bool:
        """Only what the page offers."""
        if self.chosen_method.data not in (None, "", "email", "sms"):
            self.chosen_method.data = None
        good: bool = super().validate(**kwargs)
        return good


class JoinForm(RegisterFormV2):
    """A new account: name, e-mail, password."""

    name = _name_field()


class NameForm(FlaskForm):  # type: ignore[misc]
    """The account's name."""

    name = _name_field()
