"""A letter that came back as a mail server reports it, and a mailbox to read it from."""

from datetime import timedelta

from market.notices.commands import set_ways
from market.notices.flows import deliver
from market.notices.returned.flows import read_returned
from market.notices.returned.gateway import ImapMailbox
from market.notices.returned.rules import Seal
from tests.notices.ladder_kit import (
    EMAIL,
    NOON,
    SMS,
    post,
    rungs,
    tell,
)

NEWS = "order.ready"  # essential: by text message, too
SEAL = Seal("k" * 40)
DAY = timedelta(days=1)
REF = SEAL.ref("notice-44")

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


ON_HOLIDAY = (
    f"Auto-Submitted: auto-replied\r\nTo: b+{REF}@market.example\r\n\r\nOn holiday".encode()
)


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
