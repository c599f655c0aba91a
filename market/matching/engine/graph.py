"""The bipartite graph the integer programs are written on, and cutting it into pieces."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from market.matching.engine.arrays import BoolArray, IntArray
from market.matching.engine.facts import Facts
from market.matching.engine.network import Network
from market.matching.engine.problem import Problem


@dataclass(frozen=True)
class Graph:
    """Arcs offer -> node; nodes 0..cells-1 are cells, the rest hubs.

    arc_limit   (lane, date) whose weight limit may bind, -1 none
    arc_fixed   (lane, date) with a fixed cost to pay, -1 none
    cell_hub    hub (0-based) of each cell, -1 none
    demand      units of each cell by class, shape (cells, 3)
    """

    arc_offer: IntArray
    arc_node: IntArray
    arc_limit: IntArray
    arc_fixed: IntArray
    arc_cost: IntArray
    cell_hub: IntArray
    demand: IntArray
    hubs: int

    @property
    def cells(self) -> int:
        """Number of cells."""
        return len(self.cell_hub)


@dataclass(frozen=True)
class Piece:
    """A part of the graph with its own numbering and all it needs to be solved elsewhere.

    offers, groups, lane_dates   global numbers, in local order
    of_group     local group of each offer; the next seven are by offer
    hours_left   by group, -1 no limit; left_g, fixed by lane-date
    """

    offers: IntArray
    groups: IntArray
    lane_dates: IntArray
    graph: Graph
    of_group: IntArray
    lot: IntArray
    nmax: IntArray
    nmin: IntArray
    floor: IntArray
    use: IntArray
    ref: IntArray
    weight_g: IntArray
    hours_left: IntArray
    left_g: IntArray
    fixed: IntArray

    @property
    def columns(self) -> int:
        """About how many columns a program of the piece has."""
        return len(self.graph.arc_offer) + 4 * self.graph.cells + 2 * len(self.offers)


def plain_graph(network: Network) -> Graph:
    """Every cell by itself, with costs: what routing and the joint pieces need."""
    cells = network.cells
    size = len(cells.product)
    demand = np.zeros((size, 3), dtype=np.int64)
    demand[np.arange(size), cells.prio] = cells.demand
    pad = np.full(len(network.hub_arc_offer), -1, dtype=np.int64)
    limited = _where(network.lane_date, network.lane_date_left_g >= 0)
    fixed = _where(network.lane_date, network.lane_date_fixed > 0)
    return Graph(
        np.concatenate([network.arc_offer, network.hub_arc_offer]),
        np.concatenate([network.arc_cell, network.hub_arc_hub + size]),
        np.concatenate([limited, pad]),
        np.concatenate([fixed, pad]),
        np.concatenate([network.arc_cost, network.hub_arc_cost]),
        network.hub_of,
        demand,
        network.hubs,
    )


def _where(lane_date: IntArray, wanted: BoolArray) -> IntArray:
    """The arcs' lane-dates, -1 where the lane-date is not wanted."""
    keep = lane_date >= 0
    keep[keep] = wanted[lane_date[keep]]
    return np.where(keep, lane_date, -1)


def binding_hours(facts: Facts) -> IntArray:
    """Groups whose shared hours could stop an offer (1), others 0."""
    most = np.zeros(len(facts.hours_left), dtype=np.int64)
    np.add.at(most, facts.group, facts.nmax * facts.lot * facts.use)
    return ((facts.hours_left >= 0) & (most > facts.hours_left)).astype(np.int64)


def labels(graph: Graph, facts: Facts, *, link_groups: bool) -> tuple[IntArray, IntArray, IntArray]:
    """Component number of each offer, cell and hub.

    link_groups: a group's offers stay together (fairness, fixed lanes); otherwise only hours
    that can bind, and lane weights, hold products together.
    """
    offers, cells, hubs = len(facts.group), graph.cells, graph.hubs
    groups = len(facts.hours_left)
    node = offers + graph.arc_node
    group_node = offers + cells + hubs + facts.group
    linked = np.flatnonzero((binding_hours(facts)[facts.group] == 1) | link_groups)
    behind = np.flatnonzero(graph.cell_hub >= 0)
    limited = np.flatnonzero(graph.arc_limit >= 0)
    limit_node = offers + cells + hubs + groups + graph.arc_limit[limited]
    size = offers + cells + hubs + groups + 1 + int(graph.arc_limit.max(initial=-1))
    tail = np.concatenate([graph.arc_offer, linked, offers + behind, graph.arc_offer[limited]])
    hub_node = offers + cells + graph.cell_hub[behind]
    head = np.concatenate([node, group_node[linked], hub_node, limit_node])
    matrix = coo_array((np.ones(len(tail), dtype=np.int8), (tail, head)), shape=(size, size))
    _, label = connected_components(matrix, directed=False)
    label = label.astype(np.int64)
    return label[:offers], label[offers : offers + cells], label[offers + cells :][:hubs]


def cut(problem: Problem, network: Network, graph: Graph, *, link_groups: bool) -> list[Piece]:
    """The connected pieces that hold at least one arc, in the order of their first offer."""
    if len(graph.arc_offer) == 0:
        return []
    of_offer, of_cell, of_hub = labels(graph, network.facts, link_groups=link_groups)
    used = np.unique(graph.arc_offer)
    _, first = np.unique(of_offer[used], return_index=True)
    chosen = of_offer[used][np.sort(first)]
    labelled = (of_offer, of_cell, of_hub, of_offer[graph.arc_offer])
    sliced = [_slices(label, int(chosen.max())) for label in labelled]
    local = np.full(max(len(of_offer), graph.cells, graph.hubs), -1, dtype=np.int64)
    parts = ([_pick(part, int(label)) for part in sliced] for label in chosen)
    return [_piece(problem, network, graph, part, local) for part in parts]


def _slices(label: IntArray, last: int) -> tuple[IntArray, list[int]]:
    """(rows by label, where each label starts)."""
    order = np.argsort(label, kind="stable").astype(np.int64)
    return order, np.searchsorted(label[order], np.arange(last + 2)).tolist()


def _pick(part: tuple[IntArray, list[int]], label: int) -> IntArray:
    order, start = part
    return order[start[label] : start[label + 1]]


def _piece(
    problem: Problem, network: Network, graph: Graph, rows: list[IntArray], scratch: IntArray
) -> Piece:
    offers, arcs = rows[0], rows[3]
    lane_dates = np.unique(np.concatenate([graph.arc_limit[arcs], graph.arc_fixed[arcs]]))
    lane_dates = lane_dates[lane_dates >= 0]
    facts = network.facts
    groups, of_group = _in_order(facts.group[offers])
    return Piece(
        offers, groups, lane_dates, _subgraph(graph, rows, lane_dates, scratch),
        of_group, facts.lot[offers], facts.nmax[offers], facts.nmin[offers], facts.floor[offers],
        facts.use[offers], facts.ref[offers], problem.products.weight_g[facts.product[offers]],
        facts.hours_left[groups], network.lane_date_left_g[lane_dates],
        network.lane_date_fixed[lane_dates],
    )  # fmt: skip


def _in_order(values: IntArray) -> tuple[IntArray, IntArray]:
    """(distinct values as they first appear, place of each): no low id comes first."""
    names, first, place = np.unique(values, return_index=True, return_inverse=True)
    order = np.argsort(first, kind="stable")
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return names[order], rank[place]


def _subgraph(graph: Graph, rows: list[IntArray], lane_dates: IntArray, scratch: IntArray) -> Graph:
    offers, cells, hubs, arcs = rows
    node = graph.arc_node[arcs]
    is_cell = node < graph.cells
    local_node = np.empty(len(node), dtype=np.int64)
    scratch[cells] = np.arange(len(cells))
    local_node[is_cell] = scratch[node[is_cell]]
    scratch[hubs] = np.arange(len(hubs))
    local_node[~is_cell] = len(cells) + scratch[node[~is_cell] - graph.cells]
    hub = graph.cell_hub[cells]
    local_hub = np.where(hub >= 0, scratch[hub], -1)
    scratch[offers] = np.arange(len(offers))
    return Graph(
        scratch[graph.arc_offer[arcs]],
        local_node,
        _renumber(graph.arc_limit[arcs], lane_dates),
        _renumber(graph.arc_fixed[arcs], lane_dates),
        graph.arc_cost[arcs],
        local_hub,
        graph.demand[cells],
        len(hubs),
    )


def _renumber(values: IntArray, names: IntArray) -> IntArray:
    return np.where(values >= 0, np.searchsorted(names, values), -1).astype(np.int64)
