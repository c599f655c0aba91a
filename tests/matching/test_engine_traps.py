"""One small round for each rule, where the obvious choice is the wrong one; answers by hand.

GREEDY_LOSES: the loop over the lines (properties/greedy.py) falls into the trap. The others catch
a solver that forgets the rule, or an objective out of order.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from market.matching.engine.plan import Mode, Plan
from market.matching.engine.problem import Problem
from market.matching.engine.solver import solve
from market.matching.engine.verifier import verify
from tests.matching.instances import Tables, tables
from tests.matching.properties.drawing import rows_of
from tests.matching.properties.greedy import greedy_rows
from tests.matching.properties.rulebook import Book, Row

GREEDY_LOSES = True


@dataclass(frozen=True)
class Trap:
    """Tables, units by group, and stages of the objective with the value each must have."""

    made: Tables
    sold: list[int]
    values: dict[str, int]
    greedy_loses: bool = False


def matched(made: Tables, mode: Mode = "final") -> Plan:
    plan = solve(Problem.from_tables(made), seed="trap", mode=mode)
    assert verify(Problem.from_tables(made), plan) == []
    return plan


def sold(plan: Plan) -> list[int]:
    return [int(n) for n in np.bincount(plan.group, weights=plan.qty, minlength=3)]


def cloth(**changes: Any) -> Tables:
    """Groups 0 and 1 make one cloth of 1 kg; group 0 delivers cheaper. Lines of 6 and 4."""
    lines = {"qty": [6, 4, 0], **changes.pop("lines", {})}
    lanes = {"cost_per_kg": [300, 500, 500], **changes.pop("lanes", {})}
    return tables(lines=lines, lanes=lanes, **changes)


NO_SHARES = {"entitlement": [0, 0, 0]}  # fairness is silent, delivery cost decides

TRAPS = {
    "every bit of a certificate is needed, not one of them": Trap(
        cloth(products={"cert": [3, 0]}, groups={"cert": [1, 7, 2]}, offers={"cap": [10, 7, 10]}),
        [0, 7, 0], {"units": 7, "cost": 3500},
    ),
    "the fast maker is kept for the early date": Trap(
        cloth(offers={"cap": [4, 6, 0], "lead": [0, 1, 0]}, lines={"date": [1, 0, 0]}),
        [4, 6, 0], {"units": 10, "cost": 4 * 300 + 6 * 500}, GREEDY_LOSES,
    ),
    "a maker's own buyers come before those who take any": Trap(
        cloth(offers={"cap": [4, 6, 0]}, lines={"insist": [-1, 0, -1]}),
        [4, 6, 0], {"units": 10}, GREEDY_LOSES,
    ),
    "the cheap maker is kept for the line with a ceiling": Trap(
        cloth(offers={"cap": [4, 6, 0], "price": [5000, 9000, 0]},
              lines={"ceiling": [-1, 5000, -1]}),
        [4, 6, 0], {"units": 10}, GREEDY_LOSES,
    ),
    "a price at the ceiling is not above it": Trap(
        cloth(offers={"price": [5001, 5000, 0]}, lines={"ceiling": [5000, 5000, -1]}),
        [0, 10, 0], {"units": 10},
    ),
    "capacity goes where only it can reach": Trap(
        cloth(offers={"cap": [4, 6, 0]}, lines={"zone": [0, 1, 0]},
              lanes={"group": [0, 1, 0], "zone": [0, 0, 1]}),
        [4, 6, 0], {"units": 10, "cost": 4 * 500 + 6 * 500}, GREEDY_LOSES,
    ),
    "a batch is filled from demand the cheap maker would take": Trap(
        cloth(offers={"cap": [5, 10, 0], "min_batch": [0, 8, 0]}),
        [2, 8, 0], {"units": 10}, GREEDY_LOSES,
    ),
    "two batches that do not both fit": Trap(
        cloth(offers={"cap": [7, 9, 0], "min_batch": [7, 9, 0]}),
        [0, 9, 0], {"units": 9}, GREEDY_LOSES,
    ),
    "a batch larger than the demand sells nothing": Trap(
        cloth(offers={"cap": [20, 3, 10], "min_batch": [11, 0, 0]}), [0, 3, 0], {"units": 3},
    ),
    "lots that fill the demand only together": Trap(
        cloth(offers={"cap": [8, 9, 0], "lot": [4, 3, 1]}),
        [4, 6, 0], {"units": 10}, GREEDY_LOSES,
    ),
    "capacity that is no whole lot is left over": Trap(
        cloth(offers={"cap": [7, 2, 10], "lot": [3, 2, 1]}), [6, 2, 0], {"units": 8},
    ),
    "hours go to the product that gives more units": Trap(
        tables(offers={"group": [0, 1, 0], "cap": [10, 0, 10], "use_per_unit": [4, 0, 1]},
               groups={"shared_cap": [10, -1, -1]}, lines={"qty": [6, 4, 10]}),
        [10, 0, 0], {"units": 10, "cost": 10 * 250}, GREEDY_LOSES,
    ),
    "two goods share the same hours": Trap(
        tables(offers={"group": [0, 1, 0], "cap": [10, 0, 10], "use_per_unit": [1, 0, 1]},
               groups={"shared_cap": [7, -1, -1]}, lines={"qty": [6, 4, 10]}),
        [7, 0, 0], {"units": 7},
    ),
    "an hour that is left serves one unit more": Trap(
        tables(offers={"group": [0, 1, 0], "cap": [10, 0, 10], "use_per_unit": [3, 0, 2]},
               groups={"shared_cap": [11, -1, -1]}, lines={"qty": [1, 0, 10]}),
        [5, 0, 0], {"units": 5},
    ),
    "a lane with a fixed cost is not driven for its rate": Trap(
        cloth(groups=NO_SHARES, lanes={"fixed_cost": [2100, 0, 0]}),
        [0, 10, 0], {"units": 10, "cost": 10 * 500}, GREEDY_LOSES,
    ),
    "a fixed cost is worth it where the load is large": Trap(
        cloth(groups=NO_SHARES, lanes={"fixed_cost": [1900, 0, 0]}),
        [10, 0, 0], {"units": 10, "cost": 10 * 300 + 1900},
    ),
    "a vehicle that drives anyway costs nothing more": Trap(
        cloth(groups=NO_SHARES, lanes={"fixed_cost": [2700, 0, 0]},
              frozen={"line": [0, 0], "group": [0, 1], "mode": [0, 0], "qty": [1, 1]}),
        [9, 1, 0], {"units": 10, "cost": 9 * 300 + 2700 + 500},
    ),
    "what post cannot carry gets the vehicle": Trap(
        tables(offers={"group": [0, 1, 0], "cap": [9, 0, 9]},
               lanes={"cost_per_kg": [500, 500, 500], "max_weight_g": [2000, 0, 0]},
               lines={"qty": [2, 0, 4], "seq": [2, 1, 0]}),
        [6, 0, 0], {"units": 6, "cost": 2 * 500 + 4 * 1250}, GREEDY_LOSES,
    ),
    "a vehicle takes whole units only": Trap(
        cloth(offers={"cap": [10, 0, 0]}, lanes={"max_weight_g": [2999, 0, 0]}),
        [2, 0, 0], {"units": 2, "cost": 600},
    ),
    "what is frozen rides along": Trap(
        cloth(offers={"cap": [10, 0, 0]}, lanes={"max_weight_g": [4000, 0, 0]},
              frozen={"line": [1], "group": [0], "mode": [0], "qty": [3]}),
        [4, 0, 0], {"units": 4},
    ),
    "post carries what the full vehicle leaves": Trap(
        tables(offers={"product": [1, 0, 1], "cap": [10, 0, 0]},
               lanes={"max_weight_g": [1000, 0, 0]}, lines={"qty": [0, 0, 5]}),
        [5, 0, 0], {"units": 5, "cost": 2 * 250 + 3 * 1250},
    ),
    "post only goes where it has a tariff": Trap(
        tables(post={"from_region": [1], "to_region": [1], "cost_per_kg": [2500]},
               lines={"zone": [0, 0, 0], "qty": [0, 0, 5]}),
        [0, 0, 0], {"units": 0, "cost": 0},
    ),
    "satang of a unit are rounded down before they are multiplied": Trap(
        tables(products={"weight_g": [1000, 333]}, lines={"qty": [0, 0, 5]}),
        [0, 0, 5], {"units": 5, "cost": 5 * (4000 * 333 // 1000)},
    ),
    "a frozen batch is excused, its lots count from there": Trap(
        cloth(offers={"cap": [10, 0, 0], "min_batch": [9, 0, 0], "lot": [2, 1, 1]},
              frozen={"line": [0], "group": [0], "mode": [0], "qty": [3]}),
        [9, 0, 0], {"units": 9},
    ),
    "frozen units have used their hours": Trap(
        cloth(offers={"cap": [10, 0, 0], "use_per_unit": [3, 0, 0]},
              groups={"shared_cap": [14, -1, -1]},
              frozen={"line": [0], "group": [0], "mode": [0], "qty": [3]}),
        [4, 0, 0], {"units": 4},
    ),
    "a confirmed unit is not moved for a cheaper one": Trap(
        cloth(offers={"cap": [10, 4, 0]}, groups=NO_SHARES,
              frozen={"line": [0], "group": [1], "mode": [0], "qty": [4]}),
        [6, 4, 0], {"units": 10, "cost": 6 * 300 + 4 * 500},
    ),
    "units come before a higher class": Trap(
        tables(offers={"group": [0, 1, 0], "cap": [10, 0, 10], "use_per_unit": [4, 0, 1]},
               groups={"shared_cap": [10, -1, -1]}, lines={"qty": [2, 0, 10], "prio": [0, 1, 2]}),
        [10, 0, 0], {"units": 10, "class_0": 0}, GREEDY_LOSES,
    ),
    "a higher class comes before fairness and cost": Trap(
        cloth(offers={"cap": [5, 5, 0]}, lines={"qty": [6, 6, 0], "prio": [1, 0, 2],
                                                "zone": [0, 1, 0], "insist": [-1, -1, -1]},
              lanes={"group": [0, 1, 0], "zone": [0, 0, 1], "cost_per_kg": [1, 1, 90_000]}),
        [5, 5, 0], {"units": 10, "class_0": 5, "class_1": 5, "cost": 5 * 90_000 + 5},
    ),
    "two like groups both start": Trap(
        cloth(offers={"lot": [5, 5, 1]}),
        [5, 5, 0], {"units": 10, "cost": 5 * 300 + 5 * 500}, GREEDY_LOSES,
    ),
    "shares are measured at reference prices": Trap(
        cloth(offers={"lot": [5, 5, 1], "price": [5000, 500_000, 0]}), [5, 5, 0], {"units": 10},
    ),
    "a group that is owed more gets more": Trap(
        cloth(groups={"entitlement": [100_000, 200_000, 1]}, lines={"qty": [4, 2, 0]}),
        [2, 4, 0], {"units": 6, "fairness": 16 * 10 * 6 * 5000}, GREEDY_LOSES,
    ),
    "a group with a full share leaves the rest to the other": Trap(
        cloth(groups={"entitlement": [30_000, 30_000, 1]},
              frozen={"line": [0], "group": [0], "mode": [0], "qty": [6]}),
        [6, 4, 0], {"units": 10}, GREEDY_LOSES,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TRAPS)
def test_the_trap_is_seen(name: str) -> None:
    trap = TRAPS[name]

    plan = matched(trap.made)

    reached = {stage.name: stage.value for stage in plan.stages}
    assert sold(plan) == trap.sold
    assert {stage: reached[stage] for stage in trap.values} == trap.values


@pytest.mark.parametrize("name", [name for name, trap in TRAPS.items() if trap.greedy_loses])
def test_a_loop_over_the_lines_falls_in(name: str) -> None:
    made = TRAPS[name].made

    assert stages(made, greedy_rows(made)) < stages(made, rows_of(matched(made)))


def stages(made: Tables, rows: list[Row]) -> list[int]:
    """The objective, to be compared from the left."""
    values = Book(made, rows).values()
    return [values["units"], values["class_0"], values["class_1"], values["fairness"],
            -values["cost"]]  # fmt: skip


def test_late_units_go_to_the_line_they_are_for() -> None:
    plan = matched(cloth(offers={"cap": [4, 6, 0], "lead": [0, 1, 0]}, lines={"date": [1, 0, 0]}))
    assert plan.group[plan.line == 1].tolist() == [0]


def test_first_class_is_served_before_the_others() -> None:
    plan = matched(cloth(offers={"cap": [4, 0, 0]}, lines={"prio": [2, 0, 2]}))
    assert plan.line.tolist() == [1]


def test_the_earlier_order_is_served_first_within_a_class() -> None:
    plan = matched(cloth(offers={"cap": [7, 0, 0]}, lines={"seq": [1, 0, 2]}))
    assert dict(zip(plan.line.tolist(), plan.qty.tolist(), strict=True)) == {0: 3, 1: 4}


def test_what_does_not_fit_the_vehicle_is_known_before_it_is_loaded() -> None:
    plan = matched(TRAPS["what post cannot carry gets the vehicle"].made)
    rows = zip(plan.line.tolist(), plan.mode.tolist(), plan.qty.tolist(), strict=True)
    assert list(rows) == [(0, 0, 2), (2, 1, 4)]


def test_a_preview_that_splits_a_vehicle_evenly_knows_that_more_may_fit() -> None:
    """Two goods of one vehicle: its flow gives each half the grams, its bound gives each all."""
    made = tables(
        products={"weight_g": [1000, 500], "shippable": [0, 0]},
        offers={"group": [0, 1, 0], "cap": [10, 0, 10]},
        lanes={"max_weight_g": [2500, 0, 0]},
        lines={"qty": [6, 0, 5]},
    )
    assert matched(made).units == 5
    preview = matched(made, "preview").stages[0]
    assert preview.value <= 5 <= preview.bound


def test_an_empty_round_gives_an_empty_plan() -> None:
    assert matched(cloth(lines={"qty": [0, 0, 0]})).units == 0
