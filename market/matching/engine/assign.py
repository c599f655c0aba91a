"""Back from cells to lines: earlier orders first, whole lines, few splits and parcels."""

from dataclasses import dataclass

import numpy as np

from market.matching.engine.arrays import IntArray, group_rows, order_rows, sums
from market.matching.engine.dealing import deal
from market.matching.engine.graph import Graph
from market.matching.engine.network import Network
from market.matching.engine.problem import Problem
from market.matching.engine.routing import Flows


@dataclass(frozen=True)
class Rows:
    """Units by line, group and mode (0 own lane, 1 post)."""

    line: IntArray
    group: IntArray
    mode: IntArray
    qty: IntArray

    def sorted(self) -> "Rows":
        """One row a (line, group, mode), in that order."""
        first, number = group_rows(self.line, self.group, self.mode)
        qty = sums(number, self.qty, len(first))
        return Rows(self.line[first], self.group[first], self.mode[first], qty)


@dataclass(frozen=True)
class Sources:
    """What reaches the cells: straight, through a hub, and into each hub."""

    direct_cell: IntArray
    direct_offer: IntArray
    direct_mode: IntArray
    direct_units: IntArray
    hub_cell: IntArray
    hub_units: IntArray
    into_hub: IntArray
    into_offer: IntArray
    into_units: IntArray


def gather_sources(network: Network, graph: Graph, flows: Flows) -> Sources:
    """Flows by cell and hub, in canonical order."""
    arcs = np.flatnonzero((flows.arc > 0) & (graph.arc_node < graph.cells))
    lane = np.append(network.arc_lane, np.full(len(network.hub_arc_offer), -1))[arcs]
    into = np.flatnonzero((flows.arc > 0) & (graph.arc_node >= graph.cells))
    behind = np.flatnonzero(flows.from_hub > 0)
    return Sources(
        graph.arc_node[arcs], graph.arc_offer[arcs], (lane < 0).astype(np.int64),
        flows.arc[arcs], behind, flows.from_hub[behind],
        graph.arc_node[into] - graph.cells, graph.arc_offer[into], flows.arc[into],
    )  # fmt: skip


def assign_lines(problem: Problem, network: Network, sources: Sources) -> Rows:
    """Give each cell's units to its lines; what comes by post is dealt hub by hub."""
    cell = np.concatenate([sources.direct_cell, sources.hub_cell])
    units = np.concatenate([sources.direct_units, sources.hub_units])
    lines, wanted = _served_lines(problem, network, sums(cell, units, len(network.cells.demand)))
    first = deal(network.cells.line_cell[lines], wanted, cell, units)
    own = first.source < len(sources.direct_cell)
    offer, mode = sources.direct_offer[first.source[own]], sources.direct_mode[first.source[own]]
    posted = first.item[~own]
    hub = network.hub_of[network.cells.line_cell[lines[posted]]]
    second = deal(hub, first.qty[~own], sources.into_hub, sources.into_units)
    by_post = sources.into_offer[second.source]
    group = network.facts.group[np.concatenate([offer, by_post])]
    return Rows(
        np.concatenate([lines[first.item[own]], lines[posted[second.item]]]),
        group,
        np.concatenate([mode, np.ones(len(by_post), dtype=np.int64)]),
        np.concatenate([first.qty[own], second.qty]),
    ).sorted()


def _served_lines(
    problem: Problem, network: Network, served: IntArray
) -> tuple[IntArray, IntArray]:
    """Lines that get something and how much: in order of seq, the last one perhaps in part."""
    lines, cells = problem.lines, network.cells
    live = np.flatnonzero(cells.line_cell >= 0)
    cell = cells.line_cell[live]
    order = order_rows(cell, lines.seq[live], lines.order[live], -lines.qty[live])
    live, cell = live[order], cell[order]
    left = network.facts.line_left[live]
    before = np.cumsum(left) - left
    first = np.searchsorted(cell, cell)
    gets = np.clip(served[cell] - (before - before[first]), 0, left)
    return live[gets > 0], gets[gets > 0]
