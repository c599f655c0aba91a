"""Blocks of rows of the integer program; each function writes one rule."""

from dataclasses import dataclass, field

import numpy as np
from scipy.sparse import coo_array

from market.matching.engine.arrays import BoolArray, FloatArray, IntArray, group_rows
from market.matching.engine.graph import Graph, Piece
from market.matching.engine.milp import Matrix

INF = np.inf


@dataclass(frozen=True)
class Columns:
    """Where each kind of column starts.

    n lots, y opened, x arcs, p hub -> cell, k served of class 0 and 1, u units of a limited load,
    t income by segment, v driven lane-dates.
    """

    n: int
    y: int
    x: int
    p: int
    k: int
    u: int
    t: int
    v: int
    size: int


@dataclass(frozen=True)
class Loads:
    """The (lane-date, offer) pairs whose grams are limited, and the pair of each arc (or -1)."""

    lane_date: IntArray
    offer: IntArray
    of_arc: IntArray


@dataclass
class Rows:
    """Rows of the matrix while they are written."""

    row: list[IntArray] = field(default_factory=list)
    column: list[IntArray] = field(default_factory=list)
    value: list[FloatArray] = field(default_factory=list)
    lower: list[FloatArray] = field(default_factory=list)
    upper: list[FloatArray] = field(default_factory=list)
    size: int = 0

    def block(self, count: int, lower: object, upper: object) -> IntArray:
        """Open count rows; returns their numbers."""
        for side, bound in ((self.lower, lower), (self.upper, upper)):
            side.append(np.array(np.broadcast_to(np.asarray(bound, dtype=float), count)))
        self.size += count
        return np.arange(self.size - count, self.size, dtype=np.int64)

    def add(self, row: IntArray, column: IntArray, value: object) -> None:
        """Put value(s) at (row, column)."""
        self.row.append(row)
        self.column.append(column)
        self.value.append(np.array(np.broadcast_to(np.asarray(value, dtype=float), len(row))))

    def matrix(self, floor: FloatArray, top: FloatArray, whole: BoolArray) -> Matrix:
        """Everything written so far."""
        places = (np.concatenate(self.row), np.concatenate(self.column))
        shape = (self.size, len(top))
        a = coo_array((np.concatenate(self.value), places), shape=shape).tocsc()
        return Matrix(a, np.concatenate(self.lower), np.concatenate(self.upper), floor, top, whole)


def limited_loads(graph: Graph) -> Loads:
    """Pairs (lane-date, offer) of the arcs under a weight limit."""
    arcs = np.flatnonzero(graph.arc_limit >= 0)
    first, pair = group_rows(graph.arc_limit[arcs], graph.arc_offer[arcs])
    of_arc = np.full(len(graph.arc_limit), -1, dtype=np.int64)
    of_arc[arcs] = pair
    sample = arcs[first]
    return Loads(graph.arc_limit[sample], graph.arc_offer[sample], of_arc)


def flow_rows(rows: Rows, piece: Piece, columns: Columns, *, classes: bool) -> None:
    """What an offer makes leaves it; what enters a hub leaves it; no cell gets too much."""
    graph, lot = piece.graph, piece.lot
    arcs = columns.x + np.arange(len(graph.arc_offer))
    out = rows.block(len(lot), 0, 0)
    rows.add(out, columns.n + np.arange(len(lot)), lot)
    rows.add(out[graph.arc_offer], arcs, -1)
    behind = np.flatnonzero(graph.cell_hub >= 0)
    from_hub = columns.p + np.arange(len(behind))
    hub = rows.block(graph.hubs, 0, 0)
    rows.add(hub[graph.cell_hub[behind]], from_hub, -1)
    upper = graph.demand[:, 2] if classes else graph.demand.sum(axis=1)
    cell = rows.block(graph.cells, 0, upper)
    rows.add(np.concatenate([cell, hub])[graph.arc_node], arcs, 1)
    rows.add(cell[behind], from_hub, 1)
    if classes:
        rows.add(np.repeat(cell, 2), columns.k + np.arange(2 * len(cell)), -1)


def batch_rows(rows: Rows, piece: Piece, columns: Columns) -> None:
    """Nothing, or at least the minimum batch."""
    semi = np.flatnonzero(piece.nmin > 1)
    opened = columns.y + np.arange(len(semi))
    at_least = rows.block(len(semi), 0, INF)
    rows.add(at_least, columns.n + semi, 1)
    rows.add(at_least, opened, -piece.nmin[semi])
    at_most = rows.block(len(semi), -INF, 0)
    rows.add(at_most, columns.n + semi, 1)
    rows.add(at_most, opened, -piece.nmax[semi])


def hours_rows(rows: Rows, piece: Piece, columns: Columns) -> None:
    """A group's products share its hours."""
    takes = np.flatnonzero((piece.hours_left[piece.of_group] >= 0) & (piece.use > 0))
    names, number = np.unique(piece.of_group[takes], return_inverse=True)
    row = rows.block(len(names), -INF, piece.hours_left[names])
    rows.add(row[number], columns.n + takes, (piece.use * piece.lot)[takes])


def limit_rows(rows: Rows, piece: Piece, columns: Columns, loads: Loads) -> None:
    """Whole units of each offer on a lane-date, together not heavier than its limit."""
    arcs = np.flatnonzero(loads.of_arc >= 0)
    load = rows.block(len(loads.offer), 0, 0)
    units = columns.u + np.arange(len(loads.offer))
    rows.add(load, units, -1)
    rows.add(load[loads.of_arc[arcs]], columns.x + arcs, 1)
    names, number = np.unique(loads.lane_date, return_inverse=True)
    row = rows.block(len(names), -INF, piece.left_g[names])
    rows.add(row[number], units, piece.weight_g[loads.offer])


def fixed_rows(rows: Rows, piece: Piece, columns: Columns, names: IntArray) -> None:
    """A lane-date that carries anything is driven. names: the piece's lane-dates that cost."""
    graph = piece.graph
    arcs = np.flatnonzero(np.isin(graph.arc_fixed, names))
    if len(names) == 0:
        return
    most = arc_tops(piece)[arcs]
    row = rows.block(len(arcs), -INF, 0)
    rows.add(row, columns.x + arcs, 1)
    rows.add(row, columns.v + np.searchsorted(names, graph.arc_fixed[arcs]), -most)


def arc_tops(piece: Piece) -> IntArray:
    """Most units an arc can carry: the offer's room, the cell's demand."""
    graph = piece.graph
    room = (piece.nmax * piece.lot)[graph.arc_offer]
    total = np.concatenate([graph.demand.sum(axis=1), np.full(graph.hubs, 2**40)])
    return np.asarray(np.minimum(room, total[graph.arc_node]), dtype=np.int64)
