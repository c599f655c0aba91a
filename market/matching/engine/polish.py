"""Evening out: with units and classes as they are, each product's units go to the lowest shares.

One convex flow a product: an offer's next unit costs more the larger the share of its entitlement
the group already has, from everything it makes. On such flows the cheapest answer is the fairest
for every concave worth at once, so groups alike end alike also within a segment of the curve.
Lots and batches are rounded and kept only where all units still fit. Products in canonical order.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import fsum

import numpy as np

from market.matching.engine.arrays import BoolArray, IntArray, sums
from market.matching.engine.facts import Facts
from market.matching.engine.fairness import SEGMENTS, worth
from market.matching.engine.flow import Arcs, cheapest_flow
from market.matching.engine.graph import Graph

PPM = 1_000_000
SHARE_MAX = 8 * PPM  # shares beyond eight times the entitlement are one
LEVELS = 12
_BENDS: IntArray = np.cumsum(SEGMENTS) * (PPM // 10)


@dataclass(frozen=True)
class _Market:
    """One product: its offers (a slice of the canonical order) and the way to its cells.

    Nodes: 0 source, 1 sink, then offers, cells, hubs. by_class: class of each arc to the sink,
    which come last.
    """

    first: int
    stop: int
    arcs: Arcs
    nodes: int
    by_class: IntArray


@dataclass(frozen=True)
class _Box:
    """Least and most units of each offer."""

    low: IntArray
    high: IntArray


@dataclass(frozen=True)
class _Found:
    """Units of each offer, and the units' classes added up."""

    units: IntArray
    classes: int


class Shares:
    """Lots, incomes and hours of a match while its products are evened out."""

    def __init__(self, facts: Facts, lots: IntArray, entitlement: IntArray) -> None:
        self.facts, self.lots, self.entitlement = facts, lots.copy(), entitlement
        earned = lots * facts.lot * facts.ref
        self._income = facts.base_income + sums(facts.group, earned, len(entitlement))
        used = sums(facts.group, lots * facts.lot * facts.use, len(entitlement))
        self._hours = np.where(facts.hours_left >= 0, facts.hours_left - used, -1)

    def even(self, market: _Market) -> None:
        """One product; its lots change only where that is fairer."""
        rows = slice(market.first, market.stop)
        facts = self.facts
        lot, made = facts.lot[rows], self.lots[rows] * facts.lot[rows]
        box = self._box(rows, made)
        if int((box.high > box.low).sum()) < 2:
            return
        outside = self._income[facts.group[rows]] - made * facts.ref[rows]
        prices = _Prices(outside, facts.ref[rows], self.entitlement[facts.group[rows]], box, made)
        for units in _tries(market, prices, box, made, lot, facts.nmin[rows]):
            if prices.is_fairer(units, made):
                self._take(rows, units, made)
                return

    def _box(self, rows: slice, made: IntArray) -> _Box:
        """What each offer may make by batch, capacity, pins and the hours its group has left."""
        facts = self.facts
        lot, use, hours = facts.lot[rows], facts.use[rows], self._hours[facts.group[rows]]
        most = facts.nmax[rows] * lot
        bound = (hours >= 0) & (use > 0)
        by_hours = made + hours // np.maximum(use, 1)
        high = np.where(bound, np.minimum(most, by_hours // lot * lot), most)
        low = np.where(made > 0, facts.nmin[rows], facts.floor[rows]) * lot
        return _Box(low, np.maximum(high, made))

    def _take(self, rows: slice, units: IntArray, made: IntArray) -> None:
        facts, more = self.facts, units - made
        group = facts.group[rows]
        self.lots[rows] = units // facts.lot[rows]
        self._income[group] += more * facts.ref[rows]
        limited = self._hours[group] >= 0
        self._hours[group[limited]] -= (more * facts.use[rows])[limited]


class _Prices:
    """What the next unit of an offer costs: the level of its group's share."""

    def __init__(
        self, outside: IntArray, ref: IntArray, entitlement: IntArray, box: _Box, made: IntArray
    ) -> None:
        self._outside, self._ref, self._entitlement = outside, np.maximum(ref, 1), entitlement
        cuts = _cuts(self._share(made)[box.high > box.low], made[box.high > box.low] > 0)
        full = np.maximum(entitlement, 1)[:, None]
        reach = cuts * (full // PPM) + cuts * (full % PPM) // PPM
        self._units = (reach - outside[:, None]) // self._ref[:, None]

    def steps(self, box: _Box) -> tuple[IntArray, IntArray, IntArray]:
        """(offer, units, price) of each step above the box's floor."""
        top = np.clip(self._units, box.low[:, None], box.high[:, None])
        top = np.concatenate([box.low[:, None], top, box.high[:, None]], axis=1)
        size = np.diff(top, axis=1)
        offer, level = np.nonzero(size)
        return offer, size[offer, level], level

    @property
    def top(self) -> int:
        """Above every price."""
        return int(self._units.shape[1]) + 1

    def is_fairer(self, units: IntArray, made: IntArray) -> bool:
        """More worth, or the same worth in more even shares."""
        now, before = self._worth(units), self._worth(made)
        if now != before:
            return now > before
        return self._unevenness(units) < self._unevenness(made)

    def _worth(self, units: IntArray) -> int:
        return int(worth(self._outside + units * self._ref, self._entitlement).sum())

    def _unevenness(self, units: IntArray) -> float:
        income = (self._outside + units * self._ref).astype(float)
        return round(fsum((income * income / np.maximum(self._entitlement, 1)).tolist()), 3)

    def _share(self, units: IntArray) -> IntArray:
        full = np.maximum(self._entitlement, 1)
        income = np.minimum(self._outside + units * self._ref, full * (SHARE_MAX // PPM))
        return np.asarray(income.astype(float) / full * PPM).astype(np.int64)


def _cuts(shares: IntArray, opened: BoolArray) -> IntArray:
    """Levels of the share: even steps over all offers, finer ones over those that make some."""
    top = int(shares.max())
    cuts = [_BENDS[(_BENDS > int(shares.min())) & (_BENDS < top)]]  # noqa: SIM300
    for among in (shares, shares[opened]):
        low = min(int(among.min(initial=top)), top - LEVELS)
        # One part in a million more, so that the unit that reaches a level lies within.
        cuts.append(low + 1 + (top - low) * np.arange(LEVELS + 3, dtype=np.int64) // LEVELS)
    return np.unique(np.concatenate(cuts))


def even_out(
    facts: Facts, graph: Graph, lots: IntArray, entitlement: IntArray, *, sweeps: int
) -> IntArray:
    """Fairer lots of the same units and classes. Products with a weight limit stay as they are."""
    shares = Shares(facts, lots, entitlement)
    markets = _markets(facts, graph)
    for _ in range(sweeps):
        for market in markets:
            shares.even(market)
    return shares.lots


def _tries(
    market: _Market, prices: _Prices, box: _Box, made: IntArray, lot: IntArray, nmin: IntArray
) -> list[IntArray]:
    """The fairest units in whole lots, best guess first: rounded, then lots as they were."""
    total = int(made.sum())
    free = _flow(market, prices, box, total)
    if free is None:
        return []
    closed = (free.units > 0) & (free.units < nmin * lot)
    if not closed.any() and not (free.units % lot).any():
        return [free.units]
    tries = []
    kept = _Box(np.where(lot > 1, made, box.low), np.where(lot > 1, made, box.high))
    kept = replace(kept, high=np.where((made == 0) & (nmin > 1), 0, kept.high))
    for tight in (_rounded(free.units, box, lot, nmin, total), kept):
        found = _flow(market, prices, tight, total) if tight is not None else None
        if found is not None and found.classes == free.classes:
            tries.append(found.units)
    return tries


def _rounded(units: IntArray, box: _Box, lot: IntArray, nmin: IntArray, total: int) -> _Box | None:
    """Offers in lots at the nearest number of lots that leaves the others room for the rest."""
    number = (2 * units + lot) // (2 * lot)
    opened = np.where(2 * number >= nmin, np.maximum(number, nmin), 0)
    number = np.where(box.low > 0, np.maximum(number, nmin), opened)
    number = np.minimum(number, box.high // lot)
    number = np.where((number < nmin) & (box.low == 0), 0, number)
    loose = lot == 1
    low = np.where(loose, np.where(number > 0, np.maximum(box.low, nmin), 0), number * lot)
    high = np.where(loose, np.where(number > 0, box.high, 0), number * lot)
    for offer in np.argsort(-np.abs(number * lot - units), kind="stable").tolist():
        step = int(lot[offer])
        over, under = int(low.sum()) - total, total - int(high.sum())
        if loose[offer] or (over <= 0 and under <= 0):
            continue
        change = -step if over > 0 else step
        now = int(low[offer]) + change
        if max(int(box.low[offer]), int(nmin[offer]) * step) <= now <= int(box.high[offer]):
            low[offer] = high[offer] = now
    return _Box(low, high) if low.sum() <= total <= high.sum() else None


def _flow(market: _Market, prices: _Prices, box: _Box, total: int) -> _Found | None:
    """The fairest flow of all the units within the box, classes first."""
    offer, size, price = prices.steps(box)
    inner = market.arcs
    arcs = Arcs(
        np.concatenate([np.zeros(len(offer), dtype=np.int64), inner.tail]),
        np.concatenate([2 + offer, inner.head]),
        np.concatenate([size, inner.capacity]),
    )
    weight = prices.top * (total + 1)
    between = np.zeros(len(inner.tail) - len(market.by_class), dtype=np.int64)
    cost = np.concatenate([price, between, market.by_class * weight])
    supply = np.zeros(market.nodes, dtype=np.int64)
    supply[0], supply[1] = total - int(box.low.sum()), -total
    supply[2 : 2 + len(box.low)] = box.low
    flow = cheapest_flow(arcs, cost, supply)
    if isinstance(flow, str):
        return None
    units = box.low + sums(offer, flow[: len(offer)], len(box.low))
    served = flow[len(flow) - len(market.by_class) :]
    return _Found(units, int(served @ market.by_class))


def _markets(facts: Facts, graph: Graph) -> list[_Market]:
    """The products with two offers or more that can be routed, none of them limited by weight."""
    product = facts.product
    by_arc = product[graph.arc_offer]
    node_product = np.full(graph.cells + graph.hubs, -1, dtype=np.int64)
    node_product[graph.arc_node] = by_arc
    behind = graph.cell_hub >= 0
    by_cell = node_product[: graph.cells].copy()
    by_cell[behind] = node_product[graph.cells + graph.cell_hub[behind]]
    arcs, cells = _rows_of(by_arc), _rows_of(by_cell)
    limited = np.unique(by_arc[graph.arc_limit >= 0])
    names, first = np.unique(product, return_index=True)
    last = np.append(first[1:], len(product))
    return [
        _market(graph, int(start), int(stop), arcs(name), cells(name))
        for name, start, stop in zip(names.tolist(), first, last, strict=True)
        if stop - start > 1 and name not in limited
    ]


def _rows_of(product: IntArray) -> Callable[[int], IntArray]:
    order = np.argsort(product, kind="stable").astype(np.int64)
    ranked = product[order]
    return lambda name: order[slice(*np.searchsorted(ranked, [name, name + 1]).tolist())]


def _market(graph: Graph, first: int, stop: int, arcs: IntArray, cells: IntArray) -> _Market:
    hubs, hub = np.unique(graph.cell_hub[cells], return_inverse=True)
    cell_node = 2 + stop - first
    hub_node = cell_node + len(cells)
    node = graph.arc_node[arcs]
    head = np.where(
        node < graph.cells,
        cell_node + np.searchsorted(cells, node),
        hub_node + np.searchsorted(hubs, node - graph.cells),
    )
    behind = np.flatnonzero(graph.cell_hub[cells] >= 0)
    demand = graph.demand[cells]
    cell, number = np.nonzero(demand)
    most = demand.sum(axis=1)
    huge = np.full(len(arcs), int(most.sum()), dtype=np.int64)
    wires = Arcs(
        np.concatenate([2 + graph.arc_offer[arcs] - first, hub_node + hub[behind],
                        cell_node + cell]),
        np.concatenate([head, cell_node + behind, np.ones_like(cell)]),
        np.concatenate([huge, most[behind], demand[cell, number]]),
    )  # fmt: skip
    return _Market(first, stop, wires, hub_node + len(hubs), number)
