"""The slip service over HTTP: a stand-in answers as its documentation says, or misbehaves."""

import json
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from market.errors import Unavailable
from market.payments import slip_service
from market.payments.slip_flows import SlipFacts
from market.payments.slip_service import HttpSlipService

KEY = "key-of-the-market"
SLIP = {
    "success": True,
    "data": {
        "isDuplicate": False,
        "matchedAccount": {"bank": {"code": "004"}, "bankNumber": "123-4-56789-0"},
        "amountInSlip": 700.50,
        "rawSlip": {"transRef": "2026112300001abcd"},
    },
}


class StandIn(ThreadingHTTPServer):
    """Answers what the test put in; remembers what it was asked."""

    answer: object = SLIP
    status = 200
    wait = 0.0
    moved_to = ""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked = []
        self.stop_waiting = threading.Event()


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append((self.headers["Authorization"], None))
        self.send_error(404)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append((self.headers["Authorization"], json.loads(body)))
        self.server.stop_waiting.wait(self.server.wait)
        answer = self.server.answer
        data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(data)))
        if self.server.moved_to:
            self.send_header("Location", self.server.moved_to)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_args):
        """Quiet."""


@pytest.fixture
def stand_in():
    with StandIn() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield server
        server.stop_waiting.set()
        server.shutdown()
        thread.join(5)


@pytest.fixture
def service(stand_in):
    return HttpSlipService(f"http://127.0.0.1:{stand_in.server_address[1]}/v2/verify/bank", KEY)


def test_a_slip_that_the_bank_knows(stand_in, service):
    assert service.verify("0038...") == SlipFacts(
        found=True, ours=True, amount_satang=70050, trans_ref="2026112300001ABCD"
    )
    assert stand_in.asked == [(f"Bearer {KEY}", {"payload": "0038...", "matchAccount": True})]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-11-23T09:41:00+07:00", datetime(2026, 11, 23, 2, 41, tzinfo=UTC)),
        ("2026-11-23T02:41:00Z", datetime(2026, 11, 23, 2, 41, tzinfo=UTC)),
        ("2026-11-23T09:41:00", datetime(2026, 11, 23, 2, 41, tzinfo=UTC)),
        ("yesterday", None),
        (None, None),
    ],
)
def test_it_says_when_the_money_was_sent(stand_in, service, written, meant):
    stand_in.answer = {
        "success": True, "data": SLIP["data"] | {"rawSlip": {"transRef": "x", "date": written}}
    }  # fmt: skip
    assert service.verify("x").sent_at == meant


def test_money_that_went_to_somebody_else_is_not_ours(stand_in, service):
    stand_in.answer = {"success": True, "data": SLIP["data"] | {"matchedAccount": None}}
    facts = service.verify("x")
    assert (facts.found, facts.ours) == (True, False)


def test_a_slip_that_no_bank_knows(stand_in, service):
    stand_in.status = 404
    stand_in.answer = {"success": False, "error": {"code": "SLIP_NOT_FOUND", "message": "x"}}
    assert service.verify("x") == SlipFacts(found=False)


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (401, {"success": False, "error": {"code": "INVALID_API_KEY"}}),
        (403, {"success": False, "error": {"code": "QUOTA_EXCEEDED"}}),
        (404, {"success": False, "error": {"code": "SLIP_PENDING"}}),
        (500, b"<html>Internal Server Error</html>"),
        (200, b""),
        (200, b"[]"),
        (200, {"success": True}),
        (200, {"success": True, "data": None, "error": None}),
        (200, {"success": True, "data": SLIP["data"] | {"amountInSlip": "many"}}),
        (200, {"success": True, "data": SLIP["data"] | {"amountInSlip": -5}}),
        (200, {"success": True, "data": SLIP["data"] | {"amountInSlip": 1.005}}),
        (200, {"success": True, "data": SLIP["data"] | {"amountInSlip": None}}),
        (200, {"success": True, "data": SLIP["data"] | {"amountInSlip": "NaN"}}),
        (200, {"success": True, "data": SLIP["data"] | {"amountInSlip": "Infinity"}}),
        (200, {"success": True, "data": SLIP["data"] | {"amountInSlip": 1e30}}),
    ],
)
def test_its_troubles_are_never_taken_for_an_answer(stand_in, service, status, answer):
    stand_in.status, stand_in.answer = status, answer
    with pytest.raises(Unavailable):
        service.verify("x")


def test_a_service_that_hangs_or_is_away_is_unavailable(stand_in, service, monkeypatch):
    monkeypatch.setattr(slip_service, "TIMEOUT_SECONDS", 0.2)
    stand_in.wait = 3
    with pytest.raises(Unavailable):
        service.verify("x")
    with pytest.raises(Unavailable):
        HttpSlipService("http://127.0.0.1:9/none", KEY).verify("x")


def test_the_key_goes_nowhere_else(stand_in, service):
    with StandIn() as other:
        thread = threading.Thread(target=other.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        stand_in.status, stand_in.answer = 302, b""
        stand_in.moved_to = f"http://127.0.0.1:{other.server_address[1]}/"
        with pytest.raises(Unavailable):
            service.verify("x")
        assert other.asked == []
        other.shutdown()
        thread.join(5)
