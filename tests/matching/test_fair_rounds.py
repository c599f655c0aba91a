"""Twenty rounds with the real engine and the market's memory: nobody is passed by for good."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from market.matching.engine.plan import Params
from market.matching.engine.problem import Problem
from market.matching.engine.solver import solve
from market.rounds.fairness import (
    RULE,
    FairnessRule,
    Part,
    Standing,
    entitlement,
    settle_round_shares,
)

ROUNDS = 20
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Market:
    """Groups that offer the same in every round; only the orders change.

    level: what the orders are worth, as a part of all full shares together.
    """

    members: Ints
    readiness: Ints
    tables: dict[str, dict[str, Any]]
    level: float
    rng: np.random.Generator


def made_up_market(seed: int, level: float, groups: int = 9) -> Market:
    """Nine groups of 5 to 40 people, four products, three zones; lots, batches, shared hours."""
    rng = np.random.default_rng(seed)
    members = rng.integers(5, 41, groups)
    pairs = [(g, p) for g in range(groups) for p in range(4) if p == g % 4 or rng.random() < 0.25]
    price = np.array([5_000, 8_000, 12_000, 20_000])
    lot = rng.choice([1, 2, 5], len(pairs))
    worth = np.array([members[g] * RULE.income_satang // price[p] for g, p in pairs])
    ends = [(g, z) for g in range(groups) for z in range(3) if z == g % 3 or rng.random() < 0.7]
    size = len(pairs)
    tables: dict[str, dict[str, Any]] = {
        "zones": {"province": [0] * 3, "region": [0] * 3, "x_m": [0] * 3, "y_m": [0] * 3},
        "products": {"weight_g": [1000] * 4, "shippable": [0] * 4, "cert": [0] * 4,
                     "category": [0] * 4, "ref_price": price},
        "groups": {"zone": np.arange(groups) % 3, "cert": [0] * groups,
                   "shared_cap": np.where(rng.random(groups) < 0.3, members * 3, -1),
                   "entitlement": [1] * groups},
        "offers": {"group": [g for g, _ in pairs], "product": [p for _, p in pairs],
                   "cap": np.maximum(1, worth * rng.uniform(0.3, 1.2, size) // lot).astype(int)
                   * lot,
                   "min_batch": lot * rng.choice([1, 1, 2, 4], size), "lot": lot,
                   "price": [int(price[p]) for _, p in pairs], "lead": [0] * size,
                   "use_per_unit": [1] * size},
        "lanes": {"group": [g for g, _ in ends], "zone": [z for _, z in ends],
                  "cost_per_kg": rng.integers(300, 900, len(ends)),
                  "fixed_cost": [0] * len(ends), "max_weight_g": [0] * len(ends)},
        "post": {"from_region": [], "to_region": [], "cost_per_kg": []},
        "frozen": {"line": [], "group": [], "mode": [], "qty": []},
    }  # fmt: skip
    offers = tables["offers"]
    offers["cap"] = np.maximum(offers["cap"], offers["min_batch"])
    return Market(members, rng.choice([1, 2], groups, p=[0.3, 0.7]), tables, level, rng)


def orders(market: Market) -> dict[str, Any]:
    """A round's lines: worth ``level`` of all full shares, of any maker but one in ten."""
    rng, price = market.rng, market.tables["products"]["ref_price"]
    left = market.level * market.members.sum() * RULE.income_satang * rng.uniform(0.7, 1.3)
    rows: list[tuple[int, int, int, int]] = []
    while left > 0:
        product, units = int(rng.integers(4)), int(rng.integers(1, 7))
        made = market.tables["offers"]
        pairs = zip(made["group"], made["product"], strict=True)
        makers = [group for group, makes in pairs if makes == product]
        named = int(rng.choice(makers)) if makers and rng.random() < 0.1 else -1
        rows.append((product, int(rng.integers(3)), units, named))
        left -= units * int(price[product])
    lines = [list(column) for column in zip(*rows, strict=True)]
    count = list(range(len(rows)))
    return {"order": count, "seq": count, "product": lines[0], "zone": lines[1],
            "qty": lines[2], "insist": lines[3], "date": [0] * len(rows),
            "prio": [1] * len(rows), "ceiling": [-1] * len(rows)}  # fmt: skip


def incomes(problem: Problem, seed: str) -> Ints:
    """Satang at reference prices that a match gives each group."""
    plan = solve(problem, seed=seed, params=Params())
    worth = plan.qty * problem.products.ref_price[problem.lines.product[plan.line]]
    sold = np.bincount(plan.group, weights=worth, minlength=len(problem.groups.zone))
    return sold.astype(np.int64)


def alone(problem: Problem, group: int, seed: str) -> int:
    """What the group would get if nobody else offered anything."""
    mine = problem.offers.group == group
    offers = replace(problem.offers, cap=np.where(mine, problem.offers.cap, 0))
    return int(incomes(replace(problem, offers=offers), seed)[group])


def could_sell(problem: Problem) -> Ints:
    """As the market counts it: capacity, no more than was ordered from anybody or this group."""
    lines, offers = problem.lines, problem.offers
    most = np.zeros(len(problem.groups.zone), dtype=np.int64)
    for group, product, cap in zip(offers.group, offers.product, offers.cap, strict=True):
        free = (lines.product == product) & np.isin(lines.insist, (-1, group))
        wanted = int(lines.qty[free].sum())
        most[group] += min(int(cap), wanted) * problem.products.ref_price[product]
    return most


def play(market: Market, name: str, rule: FairnessRule) -> tuple[Ints, Ints]:
    """Income by round and group, and what each group alone could have had."""
    standings = [
        Standing(members=int(m), readiness=int(r))
        for m, r in zip(market.members, market.readiness, strict=True)
    ]
    got, could = [], []
    for number in range(ROUNDS):
        tables = market.tables | {"lines": orders(market)}
        shares = np.array([entitlement(standing, rule) for standing in standings])
        problem = Problem.from_tables(tables).with_entitlements(shares)
        seed = f"{name} {number}"
        got.append(incomes(problem, seed))
        could.append([alone(problem, group, seed) for group in range(len(standings))])
        standings = settled(standings, got[-1], could_sell(problem), rule)
    return np.array(got), np.array(could)


def settled(
    standings: list[Standing], got: Ints, could: Ints, rule: FairnessRule
) -> list[Standing]:
    """The groups' standings after a round."""
    parts = [
        Part(group_id=group, standing=standing, got_satang=int(got[group]),
             could_satang=max(int(could[group]), int(got[group])))
        for group, standing in enumerate(standings)
    ]  # fmt: skip
    return [
        replace(standing, rounds=standing.rounds + 1, carried_satang=found.carried_satang,
                even_satang=found.even_satang)
        for standing, found in zip(standings, settle_round_shares(parts, rule), strict=True)
    ]  # fmt: skip


def passed_by(market: Market, got: Ints, could: Ints) -> tuple[Ints, Ints]:
    """Groups able to reach the median share in every round, and those below half of it over all."""
    full = market.members * RULE.income_satang
    median = np.median(got / full, axis=1, keepdims=True)
    able = ((could > 0) & (could / full >= median)).all(axis=0)
    share = got.sum(axis=0) / full
    return np.flatnonzero(able), np.flatnonzero(able & (share < np.median(share) / 2))


@pytest.mark.parametrize(("seed", "level"), [(1, 0.3), (2, 0.3), (2, 0.6)])
def test_no_group_that_could_keep_up_stays_below_half_the_median(seed: int, level: float) -> None:
    market = made_up_market(seed, level)

    got, could = play(market, f"market {seed}", RULE)
    able, behind = passed_by(market, got, could)

    assert len(able) >= 3, "the market is too poor to tell"
    assert behind.tolist() == []
