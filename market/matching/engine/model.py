"""The integer program of one piece: columns, rows and the objective of each stage."""

from dataclasses import dataclass

import numpy as np

from market.matching.engine.arrays import FloatArray, IntArray
from market.matching.engine.facts import Facts
from market.matching.engine.fairness import SLOPES, segment_room
from market.matching.engine.graph import Piece
from market.matching.engine.milp import Matrix
from market.matching.engine.network import Network
from market.matching.engine.problem import Problem
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
    """Which stages the program must express; income: satang of each group from elsewhere."""

    classes: bool
    fairness: bool
    cost: bool
    income: IntArray
    entitlement: IntArray


@dataclass(frozen=True)
class Money:
    """Income segments of the piece's groups, in steps of `scale` tenths of satang."""

    groups: IntArray
    of_offer: IntArray
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


def build(problem: Problem, network: Network, piece: Piece, wanted: Wanted) -> Model:
    """Write the program of one piece."""
    facts, graph, offers = network.facts, piece.graph, piece.offers
    loads, money = limited_loads(graph), _money(facts, offers, wanted)
    driven = np.unique(graph.arc_fixed[graph.arc_fixed >= 0]) if wanted.cost else offers[:0]
    columns = _columns(facts, piece, loads, money, len(driven), wanted)
    rows = Rows()
    flow_rows(rows, facts, piece, columns, classes=wanted.classes)
    batch_rows(rows, facts, offers, columns)
    hours_rows(rows, facts, offers, columns)
    weight = problem.products.weight_g[facts.product[offers]]
    limit_rows(rows, network, piece, columns, loads, weight)
    _fairness_rows(rows, facts, offers, columns, money)
    fixed_rows(rows, facts, piece, columns, driven)
    whole = np.zeros(columns.size, dtype=bool)
    for start, stop in ((columns.n, columns.x), (columns.u, columns.t), (columns.v, columns.size)):
        whole[start:stop] = True
    matrix = rows.matrix(columns, _tops(facts, piece, columns, money, wanted), whole)
    objectives = _objectives(network, piece, columns, driven, wanted)
    return Model(matrix, columns, *objectives, money.scale, loads, driven)


def _columns(
    facts: Facts, piece: Piece, loads: Loads, money: Money, driven: int, wanted: Wanted
) -> Columns:
    graph = piece.graph
    semi = int((facts.nmin[piece.offers] > 1).sum())
    behind = int((graph.cell_hub >= 0).sum())
    classes = 3 * graph.cells if wanted.classes else 0
    counts = [len(piece.offers), semi, len(graph.arc_offer), behind, classes,
              len(loads.offer), money.room.size, driven]  # fmt: skip
    return Columns(0, *(int(total) for total in np.cumsum(counts)))


def _money(facts: Facts, offers: IntArray, wanted: Wanted) -> Money:
    groups, of_offer = np.unique(facts.group[offers], return_inverse=True)
    if not wanted.fairness:
        return Money(groups[:0], of_offer, np.zeros((0, 5)), 1.0)
    room = segment_room(wanted.income[groups], wanted.entitlement[groups])
    scale = max(1.0, float(room.max(initial=0)) / 1000)
    return Money(groups, of_offer.astype(np.int64), room / scale, scale)


def _fairness_rows(
    rows: Rows, facts: Facts, offers: IntArray, columns: Columns, money: Money
) -> None:
    """The segments of a group hold no more than it earns here."""
    count = len(money.groups)
    if count == 0:
        return
    row = rows.block(count, -INF, 0)
    rows.add(np.repeat(row, 5), columns.t + np.arange(5 * count), 1)
    earned = 10 * (facts.ref * facts.lot)[offers] / money.scale
    rows.add(row[money.of_offer], columns.n + np.arange(len(offers)), -earned)


def _tops(facts: Facts, piece: Piece, columns: Columns, money: Money, wanted: Wanted) -> FloatArray:
    graph = piece.graph
    top = np.full(columns.size, INF)
    top[columns.n : columns.y] = facts.nmax[piece.offers]
    top[columns.y : columns.x] = 1
    top[columns.x : columns.p] = arc_tops(facts, piece)
    top[columns.p : columns.k] = graph.demand[graph.cell_hub >= 0].sum(axis=1)
    if wanted.classes:
        top[columns.k : columns.u] = graph.demand.ravel()
    top[columns.u : columns.t] = 2**40
    top[columns.t : columns.v] = money.room.ravel()
    top[columns.v :] = 1
    return top


def _objectives(
    network: Network, piece: Piece, columns: Columns, driven: IntArray, wanted: Wanted
) -> tuple[FloatArray, tuple[FloatArray, FloatArray], FloatArray, FloatArray]:
    units, first, second, fair, cost = (np.zeros(columns.size) for _ in range(5))
    units[columns.n : columns.y] = network.facts.lot[piece.offers]
    if wanted.classes:
        first[columns.k : columns.u : 3] = 1
        second[columns.k + 1 : columns.u : 3] = 1
    fair[columns.t : columns.v] = np.tile(SLOPES, (columns.v - columns.t) // 5)
    cost[columns.x : columns.p] = piece.graph.arc_cost
    cost[columns.v :] = network.lane_date_fixed[piece.lane_dates[driven]]
    return units, (first, second), fair, cost
