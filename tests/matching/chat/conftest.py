"""A leader who is asked, and the market with a LINE account."""

import dataclasses

import pytest

from tests.fakes.chat_server import LINE_SECRET, LINE_TOKEN, fake_channels
from tests.matching.chat.chat_kit import PHONE, make_asked


@pytest.fixture
def asked(session):
    """A leader with LINE and a phone, whose group is asked for one batch."""
    return make_asked(session, "U1", PHONE)


@pytest.fixture
def line(app, monkeypatch):
    """The market with a LINE account, and LINE."""
    usual = app.extensions["market_config"]
    with fake_channels() as channels:
        app.extensions["market_config"] = dataclasses.replace(
            usual, line_chat_token=LINE_TOKEN, line_chat_secret=LINE_SECRET,
            line_chat_api_base=channels.base, sms_inbound_secret="gateway-secret",
        )  # fmt: skip
        yield channels
        app.extensions["market_config"] = usual
