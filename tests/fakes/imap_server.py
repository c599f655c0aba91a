"""A mailbox over IMAP4rev1, as much of it as reading returned letters needs, for tests."""

from __future__ import annotations

import re
import socketserver
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

USER, WORD = "bounces@market.example", 'se"cret\\word'


class FakeImap:
    """One mailbox. ``trouble``: how it misbehaves, by the command at which it does: "no" (says
    NO), "nonsense", "hang up", "drip" (a byte now and then, for ever) or "huge".
    """

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.messages: dict[int, bytes] = {}
        self.seen: set[int] = set()
        self.read: list[int] = []
        self.trouble: dict[str, str] = {}
        self.validity = 1
        self.sessions = self.open = self.most_open = 0
        self.pause_seconds = 0.0
        self._lock = threading.Lock()
        self._tls = tls
        fake = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                with fake._counted():
                    _Talk(fake, self).go()

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True

            def get_request(self):
                sock, address = super().get_request()
                return (tls.wrap_socket(sock, server_side=True) if tls else sock), address

            def handle_error(self, *_who) -> None:
                """A line that was cut."""

        self._server = Server(("127.0.0.1", 0), Handler)
        port = self._server.server_address[1]
        user, word = USER.replace("@", "%40"), WORD.replace('"', "%22").replace("\\", "%5C")
        scheme, host = ("imaps", "localhost") if tls else ("imap", "127.0.0.1")
        self.url = f"{scheme}://{user}:{word}@{host}:{port}/Returned%20mail"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def put(self, message: bytes) -> int:
        """A message arrives; its number."""
        uid = max(self.messages, default=0) + 1
        self.messages[uid] = message
        return uid

    @contextmanager
    def _counted(self) -> Iterator[None]:
        with self._lock:
            self.sessions += 1
            self.open += 1
            self.most_open = max(self.most_open, self.open)
        try:
            yield
        finally:
            with self._lock:
                self.open -= 1

    def stop(self) -> None:
        """No more answers."""
        self._server.shutdown()
        self._server.server_close()


class _Talk:
    def __init__(self, fake: FakeImap, handler: socketserver.StreamRequestHandler) -> None:
        self.fake, self.lines, self.out = fake, handler.rfile, handler.wfile

    def go(self) -> None:
        """Greet, and answer line by line until somebody hangs up."""
        if not self._well("greet", b"* "):
            return
        self._say(b"* OK ready")
        while line := self.lines.readline():
            tag, _, rest = line.strip().partition(b" ")
            name = rest.split()[0].upper() if rest.split()[0].upper() != b"UID" else (
                rest.split()[1].upper()
            )  # fmt: skip
            if not self._well(name.decode().lower(), tag):
                return
            self._answer(name, rest)
            self._say(tag + b" OK done")

    def _well(self, name: str, tag: bytes) -> bool:
        trouble = self.fake.trouble.get(name)
        if trouble == "no":
            self._say(tag + b" NO not you")
            self.lines.readline()
        elif trouble == "nonsense":
            self._say(b"<html>busy</html>")
        elif trouble == "huge":
            self._say(b"* 1 FETCH (BODY[]<0> {99999999999}")
            self._drip(b"x" * 1000)
        elif trouble == "drip":
            self._drip(b"x")
        return trouble is None

    def _drip(self, what: bytes) -> None:
        for _ in range(2000):
            self.out.write(what)
            self.out.flush()
            time.sleep(0.02)

    def _answer(self, name: bytes, rest: bytes) -> None:
        fake, words = self.fake, rest.decode()
        if name == b"CAPABILITY":
            self._say(b"* CAPABILITY IMAP4rev1")
        elif name == b"SELECT":
            assert words == 'SELECT "Returned mail"', words
            self._say(b"* %d EXISTS" % len(fake.messages))
            self._say(b"* OK [UIDVALIDITY %d] fixed" % fake.validity)
        elif name == b"SEARCH":
            time.sleep(fake.pause_seconds)
            first = int(re.search(r"UID (\d+):\*", words.partition("SEARCH")[2])[1])
            last = max(fake.messages, default=0)  # x:* holds the last one, whatever x is
            found = [
                uid for uid in fake.messages if uid not in fake.seen and uid >= min(first, last)
            ]
            self._say(b"* SEARCH " + b" ".join(b"%d" % uid for uid in found))
        elif name == b"FETCH":
            uid, most = map(
                int, re.search(r"FETCH (\d+) \(BODY.PEEK\[\]<0\.(\d+)>\)", words).groups()
            )
            fake.read.append(uid)
            if message := fake.messages.get(uid, b"")[:most]:
                self._say(b"* 1 FETCH (UID %d BODY[]<0> {%d}" % (uid, len(message)))
                self._say(message + b")")
        elif name == b"STORE":
            fake.seen.add(int(re.search(r"STORE (\d+) \+FLAGS.SILENT \(\\Seen\)", words)[1]))
        elif name == b"LOGIN":
            user, word = re.fullmatch(r'LOGIN (\S+) "(.*)"', words).groups()
            assert (user, word) == (USER, WORD.replace("\\", "\\\\").replace('"', '\\"')), words

    def _say(self, line: bytes) -> None:
        self.out.write(line + b"\r\n")
        self.out.flush()


@contextmanager
def fake_imap(tls: ssl.SSLContext | None = None) -> Iterator[FakeImap]:
    """A mailbox of one's own."""
    fake = FakeImap(tls)
    try:
        yield fake
    finally:
        fake.stop()
