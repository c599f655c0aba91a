"""LINE's Messaging API, a text-message gateway and a push service over HTTP, for tests."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

LINE_TOKEN, LINE_SECRET = "line-token-for-tests", "line-secret-for-tests"


class FakeChannels:
    """One server for all three. ``answers``: what to give next, then 200 for ever: a status, a
    status with a body, or "hang up".
    """

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, str], Any]] = []
        self.answers: list[int | str | tuple[int, Any]] = []
        self.keys: set[str] = set()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.base = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        """No more answers."""
        self._server.shutdown()
        self._server.server_close()

    def answer(self, path: str, headers: dict[str, str], body: Any) -> tuple[int, Any] | None:
        """The status and body of an answer, None to hang up; a retry key is good once."""
        self.asked.append((path, headers, body))
        if self.answers:
            told = self.answers.pop(0)
            if told == "hang up":
                return None
            return (told, {"message": "told to fail"}) if isinstance(told, int) else told
        key = headers.get("X-Line-Retry-Key")
        if key in self.keys:
            return 409, {"message": "The retry key is already accepted"}
        if key:
            self.keys.add(key)
        if path == "/sms":
            return 201, {"phone_number_list": [{"number": "66812345678", "message_id": "S1"}]}
        return 200, {"sentMessages": [{"id": "1"}]}

    def to(self, ending: str) -> list[Any]:
        """What was sent to the addresses with this ending."""
        return [body for path, _headers, body in self.asked if path.endswith(ending)]


def _handler(fake: FakeChannels) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            try:
                body = json.loads(sent)
            except ValueError:
                form = "form" in (self.headers.get("Content-Type") or "")
                body = parse_qs(sent.decode()) if form else sent
            headers = {name.title(): value for name, value in self.headers.items()}
            given = fake.answer(self.path, headers, body)
            if given is None:
                return self.connection.close()
            status, answer = given
            told = (answer if isinstance(answer, str) else json.dumps(answer)).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(told)))
            self.end_headers()
            self.wfile.write(told)

        do_GET = do_POST

        def log_message(self, *_said: Any) -> None:
            """Quiet."""

    return Handler


@contextmanager
def fake_channels() -> Iterator[FakeChannels]:
    """Channels of one's own."""
    fake = FakeChannels()
    try:
        yield fake
    finally:
        fake.stop()


def signed(events: list[dict[str, Any]]) -> tuple[bytes, dict[str, str]]:
    """A webhook of LINE: body and headers."""
    body = json.dumps({"destination": "U0", "events": events}).encode()
    digest = hmac.new(LINE_SECRET.encode(), body, hashlib.sha256).digest()
    signature = base64.b64encode(digest).decode()
    return body, {"X-Line-Signature": signature, "Content-Type": "application/json"}


def told(key: str, sender: str, **what: Any) -> dict[str, Any]:
    """One event: data="..." of a button, or text="..."."""
    event: dict[str, Any] = {
        "webhookEventId": key, "timestamp": 1700000000000, "mode": "active",
        "source": {"type": "user", "userId": sender}, "replyToken": f"reply-{key}",
        "deliveryContext": {"isRedelivery": False},
    }  # fmt: skip
    if what.get("type"):
        return event | what
    if "data" in what:
        return event | {"type": "postback", "postback": {"data": what["data"]}}
    message = {"type": "text", "id": "1", "text": what["text"], "quoteToken": "q"}
    return event | {"type": "message", "message": message}
