"""Letters that came back: what mail servers report, read from a mailbox on a real socket."""

import logging
import smtplib
import ssl
import threading
import time
from contextlib import contextmanager
from datetime import timedelta
from email import message_from_bytes

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from market.clock import utc_now
from market.db import db, transaction
from market.notices.commands import notify, set_ways
from market.notices.flows import deliver, tidy
from market.notices.gateway import SmtpMailer, WayBack, compose
from market.notices.models import Notice
from market.notices.returned.commands import note_wrong, take_turn, trust_again
from market.notices.returned.flows import read_returned, report_of
from market.notices.returned.gateway import ImapMailbox, mailbox_for
from market.notices.returned.models import ReturnedMail, WrongAddress
from market.notices.returned.queries import is_wrong, returned_of
from market.notices.returned.rules import Seal, report_in, says_wrong
from market.notices.rules import Letter, NoticeState
from tests.factories.accounts import make_user
from tests.fakes.imap_server import fake_imap
from tests.notices.ladder_kit import (
    CALL,
    DUE,
    EMAIL,
    FAILED,
    NOON,
    SENT,
    SMS,
    SPARE,
    post,
    rungs,
    tell,
)

NEWS = "order.ready"  # essential: by text message, too
SEAL = Seal("k" * 40)
DAY = timedelta(days=1)

REPORT = """\
Return-Path: <>
From: MAILER-DAEMON@mx.example
To: {to}
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B"

--B
Content-Type: text/plain

Sorry.

--B
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; malee@buyer.example
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 {status} no

--B
Content-Type: {quoted}

Message-ID: <{ref}@market.example>
Subject: x

words
--B--
"""


def report(
    ref, *, action="failed", status="5.1.1", quoted="message/rfc822", to="bounces@market.example"
):
    words = REPORT.format(ref=ref, action=action, status=status, quoted=quoted, to=to)
    return words.replace("\n", "\r\n").encode()


@pytest.fixture
def box():
    with fake_imap() as started:
        yield started


def look(box, now=NOON, **more):
    return read_returned(ImapMailbox(box.url, **more), SEAL, lambda: now)


def mailed(session, leader, *, now=NOON, event=NEWS, **news):
    """News left by mail first, a text message in reserve; its name."""
    set_ways(session, leader.id, [EMAIL, SMS])
    tell(session, leader, event=event, now=now, **news)
    used, rows = post(now), rungs(session)
    used.carriers[EMAIL].ref = ref = SEAL.ref(f"notice-{rows[EMAIL].id}")
    deliver(used)
    return ref


# --- what a report says


def test_a_name_is_known_again_and_cannot_be_made_up():
    ref = SEAL.ref("notice-44")
    assert SEAL.find(["x", f"<{ref.upper()}@market.example>"]) == ref
    assert Seal("another" * 6).find([ref]) is None
    for wrong in (ref[:-1], ref + "a", ref.replace("44", "45"), "notice-44.", "", "notice-44"):
        assert SEAL.find([wrong]) is None


@pytest.mark.parametrize(
    ("told", "failed", "wrong"),
    [
        ({}, True, True),
        ({"status": "5.1.10"}, True, True),
        ({"status": "5.2.2"}, True, False),  # full
        ({"status": "5.7.1"}, True, False),  # what it says is refused, not the address
        ({"status": "4.4.7"}, True, False),  # given up
        ({"status": "15.1.1"}, True, False),
        ({"action": "delayed", "status": "4.2.2"}, False, False),
        ({"action": "delivered", "status": "2.0.0"}, False, False),
        ({"action": "FAILED"}, True, True),
        ({"quoted": "text/rfc822-headers"}, True, True),
    ],
)
def test_reports_are_read(told, failed, wrong):
    ref = SEAL.ref("notice-44")
    found = report_in(report(ref, **told), SEAL)
    assert (found.ref, found.failed, found.wrong) == (ref, failed, wrong)


def test_the_address_it_came_back_to_names_it_where_nothing_is_quoted():
    ref = SEAL.ref("notice-44")
    returned = report("else", to=f"bounces+{ref}@market.example", quoted="text/plain")
    assert report_in(returned, SEAL).ref == ref


def test_one_of_several_that_arrived_is_enough():
    ref = SEAL.ref("notice-44")
    also = b"Action: delivered\r\nStatus: 2.1.5\r\n\r\n--B\r\nContent-Type: message/rfc822"
    both = report(ref).replace(b"--B\r\nContent-Type: message/rfc822", also)
    assert not report_in(both, SEAL).failed


REF = SEAL.ref("notice-44")
ON_HOLIDAY = (
    f"Auto-Submitted: auto-replied\r\nTo: b+{REF}@market.example\r\n\r\nOn holiday".encode()
)


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"\0\xff",
        ON_HOLIDAY,
        report("notice-44.aaaaaaaaaaaaaaaaaaaaaaaaaa"),
        report(Seal("z" * 40).ref("notice-44")),
        report(REF).replace(b"Action: failed", b"X: y"),
        report(REF).replace(b"delivery-status;", b"disposition-notification;"),
        report(REF)[:250],
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=B\r\n\r\n"
        + b"--B\r\nContent-Type: multipart/mixed; boundary=B\r\n\r\n" * 300,
    ],
)
def test_what_is_no_report_of_ours_is_none(message):
    assert report_in(message, SEAL) is None


@settings(max_examples=40)
@given(st.binary(max_size=300), st.integers(0, 900))
def test_rubbish_within_a_report_stops_nobody(rubbish, at):
    whole = report(REF)
    found = report_of(whole[:at] + rubbish + whole[at:], SEAL)
    assert found is None or found.ref == REF


def test_words_of_servers_name_the_address_as_wrong_or_do_not():
    assert says_wrong("b'5.1.1 <a@b.example>: user unknown'")
    assert says_wrong("smtp; 550 5.2.1 disabled")
    assert not says_wrong("554 5.7.1 relay denied from 15.1.1.9")


# --- how letters leave


def test_a_letter_says_where_it_comes_back_to_and_who_it_is(monkeypatch):
    sent = []

    class Server:
        def send_message(self, message, from_addr=None):
            sent.append((message["Message-ID"], from_addr))

    @contextmanager
    def connect(_self):
        yield Server()

    monkeypatch.setattr(SmtpMailer, "_connect", connect)
    letter, ref = Letter("notice-7", "a@b.example", "s", "t"), SEAL.ref("notice-7")

    def send(back):
        return SmtpMailer("smtp://mail.example", "m@market.example", back).send(letter)

    assert send(WayBack("b+*@market.example", SEAL)) == ref
    assert send(WayBack("b@market.example", SEAL)) == ref
    assert send(None) is None
    assert sent == [
        (f"<{ref}@market.example>", f"b+{ref}@market.example"),
        (f"<{ref}@market.example>", "b@market.example"),
        ("<notice-7@market.example>", None),
    ]


def test_a_letter_that_travels_and_comes_back_is_known():
    ref = SEAL.ref("notice-7")
    bytes_ = compose(
        Letter("notice-7", "a@b.example", "ข่าว", "t"), "m@market.example", ref
    ).as_bytes()
    empty = report("x").replace(
        b"Message-ID: <x@market.example>\r\nSubject: x\r\n\r\nwords\r\n", bytes_
    )
    assert message_from_bytes(empty)["To"] == "bounces@market.example"
    assert report_in(empty, SEAL).ref == ref


@pytest.mark.parametrize(("said", "wrong"), [(b"5.1.1 unknown", True), (b"relaying denied", False)])
def test_a_server_that_says_at_once_that_the_address_is_wrong_is_believed(
    session, leader, monkeypatch, said, wrong
):
    class Server:
        def __enter__(self):
            return self

        def __exit__(self, *_why):
            """Goodbye."""

        def send_message(self, message, from_addr=None):
            raise smtplib.SMTPRecipientsRefused({message["To"]: (550, said)})

    monkeypatch.setattr(SmtpMailer, "_connect", lambda _self: Server())
    set_ways(session, leader.id, [EMAIL])
    tell(session, leader, event=NEWS)
    used = post(NOON)
    used.carriers[EMAIL] = SmtpMailer("smtp://mail.example", "a@b.example")
    deliver(used)

    assert rungs(session)[EMAIL].error == "mail_no_mailbox"
    assert [row.address for row in session.scalars(select(WrongAddress))] == [leader.email] * wrong


# --- what becomes of the notice


def test_a_letter_that_came_back_takes_the_next_way_once(session, leader, box):
    ref = mailed(session, leader)
    assert rungs(session)[SMS].state is SPARE
    uid = box.put(report(ref))

    assert look(box) == 1
    found = rungs(session)
    assert (found[EMAIL].state, found[EMAIL].error) == (FAILED, "mail_wrong")
    assert (found[SMS].state, found[SMS].due_at) == (DUE, NOON)
    assert box.seen == {uid}

    box.put(report(ref))  # the same again, by another way
    assert look(box) == 0
    assert len(box.seen) == 2


def test_a_full_mailbox_says_nothing_of_the_address_and_a_late_letter_nothing_at_all(
    session, leader, box
):
    ref = mailed(session, leader)
    box.put(report(ref, action="delayed", status="4.2.2"))
    assert look(box) == 0
    assert rungs(session)[EMAIL].state is SENT

    box.put(report(ref, status="5.2.2"))
    assert look(box) == 1
    assert rungs(session)[EMAIL].error == "mail_lost"
    assert session.scalars(select(WrongAddress)).all() == []


def test_a_question_that_came_back_is_asked_by_the_next_way_at_once(session, leader, box):
    box.put(report(mailed(session, leader, event="batch.asked")))
    assert rungs(session)[SMS].due_at > NOON
    look(box)
    assert rungs(session)[SMS].due_at == NOON
    assert rungs(session)[CALL].due_at > NOON


def test_what_is_not_ours_is_left_counted_and_not_looked_at_again(session, leader, box, caplog):
    ref = mailed(session, leader)
    for message in (ON_HOLIDAY, report("notice-1.aaaaaaaaaaaaaaaaaaaaaaaaaa"), b"\0", report(ref)):
        box.put(message)
    with caplog.at_level(logging.INFO, "market"):
        assert look(box) == 1
    assert box.seen == {4}
    assert "{'left': 3, 'back': 1}" in caplog.text

    look(box)
    assert box.read == [1, 2, 3, 4]
    box.validity = 2  # the mailbox was made anew: all its numbers are
    look(box)
    assert box.read == [1, 2, 3, 4, 1, 2, 3]


def test_a_report_that_is_quicker_than_ourselves_waits(session, leader, box):
    ref = mailed(session, leader)
    row = rungs(session)[EMAIL]
    row.state, row.carrier_ref = NoticeState.SENDING, None
    session.flush()
    box.put(report(ref))
    box.put(b"else")
    look(box)
    assert box.seen == set()

    row.state, row.carrier_ref = SENT, ref
    session.flush()
    assert look(box) == 1
    assert (box.seen, box.read) == ({1}, [1, 2, 1, 2])


def test_a_letter_whose_notice_is_gone_is_dealt_with(session, leader, box):
    ref = mailed(session, leader)
    session.delete(rungs(session)[EMAIL])
    session.flush()
    box.put(report(ref))
    assert look(box) == 0
    assert box.seen == {1}


def test_who_dies_between_noting_and_marking_does_no_harm(session, leader, box):
    box.put(report(mailed(session, leader)))
    box.trouble["store"] = "hang up"
    look(box)
    assert (rungs(session)[EMAIL].state, box.seen) == (FAILED, set())
    first = rungs(session)[SMS].due_at

    box.trouble.clear()
    assert look(box, NOON + timedelta(hours=1)) == 0
    assert box.seen == {1}
    assert rungs(session)[SMS].due_at == first
    assert [row.failures for row in session.scalars(select(WrongAddress))] == [1]


def test_spare_ways_of_letters_that_did_not_come_back_go(session, leader):
    mailed(session, leader)
    tidy(NOON + DAY)
    assert SMS in rungs(session)
    tidy(NOON + 3 * DAY)
    assert set(rungs(session)) == {EMAIL}


# --- addresses that are wrong


def test_an_address_that_takes_nothing_on_two_days_is_no_way_until_somebody_trusts_it(
    session, leader, box
):
    for n in range(2):
        box.put(report(mailed(session, leader, subject=f"order:{n}")))
        for row in session.scalars(select(Notice).where(Notice.channel == SMS)):
            session.delete(row)
    look(box)
    assert not is_wrong(session, leader.email, NOON)  # one day

    note_wrong(session, leader.email, NOON + DAY)
    assert is_wrong(session, leader.email, NOON + DAY)
    tell(session, leader, event="order.pay", now=NOON + DAY)
    assert set(rungs(session, "order.pay")) == {SMS}
    assert not is_wrong(session, leader.email, NOON + 40 * DAY)
    tidy(NOON + 59 * DAY)
    assert session.scalars(select(WrongAddress)).one().failures == 2

    trust_again(session, leader.email)
    tell(session, leader, event="order.paid", now=NOON + DAY)
    assert EMAIL in rungs(session, "order.paid")
    note_wrong(session, leader.email, NOON)
    tidy(NOON + 61 * DAY)
    assert session.scalars(select(WrongAddress)).all() == []


# --- a mailbox in trouble


@pytest.mark.parametrize(
    ("where", "how", "reason"),
    [
        ("login", "no", "mailbox_login"),
        ("select", "no", "mailbox_folder"),
        ("search", "no", "mailbox_nonsense"),
        ("fetch", "no", "mailbox_nonsense"),
        ("greet", "hang up", "mailbox_away"),
        ("greet", "nonsense", "mailbox_away"),
        ("search", "nonsense", "mailbox_away"),
        ("fetch", "hang up", "mailbox_away"),
        ("fetch", "huge", "mailbox_away"),
        ("search", "drip", "mailbox_away"),
    ],
)
def test_a_mailbox_that_cannot_be_read_is_said_and_left_alone_for_a_while(
    session, box, where, how, reason
):
    box.put(report("x"))
    box.trouble[where] = how
    look(box, most_seconds=0.3)

    found = returned_of(session, NOON)
    assert (found.failures, found.reason) == (1, reason)
    assert found.away_until == NOON + timedelta(minutes=1)
    sessions = box.sessions
    look(box)
    assert box.sessions == sessions

    box.trouble.clear()
    look(box, NOON + timedelta(minutes=1))
    found = returned_of(session, NOON)
    assert (found.failures, found.reason, found.away_until) == (0, "", None)
    assert found.read_at == NOON + timedelta(minutes=1)


def test_no_server_at_all_is_said(session):
    mailbox = mailbox_for("imap://a:b@127.0.0.1:1/INBOX")
    assert read_returned(mailbox, SEAL, lambda: NOON) == 0
    assert returned_of(session, NOON).reason == "ConnectionRefusedError"
    assert mailbox_for(None) is None


def test_two_readers_at_once_are_one(committed, box):
    with transaction() as session:
        user = make_user(session)
        notify(session, event=NEWS, subject="x:1", payload={"link": "/"}, now=NOON, user_id=user.id)
        row = session.scalars(select(Notice).where(Notice.channel == EMAIL)).one()
        row.carrier_ref = SEAL.ref(f"notice-{row.id}")
        row.state, row.sent_at = SENT, NOON
        box.put(report(row.carrier_ref))
    box.pause_seconds, back, gate = 0.2, [], threading.Barrier(2)

    def work():
        with committed.app_context():
            gate.wait()
            back.append(look(box))

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(back) == [0, 1]
    assert (box.sessions, box.seen) == (1, {1})
    db.session.rollback()
    assert db.session.scalars(select(ReturnedMail.claimed_until)).all() == [None]


def test_a_turn_ends_in_time_and_the_next_one_goes_on(session, box):
    for _ in range(3):
        box.put(b"else")
    ticks = iter(range(0, 10_000, 25))
    mailbox = ImapMailbox(box.url)
    read_returned(mailbox, SEAL, lambda: NOON + timedelta(seconds=next(ticks)))
    assert box.read == [1]
    box.trouble["store"] = "no"
    read_returned(mailbox, SEAL, lambda: NOON + timedelta(hours=1))
    assert box.read == [1, 2, 3]


def test_what_was_judged_before_a_break_is_not_judged_again(session, leader, box):
    box.put(b"else")
    box.put(report(mailed(session, leader)))
    box.trouble["store"] = "hang up"
    look(box)
    box.trouble.clear()
    look(box, NOON + timedelta(hours=1))
    assert (box.read, box.seen) == ([1, 2, 2], {2})


def test_tls_is_checked_against_the_host_and_cut_in_time(session, tmp_path, monkeypatch):
    ours = certificate(tmp_path)
    with fake_imap(ours) as box:
        look(box)
        assert returned_of(session, NOON).reason == "SSLCertVerificationError"
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
        look(box, NOON + timedelta(hours=1))
        assert returned_of(session, NOON).failures == 0
        box.trouble["search"] = "drip"
        look(box, NOON + timedelta(hours=2), most_seconds=0.3)
        assert returned_of(session, NOON).failures == 1


def certificate(folder):
    """A server's certificate for localhost that nobody trusts yet, in cert.pem."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name(
        [x509.NameAttribute(NameOID.COMMON_NAME, "localhost")]
    )  # fmt: skip
    now = utc_now()
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - DAY).not_valid_after(now + DAY)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    (folder / "cert.pem").write_bytes(made.public_bytes(Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context


@pytest.mark.parametrize("header", ["To", "Content-Type"])
@pytest.mark.parametrize("what", ['"', "(", ";", "a:", "<", "=?utf-8?q?a?= "])
def test_no_header_takes_long(header, what):
    start = time.process_time()
    report_of(
        f"{header}: multipart/report; {what * (20_000 // len(what))}\r\n".encode() + report(REF),
        SEAL,
    )
    assert time.process_time() - start < 2  # the library's newer policy: half a minute


def test_the_turn_of_a_reader_that_died_comes_to_an_end(session):
    assert take_turn(session, NOON)
    assert take_turn(session, NOON + timedelta(minutes=4)) is None
    assert take_turn(session, NOON + timedelta(minutes=5))
