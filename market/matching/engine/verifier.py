"""An independent check of a plan against the rules; shares no code with the solver.

Plain loops over plain lists, so that it can be read against the rules one by one.
"""

from collections import defaultdict
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from market.matching.engine.problem import Problem

Array = npt.NDArray[np.int64]


class PlanRows(Protocol):
    """Anything with the four columns of a plan."""

    @property
    def line(self) -> Array: ...
    @property
    def group(self) -> Array: ...
    @property
    def mode(self) -> Array: ...
    @property
    def qty(self) -> Array: ...


@dataclass(frozen=True)
class Violation:
    """A broken rule: its name, where (ids by name), what was found and what is allowed."""

    rule: str
    where: dict[str, int]
    found: int
    allowed: int

    def __str__(self) -> str:
        place = ", ".join(f"{name} {number}" for name, number in self.where.items())
        return f"{self.rule} ({place}): {self.found}, allowed {self.allowed}"


def verify(problem: Problem, plan: PlanRows) -> list[Violation]:
    """Every broken rule; empty when the plan may be published."""
    book = _Book(problem, plan)
    found = book.check_columns()
    if found:
        return found
    checks = (book.check_rows, book.check_lines, book.check_offers, book.check_hours,
              book.check_lanes, book.check_frozen)  # fmt: skip
    return [violation for check in checks for violation in check()]


class _Book:
    """The plan's rows beside the tables they refer to."""

    def __init__(self, problem: Problem, plan: PlanRows) -> None:
        self.problem = problem
        columns = (plan.line, plan.group, plan.mode, plan.qty)
        self.lengths = {len(column) for column in columns}
        lists = [np.asarray(column).tolist() for column in columns]
        self.rows = list(zip(*lists, strict=False))
        self.lines = {name: values.tolist() for name, values in vars(problem.lines).items()}
        self.offers = {name: values.tolist() for name, values in vars(problem.offers).items()}
        self.lanes = {name: values.tolist() for name, values in vars(problem.lanes).items()}
        self.groups = {name: values.tolist() for name, values in vars(problem.groups).items()}
        self.products = {name: values.tolist() for name, values in vars(problem.products).items()}
        self.region = problem.zones.region.tolist()
        post = problem.post
        self.posts = set(zip(post.from_region.tolist(), post.to_region.tolist(), strict=True))
        pairs = zip(self.offers["group"], self.offers["product"], strict=True)
        self.offer_at = {pair: row for row, pair in enumerate(pairs)}
        ends = zip(self.lanes["group"], self.lanes["zone"], strict=True)
        self.lane_at = {end: row for row, end in enumerate(ends)}
        self.frozen = list(
            zip(*(values.tolist() for values in vars(problem.frozen).values()), strict=True)
        )

    def check_columns(self) -> list[Violation]:
        """Ids exist, quantities are positive, no row twice."""
        if len(self.lengths) > 1:
            return [Violation("columns differ in length", {}, max(self.lengths), min(self.lengths))]
        found, seen = [], set()
        for row, (line, group, mode, qty) in enumerate(self.rows):
            inside = 0 <= line < len(self.lines["qty"]) and 0 <= group < len(self.groups["zone"])
            if not inside or mode not in (0, 1):
                found.append(Violation("unknown line, group or mode", {"row": row}, 1, 0))
            if qty <= 0:
                found.append(Violation("quantity must be positive", {"row": row}, qty, 1))
            if (line, group, mode) in seen:
                found.append(Violation("row appears twice", {"row": row}, 2, 1))
            seen.add((line, group, mode))
        return found

    def check_rows(self) -> list[Violation]:
        """Offer, certificate, lead time, insisted group, ceiling and route of every row."""
        found = []
        for line, group, mode, _ in self.rows:
            rule = self._broken_rule(line, group, mode)
            if rule is not None:
                name, seen, allowed = rule
                found.append(Violation(name, {"line": line, "group": group}, seen, allowed))
        return found

    def _broken_rule(self, line: int, group: int, mode: int) -> tuple[str, int, int] | None:
        product = self.lines["product"][line]
        offer = self.offer_at.get((group, product))
        if offer is None:
            return "no such offer", 0, 1
        needs, holds = self.products["cert"][product], self.groups["cert"][group]
        if needs & ~holds:
            return "certificate", holds, needs
        if self.offers["lead"][offer] > self.lines["date"][line]:
            return "lead time", self.offers["lead"][offer], self.lines["date"][line]
        if self.lines["insist"][line] not in (-1, group):
            return "insisted group", group, self.lines["insist"][line]
        price, ceiling = self.offers["price"][offer], self.lines["ceiling"][line]
        if 0 <= ceiling < price:
            return "price ceiling", price, ceiling
        return None if self._has_route(line, group, mode, product) else ("no route", mode, 0)

    def _has_route(self, line: int, group: int, mode: int, product: int) -> bool:
        zone = self.lines["zone"][line]
        if mode == 0:
            return (group, zone) in self.lane_at
        home = self.groups["zone"][group]
        pair = (self.region[home], self.region[zone])
        return bool(self.products["shippable"][product]) and pair in self.posts

    def check_lines(self) -> list[Violation]:
        """No line gets more than it ordered."""
        got: dict[int, int] = defaultdict(int)
        for line, _, _, qty in self.rows:
            got[line] += qty
        wanted = self.lines["qty"]
        return [
            Violation("line over-served", {"line": line}, units, wanted[line])
            for line, units in got.items()
            if units > wanted[line]
        ]

    def _totals(self, rows: list[tuple[int, ...]]) -> dict[tuple[int, int], int]:
        total: dict[tuple[int, int], int] = defaultdict(int)
        for line, group, _, qty in rows:
            total[group, self.lines["product"][line]] += qty
        return total

    def check_offers(self) -> list[Violation]:
        """Capacity, minimum batch (frozen offers excused) and whole lots of what is new."""
        found = []
        kept = self._totals(self.frozen)
        for (group, product), units in self._totals(self.rows).items():
            offer = self.offer_at.get((group, product))
            if offer is None:
                continue
            where = {"group": group, "product": product}
            cap, batch = self.offers["cap"][offer], self.offers["min_batch"][offer]
            lot, before = max(1, self.offers["lot"][offer]), kept.get((group, product), 0)
            if units > cap:
                found.append(Violation("capacity", where, units, cap))
            if units < batch and not before:
                found.append(Violation("minimum batch", where, units, batch))
            if (units - before) % lot:
                found.append(Violation("lot", where, units - before, lot))
        return found

    def check_hours(self) -> list[Violation]:
        """A group's shared hours."""
        used: dict[int, int] = defaultdict(int)
        for (group, product), units in self._totals(self.rows).items():
            offer = self.offer_at.get((group, product))
            if offer is not None:
                used[group] += units * self.offers["use_per_unit"][offer]
        limits = self.groups["shared_cap"]
        return [
            Violation("shared hours", {"group": group}, hours, limits[group])
            for group, hours in used.items()
            if 0 <= limits[group] < hours
        ]

    def check_lanes(self) -> list[Violation]:
        """Grams on each own lane and date."""
        grams: dict[tuple[int, int], int] = defaultdict(int)
        for line, group, mode, qty in self.rows:
            lane = self.lane_at.get((group, self.lines["zone"][line]))
            if mode == 0 and lane is not None:
                weight = self.products["weight_g"][self.lines["product"][line]]
                grams[lane, self.lines["date"][line]] += qty * weight
        limits = self.lanes["max_weight_g"]
        return [
            Violation("lane weight", {"lane": lane, "date": date}, weight, limits[lane])
            for (lane, date), weight in grams.items()
            if 0 < limits[lane] < weight
        ]

    def check_frozen(self) -> list[Violation]:
        """What was confirmed stays."""
        got = {(line, group, mode): qty for line, group, mode, qty in self.rows}
        return [
            Violation(
                "frozen", {"line": line, "group": group}, got.get((line, group, mode), 0), qty
            )
            for line, group, mode, qty in self.frozen
            if got.get((line, group, mode), 0) < qty
        ]
