"""An independent check of a plan against the rules; shares no code with the solver.

Every rule is its own arithmetic straight on the problem's tables and the plan's rows: sums by
row number, one comparison, one list of violations.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
import numpy.typing as npt

from market.matching.engine.problem import Problem

Array = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


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


def _report(
    rule: str, wrong: Mask, where: dict[str, Array], found: Array | int, allowed: Array | int
) -> list[Violation]:
    """A violation for each row that is wrong; numbers stand for whole columns."""
    rows = np.flatnonzero(wrong)
    if len(rows) == 0:
        return []
    names = {name: column[rows].tolist() for name, column in where.items()}
    seen = np.broadcast_to(found, wrong.shape)[rows].tolist()
    limit = np.broadcast_to(allowed, wrong.shape)[rows].tolist()
    places = [dict(zip(names, ids, strict=True)) for ids in zip(*names.values(), strict=True)]
    return [Violation(rule, *found_at) for found_at in zip(places, seen, limit, strict=True)]


def _repeated(keys: Array) -> Mask:
    """Rows whose key stands in an earlier row."""
    first = np.unique(keys, return_index=True)[1]
    again = np.ones(len(keys), dtype=bool)
    again[first] = False
    return again


def _place(wanted: Array, known: Array) -> Array:
    """Row of each wanted key among distinct known keys, -1 where it is not there."""
    order, asked = np.argsort(known), np.argsort(wanted)  # neighbours are looked up together
    at = np.empty(len(wanted), dtype=np.int64)
    at[asked] = np.searchsorted(known[order], wanted[asked])
    row = np.append(order, -1)[at]
    return np.where(np.append(known, -1)[row] == wanted, row, -1)


def _totals(size: int, rows: Array, amounts: Array) -> Array:
    total = np.zeros(size, dtype=np.int64)
    np.add.at(total, rows, amounts)
    return total


class _Book:
    """The plan's rows beside the tables they refer to."""

    def __init__(self, problem: Problem, plan: PlanRows) -> None:
        self.problem = problem
        columns = (plan.line, plan.group, plan.mode, plan.qty)
        self.line, self.group, self.mode, self.qty = (
            np.asarray(column, dtype=np.int64) for column in columns
        )

    @cached_property
    def product(self) -> Array:
        """Product of each row."""
        return self.problem.lines.product[self.line]

    @cached_property
    def offer(self) -> Array:
        """Row of the offers table of each row, -1 where the group has no such offer."""
        return self._offers(self.group, self.product)

    @cached_property
    def lane(self) -> Array:
        """Row of the lanes table from the group to the line's zone, -1 where there is none."""
        lanes, zones = self.problem.lanes, len(self.problem.zones.region)
        wanted = self.group * zones + self.problem.lines.zone[self.line]
        return _place(wanted, lanes.group * zones + lanes.zone)

    def _offers(self, group: Array, product: Array) -> Array:
        offers, products = self.problem.offers, len(self.problem.products.cert)
        return _place(group * products + product, offers.group * products + offers.product)

    def _row_keys(self, line: Array, group: Array, mode: Array) -> Array:
        return (line * len(self.problem.groups.zone) + group) * 2 + mode

    def check_columns(self) -> list[Violation]:
        """Ids exist, quantities are positive, no row twice."""
        sizes = [len(column) for column in (self.line, self.group, self.mode, self.qty)]
        if min(sizes) != max(sizes):
            return [Violation("columns differ in length", {}, max(sizes), min(sizes))]
        lines, groups = len(self.problem.lines.qty), len(self.problem.groups.zone)
        unknown = (self.line < 0) | (self.line >= lines) | (self.mode < 0) | (self.mode > 1)
        unknown |= (self.group < 0) | (self.group >= groups)
        row = {"row": np.arange(len(self.line), dtype=np.int64)}
        found = _report("unknown line, group or mode", unknown, row, 1, 0)
        found += _report("quantity must be positive", self.qty <= 0, row, self.qty, 1)
        if unknown.any():
            return found
        twice = _repeated(self._row_keys(self.line, self.group, self.mode))
        return found + _report("row appears twice", twice, row, 2, 1)

    def check_rows(self) -> list[Violation]:
        """Offer, certificate, lead time, insisted group, ceiling and route of every row."""
        lines, offers, offer = self.problem.lines, self.problem.offers, self.offer
        where = {"line": self.line, "group": self.group}
        known = offer >= 0
        found = _report("no such offer", ~known, where, 0, 1)
        needs = self.problem.products.cert[self.product]
        holds = self.problem.groups.cert[self.group]
        found += _report("certificate", known & (needs & ~holds != 0), where, holds, needs)
        if not len(offers.lead):
            return found
        lead, date = offers.lead[offer], lines.date[self.line]
        found += _report("lead time", known & (lead > date), where, lead, date)
        insist = lines.insist[self.line]
        other = known & (insist != -1) & (insist != self.group)
        found += _report("insisted group", other, where, self.group, insist)
        price, ceiling = offers.price[offer], lines.ceiling[self.line]
        dear = known & (ceiling >= 0) & (price > ceiling)
        found += _report("price ceiling", dear, where, price, ceiling)
        return found + _report("no route", known & ~self._routes(), where, self.mode, 0)

    def _routes(self) -> Mask:
        """Own lane to the zone, or parcel post of a shippable product between the regions."""
        post, region = self.problem.post, self.problem.zones.region
        names = np.unique(np.concatenate([post.from_region, post.to_region, region]))
        start = np.searchsorted(names, region[self.problem.groups.zone])[self.group]
        end = np.searchsorted(names, region)[self.problem.lines.zone[self.line]]
        tariff = np.zeros((len(names), len(names)), dtype=bool)
        tariff[np.searchsorted(names, post.from_region), np.searchsorted(names, post.to_region)] = 1
        ships = self.problem.products.shippable[self.product] == 1
        return np.asarray(np.where(self.mode == 0, self.lane >= 0, ships & tariff[start, end]))

    def check_lines(self) -> list[Violation]:
        """No line gets more than it ordered."""
        wanted = self.problem.lines.qty
        got = _totals(len(wanted), self.line, self.qty)
        where = {"line": np.arange(len(wanted), dtype=np.int64)}
        return _report("line over-served", got > wanted, where, got, wanted)

    @cached_property
    def made(self) -> Array:
        """Units of each row of the offers table."""
        known = self.offer >= 0
        return _totals(len(self.problem.offers.cap), self.offer[known], self.qty[known])

    @cached_property
    def kept(self) -> Array:
        """Units of each row of the offers table that were frozen before."""
        frozen = self.problem.frozen
        offer = self._offers(frozen.group, self.problem.lines.product[frozen.line])
        return _totals(len(self.problem.offers.cap), offer[offer >= 0], frozen.qty[offer >= 0])

    def check_offers(self) -> list[Violation]:
        """Capacity, minimum batch (frozen offers excused), whole lots of what is new, pins."""
        offers, made, kept = self.problem.offers, self.made, self.kept
        where = {"group": offers.group, "product": offers.product}
        lot, batch = np.maximum(offers.lot, 1), offers.min_batch
        short = (made > 0) & (made < batch) & (kept == 0)
        most = np.maximum(offers.pin_high, kept)
        over = (offers.pin_high >= 0) & (made > most)
        return [
            *_report("capacity", made > offers.cap, where, made, offers.cap),
            *_report("minimum batch", short, where, made, batch),
            *_report("lot", (made > 0) & ((made - kept) % lot != 0), where, made - kept, lot),
            *_report("pinned at least", made < offers.pin_low, where, made, offers.pin_low),
            *_report("pinned at most", over, where, made, most),
        ]

    def check_hours(self) -> list[Violation]:
        """A group's shared hours."""
        offers, limit = self.problem.offers, self.problem.groups.shared_cap
        hours = _totals(len(limit), offers.group, self.made * offers.use_per_unit)
        where = {"group": np.arange(len(limit), dtype=np.int64)}
        return _report("shared hours", (limit >= 0) & (hours > limit), where, hours, limit)

    def check_lanes(self) -> list[Violation]:
        """Grams on each own lane and date."""
        own = np.flatnonzero((self.mode == 0) & (self.lane >= 0))
        own = own[self.problem.lanes.max_weight_g[self.lane[own]] > 0]
        dates = 1 + int(self.problem.lines.date.max(initial=0))
        key = self.lane[own] * dates + self.problem.lines.date[self.line[own]]
        trips, trip = np.unique(key, return_inverse=True)
        unit_g = self.problem.products.weight_g[self.product[own]]
        grams = _totals(len(trips), trip, self.qty[own] * unit_g)
        limit = self.problem.lanes.max_weight_g[trips // dates]
        where = {"lane": trips // dates, "date": trips % dates}
        return _report("lane weight", grams > limit, where, grams, limit)

    def check_frozen(self) -> list[Violation]:
        """What was confirmed stays."""
        frozen = self.problem.frozen
        wanted = self._row_keys(frozen.line, frozen.group, frozen.mode)
        row = _place(wanted, self._row_keys(self.line, self.group, self.mode))
        got = np.append(self.qty, 0)[row]
        where = {"line": frozen.line, "group": frozen.group}
        return _report("frozen", got < frozen.qty, where, got, frozen.qty)
