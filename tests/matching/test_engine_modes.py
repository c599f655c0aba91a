"""Preview and quick: every rule still holds, nothing simple is left undone, bounds are bounds."""

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.matching_rounds import make_round
from market.matching.engine.plan import Mode, Params, Plan
from market.matching.engine.problem import Problem
from market.matching.engine.solver import solve
from market.matching.engine.verifier import verify
from tests.matching.instances import could_take_more, most_units, rounds, shuffled

few = settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
modes = st.sampled_from(["preview", "quick", "final"])


def rows(plan: Plan) -> list[tuple[int, ...]]:
    columns = (plan.line, plan.group, plan.mode, plan.qty)
    return list(zip(*(column.tolist() for column in columns), strict=True))


@few
@given(rounds(), modes)
def test_every_rule_holds_in_every_mode(made: Any, mode: Mode) -> None:
    round_ = Problem.from_tables(made)
    plan = solve(round_, mode=mode, seed="m")
    assert verify(round_, plan) == []
    assert all(stage.value <= stage.bound for stage in plan.stages[:4])


@few
@given(rounds(lanes_limited=False), modes)
def test_no_offer_could_sell_more_by_itself(made: Any, mode: Mode) -> None:
    plan = solve(Problem.from_tables(made), mode=mode, seed="m")
    served = np.bincount(plan.line, weights=plan.qty, minlength=len(made["lines"]["qty"]))
    sold = [0] * len(made["offers"]["group"])
    pairs = list(zip(made["offers"]["group"], made["offers"]["product"], strict=True))
    for line, group, _, qty in rows(plan):
        sold[pairs.index((group, made["lines"]["product"][line]))] += qty
    assert could_take_more(made, served.astype(int).tolist(), sold) == []


@few
@given(rounds(lanes_limited=False))
def test_the_bound_of_a_preview_is_never_below_the_best(made: Any) -> None:
    plan = solve(Problem.from_tables(made), mode="preview")
    assert plan.units <= most_units(made) <= plan.stages[0].bound


@few
@given(rounds(), st.integers(0, 9), st.sampled_from(["preview", "quick"]))
def test_the_order_of_rows_does_not_matter_there_either(made: Any, seed: int, mode: Mode) -> None:
    other, lines = shuffled(made, seed)
    one = solve(Problem.from_tables(made), mode=mode, seed="r")
    two = solve(Problem.from_tables(other), mode=mode, seed="r")
    assert rows(one) == sorted((lines[line], *rest) for line, *rest in rows(two))


@pytest.mark.parametrize("mode", ["quick", "final"])
def test_two_workers_give_the_plan_of_one(mode: Mode) -> None:
    made = make_round(25, seed=4)
    alone = solve(made, mode=mode, seed="w")
    together = solve(made, mode=mode, seed="w", params=Params(workers=2))
    assert rows(alone) == rows(together)
    assert alone.stages == together.stages
