"""The sign-in library's outside: its mail, text messages and phone numbers.

Mail is handed to whoever registered as ``market_letters`` (notices stands to our right).
Text messages go by a service where one is set; in development without one they are files, in
production codes by phone are then not offered.
"""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from typing import Any

import email_validator
from flask import Flask, current_app
from flask_security.mail_util import EmailValidateException, MailUtil
from flask_security.phone_util import PhoneUtil
from flask_security.utils import SmsSenderBaseClass, SmsSenderFactory, get_message

from market.accounts.sms import HttpSms
from market.clock import utc_now
from market.errors import Refused
from market.thai import phone_e164

EMAIL_LENGTH = 254


class OutboxMail(MailUtil):
    """Letters of the sign-in library leave through our outbox; addresses are in lower case."""

    def send_mail(
        self, template: str, subject: str, recipient: Any, sender: Any,
        body: str | None, html: str | None, **context: Any,
    ) -> None:  # fmt: skip
        """Put the letter into the outbox and commit it with the library's own changes."""
        words = {"subject": str(subject), "text": body or ""}
        current_app.extensions["market_letters"](context["user"], str(recipient), words)

    def normalize(self, email: str) -> str:
        """How an address is looked up; raises EmailValidateException."""
        address = email.strip().lower()
        if "@" not in address or len(address) > EMAIL_LENGTH:
            raise EmailValidateException(get_message("INVALID_EMAIL_ADDRESS")[0])
        return address

    def validate(self, email: str) -> str:
        """An address that mail could reach, in lower case. Asks no name server: that is slow."""
        try:
            found = email_validator.validate_email(
                self.normalize(email),
                check_deliverability=False,
                allow_smtputf8=False,  # hardly any mail server takes other letters before the @
                test_environment=current_app.extensions["market_config"].is_development,
            )
        except ValueError as wrong:
            raise EmailValidateException(get_message("INVALID_EMAIL_ADDRESS")[0]) from wrong
        return found.normalized.lower()


class ThaiPhone(PhoneUtil):
    """Thai numbers only, typed in any of the usual ways, Thai digits too."""

    def validate_phone_number(self, input_data: str) -> str | None:
        """None when the number is good, else the words."""
        return None if self.get_canonical_form(input_data) else get_message("PHONE_INVALID")[0]

    def get_canonical_form(self, input_data: str) -> str | None:
        """E.164, or None."""
        try:
            return phone_e164(input_data)
        except Refused:
            return None


class FileSms(SmsSenderBaseClass):
    """Development: text messages are files under MARKET_HOME/sms, shown on /dev/mail."""

    def send_sms(self, from_number: str, to_number: str, msg: str) -> None:
        """Write one message."""
        folder: Path = current_app.extensions["market_config"].market_home / "sms"
        folder.mkdir(parents=True, exist_ok=True)
        now = utc_now()
        message = {"to": to_number, "text": msg, "at": now.isoformat()}
        name = f"{now:%Y%m%dT%H%M%S%f}-{secrets.token_hex(3)}.json"
        (folder / name).write_text(json.dumps(message, ensure_ascii=False), encoding="utf-8")


def use_sms(app: Flask) -> None:
    """Register the sender with the library: a service where one is set, else files."""
    service = HttpSms if app.extensions["market_config"].sms_url else FileSms
    SmsSenderFactory.senders[service.__name__] = service
    app.config["SECURITY_SMS_SERVICE"] = service.__name__
