"""A stateful Stripe over HTTP for tests and for trying the market out; nothing leaves the machine.

    python -m tests.fakes.stripe_server 12111 http://localhost:8000/hooks/stripe

It speaks the part of the API that the gateway uses, honours idempotency keys, has a small hosted
pay page for browsers, signs webhooks, and fails when told to: see ``FakeStripe.fail_next``.
"""

from __future__ import annotations

import copy
import hashlib
import hmac
import json
import queue
import re
import sys
import threading
import time
import urllib.request
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.error import URLError
from urllib.parse import parse_qsl, urlsplit

from tests.fakes import stripe_after as after
from tests.fakes.stripe_page import answer_page
from tests.fakes.stripe_world import Refusal, Thing, World, invalid

SECRET = "whsec_for_tests_only"
KEY = "sk_test_for_tests_only"
Answer = tuple[int, Thing]
LISTS = {
    "checkout.session": "/v1/checkout/sessions",
    "payment_intent": "/v1/payment_intents",
    "refund": "/v1/refunds",
    "dispute": "/v1/disputes",
    "payout": "/v1/payouts",
}


class FakeStripe:
    """The server in a thread; ``world`` is its state, ``asked`` what it was asked."""

    def __init__(self, port: int = 0, webhook_url: str | None = None) -> None:
        self.world = World()
        self.asked: list[tuple[str, str]] = []
        self._kept: dict[str, tuple[str, Answer]] = {}
        self._failures: list[tuple[str, str, str]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", port), _handler(self))
        self._server.daemon_threads = True
        self.base = f"http://127.0.0.1:{self._server.server_port}"
        self._to_send: queue.Queue[Thing | None] = queue.Queue()
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        if webhook_url:
            self.world.events = _Sending(self._to_send)
            threading.Thread(target=self._send, args=(webhook_url,), daemon=True).start()

    def stop(self) -> None:
        """Close the port."""
        self._to_send.put(None)
        self._server.shutdown()
        self._server.server_close()

    def fail_next(self, method: str, path: str, how: str, times: int = 1) -> None:
        """Break the next calls of a path: ``500``, ``429``, ``lost`` (nothing was done) or
        ``late`` (done, but the answer never arrives)."""
        self._failures += [(method, path, how)] * times

    def signed(self, event: Thing, *, secret: str = SECRET, at: int | None = None) -> Thing:
        """A webhook's body and headers, for a test client's ``post``."""
        body = json.dumps(event)
        when = at or int(time.time())
        mac = hmac.new(secret.encode(), f"{when}.{body}".encode(), hashlib.sha256).hexdigest()
        return {
            "data": body,
            "headers": {"Stripe-Signature": f"t={when},v1={mac}"},
            "content_type": "application/json",
        }

    def answer(self, method: str, path: str, asked: Thing, key: str | None) -> Answer | None:
        """One call; None: the connection breaks."""
        self.asked.append((method, path))
        how = self._failure(method, path)
        if how == "lost":
            return None
        with self.world.lock:
            done = self._once(method, path, asked, key, how)
        return None if how == "late" else done

    def _once(self, method: str, path: str, asked: Thing, key: str | None, how: str) -> Answer:
        """A key's first answer is its answer ever after, errors too."""
        if how == "429":
            return 429, {"error": {"type": "invalid_request_error", "code": "rate_limit"}}
        said = f"{method} {path} {json.dumps(asked, sort_keys=True)}"
        if key in self._kept:
            before, done = self._kept[key]
            if before != said:
                return 400, {"error": {"type": "idempotency_error", "message": "other request"}}
            return done
        done = (500, {"error": {"type": "api_error"}}) if how == "500" else self._do(
            method, path, asked
        )  # fmt: skip
        if key and method == "POST":
            self._kept[key] = (said, done)
        return done

    def _failure(self, method: str, path: str) -> str:
        for at, (wanted, pattern, how) in enumerate(self._failures):
            if wanted == method and re.fullmatch(pattern, path):
                del self._failures[at]
                return how
        return ""

    def _do(self, method: str, path: str, asked: Thing) -> Answer:
        expand = asked.pop("expand", [])
        try:
            for wanted, pattern, act in ROUTES:
                match = re.fullmatch(pattern, path)
                if wanted == method and match:
                    done = act(self, asked, *match.groups())
                    return 200, _expanded(self.world, _shown(self, done), expand)
            raise Refusal(404, "invalid_request_error", "url_invalid")
        except Refusal as refusal:
            return refusal.status, refusal.body

    def _send(self, url: str) -> None:
        while (event := self._to_send.get()) is not None:
            sent = self.signed(event)
            request = urllib.request.Request(
                url, sent["data"].encode(),
                sent["headers"] | {"Content-Type": sent["content_type"]},
            )  # fmt: skip
            try:
                urllib.request.urlopen(request, timeout=5).close()
            except (URLError, OSError) as failure:
                print(f"webhook {event['type']}: {failure}", file=sys.stderr)


class _Sending(list[Thing]):
    """Events that are sent as they come."""

    def __init__(self, to_send: queue.Queue[Thing | None]) -> None:
        super().__init__()
        self._to_send = to_send

    def append(self, event: Thing) -> None:
        """Keep and send."""
        super().append(event)
        self._to_send.put(copy.deepcopy(event))


def _shown(fake: FakeStripe, thing: Thing) -> Thing:
    """As the API shows it: a copy, without what only we keep; open pages have their address."""
    shown = copy.deepcopy(thing)
    for one in shown["data"] if shown.get("object") == "list" else [shown]:
        one.pop("asked", None)
        if one.get("object") == "checkout.session" and one["status"] == "open":
            one["url"] = f"{fake.base}/pay/{one['id']}"
    return shown


def _expanded(world: World, thing: Thing, paths: list[str]) -> Thing:
    for path in paths:
        first, _dot, rest = path.partition(".")
        inner = thing.get(first)
        if isinstance(inner, list):
            thing[first] = [_expanded(world, one, [rest]) for one in inner]
        elif isinstance(inner, str) and inner in world.things:
            found = copy.deepcopy(world.things[inner])
            thing[first] = _expanded(world, found, [rest] if rest else [])
        elif isinstance(inner, dict) and rest:
            _expanded(world, inner, [rest])
    return thing


def _listed(kind: str) -> Callable[..., Thing]:
    def act(fake: FakeStripe, asked: Thing) -> Thing:
        since = int(asked.get("created", {}).get("gte", 0))
        of = asked.get("payment_intent")
        rows = [
            thing
            for thing in fake.world.all(kind)
            if thing["created"] >= since and of in (None, thing.get("payment_intent"))
        ]
        if after_id := asked.get("starting_after"):
            rows = rows[[row["id"] for row in rows].index(after_id) + 1 :]
        limit = int(asked.get("limit", 10))
        return {"object": "list", "data": rows[:limit], "has_more": len(rows) > limit,
                "url": LISTS[kind]}  # fmt: skip

    return act


def _found(kind: str) -> Callable[..., Thing]:
    return lambda fake, asked, thing_id: fake.world.get(thing_id, kind)


def _detach(fake: FakeStripe, _asked: Thing, method_id: str) -> Thing:
    method = fake.world.get(method_id, "payment_method")
    if method["customer"] is None:
        raise invalid("payment_method_unexpected_state")
    method["customer"] = None
    return method


def _session(fake: FakeStripe, _asked: Thing, session_id: str) -> Thing:
    session = fake.world.get(session_id, "checkout.session")
    if session["status"] == "open" and session["expires_at"] <= fake.world.now():
        session.update(status="expired")
    return session


ROUTES: list[tuple[str, str, Callable[..., Thing]]] = [
    ("POST", "/v1/customers", lambda f, a: f.world.add("cus", "customer", **a)),
    ("POST", "/v1/checkout/sessions", lambda f, a: f.world.make_session(a)),
    ("GET", "/v1/checkout/sessions", _listed("checkout.session")),
    ("GET", r"/v1/checkout/sessions/(\w+)", _session),
    ("POST", r"/v1/checkout/sessions/(\w+)/expire", lambda f, a, i: f.world.expire_session(i)),
    ("POST", "/v1/payment_intents", lambda f, a: f.world.make_intent(a)),
    ("GET", "/v1/payment_intents", _listed("payment_intent")),
    ("GET", r"/v1/payment_intents/(\w+)", _found("payment_intent")),
    ("POST", r"/v1/payment_intents/(\w+)/capture",
     lambda f, a, i: f.world.capture(i, int(a["amount_to_capture"]))),
    ("POST", r"/v1/payment_intents/(\w+)/cancel", lambda f, a, i: f.world.cancel(i)),
    ("GET", r"/v1/setup_intents/(\w+)", _found("setup_intent")),
    ("GET", r"/v1/charges/(\w+)", _found("charge")),
    ("POST", "/v1/refunds", lambda f, a: after.make_refund(f.world, a)),
    ("GET", "/v1/refunds", _listed("refund")),
    ("GET", r"/v1/refunds/(\w+)", _found("refund")),
    ("GET", "/v1/disputes", _listed("dispute")),
    ("GET", r"/v1/disputes/(\w+)", _found("dispute")),
    ("GET", "/v1/payouts", _listed("payout")),
    ("GET", r"/v1/payouts/(\w+)", _found("payout")),
    ("POST", r"/v1/payment_methods/(\w+)/detach", _detach),
    ("POST", "/v1/transfers", lambda f, a: f.world.add("tr", "transfer", **a)),
]  # fmt: skip


def read_form(body: str) -> Thing:
    """``a[b][0]=c`` as nested dicts and lists."""
    root: Thing = {}
    for name, value in parse_qsl(body, keep_blank_values=True):
        keys = re.findall(r"[^\[\]]+", name)
        place = root
        for key in keys[:-1]:
            place = place.setdefault(key, {})
        place[keys[-1]] = value
    return _with_lists(root)


def _with_lists(thing: Any) -> Any:
    if not isinstance(thing, dict):
        return thing
    if thing and all(key.isdigit() for key in thing):
        return [_with_lists(thing[key]) for key in sorted(thing, key=int)]
    return {key: _with_lists(value) for key, value in thing.items()}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one packet: for the second the kernel waits 40 ms
    fake: FakeStripe

    def do_GET(self) -> None:
        """A read, or a look at a pay page."""
        self._take("GET", urlsplit(self.path).query)

    def do_POST(self) -> None:
        """A write, or a button on a pay page."""
        length = int(self.headers.get("Content-Length") or 0)
        self._take("POST", self.rfile.read(length).decode())

    def _take(self, method: str, form: str) -> None:
        path, asked = urlsplit(self.path).path, read_form(form)
        if path.startswith("/pay/"):
            self._say(*answer_page(self.fake.world, method, path, asked))
            return
        done = self.fake.answer(method, path, asked, self.headers.get("Idempotency-Key"))
        if done is None:
            self.close_connection = True
            return
        self._say(done[0], {"Content-Type": "application/json"}, json.dumps(done[1]))

    def _say(self, status: int, headers: dict[str, str], text: str) -> None:
        body = text.encode()
        self.send_response(status)
        for name, value in (headers | {"Content-Length": str(len(body))}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: Any) -> None:
        """Say nothing."""


def _handler(fake: FakeStripe) -> type[_Handler]:
    return type("Handler", (_Handler,), {"fake": fake})


if __name__ == "__main__":
    started = FakeStripe(int(sys.argv[1]), sys.argv[2])
    print(f"STRIPE_API_BASE={started.base} STRIPE_CHECKOUT_ORIGIN={started.base}"
          f" STRIPE_SECRET_KEY={KEY} STRIPE_WEBHOOK_SECRET={SECRET}", flush=True)  # fmt: skip
    threading.Event().wait()
