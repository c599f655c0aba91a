"""What mail servers report about letters, and how letters leave so that they are known again."""

import smtplib
import time
from contextlib import contextmanager
from email import message_from_bytes

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from market.notices.commands import set_ways
from market.notices.flows import deliver
from market.notices.gateway import SmtpMailer, WayBack, compose
from market.notices.returned.flows import report_of
from market.notices.returned.models import WrongAddress
from market.notices.returned.rules import Seal, report_in, says_wrong
from market.notices.rules import Letter
from tests.notices.ladder_kit import (
    EMAIL,
    NOON,
    post,
    rungs,
    tell,
)
from tests.notices.returned_kit import NEWS, ON_HOLIDAY, REF, SEAL, report


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


@pytest.mark.parametrize("header", ["To", "Content-Type"])
@pytest.mark.parametrize("what", ['"', "(", ";", "a:", "<", "=?utf-8?q?a?= "])
def test_no_header_takes_long(header, what):
    start = time.process_time()
    report_of(
        f"{header}: multipart/report; {what * (20_000 // len(what))}\r\n".encode() + report(REF),
        SEAL,
    )
    assert time.process_time() - start < 2  # the library's newer policy: half a minute


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
