"""What a plan is worth, from its rows: the values of every stage."""

from dataclasses import dataclass

import numpy as np

from market.matching.engine.arrays import IntArray, find_sorted, group_rows, sums
from market.matching.engine.assign import Rows
from market.matching.engine.facts import tariff_table
from market.matching.engine.fairness import worth
from market.matching.engine.problem import Problem


@dataclass(frozen=True)
class Measures:
    """Units, units by class, fairness (tenths of satang x slope), satang, parcels, splits."""

    units: int
    by_class: tuple[int, int, int]
    fairness: int
    cost_satang: int
    parcels: int
    orders: int
    split_lines: int


def measure(problem: Problem, rows: Rows, entitlement: IntArray) -> Measures:
    """All measures of rows (frozen ones included)."""
    lines = problem.lines
    by_class = sums(lines.prio[rows.line], rows.qty, 3)
    earned = rows.qty * problem.products.ref_price[lines.product[rows.line]]
    income = sums(rows.group, earned, len(entitlement))
    orders = lines.order[rows.line]
    pairs, _ = group_rows(rows.line, rows.group)
    makers = np.bincount(rows.line[pairs], minlength=1)
    return Measures(
        units=int(rows.qty.sum()),
        by_class=(int(by_class[0]), int(by_class[1]), int(by_class[2])),
        fairness=int(worth(income, entitlement).sum()),
        cost_satang=_cost(problem, rows),
        parcels=len(group_rows(orders, rows.group)[0]),
        orders=len(np.unique(orders)),
        split_lines=int((makers > 1).sum()),
    )


def _cost(problem: Problem, rows: Rows) -> int:
    """Satang: rates by weight, and the fixed cost of each lane and date driven."""
    lanes, lines = problem.lanes, problem.lines
    zone, product = lines.zone[rows.line], lines.product[rows.line]
    region, tariff = tariff_table(problem)
    rate = tariff[region[problem.groups.zone[rows.group]], region[zone]]
    own = np.flatnonzero(rows.mode == 0)
    size = len(problem.zones.region)
    key = lanes.group * size + lanes.zone
    order = np.argsort(key, kind="stable")
    lane = order[find_sorted(rows.group[own] * size + zone[own], key[order])]
    rate[own] = lanes.cost_per_kg[lane]
    driven, _ = group_rows(lane, lines.date[rows.line[own]])
    variable = rows.qty * (rate * problem.products.weight_g[product] // 1000)
    return int(variable.sum()) + int(lanes.fixed_cost[lane[driven]].sum())
