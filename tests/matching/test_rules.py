"""Who gets what was confirmed, which parts are possible, and by when. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.errors import Refused
from market.matching.rules import (
    Share,
    answer_deadline,
    check_part,
    part_range,
    paying_deadline,
    spread,
)

NOON = datetime(2026, 11, 26, 5, 0, tzinfo=UTC)


@st.composite
def shares(draw: st.DrawFn) -> list[Share]:
    """Up to eight assignments of up to five lines; a line is whole or not in all its parts."""
    lines = draw(st.lists(st.tuples(st.integers(0, 20), st.booleans()), min_size=1, max_size=5))
    rows = draw(st.lists(st.tuples(st.integers(0, len(lines) - 1), st.integers(1, 12)), max_size=8))
    return [
        Share(assignment_id=n, line_id=line, units=units, line_left=lines[line][0],
              whole=lines[line][1])
        for n, (line, units) in enumerate(rows)
    ]  # fmt: skip


@given(st.integers(0, 60), shares())
def test_spread_never_gives_more_than_there_is_or_than_anybody_may_get(
    units: int, rows: list[Share]
) -> None:
    given_units = spread(units, rows)

    assert sum(given_units.values()) <= units
    for row in rows:
        assert given_units.get(row.assignment_id, 0) <= row.units
    for line_id in {row.line_id for row in rows}:
        parts = [row for row in rows if row.line_id == line_id]
        got = sum(given_units.get(part.assignment_id, 0) for part in parts)
        room = min(parts[0].line_left, sum(part.units for part in parts))
        assert got <= room
        assert not parts[0].whole or got in (0, room)


@given(st.integers(0, 60), shares())
def test_spread_leaves_nothing_over_that_somebody_would_take_in_part(
    units: int, rows: list[Share]
) -> None:
    given_units = spread(units, rows)

    if sum(given_units.values()) < units:
        for row in rows:
            parts = [other for other in rows if other.line_id == row.line_id]
            got = sum(given_units.get(part.assignment_id, 0) for part in parts)
            if not row.whole:
                assert got == min(row.line_left, sum(part.units for part in parts))


def test_spread_keeps_the_order_it_is_given() -> None:
    rows = [
        Share(assignment_id=n, line_id=n, units=10, line_left=10, whole=False) for n in (3, 1, 2)
    ]

    assert spread(15, rows) == {3: 10, 1: 5}


@given(st.integers(1, 200), st.integers(1, 30), st.integers(1, 100), st.integers(0, 100))
def test_every_part_in_range_is_whole_lots_and_keeps_the_minimum(
    asked: int, lot: int, minimum: int, elsewhere: int
) -> None:
    parts = part_range(asked, lot, minimum, elsewhere)

    allowed = {
        units for units in range(1, asked) if units % lot == 0 and units + elsewhere >= minimum
    }
    assert set(range(parts.low, parts.high + 1, parts.step)) == allowed
    assert parts.possible == bool(allowed)
    for units in allowed:
        assert check_part(units, parts) == units


def test_an_impossible_part_says_so() -> None:
    with pytest.raises(Refused, match="part_not_possible"):
        check_part(5, part_range(20, 20, 20, 0))


@pytest.mark.parametrize(
    ("first_in_hours", "rematches", "expected_hours"),
    [(24, 0, 24), (5, 0, 12), (-100, 0, 12), (24, 1, 12)],
)
def test_groups_get_the_timetables_moment_or_fair_time(
    first_in_hours: int, rematches: int, expected_hours: int
) -> None:
    first = NOON + timedelta(hours=first_in_hours)

    deadline = answer_deadline(first, 12, rematches, NOON)

    assert deadline == NOON + timedelta(hours=expected_hours)


@pytest.mark.parametrize(("late_hours", "moved_hours"), [(-5, 0), (0.5, 0), (30, 30)])
def test_buyers_keep_their_time_to_pay_after_an_outage(
    late_hours: float, moved_hours: float
) -> None:
    pay_by = NOON + timedelta(hours=20)

    found = paying_deadline(pay_by, NOON, NOON + timedelta(hours=late_hours))

    assert found == pay_by + timedelta(hours=moved_hours)
