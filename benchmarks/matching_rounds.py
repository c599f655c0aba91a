"""Made-up rounds for the matching benchmark, up to national size, and answers to a plan."""

from dataclasses import replace
from typing import Any

import numpy as np

from market.matching.engine.plan import Plan
from market.matching.engine.problem import Problem
from market.matching.engine.tables import Frozen

Tables = dict[str, Any]
SIZES = {"small": (300, 92, 75), "medium": (3_000, 920, 300), "large": (30_000, 7_255, 2_000)}
LANES_MAX = 60  # of a group: the nearest zones within its reach
REACH_M = 90_000
ABROAD = 0.02  # share of offers outside the group's own trade


def make_round(groups: int, seed: int, zones: int = 0, products: int = 0) -> Problem:
    """A round of about 45 lines a group, short of supply in part of its products.

    A third of the groups share hours among their products, three offers of five have a batch.
    """
    rng = np.random.default_rng([seed, groups])
    zones, products = zones or max(24, groups // 4), products or max(12, groups // 6)
    orders = groups * 50 // 3
    x, y = rng.uniform(0, 600_000, zones), rng.uniform(0, 1_200_000, zones)
    region = (y // 400_000).astype(int) * 2 + (x // 300_000).astype(int)
    home = rng.integers(0, zones, groups)
    hours = np.where(rng.random(groups) < 0.35, rng.integers(60, 240, groups), -1)
    tables: Tables = {
        "zones": {"province": region, "region": region, "x_m": x.astype(int), "y_m": y.astype(int)},
        "groups": {"zone": home, "cert": rng.integers(0, 4, groups), "shared_cap": hours,
                   "entitlement": rng.integers(300_000, 4_000_000, groups)},
        "post": {"from_region": np.repeat(np.arange(6), 6), "to_region": np.tile(np.arange(6), 6),
                 "cost_per_kg": rng.integers(2500, 6000, 36)},
        "products": _products(rng, products),
        "offers": _offers(rng, groups, products),
        "lanes": _lanes(rng, home, x, y),
        "lines": _lines(rng, orders, products, zones, groups),
    }  # fmt: skip
    return Problem.from_tables(tables)


def answered(problem: Problem, plan: Plan, seed: int) -> Problem:
    """The round after the answers: 8 % of the offers decline, 8 % confirm a part, others all."""
    rng = np.random.default_rng(seed)
    offers, lines = problem.offers, problem.lines
    products = len(problem.products.cert)
    key = offers.group * products + offers.product
    order = np.argsort(key)
    wanted = plan.group * products + lines.product[plan.line]
    offer = order[np.searchsorted(key[order], wanted)]
    made = np.bincount(offer, weights=plan.qty, minlength=len(key)).astype(np.int64)
    answer = rng.random(len(key))
    part = (made * rng.uniform(0.3, 0.9, len(key))).astype(np.int64)
    kept = np.where(answer < 0.08, 0, np.where(answer < 0.16, part, made))
    rows = np.lexsort((plan.line, lines.seq[plan.line], offer))
    units, ranked = plan.qty[rows], offer[rows]
    before = np.cumsum(units) - units
    before -= before[np.searchsorted(ranked, ranked)]
    qty = np.clip(kept[ranked] - before, 0, units)
    stays = rows[qty > 0]
    frozen = Frozen(plan.line[stays], plan.group[stays], plan.mode[stays], qty[qty > 0])
    cap = np.where((answer < 0.16) & (made > 0), kept, offers.cap)
    return replace(problem, offers=replace(offers, cap=cap), frozen=frozen)


def _products(rng: np.random.Generator, size: int) -> Tables:
    return {
        "weight_g": rng.choice([100, 250, 500, 1000, 2000], size),
        "shippable": (rng.random(size) < 0.6).astype(int),
        "cert": (rng.random(size) < 0.3).astype(int),
        "category": np.zeros(size, dtype=int),
        "ref_price": rng.integers(20, 400, size) * 100,
    }


def _offers(rng: np.random.Generator, groups: int, products: int) -> Tables:
    makers = np.repeat(np.arange(groups), 3)
    trade = np.repeat(rng.integers(0, products // 6, groups), 3)
    own = 6 * trade + rng.integers(0, 6, len(makers))
    other = rng.integers(0, products, len(makers))
    made = np.where(rng.random(len(makers)) < ABROAD, other, own)
    pairs = np.unique(np.stack([makers, made]), axis=1)
    size = pairs.shape[1]
    cap = rng.integers(2, 9, size) * 10
    return {
        "group": pairs[0], "product": pairs[1], "cap": cap,
        "min_batch": np.where(rng.random(size) < 0.6, cap // 30 * 10, 0),
        "lot": rng.choice([1, 5, 10], size, p=[0.5, 0.3, 0.2]),
        "price": rng.integers(20, 400, size) * 100,
        "lead": rng.integers(0, 5, size) // 4, "use_per_unit": rng.integers(1, 4, size),
    }  # fmt: skip


def _lanes(rng: np.random.Generator, home: Any, x: Any, y: Any) -> Tables:
    near = [_nearest(x[zone], y[zone], x, y) for zone in range(len(x))]
    group = np.repeat(np.arange(len(home)), [len(near[zone][0]) for zone in home])
    zone = np.concatenate([near[zone][0] for zone in home])
    metres = np.concatenate([near[zone][1] for zone in home])
    return {
        "group": group, "zone": zone,
        "cost_per_kg": np.floor(300 + 12 * metres / 1000),
        "fixed_cost": np.where(rng.random(len(group)) < 0.2, 5_000, 0),
        "max_weight_g": np.where(rng.random(len(group)) < 0.05, 60_000, 0),
    }  # fmt: skip


def _nearest(x0: float, y0: float, x: Any, y: Any) -> tuple[Any, Any]:
    metres = np.hypot(x - x0, y - y0)
    order = np.argsort(metres, kind="stable")[:LANES_MAX]
    order = order[metres[order] < REACH_M]
    return order, metres[order]


def _lines(rng: np.random.Generator, orders: int, products: int, zones: int, groups: int) -> Tables:
    buyer = np.repeat(np.arange(orders), 3)
    liked = (products * rng.random(len(buyer)) ** 1.5).astype(int)
    order, product = np.unique(np.stack([buyer, liked]), axis=1)
    place, date = rng.integers(0, zones, orders), rng.integers(0, 2, orders)
    size = len(order)
    return {
        "order": order, "product": product, "zone": place[order], "date": date[order],
        "qty": np.minimum(rng.geometric(0.4, size), 20),
        "insist": np.where(rng.random(size) < 0.05, rng.integers(0, groups, size), -1),
        "prio": rng.choice(3, size, p=[0.4, 0.3, 0.3]), "seq": order,
    }  # fmt: skip
