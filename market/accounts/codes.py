"""One-time codes: six digits, good once, for ten minutes, for five tries.

The library derives a code from the clock and takes any of the last and next ten minutes: forty
codes fit at any time, asked for or not, and a patient guesser gets in. Here Redis remembers the
one code that was sent and counts the tries. Without Redis the derived code still serves, since
signing in must go on; tries are then limited by account and address alone.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import re
from functools import cached_property
from typing import Any

import redis
from flask import current_app
from flask_security.totp import Totp

from market.thai import arabic_digits

SECONDS = 600
TRIES = 5
logger = logging.getLogger(__name__)


def as_code(typed: str) -> str | None:
    """The six digits of what was typed as a code, Thai digits and spaces too; else None."""
    digits = re.sub(r"[\s-]", "", arabic_digits(typed))
    return digits if re.fullmatch(r"[0-9]{6}", digits) else None


class OneTimeCodes(Totp):
    """Codes that were sent, over every process."""

    @cached_property
    def _memory(self) -> Any:
        return redis.Redis.from_url(
            current_app.extensions["market_config"].redis_url,
            socket_connect_timeout=0.5,
            socket_timeout=1,
            decode_responses=True,
        )

    def generate_totp_password(self, totp_secret: str) -> str:
        """A code to send now; the one sent before it is over."""
        code = str(super().generate_totp_password(totp_secret))
        key = _key(totp_secret)
        try:
            with self._memory.pipeline() as asked:
                asked.hset(key, mapping={"code": _hash(code, totp_secret), "left": TRIES})
                asked.expire(key, SECONDS)
                asked.execute()
        except redis.RedisError as failure:
            logger.warning("a code cannot be remembered: %s", failure)
        return code

    def verify_totp(self, token: str, totp_secret: str, user: Any, window: int = 0) -> bool:
        """Is this the code that was sent, still good? It is spent by being right."""
        code = as_code(str(token))
        if code is None:  # a password, perhaps: no try is used up
            return False
        try:
            return self._spend(code, totp_secret)
        except redis.RedisError as failure:
            logger.warning("codes cannot be looked up: %s", failure)
            return bool(super().verify_totp(code, totp_secret, user, window))

    def _spend(self, code: str, totp_secret: str) -> bool:
        key = _key(totp_secret)
        with self._memory.pipeline() as asked:
            asked.hget(key, "code")
            asked.hincrby(key, "left", -1)
            asked.expire(key, SECONDS, xx=True, lt=True)  # never longer than when it was sent
            sent, left, _ = asked.execute()
        if sent is None or left < 0:
            self._memory.delete(key)
            return False
        if not hmac.compare_digest(sent, _hash(code, totp_secret)):
            return False
        return bool(self._memory.delete(key))  # of two at once, one deletes it


def _key(totp_secret: str) -> str:
    return f"market:code:{hashlib.sha256(totp_secret.encode()).hexdigest()[:32]}"


def _hash(code: str, totp_secret: str) -> str:
    return hmac.new(totp_secret.encode(), code.encode(), "sha256").hexdigest()
