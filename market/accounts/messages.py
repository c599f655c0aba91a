"""What the sign-in library says, in our words; none of it tells whether an account exists."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _

_WORDS = {
    "API_ERROR": _("This cannot be done now. Nothing was changed."),
    "GENERIC_AUTHN_FAILED": _("That did not match. Check both fields, or ask for a code."),
    "GENERIC_RECOVERY": _("If we know this e-mail, a letter with the next step is on its way."),
    "GENERIC_US_SIGNIN": _("If we know this account, a code is on its way."),
    "UNAUTHENTICATED": _("Sign in to open this page."),
    "REAUTHENTICATION_REQUIRED": _("To be safe, show once more that it is you."),
    "REAUTHENTICATION_SUCCESSFUL": _("Thank you, you may go on."),
    "CONFIRM_REGISTRATION": _("Almost done: open the letter we have sent to %(email)s."),
    "EMAIL_CONFIRMED": _("Your e-mail is confirmed. You may sign in."),
    "ALREADY_CONFIRMED": _("Your e-mail was already confirmed. You may sign in."),
    "INVALID_CONFIRMATION_TOKEN": _("This link cannot be used any more. Ask for a new one."),
    "CONFIRMATION_EXPIRED": _("This link cannot be used any more. Ask for a new one."),
    "CONFIRMATION_REQUIRED": _("Open the letter we have sent you first, or ask for a new one."),
    "CONFIRMATION_REQUEST": _("If we know this e-mail, a letter with the next step is on its way."),
    "PASSWORD_RESET_REQUEST": _(
        "If we know this e-mail, a letter with the next step is on its way."
    ),
    "INVALID_RESET_PASSWORD_TOKEN": _("This link cannot be used any more. Ask for a new one."),
    "PASSWORD_RESET_EXPIRED": _("This link cannot be used any more. Ask for a new one."),
    "PASSWORD_RESET_NO_LOGIN": _("Your password is new. Sign in with it."),
    "PASSWORD_CHANGE": _("Your password is changed."),
    "PASSWORD_IS_THE_SAME": _("Choose a password other than the old one."),
    "RETYPE_PASSWORD_MISMATCH": _("The two passwords differ. Type them again."),
    "PASSWORD_NOT_PROVIDED": _("Type a password."),
    "PASSWORD_INVALID_LENGTH": _("Use at least %(length)s letters or numbers."),
    "INVALID_PASSWORD": _("That is not your password."),
    "INVALID_PASSWORD_CODE": _("That did not match. Check both fields, or ask for a code."),
    "EMAIL_NOT_PROVIDED": _("Type your e-mail."),
    "INVALID_EMAIL_ADDRESS": _("Type a whole e-mail address, such as name@mail.com."),
    "PHONE_INVALID": _("Type a Thai phone number, such as 081-234-5678."),
    "CODE_HAS_BEEN_SENT": _("A code is on its way."),
    "FAILED_TO_SEND_CODE": _("The code could not be sent. Try again in a minute."),
    "US_METHOD_NOT_AVAILABLE": _("This way is not open for this account."),
    "US_SPECIFY_IDENTITY": _("That did not match. Check both fields, or ask for a code."),
    "US_SETUP_EXPIRED": _("That took too long. Start again."),
    "US_SETUP_SUCCESSFUL": _("Saved. You may sign in this way from now on."),
    "IDENTITY_ALREADY_ASSOCIATED": _(
        "This cannot be added here. If it is yours, sign out and sign in with it instead."
    ),
    "ANONYMOUS_USER_REQUIRED": _("You are signed in already."),
    "DISABLED_ACCOUNT": _("That did not match. Check both fields, or ask for a code."),
    "USE_CODE": _("%(code)s is your code for the market. Tell it to nobody."),
}

#: Good news becomes a toast; the rest stays on the page.
_GOOD = {
    "GENERIC_RECOVERY", "GENERIC_US_SIGNIN", "CONFIRM_REGISTRATION", "EMAIL_CONFIRMED",
    "ALREADY_CONFIRMED", "CONFIRMATION_REQUEST", "PASSWORD_RESET_REQUEST",
    "PASSWORD_RESET_NO_LOGIN", "PASSWORD_CHANGE", "CODE_HAS_BEEN_SENT",
    "US_SETUP_SUCCESSFUL", "REAUTHENTICATION_SUCCESSFUL",
}  # fmt: skip


def library_messages() -> dict[str, Any]:
    """The settings that replace the library's words."""
    return {
        f"SECURITY_MSG_{name}": (words, "success" if name in _GOOD else "error")
        for name, words in _WORDS.items()
    }
