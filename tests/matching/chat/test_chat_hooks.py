"""What LINE and the text-message service post to the market: signed, once, never by others."""

import json

import pytest
from sqlalchemy import select

from market.clock import utc_now
from market.matching.chat.rules import button_data
from market.matching.rules import Answer
from market.notices.contacts import addresses_of, issue_code
from market.notices.models import ChatEvent as KeptEvent
from market.notices.models import Notice
from market.notices.rules import Channel
from tests.factories.accounts import make_user
from tests.fakes.chat_server import signed, told
from tests.matching.chat.chat_kit import fresh


def test_a_button_in_the_chat_is_taken_and_answered_by_a_free_reply(
    session, asked, client, line, csrf
):
    ask, _leader, group, round_ = asked
    body, headers = signed([told("E1", "U1", data=button_data(Answer.ALL, round_.id, group.id))])
    ask.answer_by = ask.answer_by.replace(year=2090)
    session.flush()

    assert client.post("/hooks/line", data=body, headers=headers).status_code == 200
    assert client.post("/hooks/line", data=body, headers=headers).status_code == 200

    assert fresh(session, ask).answer is Answer.ALL
    [reply] = line.to("/v2/bot/message/reply")
    assert reply["replyToken"] == "reply-E1"


@pytest.mark.parametrize("kind", ["group", "room"])
def test_what_is_said_in_a_chat_of_many_is_no_answer_to_us(session, asked, client, line, kind):
    ask, *_ = asked
    event = told("E1", "U1", text="ได้") | {
        "source": {"type": kind, f"{kind}Id": "C1", "userId": "U1"}
    }
    body, headers = signed([event])

    assert client.post("/hooks/line", data=body, headers=headers).status_code == 200

    assert fresh(session, ask).answer is Answer.WAITING
    assert line.asked == []


def test_a_new_chat_is_told_once_to_where_its_owner_was_reached_before(session, client, line):
    user = make_user(session, language="en")
    code = issue_code(session, user.id, now=utc_now())
    body, headers = signed([told("E1", "U8", text=code)])

    for _twice in range(2):
        assert client.post("/hooks/line", data=body, headers=headers).status_code == 200

    assert addresses_of(session, user.id)[Channel.LINE] == "U8"
    [letter] = session.scalars(select(Notice).where(Notice.address == user.email))
    assert "Your news go to a LINE chat from now on" in letter.payload["text"]


def test_an_unsigned_message_changes_nothing(session, asked, client, line):
    ask, _leader, group, round_ = asked
    body, _headers = signed([told("E1", "U1", data=button_data(Answer.ALL, round_.id, group.id))])

    answer = client.post("/hooks/line", data=body, headers={"X-Line-Signature": "AAAA"})

    assert answer.status_code == 400
    assert fresh(session, ask).answer is Answer.WAITING
    assert session.scalars(select(KeptEvent)).all() == []


def test_a_reply_that_cannot_be_sent_loses_no_answer(session, asked, client, line):
    ask, _leader, group, round_ = asked
    ask.answer_by = ask.answer_by.replace(year=2090)
    session.flush()
    body, headers = signed([told("E1", "U1", data=button_data(Answer.ALL, round_.id, group.id))])
    line.answers = [500]

    assert client.post("/hooks/line", data=body, headers=headers).status_code == 200

    assert fresh(session, ask).answer is Answer.ALL


def test_a_text_message_comes_in_with_the_gateway_s_secret_only(session, asked, client, line):
    ask, *_ = asked
    ask.answer_by = ask.answer_by.replace(year=2090)
    session.flush()
    sent = {"id": "S1", "from": "0812345678", "text": "1 ทำได้"}

    assert client.post("/hooks/sms", json=sent).status_code == 403
    assert fresh(session, ask).answer is Answer.WAITING

    headers = {"X-Market-Secret": "gateway-secret"}
    answer = client.post("/hooks/sms", json=sent, headers=headers)
    assert answer.status_code == 200
    assert fresh(session, ask).answer is Answer.ALL
    assert client.post("/hooks/sms", json={"id": "S2"}, headers=headers).status_code == 400
    wrong = {"id": "S3", "from": "12", "text": "1"}
    assert client.post("/hooks/sms", json=wrong, headers=headers).status_code == 400
    for nothing in ([sent], "x", 1, None):
        assert client.post("/hooks/sms", json=nothing, headers=headers).status_code == 400
    for odd in ("a\0b", "\ud800"):  # the database holds neither
        for path in ("/hooks/sms", "/hooks/sms/report"):
            body = json.dumps(sent | {"id": odd, "message_id": odd, "status": "delivered"})
            answer = client.post(path, data=body, content_type="application/json", headers=headers)
            assert answer.status_code == 400
    long = sent | {"text": "1" * 300_000}
    assert client.post("/hooks/sms", json=long, headers=headers).status_code == 413


def test_a_market_without_these_channels_has_no_such_page(client):
    assert client.post("/hooks/line", data="{}").status_code == 404
    assert client.post("/hooks/sms", data={}).status_code == 404
