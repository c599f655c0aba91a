"""The engine on drawn rounds: rules kept, units the most possible, nothing decided by row order."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from market.matching.engine.plan import Mode, Params, Plan
from market.matching.engine.problem import Problem, problem_hash
from market.matching.engine.solver import solve
from market.matching.engine.verifier import verify
from tests.matching.instances import most_units, problem, rounds, shuffled, tables

EXACT = Params(gap=0.0)
few = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


def rows(plan: Plan) -> list[tuple[int, ...]]:
    columns = (plan.line, plan.group, plan.mode, plan.qty)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def value(plan: Plan, name: str) -> int:
    return next(stage.value for stage in plan.stages if stage.name == name)


def objective(plan: Plan) -> list[int]:
    return [value(plan, name) for name in ("units", "class_0", "class_1", "fairness")]


@few
@given(rounds())
def test_every_rule_holds_and_each_value_is_within_its_bound(made: Any) -> None:
    round_ = Problem.from_tables(made)
    plan = solve(round_, seed="s", params=EXACT)
    assert verify(round_, plan) == []
    for stage in plan.stages[:4]:
        assert stage.value <= stage.bound
    assert plan.stages[0].gap == 0


@few
@given(rounds(lanes_limited=False))
def test_no_way_of_making_lots_serves_more_units(made: Any) -> None:
    plan = solve(Problem.from_tables(made), params=EXACT)
    assert plan.units == most_units(made)


@few
@given(rounds(), st.integers(0, 9))
def test_another_order_of_rows_moves_no_unit(made: Any, seed: int) -> None:
    other, lines = shuffled(made, seed)
    first, second = Problem.from_tables(made), Problem.from_tables(other)
    assert problem_hash(first) == problem_hash(second)
    one, two = solve(first, seed="r"), solve(second, seed="r")
    assert rows(one) == sorted((lines[line], *rest) for line, *rest in rows(two))


@few
@given(rounds())
def test_the_same_problem_gives_the_same_plan_again(made: Any) -> None:
    one, two = (solve(Problem.from_tables(made), seed="r") for _ in range(2))
    assert rows(one) == rows(two)
    assert one.stages == two.stages


@few
@given(rounds())
def test_what_was_matched_stays_when_all_of_it_is_confirmed(made: Any) -> None:
    round_ = Problem.from_tables(made)
    plan = solve(round_, seed="r", params=EXACT)
    again = frozen(round_, plan)
    rematch = solve(again, seed="r", params=EXACT)
    assert verify(again, rematch) == []
    kept = {row[:3]: row[3] for row in rows(rematch)}
    assert all(kept[line, group, mode] >= qty for line, group, mode, qty in rows(plan))


@few
@given(rounds(lanes_limited=False), st.integers(0, 4))
def test_a_declined_offer_sells_nothing_and_the_rest_is_matched_again(
    made: Any, declined: int
) -> None:
    round_ = Problem.from_tables(made)
    plan = solve(round_, seed="r", params=EXACT)
    row = declined % len(made["offers"]["group"])
    group, product = made["offers"]["group"][row], made["offers"]["product"][row]
    keep = (plan.group != group) | (round_.lines.product[plan.line] != product)
    again = frozen(round_, plan, keep)
    again.offers.cap[row] = 0
    rematch = solve(again, seed="r", params=EXACT)
    assert verify(again, rematch) == []
    mine = (rematch.group == group) & (round_.lines.product[rematch.line] == product)
    assert not mine.any()
    assert rematch.units >= int(plan.qty[keep].sum())


@few
@given(rounds(), st.integers(0, 4))
def test_more_capacity_never_serves_fewer_units(made: Any, row: int) -> None:
    before = solve(Problem.from_tables(made), params=EXACT)
    row %= len(made["offers"]["cap"])
    made["offers"]["cap"][row] += 5
    assert solve(Problem.from_tables(made), params=EXACT).units >= before.units


@few
@given(rounds(), st.integers(0, 4))
def test_a_smaller_batch_never_serves_fewer_units(made: Any, row: int) -> None:
    before = solve(Problem.from_tables(made), params=EXACT)
    row %= len(made["offers"]["cap"])
    made["offers"]["min_batch"][row] //= 2
    assert solve(Problem.from_tables(made), params=EXACT).units >= before.units


@few
@given(rounds())
def test_asking_a_higher_price_brings_no_more_sales(made: Any) -> None:
    del made["lines"]["ceiling"]
    before = solve(Problem.from_tables(made), seed="r", params=EXACT)
    made["offers"]["price"] = [price * 3 for price in made["offers"]["price"]]
    after = solve(Problem.from_tables(made), seed="r", params=EXACT)
    assert rows(before) == rows(after)


def test_two_like_groups_share_the_demand() -> None:
    entitled = {"entitlement": [50_000, 50_000, 50_000]}
    plan = solve(problem(groups=entitled, lines={"qty": [2, 2, 5]}), seed="r")
    sold = np.bincount(plan.group, weights=plan.qty, minlength=3)
    assert sold.tolist() == [2, 2, 5]


@pytest.mark.parametrize("mode", ["final", "quick", "preview"])
@pytest.mark.parametrize(("lot", "orders", "each"), [(1, [6, 4, 5], 5), (5, [13, 7, 5], 10)])
def test_groups_alike_end_alike_within_a_segment_of_the_curve(
    mode: Mode, lot: int, orders: list[int], each: int
) -> None:
    """Between 20 and 40 % of the entitlement every split of the units is worth the same."""
    offers = {"cap": [20, 20, 10], "lot": [lot, lot, 1]}
    entitled = {"entitlement": [20_000 * each, 20_000 * each, 50_000]}
    round_ = problem(groups=entitled, offers=offers, lines={"qty": orders})
    for number in range(4):
        plan = solve(round_, mode=mode, seed=f"round {number}")
        sold = np.bincount(plan.group, weights=plan.qty, minlength=3)
        assert sold.tolist()[:2] == [each, each]


@pytest.mark.parametrize("mode", ["final", "quick", "preview"])
def test_many_groups_alike_differ_by_a_unit_at_most(mode: Mode) -> None:
    size, units = 9, 40
    made: Any = tables()
    made["groups"] = {"zone": [0] * size, "cert": [0] * size, "shared_cap": [-1] * size,
                      "entitlement": [70_000] * size}  # fmt: skip
    made["offers"] = {"group": list(range(size)), "product": [0] * size, "cap": [30] * size,
                      **{name: [0] * size for name in ("min_batch", "lead", "use_per_unit")},
                      "lot": [1] * size, "price": [5000] * size}  # fmt: skip
    made["lanes"] = {
        "group": list(range(size)),
        "zone": [0] * size,
        **{name: [0] * size for name in made["lanes"] if name not in ("group", "zone")},
    }
    made["lines"]["qty"] = [units - 1, 1, 0]
    plan = solve(Problem.from_tables(made), mode=mode, seed="r")
    sold = np.bincount(plan.group, weights=plan.qty, minlength=size)
    assert sorted(sold) == [4] * 5 + [5] * 4


def test_a_tie_falls_to_the_hash_of_round_and_group_not_to_the_low_id() -> None:
    one_unit = problem(lines={"qty": [1, 0, 0]})
    winners = {int(solve(one_unit, seed=f"round {n}").group[0]) for n in range(12)}
    assert winners == {0, 1}


def test_entitlements_given_as_parameter_decide_the_shares() -> None:
    params = Params(entitlements=(100_000, 300_000, 100_000))
    plan = solve(problem(offers={"cap": [10, 10, 10]}), seed="r", params=params)
    sold = np.bincount(plan.group, weights=plan.qty, minlength=3)
    assert sold[1] > sold[0]


def frozen(round_: Problem, plan: Plan, keep: Any = None) -> Problem:
    """The round with (some of) the plan's rows confirmed."""
    keep = np.ones(len(plan.line), dtype=bool) if keep is None else keep
    table = replace(
        round_.frozen,
        line=plan.line[keep], group=plan.group[keep], mode=plan.mode[keep], qty=plan.qty[keep],
    )  # fmt: skip
    return replace(round_, frozen=table)
