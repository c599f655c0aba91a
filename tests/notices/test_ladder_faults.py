"""When the money is gone, a service is away or a sender dies: no message twice, none lost."""

import threading
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from market.db import transaction
from market.errors import Refused, Unavailable
from market.notices.commands import set_ways
from market.notices.contacts import leave
from market.notices.flows import deliver
from market.notices.metering import health_of, take_quota
from market.notices.models import ChannelMonth, Notice
from market.notices.rules import (
    away_minutes,
)
from market.notices.sending import claim_due, recover_stuck, send_again
from tests.factories.accounts import make_user
from tests.factories.mail import PatientMailer, short_letter
from tests.notices.ladder_kit import (
    CALL,
    DUE,
    EMAIL,
    FAILED,
    LINE,
    NEWS,
    NOON,
    PUSH,
    SMS,
    limit,
    post,
    reachable,
    rungs,
    sent,
    tell,
)


def test_a_way_that_nobody_carries_or_that_is_blocked_lets_only_the_next_one_come(session, leader):
    tell(session, leader)
    some = post(NOON)
    del some.carriers[LINE]
    deliver(some)
    assert sent(some) == {PUSH}
    assert (rungs(session)[LINE].error, rungs(session)[EMAIL].state) == ("no_carrier", DUE)

    tell(session, leader, NEWS, round_id=2)
    leave(session, LINE, "U1", now=NOON)
    deliver(after := post(NOON))
    assert sent(after) == {PUSH}
    assert rungs(session, NEWS)[LINE].error == "left_chat"


def test_a_month_s_budget_is_never_passed_and_essential_messages_have_a_reserve(session, leader):
    other = reachable(session, "+66812345679", "U2")
    third = reachable(session, "+66812345670", "U3")
    limit(session, LINE, message_satang=50, month_satang=100, reserve_percent=50)
    tell(session, leader, NEWS)
    tell(session, other, NEWS)
    deliver(used := post(NOON))
    assert len(used.carriers[LINE].sent) == 1
    assert len(used.carriers[PUSH].sent) == 1  # the next way instead
    assert "budget_used_up" in session.scalars(select(Notice.error)).all()

    tell(session, third)
    deliver(essential := post(NOON))

    assert sent(essential) == {LINE}
    month = session.get(ChannelMonth, (LINE, NOON.date().replace(day=1)))
    assert (month.messages, month.satang) == (2, 100)


def test_what_is_no_budget_is_refused(session):
    for wrong in ({"reserve_percent": 101}, {"message_satang": -1}, {"month_messages": 10**9}):
        with pytest.raises(Refused):
            limit(session, SMS, **wrong)
    with pytest.raises(Refused):
        limit(session, EMAIL)


def test_two_senders_do_not_pass_a_limit_together(committed):
    with transaction() as session:
        user = make_user(session, phone="+66812345678")
        limit(session, SMS, month_messages=3, reserve_percent=0)
        tell(session, user)
        notice_id = rungs(session)[SMS].id
    taken, gate = [], threading.Barrier(4)

    def count():
        with committed.app_context():
            gate.wait()
            with transaction() as mine:
                taken.append(take_quota(mine, SMS, [notice_id], 2, essential=True, now=NOON))

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == [False, False, False, True]


def test_a_message_that_is_tried_again_is_counted_once(session, leader):
    limit(session, LINE, month_messages=1, reserve_percent=0)
    tell(session, leader, NEWS)
    deliver(post(NOON, LINE))
    assert rungs(session)[LINE].state == DUE

    deliver(again := post(NOON + timedelta(minutes=2)))

    assert sent(again) == {LINE}


def text_only(session):
    user = make_user(session, phone="+66812345678")
    set_ways(session, user.id, [SMS])
    tell(session, user)
    return rungs(session)[SMS]


def test_a_text_message_that_may_have_left_is_never_sent_twice(session):
    row = text_only(session)
    deliver(post(NOON, SMS, unsure=True))
    assert (rungs(session)[SMS].state, rungs(session)[SMS].error) == (FAILED, "unsure")
    assert rungs(session)[CALL].due_at == NOON  # a person calls instead, at once

    deliver(later := post(NOON + timedelta(hours=9)))
    assert sent(later) == set()
    assert send_again(session, row.id, NOON)  # somebody decides
    deliver(again := post(NOON))
    assert sent(again) == {SMS}


def test_a_sender_killed_after_counting_sends_no_text_message_again(session):
    row = text_only(session)
    claim_due(session, NOON, 10)
    recover_stuck(session, NOON + timedelta(hours=1))
    assert rungs(session)[SMS].state == DUE  # killed before it was counted: nothing left
    claim_due(session, NOON + timedelta(hours=1), 10)
    take_quota(session, SMS, [row.id], 1, essential=True, now=NOON)
    recover_stuck(session, NOON + timedelta(hours=2))

    assert (rungs(session)[SMS].state, rungs(session)[SMS].error) == (FAILED, "unsure")


def test_a_channel_that_fails_again_and_again_is_left_alone_then_stepped_over(session, leader):
    users = [leader, *(reachable(session, f"+6681234560{n}", f"U{n + 2}") for n in range(4))]
    for user in users:
        tell(session, user, NEWS)
    down = post(NOON, LINE)

    deliver(down)

    assert down.carriers[LINE].asked == 3  # not five: two were given back untried
    tries = session.scalars(select(Notice.attempts).where(Notice.channel == LINE)).all()
    assert sorted(tries) == [0, 0, 1, 1, 1]
    assert health_of(session)[LINE].away_until == NOON + timedelta(minutes=1)
    later = NOON + timedelta(hours=1)
    deliver(stepped := post(later, LINE))  # one more failure is enough to see that it is away
    assert stepped.carriers[LINE].asked == 1
    assert sent(stepped) == {PUSH}
    assert len(stepped.carriers[PUSH].sent) == 4
    deliver(post(later + timedelta(hours=1)))
    assert health_of(session)[LINE].failures == 0


@given(st.integers(0, 10**6))
def test_a_channel_is_never_left_alone_for_longer_than_half_an_hour(failures):
    assert 0 <= away_minutes(failures) <= 30
    assert (away_minutes(failures) > 0) == (failures >= 3)


def test_a_failed_message_is_sent_again_when_somebody_says_so_once(session, leader):
    tell(session, leader)
    line = rungs(session)[LINE]
    line.state, line.error = FAILED, "line_refused"
    session.flush()

    assert send_again(session, line.id, NOON)
    assert not send_again(session, line.id, NOON)
    deliver(used := post(NOON))
    assert LINE in sent(used)


def test_away_is_tried_later(session, leader):
    tell(session, leader)
    with pytest.raises(Unavailable):
        PatientMailer(away=1).send(short_letter)
    deliver(post(NOON, LINE))
    assert (rungs(session)[LINE].state, rungs(session)[LINE].attempts) == (DUE, 1)
