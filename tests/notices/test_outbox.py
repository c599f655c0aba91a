"""The outbox: once per person and event, claimed by one, tried again, given up at last."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from market.accounts.models import User
from market.clock import utc_now
from market.db import db, transaction
from market.errors import Unavailable
from market.notices.commands import notify, notify_many
from market.notices.flows import deliver
from market.notices.gateway import FolderMailer, SmtpMailer, compose
from market.notices.models import Notice
from market.notices.rules import MAX_ATTEMPTS, Channel, Letter, NewNotice, NoticeState
from market.notices.sending import claim_due, recover_stuck
from tests.factories.accounts import make_buyer, make_user
from tests.factories.mail import PatientMailer, by_mail, short_letter

NOW = utc_now()


def told(session, **more):
    """One user is told one thing."""
    user = make_user(session)
    notify(
        session, event="batch.asked", subject="ask:1", payload={"link": "/asks/1"}, now=NOW,
        user_id=user.id, **more,
    )  # fmt: skip
    return user


def mail(session):
    """The e-mail rows."""
    session.expire_all()
    return session.scalars(select(Notice).where(Notice.channel == Channel.EMAIL)).all()


def test_one_is_told_in_the_inbox_and_by_mail_and_only_once(session):
    user = told(session, version=1)
    notify(session, event="batch.asked", subject="ask:1", payload={}, now=NOW, user_id=user.id)
    notify(
        session, event="batch.asked", subject="ask:1", payload={}, now=NOW, user_id=user.id,
        version=2,
    )  # fmt: skip

    rows = session.scalars(select(Notice).order_by(Notice.id)).all()
    assert [(row.channel, row.version, row.state) for row in rows] == [
        (Channel.INAPP, 1, NoticeState.SENT),
        (Channel.EMAIL, 1, NoticeState.DUE),
        (Channel.CALL, 1, NoticeState.DUE),
        (Channel.INAPP, 2, NoticeState.SENT),
        (Channel.EMAIL, 2, NoticeState.DUE),
        (Channel.CALL, 2, NoticeState.DUE),
    ]
    assert rows[1].address == user.email


def test_many_are_told_in_one_statement_each_in_their_language(session):
    thai, english = make_user(session), make_user(session, language="en")
    guest = make_buyer(session, email="guest@market.example")
    no_mail = make_buyer(session, email=None)
    rows = [
        NewNotice(event="order.placed", subject="order:1", payload={"at": str(NOW)}, **who)
        for who in (
            {"user_id": thai.id}, {"user_id": english.id}, {"buyer_id": guest},
            {"buyer_id": no_mail},
        )
    ]  # fmt: skip

    notify_many(session, rows, NOW)
    notify_many(session, rows, NOW)
    notify_many(session, [], NOW)

    assert len(session.scalars(select(Notice)).all()) == 7
    assert {(row.address, row.language) for row in mail(session)} == {
        (thai.email, "th"),
        (english.email, "en"),
        ("guest@market.example", "th"),
    }


def test_due_letters_are_sent_once(session):
    told(session)
    mailer = PatientMailer()

    assert deliver(by_mail(mailer, short_letter, utc_now)) == 1
    assert deliver(by_mail(mailer, short_letter, utc_now)) == 0

    [letter] = mail(session)
    assert (letter.state, letter.error) == (NoticeState.SENT, None)
    assert len(mailer.sent) == 1


def test_a_mail_server_that_is_away_is_tried_again_later_and_later_then_no_more(session):
    told(session)
    mailer = PatientMailer(away=99)
    waits, now = [], NOW + timedelta(seconds=1)

    for _ in range(MAX_ATTEMPTS):
        deliver(by_mail(mailer, short_letter, lambda at=now: at))
        [letter] = mail(session)
        waits.append((letter.due_at - now).total_seconds())
        assert deliver(by_mail(mailer, short_letter, lambda at=now: at)) == 0
        now = letter.due_at

    assert waits == [60, 120, 240, 480, 960]
    assert (letter.state, letter.attempts) == (NoticeState.FAILED, MAX_ATTEMPTS)
    assert letter.error == "ConnectionRefusedError"
    assert mailer.sent == []


def test_one_letter_without_words_does_not_hold_up_the_others(session, app):
    user = told(session)
    notify(session, event="x.y", subject="x:1", payload={}, now=NOW, user_id=user.id)
    mailer = PatientMailer()

    def render(notice):
        if notice.event == "batch.asked":
            raise KeyError("units")
        return short_letter(notice)

    assert deliver(by_mail(mailer, render, utc_now)) == 1
    states = {row.event: (row.state, row.error) for row in mail(session)}
    assert states["batch.asked"] == (NoticeState.FAILED, "KeyError: 'units'")
    assert states["x.y"][0] == NoticeState.SENT


@pytest.mark.parametrize("address", ["ผู้ซื้อ@market.example", "a@b@market.example", "a@" + "ก" * 90])
def test_one_letter_to_nowhere_does_not_hold_up_the_others(session, tmp_path, address):
    make_user(session, email=address)
    notify_many(
        session,
        [
            NewNotice(event="x.y", subject="x:1", payload={}, user_id=user_id)
            for user_id in session.scalars(select(User.id))
        ]
        + [NewNotice(event="x.y", subject="x:1", payload={}, user_id=make_user(session).id)],
        NOW,
    )

    assert (
        deliver(by_mail(FolderMailer(tmp_path, "market@market.example"), short_letter, utc_now))
        == 1
    )
    assert {row.address: row.state for row in mail(session)}[address] == NoticeState.FAILED


def test_one_letter_at_which_a_library_breaks_does_not_hold_up_the_others(session):
    odd, user = told(session), make_user(session)
    notify(session, event="x.y", subject="x:1", payload={}, now=NOW, user_id=user.id)

    class Broken(PatientMailer):
        def send(self, letter):
            if letter.to == odd.email:
                raise ValueError("Invalid EC key.")
            super().send(letter)

    assert deliver(by_mail(Broken(), short_letter, utc_now)) == 1
    states = {row.address: (row.state, row.error) for row in mail(session)}
    assert states[odd.email] == (NoticeState.FAILED, "ValueError")
    assert states[user.email][0] == NoticeState.SENT


def test_a_domain_in_thai_letters_travels_in_its_ascii_form():
    letter = Letter("1", "malee@ตลาด.example", "s", "t", "")

    assert compose(letter, "market@market.example")["To"] == "malee@xn--l3cb2cuc.example"


def test_a_letter_whose_sender_died_is_sent_once_more(session):
    told(session)
    claim_due(session, NOW, 10)

    assert deliver(by_mail(PatientMailer(), short_letter, lambda: NOW)) == 0
    assert deliver(by_mail(PatientMailer(), short_letter, lambda: NOW + timedelta(hours=1))) == 1
    assert mail(session)[0].error is None


def test_a_letter_whose_sender_died_twice_is_given_up(session):
    told(session)
    for hours in (0, 1):
        recover_stuck(session, NOW + timedelta(hours=hours))
        assert len(claim_due(session, NOW + timedelta(hours=hours), 10)) == 1

    assert deliver(by_mail(PatientMailer(), short_letter, lambda: NOW + timedelta(hours=2))) == 0
    assert (mail(session)[0].state, mail(session)[0].error) == (NoticeState.FAILED, "stuck")


def test_letters_about_accounts_forget_their_secrets_once_sent(session, client):
    make_user(session, email="malee@market.example")
    client.post("/sign-in/code", data={"identity": "malee@market.example"})

    deliver(by_mail(PatientMailer(), short_letter, utc_now))

    assert [row.payload for row in mail(session)] == [{}]


def test_two_workers_never_take_the_same_letter(committed):
    with transaction() as session:
        users = [make_user(session) for _ in range(20)]
        notify_many(
            session,
            [NewNotice(event="x.y", subject="x:1", payload={}, user_id=user.id) for user in users],
            NOW,
        )
    mailers, gate = [PatientMailer(), PatientMailer()], threading.Barrier(2)

    def work(mailer):
        with committed.app_context():
            gate.wait()
            deliver(by_mail(mailer, short_letter, utc_now))

    threads = [threading.Thread(target=work, args=[mailer]) for mailer in mailers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    sent = [letter.to for mailer in mailers for letter in mailer.sent]
    assert sorted(sent) == sorted(user.email for user in users)
    assert not db.session.scalars(select(Notice).where(Notice.state == "due")).all()


def test_the_task_writes_a_file_where_no_server_is_set(committed, celery, config):
    with transaction() as session:
        user = make_user(session, email="malee@market.example")
        notify(session, event="x.unknown", subject="x:1", payload={}, now=NOW, user_id=user.id)
    committed.test_client().post("/sign-in/code", data={"identity": "malee@market.example"})

    celery.tasks["notices.sweep"]()

    kept = [path.read_text() for path in (config.market_home / "mail").glob("*.eml")]
    assert any("To: malee@market.example" in letter for letter in kept)
    states = db.session.execute(
        select(Notice.event, Notice.state).where(Notice.channel == Channel.EMAIL)
    ).all()
    assert set(states) == {
        ("x.unknown", NoticeState.FAILED),
        ("account.mail", NoticeState.SENT),
    }


def test_smtp_failures_are_a_reason_to_wait():
    mailer = SmtpMailer("smtp://127.0.0.1:1", "market@market.example")
    with pytest.raises(Unavailable) as failure:
        mailer.send(Letter("1", "a@b.example", "s", "t", ""))

    assert failure.value.data == {"reason": "ConnectionRefusedError"}
