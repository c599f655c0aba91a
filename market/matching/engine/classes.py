"""Class mix of a fixed supply by one flow, and the best any supply could have, by two more.

Where both agree the class stage of a piece is solved and proven without an integer program.
"""

from dataclasses import dataclass, replace

import numpy as np

from market.matching.engine.arrays import IntArray
from market.matching.engine.flow import Arcs, cheapest_flow, most_flow
from market.matching.engine.graph import Piece
from market.matching.engine.rows import limited_loads


@dataclass(frozen=True)
class _Wires:
    """Arcs of a piece from source (node 0) to sink (node 1); the last 3 x cells are by class."""

    arcs: Arcs
    by_class: IntArray


def class_mix(piece: Piece, lots: IntArray, load_units: IntArray) -> tuple[int, int] | None:
    """Most units of class 0, then 1, when the offers make just this; None: it cannot be placed."""
    units = lots * piece.lot
    wires = _wire(piece, units, load_units)
    cost = np.zeros(len(wires.arcs.tail), dtype=np.int64)
    cost[len(cost) - len(wires.by_class) :] = wires.by_class
    total = int(units.sum())
    flow = cheapest_flow(wires.arcs, cost, np.array([total, -total]))
    if isinstance(flow, str):
        return None
    flow = flow[len(cost) - len(wires.by_class) :]
    return int(flow[wires.by_class == 0].sum()), int(flow[wires.by_class == 1].sum())


def class_tops(piece: Piece) -> tuple[int, int]:
    """Upper bounds: units of class 0, and units of classes 0 and 1 together."""
    loads = limited_loads(piece.graph)
    weight = np.maximum(piece.weight_g[loads.offer], 1)
    wires = _wire(piece, piece.nmax * piece.lot, piece.left_g[loads.lane_date] // weight)
    tops = []
    for last in (0, 1):
        capacity = wires.arcs.capacity.copy()
        capacity[len(capacity) - len(wires.by_class) :][wires.by_class > last] = 0
        tops.append(most_flow(replace(wires.arcs, capacity=capacity)))
    return tops[0], tops[1]


def _wire(piece: Piece, units: IntArray, load_units: IntArray) -> _Wires:
    """Source, sink, offers, limited loads, cells, hubs."""
    graph, loads = piece.graph, limited_loads(piece.graph)
    offers, pairs = len(piece.offers), len(loads.offer)
    cell = 2 + offers + pairs
    behind = np.flatnonzero(graph.cell_hub >= 0)
    hub_node = cell + graph.cells + graph.cell_hub[behind]
    tail = np.where(loads.of_arc >= 0, 2 + offers + loads.of_arc, 2 + graph.arc_offer)
    cells = np.repeat(np.arange(graph.cells), 3)
    demand = graph.demand.ravel()
    return _Wires(
        Arcs(
        np.concatenate([np.zeros(offers, dtype=np.int64), 2 + loads.offer, tail, hub_node,
                        cell + cells]),
        np.concatenate([2 + np.arange(offers), 2 + offers + np.arange(pairs),
                        cell + graph.arc_node, cell + behind, np.ones_like(cells)]),
        np.concatenate([units, load_units, units[graph.arc_offer],
                        graph.demand[behind].sum(axis=1), demand]),
        ),
        np.tile(np.arange(3, dtype=np.int64), graph.cells),
    )  # fmt: skip
