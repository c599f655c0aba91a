"""The words of notices, and what a letter is."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

from market.clock import BANGKOK

MAX_ATTEMPTS = 5
CLAIM_SECONDS = 300  # longer than any mail server is waited for
HANDS_OFF_SECONDS = 240  # of a claim: what has not been started by then is given back
FIRST_WAIT_SECONDS = 60
#: Failures in a row after which a channel is left alone, and for how long at most.
FAILURES_IN_A_ROW, LONGEST_AWAY_MINUTES = 3, 30


class Channel(StrEnum):
    """How a notice travels. CALL is a person who telephones, from the coordinator's list."""

    INAPP = "inapp"
    EMAIL = "email"
    PUSH = "push"
    LINE = "line"
    SMS = "sms"
    CALL = "call"


#: These make a phone ring: never at night.
RINGING = frozenset({Channel.PUSH, Channel.LINE, Channel.SMS})
#: These are counted and paid for, a message each.
PAID = frozenset({Channel.LINE, Channel.SMS})
#: Where a payload says which round it is about, the first one that is there.
ROUND_KEYS = ("round_th", "round_id")
#: News for one phone that wait at the same time travel in one message. Letters of one round to
#: one person do so too, questions among them: each keeps its words and its link.
BUNDLED = frozenset({Channel.PUSH, Channel.LINE, Channel.SMS})
QUIET_FROM_MINUTE, QUIET_UNTIL_MINUTE = 20 * 60 + 30, 7 * 60  # of a day in Bangkok


class Kind(StrEnum):
    """How much a notice wants from its reader.

    ASK waits for an answer and climbs the ladder until it is there; TELL goes by the first way
    that works; KEEP is for the records, by mail where there is an address.
    """

    ASK = "ask"
    TELL = "tell"
    KEEP = "keep"


#: A person's ways in their usual order; each may put them in another one, or leave some out.
OWN_WAYS = (Channel.LINE, Channel.PUSH, Channel.EMAIL, Channel.SMS)
#: Minutes until a question is asked by the next way, and until a person calls. A deadline that
#: is nearer than ``FULL_LADDER_MINUTES`` shortens them in proportion.
RUNG_MINUTES, CALL_MINUTES, FULL_LADDER_MINUTES = 60, 300, 600
ASKING = frozenset({"batch.asked", "batch.shrink"})
KEPT = frozenset({"order.placed", "order.cancelled", "order.paid", "refund.paid", "payout.paid"})
#: What costs somebody money or goods when it is missed: may go by text message, and may use the
#: part of a budget that is kept back.
ESSENTIAL = ASKING | {
    "batch.reminder", "batch.to_make", "order.pay", "order.deposit_due", "order.card_failed",
    "order.ready", "order.waiting", "order.instead", "order.delayed", "shortfall.offered",
    "order.more", "refund.details", "refund.provider_asks", "slip.refused", "request.group",
    "problem.of_group", "standing.failed", "account.leaving",
}  # fmt: skip


def kind_of(event: str) -> Kind:
    """What an event wants from its reader."""
    if event in ASKING:
        return Kind.ASK
    return Kind.KEEP if event in KEPT else Kind.TELL


def moved(ways: Sequence[Channel], channel: Channel, *, up: bool) -> tuple[Channel, ...]:
    """The same ways with one a place nearer to the front, or to the end."""
    row = list(ways)
    at = row.index(channel)
    to = max(at - 1, 0) if up else min(at + 1, len(row) - 1)
    row.insert(to, row.pop(at))
    return tuple(row)


def is_quiet(now: datetime) -> bool:
    """Whether phones stay silent now: half past eight in the evening to seven, in Bangkok."""
    local = now.astimezone(BANGKOK)
    minute = local.hour * 60 + local.minute
    return minute >= QUIET_FROM_MINUTE or minute < QUIET_UNTIL_MINUTE


def open_channels(now: datetime) -> frozenset[Channel]:
    """What may be sent now. Nobody sends a call: it stands on a list."""
    return frozenset(Channel) - {Channel.CALL} - (RINGING if is_quiet(now) else frozenset())


class NoticeState(StrEnum):
    """due -> sending -> sent, or failed after the last attempt; skipped when it has no use.

    A spare one becomes due when the way before it does not work.
    """

    SPARE = "spare"
    DUE = "due"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    SKIPPED = "skipped"


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
            "kind": kind_of(self.event).value,
            "essential": self.event in ESSENTIAL,
            "over_at": self.payload.get("answer_by") if self.event in ASKING else None,
        }


@dataclass(frozen=True)
class ClaimedNotice:
    """A due message that this worker has taken."""

    id: int
    address: str
    language: str
    event: str
    payload: dict[str, Any]
    attempts: int
    channel: Channel = Channel.EMAIL
    kind: Kind = Kind.TELL
    counted: bool = False  # against the month's budget, by an earlier try

    @property
    def round(self) -> str:
        """What tells its round from others; empty where it is about none."""
        known = (self.payload.get(key) for key in ROUND_KEYS)
        return next((str(one) for one in known if one is not None), "")


def away_minutes(failures: int) -> int:
    """How long a channel is left alone after so many failures in a row: 1, 2, 4 ... 30."""
    over = failures - FAILURES_IN_A_ROW
    return 0 if over < 0 else min(2 ** min(over, 6), LONGEST_AWAY_MINUTES)


@dataclass(frozen=True)
class Button:
    """What a reader may answer in the chat: the word on it, and what comes back to us."""

    label: str
    data: str


@dataclass(frozen=True)
class Letter:
    """A message ready to leave. ``key`` is the same whenever the same notice is sent again.

    text is whole and plain; html for mail; link and buttons for who can show them.
    stop_url: where a POST ends letters of this kind, for the mail reader's own button.
    """

    key: str
    to: str
    subject: str
    text: str
    html: str = ""
    stop_url: str | None = None
    link: str = ""
    open_word: str = "Open"  # what the link's button says
    inbox: str = ""  # the page with everything that was told
    buttons: tuple[Button, ...] = ()


#: Lines in a phone's message; whole notices in a letter.
MOST_TOGETHER, MOST_IN_LETTER = 8, 20


def bundle(letters: Sequence[Letter]) -> Letter:
    """One message of several for the same phone: their lines, and where there is no one page to
    open, the inbox. The first one's key stands for all.
    """
    if len(letters) == 1:
        return letters[0]
    first = letters[0]
    lines = [f"- {one.text}" for one in letters[:MOST_TOGETHER]]
    left_out = len(letters) - len(lines)
    text = "\n".join([*lines, f"+{left_out}"] if left_out else lines)
    return replace(first, text=text, buttons=(), link=first.inbox or first.link)


class Mailer(Protocol):
    """Whoever carries messages. Raises Unavailable when it cannot now, Refused when never."""

    def send(self, letter: Letter) -> str | None:
        """Hand over one message. Its name at the service, where that tells later if it arrived."""


@dataclass(frozen=True)
class Screen:
    """A browser that shows notices; refused: so many in a row by its service."""

    endpoint: str
    p256dh: str
    auth: str
    refused: int = 0


@dataclass(frozen=True, kw_only=True)
class ChatEvent:
    """What somebody did in a chat: wrote a text, or pressed a button that carries data."""

    key: str  # the sender's own id of the event: the same when it is delivered again
    sender: str
    text: str = ""
    data: str = ""
    reply_token: str = ""


#: Who carries what. A channel that nobody carries is left out: its notices are skipped.
Carriers = Mapping[Channel, Mailer]


class Render(Protocol):
    """Whoever puts a notice into words; handed in by the edge."""

    def __call__(self, notice: ClaimedNotice) -> Letter:
        """The letter of a notice."""


class Digest(Protocol):
    """Whoever makes one letter of several to the same person; handed in by the edge."""

    def __call__(self, letters: Sequence[Letter], language: str) -> Letter:
        """All of them whole, each with its own link, under the first one's key."""


def next_attempt_at(now: datetime, attempts: int) -> datetime:
    """Wait 1, 2, 4, 8 minutes."""
    return now + timedelta(seconds=FIRST_WAIT_SECONDS * 2 ** (attempts - 1))


def one_line(words: str) -> str:
    """A subject line: a name with a line break in it must not add a header."""
    return " ".join(words.split())


#: Without what is mistaken for something else when it is read aloud or typed.
CODE_ALPHABET, CODE_LENGTH = "ABCDEFGHJKMNPQRSTUVWXYZ23456789", 8
_CODE = re.compile(f"[{CODE_ALPHABET}]{{{CODE_LENGTH}}}")


def code_in(words: str) -> str | None:
    """The code that somebody typed, in small letters and with spaces too; None for none."""
    typed = re.sub(r"[\s-]", "", words).upper()
    return typed if _CODE.fullmatch(typed) else None


SMS_LETTERS, SMS_JOINED = 70, 67


def sms_parts(text: str) -> int:
    """How many messages a Thai text costs: 70 letters in one, 67 each where they are joined.

    Source: GSM 03.38, UCS-2. Letters outside of the basic plane count twice.
    """
    letters = len(text.encode("utf-16-be")) // 2
    return 1 if letters <= SMS_LETTERS else -(-letters // SMS_JOINED)
