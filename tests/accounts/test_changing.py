"""Whoever is reached neither by letter nor by text message hears of a changed way in too."""

import re

import pytest
from sqlalchemy import select

from market.clock import utc_now
from market.notices.models import ChatContact, Notice
from market.notices.rules import Channel
from tests.factories.accounts import browser_of, make_user

SENTENCE = "จากนี้บัญชีของคุณเข้าสู่ระบบด้วยอีเมลใหม่"


@pytest.mark.parametrize("phone", [None, "+66812345678"])
def test_a_chat_hears_of_a_new_e_mail_where_nothing_else_goes(session, app, monkeypatch, phone):
    monkeypatch.setitem(app.config, "SECURITY_US_ENABLED_METHODS", ["password", "email"])
    user = make_user(session, phone=phone)
    user.email = None
    session.add(ChatContact(channel="line", subject="U1", user_id=user.id, met_at=utc_now()))
    session.flush()
    client = browser_of(app, user)
    client.post("/account/email", data={"email": "new@market.example"})
    letter = session.scalars(select(Notice).where(Notice.user_id == user.id)).one()
    path = re.search(r"(/account/email/\S+)", letter.payload["text"]).group(1)

    for _ in range(2):
        assert client.post(path).status_code == 303

    told = session.scalars(select(Notice).where(Notice.event == "account.changed")).all()
    ways = {notice.channel: notice.state for notice in told}
    assert ways[Channel.LINE] == "due"
    assert ways[Channel.INAPP] == "sent"
    assert len(ways) == len(told)
    assert SENTENCE in client.get("/inbox").text
