"""The mailbox of returned letters on a real socket: away, slow, talking nonsense, read by two."""

import ssl
import threading
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from sqlalchemy import select

from market.clock import utc_now
from market.db import db, transaction
from market.notices.commands import notify
from market.notices.models import Notice
from market.notices.returned.commands import take_turn
from market.notices.returned.flows import read_returned
from market.notices.returned.gateway import ImapMailbox, mailbox_for
from market.notices.returned.models import ReturnedMail
from market.notices.returned.queries import returned_of
from tests.factories.accounts import make_user
from tests.fakes.imap_server import fake_imap
from tests.notices.ladder_kit import (
    EMAIL,
    NOON,
    SENT,
)
from tests.notices.returned_kit import DAY, NEWS, SEAL, look, mailed, report


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


def test_the_turn_of_a_reader_that_died_comes_to_an_end(session):
    assert take_turn(session, NOON)
    assert take_turn(session, NOON + timedelta(minutes=4)) is None
    assert take_turn(session, NOON + timedelta(minutes=5))
