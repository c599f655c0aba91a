"""Ways one after another: who is told how, when it is night, and when it ends."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from market.errors import Conflict, Refused
from market.notices.calls import calls_waiting, note_call
from market.notices.commands import mark_seen, notify, set_ways, settle
from market.notices.flows import deliver, tidy
from market.notices.models import Notice
from market.notices.rules import (
    OWN_WAYS,
    RINGING,
    Channel,
    code_in,
    is_quiet,
    moved,
    open_channels,
    sms_parts,
)
from tests.factories.accounts import make_buyer, make_user
from tests.notices.ladder_kit import (
    CALL,
    DUE,
    EMAIL,
    FAILED,
    LINE,
    NEWS,
    NIGHT,
    NOON,
    PUSH,
    SENT,
    SKIPPED,
    SMS,
    post,
    rungs,
    sent,
    tell,
)


def minutes(session):
    return {
        channel: round((row.due_at - NOON).total_seconds() / 60)
        for channel, row in rungs(session).items()
    }


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
