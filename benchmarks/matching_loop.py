"""The baseline of the matching benchmark: a loop over the lines."""

from collections import defaultdict
from functools import cache
from typing import Any

import numpy as np

from market.matching.engine.assign import Rows
from market.matching.engine.problem import Problem


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
