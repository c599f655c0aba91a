"""After the answers: what is confirmed stays, and only what is touched is matched again."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.matching_rounds import answered, make_round
from market.matching.engine.arrays import IntArray
from market.matching.engine.plan import Mode, Plan
from market.matching.engine.problem import Problem
from market.matching.engine.solver import solve
from market.matching.engine.tables import Frozen
from market.matching.engine.verifier import verify

MODES: tuple[Mode, ...] = ("final", "quick", "preview")
ROUND = make_round(40, seed=5)
UNLIMITED = replace(ROUND, lanes=replace(ROUND.lanes, max_weight_g=ROUND.lanes.max_weight_g * 0))


def rows(plan: Plan) -> set[tuple[int, ...]]:
    columns = (plan.line, plan.group, plan.mode, plan.qty)
    return set(zip(*(column.tolist() for column in columns), strict=True))


def confirmed(problem: Problem, plan: Plan, keep: IntArray) -> Problem:
    columns = (plan.line, plan.group, plan.mode, plan.qty)
    return replace(problem, frozen=Frozen(*(column[keep] for column in columns)))


@pytest.mark.parametrize("mode", MODES)
def test_when_all_is_confirmed_the_plan_is_the_same(mode: Mode) -> None:
    plan = solve(UNLIMITED, mode=mode, seed="r")
    again = confirmed(UNLIMITED, plan, np.arange(len(plan.line)))
    assert plan.units < UNLIMITED.lines.qty.sum()  # there is demand left to be tempted by
    assert rows(solve(again, mode=mode, seed="r")) == rows(plan)


@pytest.mark.parametrize("mode", MODES)
def test_when_no_line_is_left_open_the_plan_is_the_same(mode: Mode) -> None:
    plan = solve(ROUND, mode=mode, seed="r")
    served = np.bincount(plan.line, weights=plan.qty, minlength=len(ROUND.lines.qty))
    full = replace(ROUND, lines=replace(ROUND.lines, qty=served.astype(np.int64)))
    again = confirmed(full, plan, np.arange(len(plan.line)))
    assert rows(solve(again, mode=mode, seed="r")) == rows(plan)


@pytest.mark.parametrize("mode", MODES)
def test_a_refusal_touches_only_what_is_linked_to_it(mode: Mode) -> None:
    plan = solve(UNLIMITED, mode=mode, seed="r")
    product = UNLIMITED.lines.product[plan.line]
    group, refused = int(plan.group[0]), int(product[0])
    keep = np.flatnonzero((plan.group != group) | (product != refused))
    again = confirmed(UNLIMITED, plan, keep)
    mine = (again.offers.group == group) & (again.offers.product == refused)
    again = replace(again, offers=replace(again.offers, cap=np.where(mine, 0, again.offers.cap)))
    after = solve(again, mode=mode, seed="r")
    assert verify(again, after) == []
    changed = {int(UNLIMITED.lines.product[row[0]]) for row in rows(after) ^ rows(plan)}
    assert changed <= _linked(UNLIMITED, refused)


def _linked(problem: Problem, product: int) -> set[int]:
    """Products that share the hours of a group with it, and those that share with these."""
    limited = problem.groups.shared_cap[problem.offers.group] >= 0
    pairs = list(
        zip(problem.offers.group[limited].tolist(), problem.offers.product[limited].tolist(),
            strict=True)
    )  # fmt: skip
    found, size = {product}, 0
    while size < len(found):
        size = len(found)
        groups = {group for group, made in pairs if made in found}
        found |= {made for group, made in pairs if group in groups}
    return found


@pytest.mark.parametrize("mode", MODES)
def test_few_units_move_after_one_answer_in_six_differs(mode: Mode) -> None:
    plan = solve(ROUND, mode=mode, seed="r")
    again = answered(ROUND, plan, seed=2)
    after = solve(again, mode=mode, seed="r")
    assert verify(again, after) == []
    new = sum(row[3] for row in rows(after) - rows(plan))
    assert 0 < new <= 0.12 * plan.units
