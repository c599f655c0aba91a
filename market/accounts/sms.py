"""Text messages over HTTP: ThaiBulkSMS's API v2, or a service that answers alike.

``POST /sms`` as a form (msisdn, message, sender) with the key and its secret as basic
authentication; the answer lists the numbers in ``phone_number_list``, refusals carry ``error``.
"""

from __future__ import annotations

import base64
import json
import logging
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import Request

from flask import current_app
from flask_security.utils import SmsSenderBaseClass

from market.errors import Refused, Unavailable
from market.outward import ask

TIMEOUT_SECONDS = 8
MOST_BYTES = 50_000
_SERVER_FAILED = 500
#: Our own key, our credit, too much at once: not the fault of this number.
_OURS = frozenset({401, 402, 403, 404, 408, 429})
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class TextService:
    """One service for text messages, as the settings name it."""

    url: str
    key: str = field(repr=False)
    secret: str = field(repr=False)
    sender: str

    def send(self, to_number: str, words: str) -> str | None:
        """The name of the message at the service, where it gives one.

        Raises Unavailable; its ``unsure`` is true where the message may have left nevertheless.
        Raises Refused where the service does not take this message at all: a wrong number.
        Neither number nor words reach the log.
        """
        form = {"msisdn": to_number.lstrip("+"), "message": words, "sender": self.sender}
        request = Request(self.url, urlencode(form).encode())  # noqa: S310  https: config
        secret = base64.b64encode(f"{self.key}:{self.secret}".encode()).decode()
        request.add_header("Authorization", f"Basic {secret}")
        said = _answer(request)
        if not isinstance(said, dict) or "error" in said or not said.get("phone_number_list"):
            logger.warning("the SMS service refused a message")
            raise Unavailable("sms_away", reason="refused", unsure=not isinstance(said, dict))
        return _name_in(said["phone_number_list"])


def _name_in(numbers: Any) -> str | None:
    """The ``message_id`` of the one number that was asked for."""
    first = numbers[0] if isinstance(numbers, list) else None
    name = first.get("message_id") if isinstance(first, dict) else None
    return str(name)[:200] if isinstance(name, str | int) and name else None


def _answer(request: Request) -> Any:
    try:
        with ask(request, seconds=TIMEOUT_SECONDS) as answer:
            return json.loads(answer.read(MOST_BYTES))
    except (OSError, ValueError, HTTPException) as failure:
        name = type(failure).__name__
        if isinstance(failure, HTTPError):
            failure.close()
            name = f"HTTP {failure.code}"
        logger.warning("a text message was not sent: %s", name)
        if _is_refusal(failure):
            raise Refused("sms_refused", reason="sms_refused") from failure
        raise Unavailable("sms_away", reason=name, unsure=_may_have_left(failure)) from failure


def _is_refusal(failure: Exception) -> bool:
    return (
        isinstance(failure, HTTPError)
        and failure.code < _SERVER_FAILED
        and failure.code not in _OURS
    )


def _may_have_left(failure: Exception) -> bool:
    """Whether the service may have taken what it did not confirm.

    A refusal (4xx) and a connection that never stood (URLError) mean that it did not.
    """
    if isinstance(failure, HTTPError):
        return failure.code >= _SERVER_FAILED
    return not isinstance(failure, URLError)


class HttpSms(SmsSenderBaseClass):
    """Sends one code; the sign-in page says so where that fails."""

    def send_sms(self, from_number: str, to_number: str, msg: str) -> None:
        """Raises Unavailable."""
        service = text_service(current_app.extensions["market_config"])
        if service is None:
            raise Unavailable("sms_away")
        try:
            service.send(to_number, msg)
        except Refused as refusal:
            raise Unavailable("sms_away") from refusal


def text_service(config: Any) -> TextService | None:
    """The service of the settings; None where none is set."""
    if not config.sms_url:
        return None
    return TextService(config.sms_url, config.sms_key, config.sms_secret, config.sms_sender)
