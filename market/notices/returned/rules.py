"""Letters that came back, read: reports of delivery status (RFC 3464). Pure."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from enum import StrEnum
from typing import Protocol

SEAL_BYTES = 16
#: Days with a letter that came back for ever, after which an address is left out of a person's
#: ways; each time for so long, since mailboxes are also made anew.
WRONG_AFTER, WRONG_DAYS, WRONG_APART_HOURS = 2, 30, 20
#: The address itself is wrong: no mailbox, no such domain, no address at all, moved away without
#: a trace, switched off. Full mailboxes and refused contents are not. Source: RFC 3463, RFC 7505.
_WRONG = re.compile(r"(?<![\d.])5\.(1\.(1|2|3|6|10)|2\.1)(?![\d.])")
_REF = re.compile(r"(?<![a-z0-9])(notice-([0-9]{1,18}))\.([a-z2-7]{26})(?![a-z0-9])")
MOST_PARTS = 10


@dataclass(frozen=True)
class Seal:
    """Names letters so that nobody else can: a name and a signature with the market's own key."""

    secret: str = field(repr=False)

    def ref(self, key: str) -> str:
        """The name of the letter ``key``, in letters that no mail server changes."""
        said = f"returned-mail:{key}".encode()
        digest = hmac.new(self.secret.encode(), said, hashlib.sha256).digest()[:SEAL_BYTES]
        return f"{key}.{base64.b32encode(digest).decode().rstrip('=').lower()}"

    def find(self, words: Iterable[str]) -> str | None:
        """The first name that was really given by us; None where there is none."""
        for match in _REF.finditer(" ".join(words).lower()):
            if hmac.compare_digest(self.ref(match[1]), match[0]):
                return match[0]
        return None


def notice_of(ref: str) -> int:
    """The notice whose letter has this name."""
    match = _REF.fullmatch(ref)
    if match is None:
        raise ValueError(f"{ref!r} names no letter")
    return int(match[2])


def says_wrong(status: str) -> bool:
    """Whether an enhanced status code (RFC 3463) in these words says that the address is wrong."""
    return _WRONG.search(status) is not None


@dataclass(frozen=True)
class Report:
    """What a mail server reports about a letter of ours.

    failed: it never arrives (else it is late, or there); wrong: nor would any other one.
    """

    ref: str
    failed: bool
    wrong: bool


class Outcome(StrEnum):
    """What became of a message in the mailbox; one that waits is looked at again."""

    BACK = "back"
    NOTHING = "nothing"
    LEFT = "left"
    WAITS = "waits"


class Letters(Protocol):
    """A mailbox that is open. Everything raises Unavailable."""

    validity: int

    def unseen(self, after: int) -> list[int]:
        """The numbers of unread messages above this one, the lowest first."""

    def read(self, uid: int) -> bytes:
        """The beginning of a message; it stays unread. Empty where it is gone."""

    def mark(self, uid: int) -> None:
        """It counts as read from now on."""


class Mailbox(Protocol):
    """Where letters come back to."""

    def opened(self) -> AbstractContextManager[Letters]:
        """Open it, and close it at the end. Raises Unavailable."""


def report_in(message: bytes, seal: Seal) -> Report | None:
    """A message's report about a letter that we sent; None for everything else.

    An answer by a machine (somebody is on holiday) is no report, whatever it quotes. Headers stay
    the words that they are: the library's newer policy reads an address list of quotation marks for
    minutes, and anybody may write here. Raises whatever the library does at what is no mail.
    """
    mail = message_from_bytes(message)
    kind = str(mail.get_param("report-type", "")).lower()
    if mail.get_content_type() != "multipart/report" or kind != "delivery-status":
        return None
    parts = _inner(mail)[:MOST_PARTS]
    ref = seal.find(_names(mail, parts))
    told = [one for part in parts for one in _told(part)]
    if ref is None or not told:
        return None
    failed = all(action == "failed" for action, _status in told)
    return Report(ref, failed, failed and all(says_wrong(status) for _action, status in told))


def _names(mail: Message, parts: Iterable[Message]) -> Iterable[str]:
    """Where the letter's name may stand: in the returned letter, or in the way back to us."""
    for part in parts:
        if part.get_content_type() == "message/rfc822":
            yield from (str(letter.get("Message-ID", "")) for letter in _inner(part))
        elif part.get_content_type() == "text/rfc822-headers":
            head = part.get_payload(decode=True)
            letter = message_from_bytes(head if isinstance(head, bytes) else b"")
            yield str(letter.get("Message-ID", ""))
    for header in ("To", "Delivered-To", "X-Original-To"):
        yield from map(str, mail.get_all(header, []))


def _told(part: Message) -> Iterable[tuple[str, str]]:
    """Action and status for each recipient."""
    if part.get_content_type() == "message/delivery-status":
        for block in _inner(part):
            if block["Action"] is not None:
                yield str(block["Action"]).strip().lower(), str(block["Status"])


def _inner(part: Message) -> list[Message]:
    """What a message of several parts, or a part that is a message, holds."""
    held = part.get_payload()
    return [one for one in held if isinstance(one, Message)] if isinstance(held, list) else []
