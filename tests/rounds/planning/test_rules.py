"""When a template's rounds happen, and how days off move them."""

from datetime import date, timedelta
from itertools import islice

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from market.rounds.planning.holidays import holidays_between, holidays_of
from market.rounds.planning.rules import (
    HolidayRule,
    delivery_days,
    due_days,
    next_delivery,
    occurrence,
    timetable_on,
)
from market.rounds.rules import Cycle, timetable_faults
from tests.factories.rounds import a_pace

FRIDAY = date(2026, 12, 18)


@pytest.mark.parametrize(
    ("cycle", "expected"),
    [
        (Cycle.WEEKLY, [date(2027, 1, 1), date(2027, 1, 8), date(2027, 1, 15)]),
        (Cycle.BIWEEKLY, [date(2027, 1, 1), date(2027, 1, 15), date(2027, 1, 29)]),
        (Cycle.MONTHLY, [date(2027, 1, 15), date(2027, 2, 19), date(2027, 3, 19)]),
    ],
)
def test_rounds_come_back_on_the_same_weekday(cycle, expected):
    days = due_days(a_pace(cycle=cycle), date(2026, 12, 26))

    assert list(islice(days, 3)) == expected


def test_a_fifth_friday_is_the_last_one_of_the_month():
    monthly = a_pace(cycle=Cycle.MONTHLY, first_on=date(2027, 1, 29))

    assert list(islice(due_days(monthly, FRIDAY), 3)) == [
        date(2027, 1, 29), date(2027, 2, 26), date(2027, 3, 26),
    ]  # fmt: skip


@settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(Cycle), st.integers(0, 400), st.integers(1, 400))
def test_what_is_due_is_due_whenever_one_looks(cycle, start, later):
    first = FRIDAY + timedelta(days=start)
    repeated = a_pace(cycle=cycle, first_on=first)
    since = FRIDAY + timedelta(days=later)
    days = list(islice(due_days(repeated, since), 4))

    assert all(day >= max(first, since) and day.weekday() == first.weekday() for day in days)
    assert [next_delivery(cycle, first, day) for day in days[:-1]] == days[1:]
    assert days == [day for day in islice(due_days(repeated, first), 80) if day >= since][:4]


@settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(HolidayRule), st.sets(st.integers(-20, 12), max_size=12))
def test_a_moved_round_meets_no_day_off_and_keeps_every_step(rule, offsets):
    closed = {FRIDAY + timedelta(days=offset) for offset in offsets}
    moving = a_pace(holidays=rule)
    found = occurrence(moving, FRIDAY, closed)

    if found.delivery_on is None:
        assert found.met in closed
        return
    cut_off = found.delivery_on - timedelta(days=16)
    assert not closed & {*delivery_days(moving, found.delivery_on), cut_off}
    assert (found.met is None) == (found.delivery_on == FRIDAY)
    way = (found.delivery_on - FRIDAY).days
    assert {HolidayRule.BEFORE: way <= 0, HolidayRule.AFTER: way >= 0}.get(rule, way == 0)
    assert timetable_faults(timetable_on(moving, found.delivery_on), 5) == []


@pytest.mark.parametrize(
    ("rule", "moved_to"),
    [
        (HolidayRule.BEFORE, date(2027, 4, 10)),
        (HolidayRule.AFTER, date(2027, 4, 16)),
        (HolidayRule.SKIP, None),
    ],
)
def test_songkran_moves_a_round_as_its_template_says(rule, moved_to):
    closed = holidays_between(date(2027, 3, 1), date(2027, 4, 30))
    found = occurrence(a_pace(holidays=rule), date(2027, 4, 12), closed)

    assert (found.delivery_on, found.met) == (moved_to, date(2027, 4, 13))


def test_thai_holidays_have_days_of_the_moon_days_in_lieu_and_both_names():
    """Makha Bucha 2027 fell on a Sunday; the Cabinet's list of 2027 gives the Monday in lieu."""
    of_2027 = holidays_of(2027)

    assert of_2027[date(2027, 2, 21)] == ("วันมาฆบูชา", "Makha Bucha")
    assert of_2027[date(2027, 2, 22)][0].startswith("ชดเชย")
    assert of_2027[date(2027, 12, 6)] == ("ชดเชยวันพ่อแห่งชาติ", "National Father's Day (in lieu)")
    assert holidays_of(2058) == {}, "beyond the years that are computed nothing is made up"
