"""Text messages over HTTP: ThaiBulkSMS's API v2, or a service that answers alike.

``POST /sms`` as a form (msisdn, message, sender) with the key and its secret as basic
authentication; the answer lists the numbers in ``phone_number_list``, refusals carry ``error``.
"""

from __future__ import annotations

import base64
import json
import logging
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request

from flask import current_app
from flask_security.utils import SmsSenderBaseClass

from market.errors import Unavailable
from market.outward import ask

TIMEOUT_SECONDS = 8
MOST_BYTES = 50_000
logger = logging.getLogger(__name__)


class HttpSms(SmsSenderBaseClass):
    """Sends one message; the sign-in page says so where that fails."""

    def send_sms(self, from_number: str, to_number: str, msg: str) -> None:
        """Raises Unavailable. Neither number nor words reach the log."""
        config = current_app.extensions["market_config"]
        form = {"msisdn": to_number.lstrip("+"), "message": msg, "sender": config.sms_sender}
        request = Request(config.sms_url, urlencode(form).encode())  # noqa: S310  https: config
        secret = base64.b64encode(f"{config.sms_key}:{config.sms_secret}".encode()).decode()
        request.add_header("Authorization", f"Basic {secret}")
        try:
            with ask(request, seconds=TIMEOUT_SECONDS) as answer:
                said: Any = json.loads(answer.read(MOST_BYTES))
        except (OSError, ValueError) as failure:
            logger.warning("a text message was not sent: %s", type(failure).__name__)
            raise Unavailable("sms_away") from failure
        if not isinstance(said, dict) or "error" in said or not said.get("phone_number_list"):
            logger.warning("the SMS service refused a message")
            raise Unavailable("sms_away")
