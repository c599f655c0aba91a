"""The words of notices, and what a letter is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

MAX_ATTEMPTS = 5
CLAIM_SECONDS = 300  # longer than any mail server is waited for
FIRST_WAIT_SECONDS = 60


class Channel(StrEnum):
    """How a notice travels. LINE, SMS and web push come with the desks."""

    INAPP = "inapp"
    EMAIL = "email"


class NoticeState(StrEnum):
    """due -> sending -> sent, or failed after the last attempt."""

    DUE = "due"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class NewNotice:
    """Something to tell one person, a user or a buyer, once per (event, subject, version).

    event    names the templates, "batch.asked"
    subject  the row it is about, "ask:44"
    payload  all that the words need, JSON values; "link" is the path to open
    """

    event: str
    subject: str
    payload: Mapping[str, Any]
    user_id: int | None = None
    buyer_id: int | None = None
    version: int = 1

    def columns(self) -> dict[str, Any]:
        """As one record for the insert."""
        return {
            "event": self.event,
            "subject": self.subject,
            "payload": dict(self.payload),
            "user_id": self.user_id,
            "buyer_id": self.buyer_id,
            "version": self.version,
        }


@dataclass(frozen=True)
class ClaimedNotice:
    """A due letter that this worker has taken."""

    id: int
    address: str
    language: str
    event: str
    payload: dict[str, Any]
    attempts: int


@dataclass(frozen=True)
class Letter:
    """An e-mail ready to leave. ``key`` is the same whenever the same notice is sent again.

    stop_url: where a POST ends letters of this kind, for the mail reader's own button.
    """

    key: str
    to: str
    subject: str
    text: str
    html: str
    stop_url: str | None = None


class Mailer(Protocol):
    """Whoever carries letters. Raises Unavailable when it cannot now, Refused when never."""

    def send(self, letter: Letter) -> None:
        """Hand over one letter."""


class Render(Protocol):
    """Whoever puts a notice into words; handed in by the edge."""

    def __call__(self, notice: ClaimedNotice) -> Letter:
        """The letter of a notice."""


def next_attempt_at(now: datetime, attempts: int) -> datetime:
    """Wait 1, 2, 4, 8 minutes."""
    return now + timedelta(seconds=FIRST_WAIT_SECONDS * 2 ** (attempts - 1))


def one_line(words: str) -> str:
    """A subject line: a name with a line break in it must not add a header."""
    return " ".join(words.split())
