"""Codes by text message over HTTP, against a service that keeps ThaiBulkSMS's protocol."""

import base64
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import pytest
from sqlalchemy import select

from market.accounts.models import User
from tests.factories.accounts import browser_of
from tests.factories.apps import another_app

SENT = {"phone_number_list": [{"number": "66812345678", "message_id": "1", "used_credit": 1}]}


class FakeSms(BaseHTTPRequestHandler):
    """Keeps what it was asked, answers what it is told to."""

    asked: list
    answers: list

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.asked.append((self.headers["Authorization"], parse_qs(body)))
        status, answer = self.answers[-1]
        data = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_words):
        """Quiet."""


@pytest.fixture
def service():
    handler = type("Handler", (FakeSms,), {"asked": [], "answers": [(201, SENT)]})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    handler.url = f"http://127.0.0.1:{server.server_port}/sms"
    yield handler
    server.shutdown()
    server.server_close()


@pytest.fixture
def market(session, app, config, service):
    changes = {
        "sms_url": service.url, "sms_key": "key", "sms_secret": "secret", "sms_sender": "TALAD",
    }  # fmt: skip
    with another_app(app, config, **changes) as other:
        other.test_client_class = app.test_client_class
        yield other


def ask(client):
    return client.post("/sign-in/code", data={"identity": "081-234-5678"})


def test_a_code_goes_out_as_the_service_wants_it_and_signs_in(session, market, service):
    client = browser_of(market, language="en")

    assert ask(client).status_code == 200
    [(key, form)] = service.asked
    code = re.search(r"\d{6}", form["message"][0]).group()

    assert base64.b64decode(key.removeprefix("Basic ")) == b"key:secret"
    assert (form["msisdn"], form["sender"]) == (["66812345678"], ["TALAD"])
    data = {"identity": "081-234-5678", "passcode": code, "step": "code"}
    assert client.post("/sign-in", data=data).status_code == 302
    assert session.scalars(select(User)).one().confirmed_at is not None


@pytest.mark.parametrize(
    "answer",
    [
        (400, {"error": {"code": 103, "name": "ERROR_PARAM", "description": "wrong"}}),
        (200, {"error": {"code": 104}}),
        (200, {"phone_number_list": [], "bad_phone_number_list": [{"number": "x"}]}),
        (503, {}),
        (200, []),
    ],
)
def test_a_service_that_does_not_send_breaks_nothing_and_is_not_quoted(
    session, market, service, answer, caplog
):
    service.answers.append(answer)

    page = ask(browser_of(market, language="en"))

    assert page.status_code == 200
    assert "could not be sent" in page.text
    assert "812345678" not in caplog.text


def test_in_production_without_a_service_phones_get_no_code(session, app, config):
    with another_app(app, config, environment="production") as live:
        live.test_client_class = app.test_client_class
        page = browser_of(live, language="en").get("/sign-in").text

    assert "Codes by phone are not offered yet" in page
