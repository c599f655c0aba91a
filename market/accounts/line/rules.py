"""What is sent to LINE and what must come back. Pure.

LINE Login 2.1 is OpenID Connect: developers.line.biz, "Integrating LINE Login with your web app"
and "PKCE support for LINE Login".
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

#: How long a trip to LINE may take, and how long its result waits to be used.
TRIP = timedelta(minutes=10)
SCOPE = "openid profile"
NAME_LENGTH = 100


@dataclass(frozen=True)
class Trip:
    """One way to LINE and back; it waits in the browser's signed session."""

    state: str
    nonce: str
    verifier: str
    back_to: str
    until: float

    def kept(self) -> dict[str, Any]:
        """As the session keeps it."""
        return asdict(self)


@dataclass(frozen=True)
class LinePerson:
    """Whom LINE vouches for: its unchanging id for this channel, and the name shown there."""

    subject: str
    name: str


def new_trip(back_to: str, now: float) -> Trip:
    """A trip with secrets nobody guesses."""
    return Trip(
        state=secrets.token_urlsafe(24),
        nonce=secrets.token_urlsafe(24),
        verifier=secrets.token_urlsafe(48),
        back_to=back_to,
        until=now + TRIP.total_seconds(),
    )


def challenge_of(verifier: str) -> str:
    """PKCE's S256 (RFC 7636): base64url of SHA-256, without padding."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def authorize_url(
    base: str, channel_id: str, callback: str, trip: Trip, *, language: str, by_hand: bool = False
) -> str:
    """Where the browser goes. ``by_hand``: LINE's automatic sign-in failed before, so ask."""
    asked = {
        "response_type": "code",
        "client_id": channel_id,
        "redirect_uri": callback,
        "state": trip.state,
        "scope": SCOPE,
        "nonce": trip.nonce,
        "code_challenge": challenge_of(trip.verifier),
        "code_challenge_method": "S256",
        "ui_locales": language,
    }
    if by_hand:
        asked["disable_auto_login"] = "true"
    return f"{base}/oauth2/v2.1/authorize?{urlencode(asked)}"


def local_path(wanted: str | None, default: str) -> str:
    """A path of ours, else the default: nobody is sent to another site after signing in.

    Browsers read a backslash as a slash and drop tabs and line ends, so neither passes.
    """
    if not wanted or len(wanted) > 500 or any(ord(c) <= 32 or c == "\\" for c in wanted):
        return default
    parts = urlsplit(wanted)
    if parts.scheme or parts.netloc or not wanted.startswith("/") or wanted.startswith("//"):
        return default
    return wanted
