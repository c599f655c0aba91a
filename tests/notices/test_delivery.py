"""What the text-message service tells later: it arrived, or never will, and wrong numbers."""

import smtplib

import pytest
from sqlalchemy import select

from market.errors import Refused, Unavailable
from market.notices.commands import set_ways
from market.notices.delivery import note_delivery
from market.notices.flows import deliver
from market.notices.gateway import SmtpMailer
from market.notices.metering import health_of
from market.notices.models import Notice
from market.notices.rules import Letter, NoticeState
from market.notices.sms.rules import delivery_told
from tests.factories.mail import PatientMailer
from tests.matching.chat.conftest import line
from tests.notices.ladder_kit import (
    CALL,
    DUE,
    EMAIL,
    FAILED,
    NOON,
    SENT,
    SMS,
    post,
    rungs,
    tell,
)

__all__ = ["line"]
ESSENTIAL_NEWS = "order.ready"


def texted(session, leader, **news):
    """News left by text message first, mail in reserve; the message is S1."""
    set_ways(session, leader.id, [SMS, EMAIL])
    tell(session, leader, **news)
    used = post(NOON)
    used.carriers[SMS].ref = "S1"
    deliver(used)
    return used


def report(session, *, arrived, ref="S1"):
    return note_delivery(session, SMS, ref, arrived=arrived, now=NOON) is not None


def test_news_that_did_not_arrive_take_the_next_way_once(session, leader):
    texted(session, leader, event=ESSENTIAL_NEWS)
    assert rungs(session)[EMAIL].state is NoticeState.SPARE

    assert report(session, arrived=False)
    assert report(session, arrived=False)

    found = rungs(session)
    assert (found[SMS].state, found[SMS].error) == (FAILED, "undelivered")
    assert (found[EMAIL].state, found[EMAIL].due_at) == (DUE, NOON)
    assert report(session, arrived=True)  # another word later changes nothing
    assert rungs(session)[SMS].state is FAILED


def test_what_arrived_needs_no_other_way(session, leader):
    texted(session, leader, event=ESSENTIAL_NEWS)

    assert report(session, arrived=True)
    assert report(session, arrived=False)

    found = rungs(session)
    assert set(found) == {SMS}
    assert (found[SMS].state, found[SMS].delivered_at) == (SENT, NOON)


def test_a_question_that_did_not_arrive_asks_by_the_next_way_at_once(session, leader):
    texted(session, leader)
    assert rungs(session)[EMAIL].due_at > NOON

    report(session, arrived=False)

    found = rungs(session)
    assert found[EMAIL].due_at == NOON
    assert found[CALL].due_at > NOON


def test_all_news_of_a_message_share_its_fate(session, leader):
    set_ways(session, leader.id, [SMS, EMAIL])
    tell(session, leader, event=ESSENTIAL_NEWS, subject="order:1")
    texted(session, leader, event=ESSENTIAL_NEWS, subject="order:2")

    report(session, arrived=False)

    session.expire_all()
    found = session.scalars(select(Notice).where(Notice.channel.in_([SMS, EMAIL]))).all()
    assert (
        sorted((row.channel, row.state) for row in found)
        == [(EMAIL, DUE)] * 2 + [(SMS, FAILED)] * 2
    )


def test_wrong_numbers_of_some_do_not_silence_the_channel_for_all(session, leader):
    class WrongNumber(PatientMailer):
        def send(self, letter):
            raise Refused("sms_refused", reason="sms_refused")

    used = post(NOON)
    used.carriers[SMS] = WrongNumber()
    set_ways(session, leader.id, [SMS])
    for n in range(4):
        tell(session, leader, subject=f"round:{n}:group:1")
    deliver(used)

    session.expire_all()
    found = session.scalars(select(Notice).where(Notice.channel == SMS)).all()
    assert {(row.state, row.error) for row in found} == {(FAILED, "sms_refused")}
    assert SMS not in health_of(session)
    calls = session.scalars(select(Notice.due_at).where(Notice.channel == CALL)).all()
    assert calls == [NOON] * 4  # a person calls now


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({"message_id": "A", "status": "DELIVRD"}, ("A", True)),
        ({"Transaction": 7, "Status": " Delivered "}, ("7", True)),
        ({"message_id": "A", "status": "Undeliverable"}, ("A", False)),
        ({"message_id": "A", "status": "queued"}, ("A", None)),
        ({"message_id": "A"}, None),
        ({"status": "delivered"}, None),
        ({"message_id": "A" * 201, "status": "failed"}, None),
        ({"message_id": "A\0", "status": "failed"}, None),
        ([], None),
        (None, None),
    ],
)
def test_reports_of_services_are_read_and_nonsense_is_none(sent, told):
    assert delivery_told(sent) == told


def test_a_report_comes_with_the_gateway_s_secret_only(session, app, client, line, leader):
    texted(session, leader, event=ESSENTIAL_NEWS)
    told, key = {"message_id": "S1", "status": "failed"}, {"X-Market-Secret": "gateway-secret"}

    def status(sent, headers=key):
        return client.post("/hooks/sms/report", json=sent, headers=headers).status_code

    assert status(told, {}) == 403
    assert status([told]) == 400
    assert status(told | {"status": "queued"}) == 200
    assert rungs(session)[SMS].state is SENT
    assert status(told | {"message_id": "S2"}) == 404  # it tells again, when we may know it
    assert status(told) == 200
    assert rungs(session)[SMS].state is FAILED
    form = {"Transaction": "S1", "Status": "Delivered"}
    assert client.post("/hooks/sms/report", data=form, headers=key).status_code == 200


@pytest.mark.parametrize(("code", "kind"), [(550, Refused), (554, Unavailable), (450, Unavailable)])
def test_a_mailbox_that_is_none_is_not_tried_again(monkeypatch, code, kind):
    class Server:
        def __enter__(self):
            return self

        def __exit__(self, *_why):
            """Goodbye."""

        def send_message(self, message, from_addr=None):
            raise smtplib.SMTPRecipientsRefused({message["To"]: (code, b"no")})

    monkeypatch.setattr(SmtpMailer, "_connect", lambda _self: Server())
    with pytest.raises(kind):
        SmtpMailer("smtp://mail.example", "a@b.example").send(
            Letter("k", "x@y.example", "s", "t", "")
        )
