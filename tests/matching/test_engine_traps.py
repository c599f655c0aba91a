"""One small round for each rule, where the obvious choice is the wrong one."""

from typing import Any

import numpy as np

from market.matching.engine.plan import Plan
from market.matching.engine.problem import Problem
from market.matching.engine.solver import solve
from market.matching.engine.verifier import verify
from tests.matching.instances import problem


def matched(round_: Problem) -> Plan:
    plan = solve(round_, seed="trap")
    assert verify(round_, plan) == []
    return plan


def sold(plan: Plan) -> list[int]:
    return [int(n) for n in np.bincount(plan.group, weights=plan.qty, minlength=3)]


def value(plan: Plan, name: str) -> int:
    return next(stage.value for stage in plan.stages if stage.name == name)


def cloth(**changes: Any) -> Problem:
    """Ten units of one product asked by two lines; the second product is not asked for."""
    lines = {"qty": [6, 4, 0], **changes.pop("lines", {})}
    return problem(lines=lines, **changes)


def test_two_batches_that_do_not_both_fit_leave_one_group_out() -> None:
    plan = matched(cloth(offers={"min_batch": [8, 8, 0]}))
    assert sorted(sold(plan)) == [0, 0, 10]


def test_a_batch_too_large_for_the_demand_sells_nothing() -> None:
    plan = matched(cloth(offers={"cap": [20, 3, 10], "min_batch": [12, 0, 0]}))
    assert sold(plan) == [0, 3, 0]


def test_lots_that_fill_the_demand_together_are_found() -> None:
    plan = matched(cloth(offers={"cap": [10, 10, 10], "lot": [4, 6, 1]}))
    assert sold(plan) == [4, 6, 0]


def test_capacity_that_is_no_multiple_of_the_lot_is_left_over() -> None:
    plan = matched(cloth(offers={"cap": [7, 2, 10], "lot": [3, 2, 1]}))
    assert sold(plan) == [6, 2, 0]


def test_shared_hours_go_to_the_product_that_gives_more_units() -> None:
    round_ = problem(
        offers={"group": [0, 1, 0], "cap": [10, 0, 10], "use_per_unit": [4, 0, 1]},
        groups={"shared_cap": [10, -1, -1]},
        lines={"qty": [6, 4, 10]},
    )
    plan = matched(round_)
    assert plan.units == 10
    assert set(round_.lines.product[plan.line].tolist()) == {1}


def test_an_insisted_line_keeps_its_group_when_others_can_serve_the_rest() -> None:
    plan = matched(cloth(offers={"cap": [4, 6, 10]}, lines={"insist": [-1, 0, -1]}))
    assert plan.units == 10
    assert plan.group[plan.line == 1].tolist() == [0]


def test_the_certificate_decides_who_may_serve() -> None:
    plan = matched(
        cloth(products={"cert": [1, 0]}, groups={"cert": [0, 3, 0]}, offers={"cap": [10, 7, 10]})
    )
    assert sold(plan) == [0, 7, 0]


def test_late_demand_is_left_to_the_slow_offer() -> None:
    plan = matched(cloth(offers={"cap": [6, 4, 10], "lead": [0, 1, 0]}, lines={"date": [0, 1, 0]}))
    assert plan.units == 10
    assert plan.group[plan.line == 1].tolist() == [1]


def test_a_dear_offer_serves_only_lines_that_accept_its_price() -> None:
    plan = matched(
        cloth(
            offers={"cap": [10, 10, 10], "price": [9000, 5000, 1]},
            lines={"ceiling": [-1, 6000, -1]},
        )
    )
    assert plan.group[plan.line == 1].tolist() == [1]


def test_without_post_and_lane_nothing_goes() -> None:
    assert matched(cloth(lines={"zone": [1, 1, 0]})).units == 0


def test_a_weight_limited_lane_takes_whole_units_only() -> None:
    plan = matched(cloth(offers={"cap": [10, 0, 10]}, lanes={"max_weight_g": [2500, 0, 0]}))
    assert plan.units == 2


def test_post_takes_over_where_the_lane_is_full() -> None:
    round_ = problem(
        offers={"product": [1, 0, 1], "cap": [10, 0, 0]},
        lanes={"max_weight_g": [1000, 0, 0]},
        lines={"qty": [0, 0, 5]},
    )
    plan = matched(round_)
    assert sorted(zip(plan.mode.tolist(), plan.qty.tolist(), strict=True)) == [(0, 2), (1, 3)]


def test_first_class_is_served_before_the_others() -> None:
    plan = matched(cloth(offers={"cap": [4, 0, 0]}, lines={"prio": [2, 0, 2]}))
    assert plan.line.tolist() == [1]


def test_the_earlier_order_is_served_first_within_a_class() -> None:
    plan = matched(cloth(offers={"cap": [7, 0, 0]}, lines={"seq": [1, 0, 2]}))
    assert dict(zip(plan.line.tolist(), plan.qty.tolist(), strict=True)) == {0: 3, 1: 4}


def test_one_fixed_lane_is_driven_instead_of_two() -> None:
    plan = matched(cloth(offers={"lot": [5, 5, 1], "min_batch": [0, 0, 0]},
                         groups={"entitlement": [1, 1, 1]},
                         lanes={"fixed_cost": [3000, 3000, 0]}))  # fmt: skip
    assert value(plan, "cost") in (10 * 500 + 3000, 10 * 500 + 6000)
    alone = matched(cloth(groups={"entitlement": [1, 1, 1]}, lines={"insist": [0, 0, -1]},
                          lanes={"fixed_cost": [3000, 3000, 0]}))  # fmt: skip
    assert value(alone, "cost") == 10 * 500 + 3000


def test_a_group_with_a_full_share_leaves_the_demand_to_the_other() -> None:
    full = {"line": [0], "group": [0], "mode": [0], "qty": [6]}
    plan = matched(cloth(groups={"entitlement": [30_000, 30_000, 1]}, frozen=full))
    assert sold(plan) == [6, 4, 0]


def test_a_frozen_offer_may_stay_below_its_batch_and_count_lots_from_there() -> None:
    round_ = cloth(
        offers={"cap": [10, 0, 10], "min_batch": [9, 0, 0], "lot": [2, 1, 1]},
        frozen={"line": [0], "group": [0], "mode": [0], "qty": [3]},
    )
    plan = matched(round_)
    assert plan.units == 9


def test_frozen_grams_count_against_the_lane() -> None:
    round_ = cloth(
        offers={"cap": [10, 0, 10]},
        lanes={"max_weight_g": [4000, 0, 0]},
        frozen={"line": [1], "group": [0], "mode": [0], "qty": [3]},
    )
    assert matched(round_).units == 4


def test_an_empty_round_gives_an_empty_plan() -> None:
    assert matched(cloth(lines={"qty": [0, 0, 0]})).units == 0
