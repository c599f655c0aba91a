"""Back from cells to lines: earlier orders first, whole lines, few splits and parcels."""

from dataclasses import dataclass

import numpy as np

from market.matching.engine.arrays import IntArray, group_rows, order_rows, sums
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


def cell_sources(network: Network, graph: Graph, flows: Flows) -> tuple[IntArray, ...]:
    """(cell, offer, mode, units) of everything that reaches a cell; hubs are emptied in order."""
    arcs = np.flatnonzero((flows.arc > 0) & (graph.arc_node < graph.cells))
    lane = np.append(network.arc_lane, np.full(len(network.hub_arc_offer), -1))[arcs]
    direct = (graph.arc_node[arcs], graph.arc_offer[arcs], (lane < 0).astype(np.int64))
    posted = _through_hubs(graph, flows)
    columns = [np.concatenate([a, b]) for a, b in zip(direct, posted[:3], strict=True)]
    return (*columns, np.concatenate([flows.arc[arcs], posted[3]]))


def _through_hubs(graph: Graph, flows: Flows) -> tuple[IntArray, IntArray, IntArray, IntArray]:
    """Cut what enters and what leaves each hub at the same marks: (cell, offer, mode, units)."""
    into = np.flatnonzero((flows.arc > 0) & (graph.arc_node >= graph.cells))
    into = into[order_rows(graph.arc_node[into], graph.arc_offer[into])]
    out = np.flatnonzero(flows.from_hub > 0)
    out = out[order_rows(graph.cell_hub[out], -flows.from_hub[out], out)]
    left, right = np.cumsum(flows.arc[into]), np.cumsum(flows.from_hub[out])
    marks = np.union1d(left, right)
    start = np.concatenate([[0], marks[:-1]]).astype(np.int64)[: len(marks)]
    source = into[np.searchsorted(left, start, side="right")]
    cell = out[np.searchsorted(right, start, side="right")]
    return cell, graph.arc_offer[source], np.ones(len(cell), dtype=np.int64), marks - start


def assign_lines(problem: Problem, network: Network, sources: tuple[IntArray, ...]) -> Rows:
    """Give each cell's units to its lines; a line is split only where it cannot be helped."""
    cell, offer, mode, units = sources
    lines, wanted = _served_lines(problem, network, sums(cell, units, len(network.cells.demand)))
    order = order_rows(cell, -units, offer, mode)
    cell, offer, mode, units = cell[order], offer[order], mode[order], units[order]
    line_cell = network.cells.line_cell[lines]
    makers = np.bincount(cell, minlength=len(network.cells.demand))
    lone = np.flatnonzero(makers[line_cell] == 1)
    source = np.searchsorted(cell, line_cell[lone])
    parts = [(lines[lone], source, wanted[lone])]
    shared = np.flatnonzero(makers[line_cell] > 1)
    parts.append(_share_cells(lines[shared], wanted[shared], line_cell[shared], cell, units))
    line = np.concatenate([part[0] for part in parts])
    source = np.concatenate([part[1] for part in parts])
    qty = np.concatenate([part[2] for part in parts])
    return Rows(line, network.facts.group[offer[source]], mode[source], qty).sorted()


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


def _share_cells(
    line: IntArray, wanted: IntArray, line_cell: IntArray, cell: IntArray, units: IntArray
) -> tuple[IntArray, IntArray, IntArray]:
    """Cells with several makers: largest line first, best fit, the rest split."""
    order = order_rows(line_cell, -wanted, np.arange(len(line)))
    left = units.tolist()
    start = np.searchsorted(cell, line_cell[order]).tolist()
    stop = np.searchsorted(cell, line_cell[order], side="right").tolist()
    parts, late = [], []
    for row, low, high in zip(order.tolist(), start, stop, strict=True):
        need = int(wanted[row])
        fits = [(left[i] - need, i) for i in range(low, high) if left[i] >= need]
        if fits:
            _, i = min(fits)
            left[i] -= need
            parts.append((row, i, need))
        else:
            late.append((row, low, high, need))
    for row, low, high, need in late:
        for i in sorted(range(low, high), key=lambda i: -left[i]):
            take = min(need, left[i])
            if take:
                left[i] -= take
                need -= take
                parts.append((row, i, take))
    table = np.array(parts, dtype=np.int64).reshape(-1, 3)
    return line[table[:, 0]], table[:, 1], table[:, 2]
