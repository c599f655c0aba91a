"""Reasons: the rule that bound each offer, and what stopped each group from serving a line."""

from typing import Any

from hypothesis import HealthCheck, given, settings

from market.matching.engine.explain import LINE_CODES, Reasons, explain
from market.matching.engine.problem import Problem
from market.matching.engine.solver import solve
from tests.matching.instances import problem, rounds


def reasons(round_: Problem) -> Reasons:
    return explain(round_, solve(round_, seed="why"))


def offer_code(round_: Problem, row: int = 0) -> str:
    return reasons(round_).offers[row].code


def line_code(round_: Problem, line: int = 0) -> str:
    return {reason.line: reason.code for reason in reasons(round_).lines}[line]


def lone(**changes: Any) -> Problem:
    """Only group 0 offers the first product."""
    offers = {"cap": [10, 0, 10], **changes.pop("offers", {})}
    return problem(offers=offers, **changes)


def test_a_sold_out_offer_says_so_to_group_and_buyer() -> None:
    round_ = lone(offers={"cap": [6, 0, 10]})
    assert offer_code(round_) == "own_capacity"
    assert line_code(round_, 1) == "own_capacity"


def test_a_missing_certificate_is_named_with_its_bits() -> None:
    round_ = lone(products={"cert": [3, 0]}, groups={"cert": [1, 0, 0]})
    reason = reasons(round_).offers[0]
    assert (reason.code, reason.data["missing"]) == ("certificate", 2)
    assert line_code(round_) == "certificate"


def test_demand_lost_to_dates_places_prices_and_other_groups_is_told_apart() -> None:
    assert offer_code(lone(offers={"lead": [1, 0, 0]})) == "lead"
    assert offer_code(lone(lines={"zone": [1, 1, 1]})) == "reach"
    assert offer_code(lone(lines={"insist": [1, 1, -1]})) == "insisted_elsewhere"
    assert offer_code(lone(lines={"ceiling": [10, 10, -1]})) == "price_ceiling"
    assert offer_code(lone(lines={"qty": [0, 0, 1]})) == "no_demand"


def test_the_lines_side_of_the_same_rules() -> None:
    assert line_code(lone(offers={"lead": [1, 0, 0]})) == "lead"
    assert line_code(lone(lines={"zone": [1, 1, 1]})) == "reach"
    assert line_code(lone(lines={"ceiling": [10, 10, -1]})) == "price_ceiling"
    assert line_code(lone(offers={"product": [1, 1, 1], "group": [0, 1, 2]})) == "no_offer"


def test_hours_batches_lots_and_lanes() -> None:
    hours = lone(offers={"use_per_unit": [2, 0, 0]}, groups={"shared_cap": [9, -1, -1]})
    assert offer_code(hours) == "shared_hours"
    batch = lone(offers={"cap": [30, 0, 10], "min_batch": [12, 0, 0]})
    assert reasons(batch).offers[0].data["short"] == 2
    assert line_code(batch) == "below_min_batch"
    assert offer_code(lone(offers={"lot": [4, 1, 1], "cap": [20, 0, 10]})) == "lot_remainder"
    assert offer_code(lone(lanes={"max_weight_g": [2000, 0, 0]})) == "lane_weight"


def test_groups_that_compete_share_one_market_and_its_level() -> None:
    data = [reason.data for reason in reasons(problem()).offers[:2]]
    assert [d["groups"] for d in data] == [2, 2]
    assert [(d["offered"], d["bought"], d["level_permille"]) for d in data] == [(20, 10, 500)] * 2


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(rounds())
def test_every_offer_and_every_short_line_gets_exactly_one_reason(made: Any) -> None:
    round_ = Problem.from_tables(made)
    plan = solve(round_, seed="why")
    found = explain(round_, plan)
    assert [reason.row for reason in found.offers] == list(range(len(made["offers"]["group"])))
    served = dict.fromkeys(range(len(made["lines"]["qty"])), 0)
    for line, qty in zip(plan.line.tolist(), plan.qty.tolist(), strict=True):
        served[line] += qty
    short = [line for line, qty in served.items() if qty < made["lines"]["qty"][line]]
    assert [reason.line for reason in found.lines] == short
    assert all(reason.code in LINE_CODES for reason in found.lines)
    assert sum(reason.data["sold"] for reason in found.offers) == plan.units
    assert all(value >= 0 for r in found.offers for name, value in r.data.items())
