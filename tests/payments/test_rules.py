"""Who goes short, who gets freed units, and how a bank's reference is read."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.payments.rules import (
    Freed,
    Part,
    Unmet,
    bank_reference,
    drop_beyond,
    drop_incomplete,
    give_freed,
    must_ask_to_shrink,
)
from market.payments.sources import promised_by
from tests.factories.matching import NOW

CELL = (1, 2, 0)


def part(key: int, units: int, **more: object) -> Part:
    fields = {
        "assignment_id": key, "batch_id": 1, "line_id": key, "order_id": key,
        "live_units": units, "price_satang": 100, "whole": False, "line_units": units,
    }  # fmt: skip
    return Part(**(fields | more))  # type: ignore[arg-type]


def freed(key: int, units: int, **more: object) -> Freed:
    fields = {
        "assignment_id": key, "batch_id": key, "run_id": 1, "group_id": 7, "in_band": True,
        "mode": "lane", "cell": CELL, "units": units, "price_satang": 100,
    }  # fmt: skip
    return Freed(**(fields | more))  # type: ignore[arg-type]


def unmet(key: int, units: int, **more: object) -> Unmet:
    fields = {
        "line_id": key, "group_id": None, "only": False, "cell": CELL, "units": units,
        "ceiling_satang": 100, "whole": False,
    }  # fmt: skip
    return Unmet(**(fields | more))  # type: ignore[arg-type]


def test_the_last_to_order_goes_short_first() -> None:
    drops = drop_beyond([part(1, 5), part(2, 5), part(3, 5)], 12)
    assert [(drop.part.assignment_id, drop.units) for drop in drops] == [(3, 3)]


def test_lines_that_insist_on_the_group_are_served_first() -> None:
    drops = drop_beyond([part(1, 5), part(2, 5, insists=True)], 5)
    assert [drop.part.assignment_id for drop in drops] == [1]


def test_a_whole_line_that_does_not_fit_is_passed_over() -> None:
    drops = drop_beyond([part(1, 5), part(2, 5, whole=True), part(3, 2)], 7)
    assert [(drop.part.assignment_id, drop.units) for drop in drops] == [(2, 5)]


parts = st.lists(
    st.builds(
        lambda key, units, whole, insists: part(key, units, whole=whole, insists=insists),
        st.integers(1, 99), st.integers(1, 20), st.booleans(), st.booleans(),
    ),
    max_size=8, unique_by=lambda item: item.assignment_id,
)  # fmt: skip


@given(parts, st.integers(0, 60))
def test_never_more_is_kept_than_was_made_and_whole_lines_stay_whole(
    items: list[Part], made: int
) -> None:
    dropped = {drop.part.assignment_id: drop.units for drop in drop_beyond(items, made)}
    kept = {item.assignment_id: item.live_units - dropped.get(item.assignment_id, 0)
            for item in items}  # fmt: skip
    assert sum(kept.values()) <= made
    assert all(units >= 0 for units in kept.values())
    assert all(kept[item.assignment_id] in (0, item.live_units) for item in items if item.whole)
    if made >= sum(item.live_units for item in items):
        assert not dropped


def test_what_is_left_of_a_broken_whole_line_is_given_up() -> None:
    broken = part(1, 2, whole=True, line_units=5)
    complete = part(2, 5, whole=True, line_units=5)
    assert [drop.part.line_id for drop in drop_incomplete([broken, complete, part(3, 1)])] == [1]


def test_freed_units_go_to_the_first_unmet_line_of_the_cell() -> None:
    gifts = give_freed([freed(1, 3)], [unmet(10, 2), unmet(11, 2)])
    assert [(gift.line_id, gift.units) for gift in gifts] == [(10, 2), (11, 1)]


@pytest.mark.parametrize(
    "line",
    [
        unmet(10, 2, cell=(1, 3, 0)),
        unmet(10, 2, ceiling_satang=99),
        unmet(10, 2, only=True, group_id=8),
        unmet(10, 9, whole=True),
    ],
)
def test_freed_units_do_not_go_where_they_may_not(line: Unmet) -> None:
    assert give_freed([freed(1, 3)], [line]) == []


def test_an_offer_outside_the_band_goes_to_its_named_group_only() -> None:
    dear = freed(1, 3, in_band=False)
    assert give_freed([dear], [unmet(10, 2)]) == []
    assert len(give_freed([dear], [unmet(10, 2, only=True, group_id=7)])) == 1


@given(
    st.lists(st.integers(1, 9), max_size=5), st.lists(st.tuples(st.integers(1, 9), st.booleans()),
                                                      max_size=6)
)  # fmt: skip
def test_no_unit_is_given_twice_and_no_line_gets_more_than_it_misses(
    stock: list[int], wants: list[tuple[int, bool]]
) -> None:
    pool = [freed(key, units) for key, units in enumerate(stock)]
    lines = [unmet(key, units, whole=whole) for key, (units, whole) in enumerate(wants)]
    given_out: dict[int, int] = {}
    got: dict[int, int] = {}
    for gift in give_freed(pool, lines):
        source = gift.source.assignment_id
        given_out[source] = given_out.get(source, 0) + gift.units
        got[gift.line_id] = got.get(gift.line_id, 0) + gift.units
    assert all(units <= stock[key] for key, units in given_out.items())
    for key, (units, whole) in enumerate(wants):
        assert got.get(key, 0) <= units
        assert not whole or got.get(key, 0) in (0, units)


@pytest.mark.parametrize(
    ("live", "minimum", "lot", "ask"),
    [(10, 10, 10, False), (15, 10, 10, True), (9, 10, 1, True), (0, 10, 10, False),
     (20, 10, 10, False)],
)  # fmt: skip
def test_a_batch_is_asked_about_below_its_minimum_or_a_whole_lot(
    live: int, minimum: int, lot: int, ask: bool
) -> None:
    assert must_ask_to_shrink(live, minimum, lot) is ask


def test_a_reference_is_kept_in_one_spelling() -> None:
    assert bank_reference(" 2026 1125-abc ") == "20261125-ABC"


@pytest.mark.parametrize("typed", ["", "abc", "x" * 41, "ก" * 8, "<script>", "-1234", "🙂🙂🙂🙂"])
def test_what_cannot_be_a_reference_is_none(typed: str) -> None:
    assert bank_reference(typed) is None


@pytest.mark.parametrize(
    ("reason", "storage", "days"),
    [
        ("excess", None, 1), ("ceiling", None, 1), ("unpaid", None, 1), ("unpaid", "ambient", 1),
        ("round_cancelled", "ambient", 1), ("cancelled", None, 7), ("problem", "fresh", 1),
        ("problem", "ambient", 7), ("stopped", "chilled", 1), ("short", "ambient", 7),
        ("outside", None, 15),
    ],
)  # fmt: skip
def test_a_promise_goes_by_the_reason_then_by_the_goods(
    reason: str, storage: str | None, days: int
) -> None:
    assert promised_by(reason, storage, NOW) == NOW + timedelta(days=days)
