"""The integer program of one piece: columns, rows and the objective of each stage."""

from dataclasses import dataclass

import numpy as np

from market.matching.engine.arrays import EMPTY, FloatArray, IntArray
from market.matching.engine.fairness import SLOPES, segment_room
from market.matching.engine.graph import Piece
from market.matching.engine.milp import Matrix
from market.matching.engine.rows import (
    INF,
    Columns,
    Loads,
    Rows,
    arc_tops,
    batch_rows,
    fixed_rows,
    flow_rows,
    hours_rows,
    limit_rows,
    limited_loads,
)


@dataclass(frozen=True)
class Wanted:
    """Which stages the program must express.

    income: satang from elsewhere, by group of the piece; entitlement likewise.
    """

    classes: bool
    fairness: bool
    cost: bool
    income: IntArray
    entitlement: IntArray


@dataclass(frozen=True)
class Money:
    """Income segments of the piece's groups, in steps of `scale` tenths of satang."""

    room: FloatArray
    scale: float


@dataclass(frozen=True)
class Model:
    """A piece as a matrix, its stage objectives, and what reads a solution back."""

    matrix: Matrix
    columns: Columns
    units: FloatArray
    classes: tuple[FloatArray, FloatArray]
    fairness: FloatArray
    cost: FloatArray
    scale: float
    loads: Loads
    driven: IntArray

    def lots(self, x: FloatArray) -> IntArray:
        """Lots of each offer of the piece."""
        return np.rint(x[self.columns.n : self.columns.y]).astype(np.int64)

    def load_units(self, x: FloatArray) -> IntArray:
        """Units of each limited (lane-date, offer) pair."""
        return np.rint(x[self.columns.u : self.columns.t]).astype(np.int64)

    def closed_lanes(self, x: FloatArray) -> IntArray:
        """The piece's lane-dates with a fixed cost that the solution does not drive."""
        return self.driven[x[self.columns.v :] < 0.5]


def build(piece: Piece, wanted: Wanted) -> Model:
    """Write the program of one piece."""
    graph, loads, money = piece.graph, limited_loads(piece.graph), _money(wanted)
    driven = np.unique(graph.arc_fixed[graph.arc_fixed >= 0]) if wanted.cost else EMPTY
    columns = _columns(piece, loads, money, len(driven), wanted)
    rows = Rows()
    flow_rows(rows, piece, columns, classes=wanted.classes)
    batch_rows(rows, piece, columns)
    hours_rows(rows, piece, columns)
    limit_rows(rows, piece, columns, loads)
    _fairness_rows(rows, piece, columns, money)
    fixed_rows(rows, piece, columns, driven)
    whole = np.zeros(columns.size, dtype=bool)
    for start, stop in ((columns.n, columns.x), (columns.u, columns.t), (columns.v, columns.size)):
        whole[start:stop] = True
    floor = np.zeros(columns.size)
    floor[columns.n : columns.y] = piece.floor
    matrix = rows.matrix(floor, _tops(piece, columns, money, wanted), whole)
    objectives = _objectives(piece, columns, driven, wanted)
    return Model(matrix, columns, *objectives, money.scale, loads, driven)


def _columns(piece: Piece, loads: Loads, money: Money, driven: int, wanted: Wanted) -> Columns:
    graph = piece.graph
    semi = int((piece.nmin > 1).sum())
    behind = int((graph.cell_hub >= 0).sum())
    classes = 2 * graph.cells if wanted.classes else 0
    counts = [len(piece.offers), semi, len(graph.arc_offer), behind, classes,
              len(loads.offer), money.room.size, driven]  # fmt: skip
    return Columns(0, *(int(total) for total in np.cumsum(counts)))


def _money(wanted: Wanted) -> Money:
    if not wanted.fairness:
        return Money(np.zeros((0, 5)), 1.0)
    room = segment_room(wanted.income, wanted.entitlement)
    scale = max(1.0, float(room.max(initial=0)) / 1000)
    return Money(room / scale, scale)


def _fairness_rows(rows: Rows, piece: Piece, columns: Columns, money: Money) -> None:
    """The segments of a group hold no more than it earns here."""
    count = len(money.room)
    if count == 0:
        return
    row = rows.block(count, -INF, 0)
    rows.add(np.repeat(row, 5), columns.t + np.arange(5 * count), 1)
    earned = 10 * piece.ref * piece.lot / money.scale
    rows.add(row[piece.of_group], columns.n + np.arange(len(piece.offers)), -earned)


def _tops(piece: Piece, columns: Columns, money: Money, wanted: Wanted) -> FloatArray:
    graph = piece.graph
    top = np.full(columns.size, INF)
    top[columns.n : columns.y] = piece.nmax
    top[columns.y : columns.x] = 1
    top[columns.x : columns.p] = arc_tops(piece)
    top[columns.p : columns.k] = graph.demand[graph.cell_hub >= 0].sum(axis=1)
    if wanted.classes:
        top[columns.k : columns.u] = graph.demand[:, :2].ravel()
    top[columns.u : columns.t] = 2**40
    top[columns.t : columns.v] = money.room.ravel()
    top[columns.v :] = 1
    return top


def _objectives(
    piece: Piece, columns: Columns, driven: IntArray, wanted: Wanted
) -> tuple[FloatArray, tuple[FloatArray, FloatArray], FloatArray, FloatArray]:
    units, first, second, fair, cost = (np.zeros(columns.size) for _ in range(5))
    units[columns.n : columns.y] = piece.lot
    if wanted.classes:
        first[columns.k : columns.u : 2] = 1
        second[columns.k + 1 : columns.u : 2] = 1
    fair[columns.t : columns.v] = np.tile(SLOPES, (columns.v - columns.t) // 5)
    cost[columns.x : columns.p] = piece.graph.arc_cost
    cost[columns.v :] = piece.fixed[driven]
    return units, (first, second), fair, cost
