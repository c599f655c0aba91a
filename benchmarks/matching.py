"""The matching engine against a loop over the lines, as ratios in one run.

    python benchmarks/matching.py [--groups 100 400] [--seed 1] [INSTANCE ...]

Instances are .json or .npz files in the engine's format; without any, rounds are made up. One line
of JSON a round and mode: units, fairness and CPU as ratios to the loop, gap, split lines.
"""

import argparse
import json
import sys
from collections import defaultdict
from functools import cache
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from market.matching.engine.assign import Rows
from market.matching.engine.measures import Measures, measure
from market.matching.engine.plan import Mode, Plan
from market.matching.engine.problem import Problem, load_problem
from market.matching.engine.solver import solve
from market.matching.engine.verifier import verify

MODES: tuple[Mode, ...] = ("preview", "quick", "final")
Tables = dict[str, Any]
SIZES = (100, 400)
UNITS_RATIO, FAIRNESS_RATIO, GAP, SPLIT_PERCENT = 1.035, 1.03, 0.001, 1.0  # of a final match


def run() -> bool:
    """The made-up rounds, for `python -m benchmarks`; False when a target is missed."""
    return max(_compare(f"{size} groups", make_round(size, seed=1)) for size in SIZES) == 0


def main() -> int:
    """Run every round in every mode; exit 1 when a plan breaks a rule or misses a target."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("instances", nargs="*")
    parser.add_argument("--groups", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rounds = [(path, load_problem(path)) for path in options.instances] or [
        (f"{groups} groups", make_round(groups, options.seed)) for groups in options.groups
    ]
    return max(_compare(name, problem) for name, problem in rounds)


def _compare(name: str, problem: Problem) -> int:
    started = process_time()
    rows = Loop(problem).run()
    seconds = process_time() - started
    broken = verify(problem, rows)
    base = measure(problem, rows, problem.groups.entitlement)
    found: dict[str, Any] = {}
    for mode in MODES:
        started = process_time()
        plan = solve(problem, mode=mode, seed="bench")
        cpu = process_time() - started
        broken += verify(problem, plan)
        found = _ratios(problem, plan, base)
        spent = {"cpu_seconds": round(cpu, 2), "cpu_ratio": round(cpu / seconds, 2)}
        print(json.dumps({"round": name, "mode": mode, **found, **spent}))
    for violation in broken[:5]:
        print(violation, file=sys.stderr)
    return int(bool(broken) or not _good(found))


def _good(final: dict[str, Any]) -> bool:
    better = final["units_ratio"] >= UNITS_RATIO and final["fairness_ratio"] >= FAIRNESS_RATIO
    return bool(better and final["gap"] <= GAP and final["split_lines_percent"] <= SPLIT_PERCENT)


def _ratios(problem: Problem, plan: Plan, base: Measures) -> dict[str, Any]:
    rows = Rows(plan.line, plan.group, plan.mode, plan.qty)
    found = measure(problem, rows, problem.groups.entitlement)
    return {
        "lines": len(problem.lines.qty),
        "units_ratio": round(found.units / base.units, 4),
        "fairness_ratio": round(found.fairness / base.fairness, 4),
        "gap": plan.stages[0].gap,
        "split_lines_percent": round(100 * found.split_lines / len(problem.lines.qty), 2),
    }


class Loop:
    """What one would write first: in order of class and time each line goes to the cheapest maker
    with room; makers below their batch or off their lot are undone, and the lines try once more.
    """

    def __init__(self, problem: Problem) -> None:
        self.offers = {name: column.tolist() for name, column in vars(problem.offers).items()}
        self.lines = {name: column.tolist() for name, column in vars(problem.lines).items()}
        self.lanes = {name: column.tolist() for name, column in vars(problem.lanes).items()}
        self.weight = problem.products.weight_g.tolist()
        self.ships = problem.products.shippable.tolist()
        self.region = problem.zones.region.tolist()
        self.home = problem.groups.zone.tolist()
        ends = zip(self.lanes["group"], self.lanes["zone"], strict=True)
        self.lane_at = {end: row for row, end in enumerate(ends)}
        post = [column.tolist() for column in vars(problem.post).values()]
        self.tariff = {(a, b): rate for a, b, rate in zip(*post, strict=True)}
        held, asked = problem.groups.cert, problem.products.cert
        fits = (asked[problem.offers.product] & ~held[problem.offers.group]) == 0
        self.room = np.where(fits, problem.offers.cap, 0).tolist()
        limits = problem.groups.shared_cap
        self.hours = np.where(limits < 0, 2**50, limits).tolist()
        self.grams: dict[tuple[int, int], int] = defaultdict(int)
        self.need = problem.lines.qty.tolist()
        self.order = np.lexsort((problem.lines.seq, problem.lines.prio)).tolist()
        self.made: dict[int, list[list[int]]] = defaultdict(list)
        self.of_product: dict[int, list[int]] = defaultdict(list)
        for offer, product in enumerate(self.offers["product"]):
            if self.room[offer]:
                self.of_product[product].append(offer)
        self.makers = cache(self._makers)

    def run(self) -> Rows:
        """The rows after two tries; frozen rows are not looked at."""
        for _ in range(2):
            for line in self.order:
                self._serve(line)
            for offer in list(self.made):
                self._undo(offer)
        rows = [(line, self.offers["group"][offer], mode, units)
                for offer, parts in self.made.items() for line, mode, units in parts]  # fmt: skip
        line, group, mode, qty = np.array(rows, dtype=np.int64).reshape(-1, 4).T
        return Rows(line, group, mode, qty).sorted()

    def _makers(self, product: int, zone: int, date: int, insist: int, ceiling: int) -> Any:
        """(rate, offer, mode, lane), cheapest first."""
        found = []
        for offer in self.of_product[product]:
            group = self.offers["group"][offer]
            dear = 0 <= ceiling < self.offers["price"][offer]
            if self.offers["lead"][offer] > date or insist not in (-1, group) or dear:
                continue
            lane = self.lane_at.get((group, zone))
            if lane is not None:
                found.append((self.lanes["cost_per_kg"][lane], offer, 0, lane))
            rate = self.tariff.get((self.region[self.home[group]], self.region[zone]))
            if self.ships[product] and rate is not None:
                found.append((rate, offer, 1, -1))
        return sorted(found)

    def _serve(self, line: int) -> None:
        names = ("product", "zone", "date", "insist", "ceiling")
        key = tuple(self.lines[name][line] for name in names)
        for _, offer, mode, lane in self.makers(*key) if self.need[line] else ():
            units = min(self.need[line], self._free(offer, key, lane))
            if units > 0:
                self.made[offer].append([line, mode, units])
                self._book(offer, line, lane, units)

    def _free(self, offer: int, key: tuple[int, ...], lane: int) -> int:
        free, use = self.room[offer], self.offers["use_per_unit"][offer]
        if use:
            free = min(free, self.hours[self.offers["group"][offer]] // use)
        if lane >= 0 and self.lanes["max_weight_g"][lane]:
            left = self.lanes["max_weight_g"][lane] - self.grams[lane, key[2]]
            free = min(free, left // max(1, self.weight[key[0]]))
        return int(free)

    def _book(self, offer: int, line: int, lane: int, units: int) -> None:
        self.need[line] -= units
        self.room[offer] -= units
        self.hours[self.offers["group"][offer]] -= units * self.offers["use_per_unit"][offer]
        if lane >= 0:
            grams = units * self.weight[self.lines["product"][line]]
            self.grams[lane, self.lines["date"][line]] += grams

    def _undo(self, offer: int) -> None:
        """Last served first, down to a whole number of lots, or to nothing below the batch."""
        total = sum(part[2] for part in self.made[offer])
        keep = total - total % max(1, self.offers["lot"][offer])
        keep = keep if keep >= self.offers["min_batch"][offer] else 0
        parts = self.made[offer]
        while total > keep:
            line, mode, units = parts[-1]
            back = min(units, total - keep)
            parts[-1][2] -= back
            total -= back
            end = (self.offers["group"][offer], self.lines["zone"][line])
            self._book(offer, line, self.lane_at[end] if mode == 0 else -1, -back)
            if parts[-1][2] == 0:
                parts.pop()


def make_round(groups: int, seed: int) -> Problem:
    """A round of about 40 lines a group, short of supply in part of its products."""
    rng = np.random.default_rng([seed, groups])
    zones, products, orders = max(24, groups // 4), max(12, groups // 6), groups * 15
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
        "lanes": _lanes(rng, np.hypot(x[home, None] - x, y[home, None] - y)),
        "lines": _lines(rng, orders, products, zones, groups),
    }  # fmt: skip
    return Problem.from_tables(tables)


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
    pairs = np.unique(np.stack([makers, rng.integers(0, products, len(makers))]), axis=1)
    size = pairs.shape[1]
    cap = rng.integers(2, 9, size) * 10
    return {
        "group": pairs[0], "product": pairs[1], "cap": cap,
        "min_batch": np.where(rng.random(size) < 0.6, cap // 30 * 10, 0),
        "lot": rng.choice([1, 5, 10], size, p=[0.5, 0.3, 0.2]),
        "price": rng.integers(20, 400, size) * 100,
        "lead": rng.integers(0, 5, size) // 4, "use_per_unit": rng.integers(1, 4, size),
    }  # fmt: skip


def _lanes(rng: np.random.Generator, metres: Any) -> Tables:
    group, zone = np.nonzero(metres < 90_000)
    return {
        "group": group, "zone": zone,
        "cost_per_kg": np.floor(300 + 12 * metres[group, zone] / 1000),
        "fixed_cost": np.where(rng.random(len(group)) < 0.2, 5_000, 0),
        "max_weight_g": np.where(rng.random(len(group)) < 0.05, 60_000, 0),
    }  # fmt: skip


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


if __name__ == "__main__":
    sys.exit(main())
