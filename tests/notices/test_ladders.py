"""Ways one after another: who is told how, when it is night, when the money is gone, and when
it ends.
"""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from market.accounts.own.models import Identity
from market.db import transaction
from market.errors import Conflict, Refused, Unavailable
from market.notices.calls import calls_waiting, note_call
from market.notices.commands import add_screen, mark_seen, notify, set_ways, settle
from market.notices.contacts import leave, meet
from market.notices.flows import Post, deliver, tidy
from market.notices.metering import Budget, health_of, set_budget, take_quota
from market.notices.models import ChannelMonth, Notice
from market.notices.rules import (
    OWN_WAYS,
    RINGING,
    Channel,
    NoticeState,
    Screen,
    away_minutes,
    code_in,
    is_quiet,
    moved,
    open_channels,
    sms_parts,
)
from market.notices.sending import claim_due, recover_stuck, send_again
from tests.factories.accounts import make_buyer, make_user
from tests.factories.mail import PatientMailer, one_letter, short_letter

NOON = datetime(2026, 11, 25, 5, tzinfo=UTC)  # in Bangkok
NIGHT = datetime(2026, 11, 25, 16, tzinfo=UTC)
DUE, SKIPPED, SENT, SPARE, FAILED = (
    NoticeState.DUE, NoticeState.SKIPPED, NoticeState.SENT, NoticeState.SPARE, NoticeState.FAILED,
)  # fmt: skip
LINE, PUSH, EMAIL, SMS, CALL = (
    Channel.LINE, Channel.PUSH, Channel.EMAIL, Channel.SMS, Channel.CALL,
)  # fmt: skip
NEWS = "order.confirmed"


@pytest.fixture
def leader(session):
    """Somebody who can be reached in every way."""
    return reachable(session, "+66812345678", "U1")


def reachable(session, phone, subject):
    user = make_user(session, phone=phone)
    session.add(Identity(user_id=user.id, provider="line", subject=subject, linked_at=NOON))
    session.flush()
    meet(session, LINE, subject, now=NOON)
    add_screen(session, user.id, Screen(f"https://push.example/{subject}", "p", "a"), NOON)
    session.flush()
    return user


def tell(session, user, event="batch.asked", now=NOON, subject="round:1:group:1", **payload):
    payload = {"group_id": 1, "round_id": 1, "link": "/l/secret"} | payload
    notify(session, event=event, subject=subject, payload=payload, now=now, user_id=user.id)


def rungs(session, event=None):
    session.expire_all()
    rows = session.scalars(select(Notice).where(Notice.channel != Channel.INAPP))
    return {row.channel: row for row in rows if event in (None, row.event)}


def post(now, *away, unsure=False):
    """Carriers of every channel; those named are away."""
    carriers = {one: PatientMailer(away=99 if one in away else 0, unsure=unsure) for one in Channel}
    del carriers[CALL]
    return Post(
        carriers=carriers, render=short_letter, clock=lambda: now, digest=one_letter,
    )  # fmt: skip


def sent(used):
    return {channel for channel, carrier in used.carriers.items() if carrier.sent}


def minutes(session):
    return {
        channel: round((row.due_at - NOON).total_seconds() / 60)
        for channel, row in rungs(session).items()
    }


def limit(session, channel, **budget):
    set_budget(session, channel, Budget(**budget), actor="user:1", now=NOON)


def test_a_question_climbs_one_way_after_another_and_a_person_calls_at_last(session, leader):
    tell(session, leader)

    assert minutes(session) == {LINE: 0, PUSH: 60, EMAIL: 120, SMS: 180, CALL: 300}
    assert rungs(session)[LINE].address == "U1"
    assert rungs(session)[SMS].address == "+66812345678"


def test_a_near_deadline_shortens_the_ladder(session, leader):
    tell(session, leader, answer_by=(NOON + timedelta(hours=5)).isoformat())

    assert minutes(session) == {LINE: 0, PUSH: 30, EMAIL: 60, SMS: 90, CALL: 150}


def test_who_cannot_be_reached_at_all_is_on_the_call_list_at_once(session):
    user = make_user(session, phone="+66812345678")
    set_ways(session, user.id, [])
    tell(session, user)

    assert minutes(session) == {CALL: 0}
    [call] = calls_waiting(session, NOON)
    assert (call.user_id, call.phone, call.last_channel) == (user.id, "+66812345678", None)


def test_news_goes_by_the_first_way_only_and_papers_by_mail(session, leader):
    tell(session, leader, NEWS)
    used = post(NOON)
    assert deliver(used) == 1
    assert sent(used) == {LINE}
    assert set(rungs(session)) == {LINE}  # spare ways are gone

    tell(session, leader, "payout.paid")
    deliver(papers := post(NOON))
    assert sent(papers) == {EMAIL}


def test_text_messages_are_for_what_costs_somebody_something(session, leader):
    tell(session, leader, "order.pay")
    assert SMS in rungs(session, "order.pay")
    tell(session, leader, NEWS)
    assert SMS not in rungs(session, NEWS)


def test_one_puts_one_s_ways_in_order(session, leader):
    set_ways(session, leader.id, [EMAIL, SMS, LINE])
    tell(session, leader)
    assert minutes(session) == {EMAIL: 0, SMS: 60, LINE: 120, CALL: 300}

    for wrong in ([CALL], [EMAIL, EMAIL]):
        with pytest.raises(Refused):
            set_ways(session, leader.id, wrong)
    set_ways(session, leader.id, [PUSH])
    tell(session, leader, NEWS)
    assert set(rungs(session, NEWS)) == {PUSH}


@given(st.permutations(OWN_WAYS), st.sampled_from(OWN_WAYS), st.booleans())
def test_moving_a_way_loses_none(ways, channel, up):
    after = moved(ways, channel, up=up)
    assert sorted(after) == sorted(ways)
    assert abs(after.index(channel) - ways.index(channel)) <= 1


def test_an_answer_ends_the_climb(session, leader):
    tell(session, leader)
    assert deliver(post(NOON)) == 1

    settle(session, "round:1:group:1")

    assert deliver(post(NOON + timedelta(hours=10))) == 0
    states = {channel: row.state for channel, row in rungs(session).items()}
    assert states == {LINE: SENT, PUSH: SKIPPED, EMAIL: SKIPPED, SMS: SKIPPED, CALL: SKIPPED}
    assert calls_waiting(session, NOON + timedelta(hours=10)) == []


def test_after_the_deadline_nobody_is_asked_nor_called(session, leader):
    tell(session, leader, answer_by=(NOON + timedelta(hours=5)).isoformat())
    deliver(late := post(NOON + timedelta(hours=6)))

    assert sent(late) == set()
    assert {row.error for row in rungs(session).values()} == {"too_late"}


def test_reading_the_inbox_ends_news_but_not_a_question(session, leader):
    tell(session, leader)
    tell(session, leader, NEWS)

    mark_seen(session, user_id=leader.id, buyer_ids=[], now=NOON)

    assert rungs(session, NEWS)[LINE].state == SKIPPED
    assert rungs(session, "batch.asked")[LINE].state == DUE


def test_no_phone_rings_at_night_and_the_night_s_news_come_in_one_message(session, leader):
    for number in range(3):
        tell(session, leader, NEWS, now=NIGHT, subject=f"order:{number}")
    tell(session, leader, "payout.paid", now=NIGHT)

    assert sent_at_night(session) == {EMAIL}
    morning = post(NIGHT + timedelta(hours=9))
    assert deliver(morning) == 3

    [letter] = morning.carriers[LINE].sent
    assert letter.text.count("\n") == 2
    carried = [row.carried_by for row in session.scalars(
        select(Notice).where(Notice.event == NEWS, Notice.channel == LINE).order_by(Notice.id)
    )]  # fmt: skip
    assert carried[0] is None
    assert len(set(carried[1:])) == 1


def sent_at_night(session):
    deliver(used := post(NIGHT))
    return sent(used)


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


def test_a_sent_message_keeps_no_signed_link(session, leader):
    tell(session, leader)
    deliver(post(NOON))

    links = {row.channel: row.payload.get("link") for row in session.scalars(select(Notice))}
    assert links[LINE] is None
    assert links[Channel.INAPP] is None
    assert links[CALL] is None
    assert links[EMAIL] == "/l/secret"  # still to be sent
    rows = rungs(session)
    rows[EMAIL].state, rows[SMS].state = SKIPPED, FAILED
    session.flush()
    for days, kept in ((1, "/l/secret"), (15, None)):
        tidy(NOON + timedelta(days=days))
        assert rungs(session)[SMS].payload.get("link") == kept
        assert rungs(session)[EMAIL].payload.get("link") is None


def test_the_call_list_says_what_was_tried_and_a_call_that_nobody_takes_comes_back(session, leader):
    tell(session, leader)
    deliver(post(NOON))
    later = NOON + timedelta(hours=6)
    deliver(post(later))
    mark_seen(session, user_id=leader.id, buyer_ids=[], now=later)

    [call] = calls_waiting(session, later, group_ids=[1])
    assert (call.round_id, call.group_id, call.name) == (1, 1, leader.name)
    assert call.last_channel in (PUSH, EMAIL, SMS)
    assert call.seen_at == later
    assert calls_waiting(session, later, group_ids=[2]) == []

    with pytest.raises(Refused):
        note_call(session, call.notice_id, note=" ", actor="user:1", now=later)
    note_call(session, call.notice_id, note="ไม่รับสาย", actor="user:1", now=later)
    assert calls_waiting(session, later) == []
    [again] = calls_waiting(session, later + timedelta(hours=2))
    assert again.tries == 1
    settle(session, "round:1:group:1")
    with pytest.raises(Conflict):
        note_call(session, call.notice_id, note="ไม่รับสาย", actor="user:1", now=later)


def test_a_guest_with_a_phone_only_gets_what_is_essential_by_text_message(session):
    guest = make_buyer(session, email=None, phone="+66812999777")
    notify(session, event="order.pay", subject="charge:1", payload={"number": "1"}, now=NOON,
           buyer_id=guest)  # fmt: skip
    assert set(rungs(session)) == {SMS}


@given(st.integers(0, 10**9))
def test_it_is_quiet_for_ten_and_a_half_hours_of_every_day(seconds):
    moment = NOON + timedelta(seconds=seconds)
    minutes = sum(is_quiet(moment + timedelta(minutes=n)) for n in range(0, 1440, 10))
    assert minutes == 63
    assert EMAIL in open_channels(moment)
    assert CALL not in open_channels(moment)
    assert RINGING.isdisjoint(open_channels(moment)) == is_quiet(moment)


@given(st.text(alphabet="กขคงจ12 ", max_size=400))
def test_a_thai_text_message_costs_one_for_seventy_letters(text):
    parts = sms_parts(text)
    assert parts == (1 if len(text) <= 70 else (len(text) + 66) // 67)


def test_an_emoji_counts_twice():
    assert sms_parts("🐟" * 35) == 1
    assert sms_parts("🐟" * 36) == 2


@given(st.text(max_size=40))
def test_any_text_is_a_code_or_none(text):
    assert (code_in(text) is None) or len(code_in(text)) == 8


def test_away_is_tried_later(session, leader):
    tell(session, leader)
    with pytest.raises(Unavailable):
        PatientMailer(away=1).send(short_letter)
    deliver(post(NOON, LINE))
    assert (rungs(session)[LINE].state, rungs(session)[LINE].attempts) == (DUE, 1)
