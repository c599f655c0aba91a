"""What the properties are drawn from: tiny rounds where every rule can bind, half confirmed."""

import itertools
import os
from collections.abc import Sequence
from random import Random
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from market.matching.engine.plan import Params, Plan
from market.matching.engine.problem import Problem
from market.matching.engine.solver import solve
from tests.matching.instances import Tables
from tests.matching.properties.rulebook import Book, Row

Columns = dict[str, list[int]]
EXACT = Params(gap=0.0, share_gap=0.0)


def times(factor: float = 1.0) -> settings:
    """PROPERTY_EXAMPLES=2000 looks a hundred times harder; alone, the same examples every time."""
    wanted = os.environ.get("PROPERTY_EXAMPLES")
    return settings(
        max_examples=max(1, int(factor * int(wanted or 40))),
        derandomize=wanted is None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
    )


@st.composite
def drawn(draw: Any, *, lanes_limited: bool = True) -> Tables:
    """A round of up to 4 groups, 3 products, 3 zones, 10 lines, half of them partly confirmed."""
    rng = Random(draw(st.integers(0, 2**32)))
    made = crowded(rng, lanes_limited=lanes_limited)
    return confirmed(made, some_rows(made, rng)) if rng.random() < 0.5 else made


def crowded(rng: Random, *, lanes_limited: bool) -> Tables:
    """More is asked than made, or nearly so, and most offers reach most lines."""
    zones, products, groups = rng.randint(1, 3), rng.randint(1, 3), rng.randint(2, 4)

    def some(table: dict[str, list[Any]], size: int, **choices: Sequence[int]) -> Columns:
        return table | {name: rng.choices(among, k=size) for name, among in choices.items()}

    def pairs(left: int, right: int, part: float) -> list[list[int]]:
        every = list(itertools.product(range(left), range(right)))
        kept = [pair for pair in every if rng.random() < part] or [rng.choice(every)]
        return [list(column) for column in zip(*kept, strict=True)]

    made, ends, regions = pairs(groups, products, 0.8), pairs(groups, zones, 0.8), pairs(2, 2, 0.6)
    offers, lanes, lines = len(made[0]), len(ends[0]), rng.randint(3, 12)
    weights = [0, 0, 2500, 6000] if lanes_limited else [0]
    insists = [-1] * 4 * groups + list(range(groups))
    return {
        "zones": some({}, zones, province=[0], region=[0, 1], x_m=[0], y_m=[0]),
        "products": some({}, products, weight_g=[100, 500, 1000, 1001], shippable=[0, 1],
                         cert=[0, 0, 0, 0, 0, 1, 3], category=[0], ref_price=[1000, 5000, 12000]),
        "groups": some({}, groups, zone=range(zones), cert=[0, 1, 3, 3],
                       shared_cap=[-1, 4, 7, 12],
                       entitlement=[9_000, 20_000, 50_000, 90_001, 200_000]),
        "offers": some({"group": made[0], "product": made[1]}, offers, cap=range(13),
                       min_batch=[0, 0, 3, 6, 9], lot=[0, 1, 1, 2, 3, 5], price=[900, 1000, 1100],
                       lead=[0, 0, 0, 1], use_per_unit=[0, 1, 1, 2, 3]),
        "lanes": some({"group": ends[0], "zone": ends[1]}, lanes, cost_per_kg=[300, 700],
                      fixed_cost=[0, 0, 3000, 9000], max_weight_g=weights),
        "post": some({"from_region": regions[0], "to_region": regions[1]}, len(regions[0]),
                     cost_per_kg=[2500, 4000]),
        "lines": some({"order": [*range(lines)], "seq": [*range(lines)]}, lines,
                      product=made[1], zone=range(zones), date=[0, 1], qty=range(1, 8),
                      insist=insists, prio=[0, 1, 2], ceiling=[-1, -1, -1, 1000]),
        "frozen": {"line": [], "group": [], "mode": [], "qty": []},
    }  # fmt: skip


def some_rows(made: Tables, rng: Random) -> list[Row]:
    """Up to four rows that keep every rule but batches and lots, by no engine's choice."""
    rows: list[Row] = []
    for _ in range(rng.randint(1, 4)):
        taken = {row[:3] for row in rows}
        free = [row for row in Book(made, rows).next_rows() if row[:3] not in taken]
        if free:
            *way, most = rng.choice(free)
            rows.append((*way, rng.randint(1, most)))
    return rows


def confirmed(made: Tables, rows: list[Row]) -> Tables:
    """The round with these rows as answers that must stay."""
    names = ("line", "group", "mode", "qty")
    columns = list(zip(*rows, strict=True)) or [(), (), (), ()]
    return made | {"frozen": {n: list(c) for n, c in zip(names, columns, strict=True)}}


def matched(made: Tables, *, seed: str = "p", **changes: Any) -> Plan:
    """The engine's plan of a drawn round."""
    return solve(Problem.from_tables(made), seed=seed, **{"params": EXACT} | changes)


def rows_of(plan: Plan) -> list[Row]:
    """A plan as tuples (line, group, mode, qty)."""
    columns = (plan.line, plan.group, plan.mode, plan.qty)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def value(plan: Plan, name: str) -> int:
    """What a stage of the objective reached."""
    return next(stage.value for stage in plan.stages if stage.name == name)
