"""Letters that came back: what becomes of the notice, and of the address."""

import logging
from datetime import timedelta

from sqlalchemy import select

from market.notices.flows import tidy
from market.notices.models import Notice
from market.notices.returned.commands import note_wrong, trust_again
from market.notices.returned.models import WrongAddress
from market.notices.returned.queries import is_wrong
from market.notices.rules import NoticeState
from tests.notices.ladder_kit import (
    CALL,
    DUE,
    EMAIL,
    FAILED,
    NOON,
    SENT,
    SMS,
    SPARE,
    rungs,
    tell,
)
from tests.notices.returned_kit import DAY, ON_HOLIDAY, look, mailed, report


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
