"""Merging for the supply phase: cells with the same set of sources become one.

Which cell a unit goes to does not matter to how many units an offer sells, so cells that the
same offers can reach are one cell there. A sum of fixed 64-bit numbers, twice, stands for the
set. Own lanes to a cell that the offer can also reach by post add nothing and are left out.
"""

from dataclasses import dataclass

import numpy as np

from market.matching.engine.arrays import (
    BoolArray,
    IntArray,
    find_sorted,
    group_rows,
    scramble,
)
from market.matching.engine.graph import Graph
from market.matching.engine.network import Network
from market.matching.engine.problem import Problem


@dataclass(frozen=True)
class Direct:
    """Arcs straight to a cell that the supply phase needs; limit -1 or a lane-date."""

    offer: IntArray
    cell: IntArray
    limit: IntArray


def merged_graph(problem: Problem, network: Network) -> Graph:
    """The supply phase's graph: same units, far fewer cells and arcs; no costs."""
    direct = _needed_arcs(problem, network)
    hub_class, hub_sample = _merge_hubs(network)
    cell_hub = np.where(network.hub_of >= 0, hub_class[network.hub_of], -1)
    marks = _marks(direct, len(cell_hub))
    known = np.flatnonzero((marks[0] != 0) | (cell_hub >= 0))
    sample, merged = group_rows(cell_hub[known], *(m[known].view(np.int64) for m in marks))
    keep = known[sample]
    demand = np.zeros((len(keep), 3), dtype=np.int64)
    prio = network.cells.prio[known]
    np.add.at(demand, (merged, prio), network.cells.demand[known])
    number = np.full(len(cell_hub), -1, dtype=np.int64)
    number[keep] = np.arange(len(keep))
    arcs = np.flatnonzero(number[direct.cell] >= 0)
    hub_arcs = np.flatnonzero(np.isin(network.hub_arc_hub, hub_sample))
    offer = np.concatenate([direct.offer[arcs], network.hub_arc_offer[hub_arcs]])
    hub_node = len(keep) + hub_class[network.hub_arc_hub[hub_arcs]]
    node = np.concatenate([number[direct.cell[arcs]], hub_node])
    none = np.full(len(offer), -1, dtype=np.int64)
    limit = np.concatenate([direct.limit[arcs], none[len(arcs) :]])
    hubs = len(hub_sample)
    graph = Graph(offer, node, limit, none, none, cell_hub[keep], demand, hubs)
    return _drop_plain_hubs(graph)


def _needed_arcs(problem: Problem, network: Network) -> Direct:
    offer, cell = network.arc_offer, network.arc_cell
    limit = _binding_limits(problem, network)
    keep = ~_posted_too(network)
    offer, cell, limit = offer[keep], cell[keep], limit[keep]
    first, pair = group_rows(offer, cell)
    free = np.zeros(len(first), dtype=bool)
    free[pair[limit < 0]] = True
    chosen = np.unique(np.concatenate([first[free], np.flatnonzero(~free[pair])]))
    limit = np.where(free[pair], -1, limit)
    return Direct(offer[chosen], cell[chosen], limit[chosen])


def _posted_too(network: Network) -> BoolArray:
    """Direct arcs whose offer can also reach the cell by post through a hub."""
    offer, hub = network.arc_offer, network.hub_of[network.arc_cell]
    size = network.hubs + 1
    by_post = np.sort(network.hub_arc_offer * size + network.hub_arc_hub)
    return np.asarray((hub >= 0) & (find_sorted(offer * size + hub, by_post) >= 0))


def own_lane_only(network: Network) -> BoolArray:
    """Arcs of the plain graph on which the supply phase may count: no other route to the cell."""
    offer, cell = network.arc_offer, network.arc_cell
    _, pair = group_rows(offer, cell)
    routes = np.bincount(pair, minlength=1)[pair] if len(pair) else pair
    alone = (network.arc_lane >= 0) & (routes == 1) & ~_posted_too(network)
    return np.concatenate([alone, np.zeros(len(network.hub_arc_offer), dtype=bool)])


def _binding_limits(problem: Problem, network: Network) -> IntArray:
    """Lane-date of each arc where all its demand together is heavier than the limit, else -1."""
    facts, lane_date = network.facts, network.lane_date
    weight = problem.products.weight_g[facts.product]
    units = np.minimum(network.cells.demand[network.arc_cell], facts.room[network.arc_offer])
    own = lane_date >= 0
    grams = np.zeros(len(network.lane_date_lane), dtype=np.int64)
    np.add.at(grams, lane_date[own], (units * weight[network.arc_offer])[own])
    binding = (network.lane_date_left_g >= 0) & (grams > network.lane_date_left_g)
    keep: BoolArray = own.copy()
    keep[own] = binding[lane_date[own]]
    return np.where(keep, lane_date, -1)


def _merge_hubs(network: Network) -> tuple[IntArray, IntArray]:
    """(class of each hub or -1 where nobody posts, a sample hub of each class)."""
    offer, hub = network.hub_arc_offer, network.hub_arc_hub
    marks = _sum_marks(offer, hub, network.hubs)
    used = np.unique(hub)
    sample, merged = group_rows(*(m[used].view(np.int64) for m in marks))
    hub_class = np.full(network.hubs + 1, -1, dtype=np.int64)
    hub_class[used] = merged
    return hub_class, used[sample]


def _marks(direct: Direct, cells: int) -> list[np.ndarray[tuple[int], np.dtype[np.uint64]]]:
    names = direct.offer + (direct.limit + 1) * (1 + int(direct.offer.max(initial=0)))
    return _sum_marks(names, direct.cell, cells)


def _sum_marks(
    names: IntArray, places: IntArray, size: int
) -> list[np.ndarray[tuple[int], np.dtype[np.uint64]]]:
    marks = []
    for salt in (1, 2):
        mark = np.zeros(size, dtype=np.uint64)
        np.add.at(mark, places, scramble(names, salt) | np.uint64(1))
        marks.append(mark)
    return marks


def _drop_plain_hubs(graph: Graph) -> Graph:
    """A hub with a single cell behind it is that cell: its arcs go there directly."""
    behind = np.bincount(graph.cell_hub[graph.cell_hub >= 0], minlength=graph.hubs + 1)
    lone = np.flatnonzero((graph.cell_hub >= 0) & (behind[graph.cell_hub] == 1))
    target = np.full(graph.hubs, -1, dtype=np.int64)
    target[graph.cell_hub[lone]] = lone
    node = graph.arc_node.copy()
    by_hub = np.flatnonzero(node >= graph.cells)
    moved = target[node[by_hub] - graph.cells]
    node[by_hub] = np.where(moved >= 0, moved, node[by_hub])
    cell_hub = graph.cell_hub.copy()
    cell_hub[lone] = -1
    return Graph(
        graph.arc_offer, node, graph.arc_limit, graph.arc_fixed, graph.arc_cost,
        cell_hub, graph.demand, graph.hubs,
    )  # fmt: skip
