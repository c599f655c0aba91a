"""The rule of entitlements: bounded, fading, blind to prices."""

from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.rounds.fairness import (
    RULE,
    FairnessRule,
    Part,
    Standing,
    carry,
    entitlement,
    full_share,
    measure_by_round,
    settle_round_shares,
)

satang = st.integers(0, 10**10)
rules = st.builds(
    FairnessRule,
    income_satang=st.integers(1, 10**6),
    learning_percent=st.integers(0, 200),
    new_percent=st.integers(0, 200),
    new_rounds=st.integers(0, 10),
    small_percent=st.integers(0, 200),
    small_members=st.integers(0, 50),
    keep_percent=st.integers(0, 99),
    raise_limit_percent=st.integers(0, 500),
    even_percent=st.integers(1, 100),
)
standings = st.builds(
    Standing,
    members=st.integers(1, 500),
    readiness=st.sampled_from([1, 2]),
    rounds=st.integers(0, 20),
    carried_satang=satang,
    even_satang=satang,
)
parts = st.lists(
    st.builds(
        Part, group_id=st.integers(1, 99), standing=standings, could_satang=satang,
        got_satang=satang,
    ),
    max_size=8,
)  # fmt: skip


@given(standings, rules)
def test_an_entitlement_is_positive_and_bounded(standing, rule):
    full = full_share(standing, rule)

    assert 0 < full <= entitlement(standing, rule)
    assert entitlement(standing, rule) <= full * (100 + rule.raise_limit_percent) // 100


@given(parts, rules)
def test_a_deficit_is_never_negative_nor_above_a_full_share(found, rule):
    for part, deficit in zip(found, settle_round_shares(found, rule), strict=True):
        assert 0 <= deficit.carried_satang <= full_share(part.standing, rule)
        assert 0 <= deficit.due_satang <= part.could_satang


@given(parts, rules)
def test_no_more_is_due_than_the_round_brought(found, rule):
    due = sum(deficit.due_satang for deficit in settle_round_shares(found, rule))

    assert due <= sum(part.got_satang for part in found)


@given(standings, rules)
def test_a_deficit_fades_to_nothing(standing, rule):
    carried = full_share(standing, rule)
    for _ in range(4_000):
        left = carry(faded(standing, carried), due=0, got=0, rule=rule)
        assert left < carried or carried == 0
        carried = left
        if not carried:
            break
    assert carried == 0


def faded(standing, carried):
    values = {field.name: getattr(standing, field.name) for field in fields(standing)}
    return Standing(**values | {"carried_satang": carried})


@given(standings, satang, rules)
def test_a_larger_deficit_never_lowers_the_entitlement(standing, more, rule):
    larger = faded(standing, standing.carried_satang + more)

    assert entitlement(larger, rule) >= entitlement(standing, rule)


@given(standings, satang, satang, satang, rules)
def test_getting_less_never_leaves_a_smaller_deficit(standing, due, got, less, rule):
    poorer = carry(standing, due, max(0, got - less), rule)

    assert poorer >= carry(standing, due, got, rule)


@given(st.lists(satang.filter(bool), min_size=1, max_size=8), satang, rules)
def test_a_rounds_entitlements_put_an_even_share_where_the_rule_says(shares, brings, rule):
    measured = measure_by_round(shares, brings, rule)

    for share, found in zip(shares, measured, strict=True):
        even = brings * share / sum(shares)
        assert found >= 1
        assert abs(found * rule.even_percent / 100 - even) <= 1
    assert [found for _, found in sorted(zip(shares, measured, strict=True))] == sorted(measured)


def test_a_round_of_any_size_spreads_alike():
    assert measure_by_round([800_000, 1_600_000], 240_000) == [200_000, 400_000]
    assert measure_by_round([800_000, 1_600_000], 240_000_000) == [200_000_000, 400_000_000]


def test_learning_new_and_small_groups_come_first():
    settled = Standing(members=20, readiness=2, rounds=9)

    assert full_share(settled) == 20 * RULE.income_satang
    assert full_share(Standing(members=20, readiness=1, rounds=9)) == 20 * 48_000
    assert full_share(Standing(members=20, readiness=2, rounds=0)) == 20 * 60_000
    assert full_share(Standing(members=10, readiness=2, rounds=9)) == 10 * 48_000


@pytest.mark.parametrize(("missed", "raised"), [(0, 0), (50, 50), (100, 100), (2000, 900)])
def test_the_share_counts_double_after_one_missed_even_share(missed, raised):
    owed = Standing(members=20, readiness=2, rounds=9, carried_satang=missed, even_satang=100)

    assert entitlement(owed) == 8_000 * (100 + raised)


def test_the_worked_example_of_the_guides():
    """Two groups, 4,000 baht of orders, one gets them all: docs/users/fairness.*.md."""
    standing = Standing(members=20, readiness=2, rounds=9)
    got = {1: 400_000, 2: 0}
    first, second = settle_round_shares([
        Part(group_id=group, standing=standing, could_satang=400_000, got_satang=satang)
        for group, satang in got.items()
    ])  # fmt: skip

    assert (first.due_satang, first.carried_satang) == (200_000, 0)
    assert (second.due_satang, second.carried_satang) == (200_000, 200_000)
    after = Standing(members=20, readiness=2, rounds=10, carried_satang=second.carried_satang,
                     even_satang=second.even_satang)  # fmt: skip
    shares = [entitlement(standing), entitlement(after)]
    assert shares == [800_000, 1_600_000]
    assert measure_by_round(shares, 450_000) == [375_000, 750_000]
    assert carry(after, due=225_000, got=300_000) == 105_000


def test_a_round_in_which_nobody_sold_keeps_the_yardstick():
    owed = Standing(members=20, readiness=2, rounds=9, carried_satang=400, even_satang=100)
    (found,) = settle_round_shares(
        [Part(group_id=1, standing=owed, could_satang=500, got_satang=0)]
    )

    assert (found.even_satang, found.due_satang, found.carried_satang) == (100, 0, 360)
