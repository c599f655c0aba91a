"""The mailbox of returned letters over IMAP4rev1 (RFC 3501)."""

from __future__ import annotations

import imaplib
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Timer
from typing import Any
from urllib.parse import unquote, urlsplit

from market.errors import Unavailable
from market.notices.returned.rules import Letters, Mailbox

TIMEOUT_SECONDS = 15  # for each answer
MOST_SECONDS = 90  # for all of them: then the line is cut
MOST_BYTES = 64 * 1024  # of a message: a report and the head of the returned letter
MOST_ANSWER_BYTES = 4 * MOST_BYTES
#: What imaplib raises at a server that is away, says no, or talks nonsense.
_TROUBLE = (imaplib.IMAP4.error, OSError, ValueError, LookupError, TypeError, AttributeError)


class _Limited(imaplib.IMAP4):
    """Takes neither too much from a server nor too long."""

    def __init__(self, end: float, *where: Any, **more: Any) -> None:
        self._limit = Timer(end - time.monotonic(), self._cut)
        self._limit.daemon = True
        super().__init__(*where, **more)

    def open(self, *where: Any, **more: Any) -> None:
        """Connect, and let the time run."""
        super().open(*where, **more)
        self._limit.start()

    def _cut(self) -> None:
        with suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)

    def read(self, size: int) -> bytes:
        """Not more than a message may be."""
        if size > MOST_ANSWER_BYTES:
            raise self.abort("too large")
        return super().read(size)

    def shutdown(self) -> None:
        """Hang up."""
        self._limit.cancel()
        super().shutdown()


class _LimitedTls(_Limited, imaplib.IMAP4_SSL):
    """The same over TLS."""


@dataclass(frozen=True)
class ImapMailbox:
    """The mailbox of ``imaps://user:password@host/INBOX``."""

    url: str = field(repr=False)
    most_seconds: float = MOST_SECONDS

    @contextmanager
    def opened(self) -> Iterator[Letters]:
        """Signed in, with the folder chosen. Raises Unavailable."""
        parts = urlsplit(self.url)
        line = _tried("mailbox_away", self._connect)
        try:
            user, word = unquote(parts.username or ""), unquote(parts.password or "")
            _tried("mailbox_login", lambda: line.login(user, word))
            yield _Folder(line, unquote(parts.path.lstrip("/")) or "INBOX")
            with suppress(*_TROUBLE):
                line.logout()
        finally:
            with suppress(*_TROUBLE):
                line.shutdown()

    def _connect(self) -> imaplib.IMAP4:
        parts = urlsplit(self.url)
        host, end = parts.hostname or "", time.monotonic() + self.most_seconds
        if parts.scheme == "imap":  # on this machine only: config
            return _Limited(end, host, parts.port or 143, timeout=TIMEOUT_SECONDS)
        tls = ssl.create_default_context()
        return _LimitedTls(end, host, parts.port or 993, ssl_context=tls, timeout=TIMEOUT_SECONDS)


class _Folder:
    """The messages of a folder."""

    def __init__(self, line: imaplib.IMAP4, name: str) -> None:
        self._line = line
        quoted = '"{}"'.format(name.replace("\\", "\\\\").replace('"', '\\"'))
        self._ask("mailbox_folder", lambda: line.select(quoted))
        told = line.response("UIDVALIDITY")[1]
        self.validity = _tried("mailbox_nonsense", lambda: int(told[-1]))

    def unseen(self, after: int) -> list[int]:
        """The numbers of unread messages above this one, the lowest first."""
        found = self._ask(
            "mailbox_nonsense", lambda: self._line.uid("SEARCH", "UNSEEN", "UID", f"{after + 1}:*")
        )
        uids = _tried("mailbox_nonsense", lambda: [int(n) for n in (found[0] or b"").split()])
        return sorted(uid for uid in set(uids) if after < uid < 2**32)

    def read(self, uid: int) -> bytes:
        """The beginning of a message; it stays unread. Empty where it is gone."""
        parts = f"(BODY.PEEK[]<0.{MOST_BYTES}>)"
        found = self._ask("mailbox_nonsense", lambda: self._line.uid("FETCH", str(uid), parts))
        return next((bytes(one[1]) for one in found if isinstance(one, tuple)), b"")

    def mark(self, uid: int) -> None:
        """It counts as read from now on."""
        self._ask(
            "mailbox_nonsense",
            lambda: self._line.uid("STORE", str(uid), "+FLAGS.SILENT", r"(\Seen)"),
        )

    def _ask(self, reason: str, asked: Any) -> list[Any]:
        said, data = _tried(reason, asked)
        if said != "OK":
            raise Unavailable("mailbox_away", reason=reason)
        return list(data)


def _tried(reason: str, asked: Any) -> Any:
    """The answer. Raises Unavailable: with the reason where the server refused, else away."""
    try:
        return asked()
    except imaplib.IMAP4.abort as failure:
        raise Unavailable("mailbox_away", reason="mailbox_away") from failure
    except imaplib.IMAP4.error as failure:
        raise Unavailable("mailbox_away", reason=reason) from failure
    except OSError as failure:
        raise Unavailable("mailbox_away", reason=type(failure).__name__) from failure
    except (ValueError, LookupError, TypeError, AttributeError) as failure:
        raise Unavailable("mailbox_away", reason="mailbox_nonsense") from failure


def mailbox_for(url: str | None) -> Mailbox | None:
    """Where letters come back to; None: nobody looks."""
    return ImapMailbox(url) if url else None
