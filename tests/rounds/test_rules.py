"""A round's life and its timetable."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.rounds.rules import (
    ROUND_MOVES,
    RoundState,
    delivery_index,
    is_open,
    may_move,
    ready_date_index,
    timetable_faults,
)
from tests.factories.rounds import NOON, times


def test_the_cut_off_moment_itself_is_too_late():
    assert is_open(RoundState.OPEN, NOON, NOON - timedelta(microseconds=1))
    assert not is_open(RoundState.OPEN, NOON, NOON)
    assert not is_open(RoundState.CLOSED, NOON, NOON - timedelta(days=1))


def test_every_state_leads_to_an_end_and_ends_lead_nowhere():
    for state in RoundState:
        seen, waiting = set(), {state}
        while waiting:
            here = waiting.pop()
            seen.add(here)
            waiting |= ROUND_MOVES[here] - seen
        assert seen & {RoundState.COMPLETED, RoundState.CANCELLED}
    assert not ROUND_MOVES[RoundState.COMPLETED]
    assert not ROUND_MOVES[RoundState.CANCELLED]


def test_nothing_is_cancelled_once_it_is_being_made():
    assert may_move(RoundState.PAYING, RoundState.CANCELLED)
    assert not may_move(RoundState.PRODUCING, RoundState.CANCELLED)


@given(st.integers(1, 60))
def test_a_maker_is_ready_no_sooner_than_its_lead_time_after_the_pay_by_day(lead_days):
    at = times()
    index = ready_date_index(at, lead_days)
    ready_on = at.pay_by.date() + timedelta(days=lead_days)
    if index is None:
        assert ready_on > at.delivery_on[-1]
    else:
        assert ready_on <= at.delivery_on[index]
        assert index == 0 or at.delivery_on[index - 1] < ready_on


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"opens_at": NOON + timedelta(days=9)}, "opens_after_cut_off"),
        ({"answer_by": NOON}, "answer_before_cut_off"),
        ({"pay_by": NOON + timedelta(days=3, hours=1)}, "pay_before_last_answer"),
        ({"delivery_on": ()}, "delivery_dates_not_ascending"),
    ],
)
def test_a_timetable_that_does_not_fit_says_where(change, fault):
    assert timetable_faults(times(), 5) == []
    assert fault in timetable_faults(replace(times(), **change), 5)


def test_the_longest_lead_must_meet_a_delivery_date():
    assert timetable_faults(times(), 60) == ["longest_lead_misses_delivery"]


def test_a_point_is_served_on_its_own_weekday():
    days = times().delivery_on  # Friday, Saturday, Sunday
    assert delivery_index(days, 5) == 1
    assert delivery_index(days, None) == 0
    assert delivery_index(days, 2) is None
