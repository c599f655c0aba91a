"""Many notices of one round to one person: one letter, and each of them marked."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from market.matching.commands.telling import tell_buyers
from market.notices.commands import mark_one_seen, notify
from market.notices.flows import deliver
from market.notices.models import Notice
from market.notices.rules import Channel, NoticeState
from market.notices.samples import SAMPLES
from market.notices.words import digest_letter, render_letter
from tests.factories.accounts import make_user
from tests.factories.mail import PatientMailer, by_mail
from tests.factories.payments import add_batch, add_line, add_order, make_paying

NOON = datetime(2026, 11, 25, 5, tzinfo=UTC)  # in Bangkok
EMAIL, SENT = Channel.EMAIL, NoticeState.SENT
BY_MAIL = select(Notice).where(Notice.channel == EMAIL)


def samples(*events):
    return [
        (event, {**SAMPLES[event], "round_th": "รอบพุธ", "link": f"/l/secret{n}"})
        for n, event in enumerate(events)
    ]


def test_five_notices_of_one_round_make_one_letter_and_each_is_marked(session, app):
    user = make_user(session)
    told = samples("batch.to_make", "batch.to_make", "batch.asked", "order.placed", "order.ready")
    for n, (event, payload) in enumerate(told):
        notify(session, event=event, subject=f"x:{n}", payload=payload, now=NOON, user_id=user.id)
    other_round = {**SAMPLES["order.ready"], "round_th": "รอบศุกร์"}
    for event, payload in (("order.ready", other_round), ("account.data_ready", {"link": "/"})):
        notify(session, event=event, subject="x:9", payload=payload, now=NOON, user_id=user.id)
    mailer = PatientMailer()
    used = replace(by_mail(mailer, render_letter, lambda: NOON), digest=digest_letter)

    assert deliver(used) == 7

    one, *alone = sorted(mailer.sent, key=lambda letter: -len(letter.text))
    assert len(alone) == 2
    for n in range(5):
        assert one.html.count(f'/l/secret{n}"') == 1  # a button of its own
        assert f"/l/secret{n}\n" in one.text + "\n"
    assert one.text.index("/l/secret2") < one.text.index("/l/secret0")  # the question first
    rows = session.scalars(
        select(Notice).where(Notice.channel == EMAIL, Notice.subject < "x:5").order_by(Notice.id)
    ).all()
    assert {(row.state, row.sent_at) for row in rows} == {(SENT, NOON)}
    asked = rows[2].id
    assert [row.carried_by for row in rows] == [asked, asked, None, asked, asked]
    assert not any("link" in row.payload for row in rows)
    seen = session.scalars(
        select(Notice.id).where(Notice.channel == Channel.INAPP, Notice.seen_at.is_(None))
    ).all()
    assert len(seen) == 7
    mark_one_seen(session, seen[0], NOON)
    session.expire_all()
    assert sum(session.get(Notice, key).seen_at is not None for key in seen) == 1


def test_letters_of_one_round_that_cannot_leave_are_tried_again_together(session):
    user = make_user(session)
    for n in range(3):
        notify(session, event="order.confirmed", subject=f"order:{n}", payload={"round_id": 4},
               now=NOON, user_id=user.id)  # fmt: skip
    deliver(by_mail(PatientMailer(away=1), clock=lambda: NOON))
    assert {row.attempts for row in session.scalars(BY_MAIL)} == {1}

    deliver(by_mail(mailer := PatientMailer(), clock=lambda: NOON + timedelta(minutes=2)))

    assert len(mailer.sent) == 1
    session.expire_all()
    assert {row.state for row in session.scalars(BY_MAIL)} == {SENT}


def test_an_order_of_five_lines_is_one_notice(session):
    paying = make_paying(session)
    order = add_order(session, paying, 10)
    for _ in range(4):
        add_line(session, paying, order, add_batch(session, paying), 5)

    tell_buyers(session, paying.round, now=NOON)
    tell_buyers(session, paying.round, now=NOON)

    [letter] = session.scalars(BY_MAIL)
    assert len(letter.payload["lines"]) == 5
    assert len(session.scalars(select(Notice)).all()) == 2  # and the inbox


def test_news_that_follow_others_of_their_round_wait_and_go_together(session):
    user = make_user(session)

    def news(event, n, round_id=4):
        notify(session, event=event, subject=f"order:{n}", payload={"round_id": round_id},
               now=NOON, user_id=user.id)  # fmt: skip

    def sent_after(minutes):
        at = NOON + timedelta(minutes=minutes)
        deliver(by_mail(mailer := PatientMailer(), clock=lambda: at))
        return [letter.text.count("round_id") for letter in mailer.sent]

    news("order.confirmed", 1)
    assert sent_after(0) == [1]  # the first one is prompt
    news("order.shipped", 2)
    news("order.confirmed", 3, round_id=5)
    assert sent_after(10) == [1]  # the other round's
    news("order.shipped", 4)
    assert sent_after(60) == []
    assert sent_after(119) == []
    assert sent_after(120) == [2]  # one digest
    news("order.shipped", 5)
    assert sent_after(130) == []
    news("order.ready", 6)  # what costs somebody goods does not wait, and takes the rest along
    assert sent_after(140) == [2]
    news("order.paid", 7)
    assert sent_after(150) == [1]  # nor does a paper
    assert sent_after(600) == []


def test_many_people_s_resting_news_are_looked_at_once_and_hold_up_nobody(session):
    first, other = make_user(session), make_user(session)
    for n in range(60):  # more than are claimed at a time
        notify(session, event="order.shipped", subject=f"order:{n}", payload={"round_id": 4},
               now=NOON, user_id=first.id)  # fmt: skip
    assert deliver(by_mail(PatientMailer(), clock=lambda: NOON)) == 60
    for n in range(60):
        notify(session, event="order.shipped", subject=f"more:{n}", payload={"round_id": 4},
               now=NOON, user_id=first.id)  # fmt: skip
    notify(session, event="order.shipped", subject="order:1", payload={"round_id": 4}, now=NOON,
           user_id=other.id)  # fmt: skip

    soon = NOON + timedelta(minutes=5)
    assert deliver(by_mail(mailer := PatientMailer(), clock=lambda: soon)) == 1
    assert [letter.to for letter in mailer.sent] == [other.email]
