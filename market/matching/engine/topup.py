"""The last pass over routed units: no offer may be left that could take more by itself.

Only for supplies solved within a gap; an optimal supply has nothing to add.
"""

from dataclasses import dataclass

import numpy as np

from market.matching.engine.arrays import IntArray, sums
from market.matching.engine.graph import Graph
from market.matching.engine.network import Network
from market.matching.engine.routing import Flows


@dataclass(frozen=True)
class _Rest:
    """What is still free: units of each cell, hours of each group (-1 no limit)."""

    cells: IntArray
    hours: IntArray


def top_up(network: Network, graph: Graph, lots: IntArray, flows: Flows) -> tuple[IntArray, Flows]:
    """Add whole lots on unlimited routes to unserved cells, offers in canonical order."""
    facts = network.facts
    flows = Flows(flows.arc.copy(), flows.from_hub.copy())
    lots = lots.copy()
    rest = _rest(network, graph, lots, flows)
    arcs = np.flatnonzero(graph.arc_limit < 0)
    arcs = arcs[np.argsort(graph.arc_offer[arcs], kind="stable")]
    start = np.searchsorted(graph.arc_offer[arcs], np.arange(len(lots) + 1)).tolist()
    hubs = np.argsort(graph.cell_hub, kind="stable")
    hub_start = np.searchsorted(graph.cell_hub[hubs], np.arange(graph.hubs + 1)).tolist()
    for offer in _candidates(network, graph, lots, rest, arcs).tolist():
        lot = int(facts.lot[offer])
        least = 1 if lots[offer] else max(1, int(facts.nmin[offer]))
        steps = _steps(graph, rest, arcs[start[offer] : start[offer + 1]], hubs, hub_start)
        reach = sum(int(rest.cells[cells].sum()) for _, cells in steps)
        adds = min(_room_of(network, lots, rest, offer), reach // lot)
        if adds < least:
            continue
        _place(graph, flows, rest, steps, adds * lot)
        lots[offer] += adds
        if rest.hours[facts.group[offer]] >= 0:
            rest.hours[facts.group[offer]] -= adds * lot * facts.use[offer]
    return lots, flows


def _rest(network: Network, graph: Graph, lots: IntArray, flows: Flows) -> _Rest:
    facts = network.facts
    direct = np.flatnonzero(graph.arc_node < graph.cells)
    given = sums(graph.arc_node[direct], flows.arc[direct], graph.cells) + flows.from_hub
    used = sums(facts.group, lots * facts.lot * facts.use, len(facts.hours_left))
    hours = np.where(facts.hours_left >= 0, facts.hours_left - used, -1)
    return _Rest(network.cells.demand - given, hours)


def _room(network: Network, lots: IntArray, rest: _Rest) -> IntArray:
    """Lots each offer could still make: capacity and hours."""
    facts = network.facts
    hours, lot_hours = rest.hours[facts.group], facts.use * facts.lot
    by_hours = np.where((hours >= 0) & (lot_hours > 0), hours // np.maximum(lot_hours, 1), 2**40)
    return np.asarray(np.minimum(facts.nmax - lots, by_hours), dtype=np.int64)


def _room_of(network: Network, lots: IntArray, rest: _Rest, offer: int) -> int:
    """Lots one offer could still make, with what the offers before it left."""
    facts = network.facts
    room = int(facts.nmax[offer] - lots[offer])
    hours, lot_hours = rest.hours[facts.group[offer]], facts.use[offer] * facts.lot[offer]
    return min(room, int(hours // lot_hours)) if hours >= 0 and lot_hours > 0 else room


def _candidates(
    network: Network, graph: Graph, lots: IntArray, rest: _Rest, arcs: IntArray
) -> IntArray:
    """Offers with room and, counting generously, enough unserved demand in reach."""
    behind = np.flatnonzero(graph.cell_hub >= 0)
    by_hub = sums(graph.cell_hub[behind], rest.cells[behind], graph.hubs)
    units = np.concatenate([rest.cells, by_hub])[graph.arc_node[arcs]]
    reach = sums(graph.arc_offer[arcs], units, len(lots))
    facts = network.facts
    least = np.where(lots > 0, 1, np.maximum(1, facts.nmin))
    adds = np.minimum(_room(network, lots, rest), reach // facts.lot)
    return np.flatnonzero((adds >= least) & (facts.nmax > 0))


def _steps(
    graph: Graph, rest: _Rest, arcs: IntArray, hubs: IntArray, hub_start: list[int]
) -> list[tuple[int, IntArray]]:
    """(arc, unserved cells behind it), each cell once."""
    seen: set[int] = set()
    steps = []
    for arc in arcs.tolist():
        node = int(graph.arc_node[arc])
        if node < graph.cells:
            cells = np.array([node], dtype=np.int64)
        else:
            hub = node - graph.cells
            cells = hubs[hub_start[hub] : hub_start[hub + 1]]
        cells = cells[rest.cells[cells] > 0]
        fresh = [cell for cell in cells.tolist() if cell not in seen]
        seen.update(fresh)
        if fresh:
            steps.append((arc, np.array(fresh, dtype=np.int64)))
    return steps


def _place(
    graph: Graph, flows: Flows, rest: _Rest, steps: list[tuple[int, IntArray]], units: int
) -> None:
    for arc, cells in steps:
        free = rest.cells[cells]
        take = np.clip(units - (np.cumsum(free) - free), 0, free)
        rest.cells[cells] -= take
        flows.arc[arc] += take.sum()
        if graph.arc_node[arc] >= graph.cells:
            flows.from_hub[cells] += take
        units -= int(take.sum())
        if units == 0:
            return
