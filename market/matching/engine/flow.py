"""One call into OR-tools: a network of arcs in, the flow on each arc out."""

from dataclasses import dataclass

import numpy as np
from ortools.graph.python import max_flow, min_cost_flow

from market.matching.engine.arrays import IntArray
from market.matching.engine.meter import solving


@dataclass(frozen=True)
class Arcs:
    """Arcs between nodes numbered from 0."""

    tail: IntArray
    head: IntArray
    capacity: IntArray


def cheapest_flow(arcs: Arcs, cost: IntArray, supply: IntArray) -> IntArray | str:
    """Units on every arc where each node's supply is placed; the status where it cannot be."""
    with solving():
        solver = _loaded(arcs, cost)
        solver.set_nodes_supplies(np.arange(len(supply), dtype=np.int32), supply)
        return _read(solver, solver.solve(), len(cost))


def largest_flow(arcs: Arcs, cost: IntArray) -> IntArray | str:
    """Units on every arc of the cheapest largest flow from node 0 to node 1."""
    total = int(arcs.capacity[arcs.tail == 0].sum())
    with solving():
        solver = _loaded(arcs, cost)
        solver.set_nodes_supplies(np.array([0, 1], dtype=np.int32), np.array([total, -total]))
        return _read(solver, solver.solve_max_flow_with_min_cost(), len(cost))


def most_flow(arcs: Arcs) -> int:
    """Units of the largest flow from node 0 to node 1."""
    with solving():
        solver = max_flow.SimpleMaxFlow()
        solver.add_arcs_with_capacity(
            arcs.tail.astype(np.int32), arcs.head.astype(np.int32), arcs.capacity
        )
        solver.solve(0, 1)
        return int(solver.optimal_flow())


def _loaded(arcs: Arcs, cost: IntArray) -> min_cost_flow.SimpleMinCostFlow:
    solver = min_cost_flow.SimpleMinCostFlow()
    solver.add_arcs_with_capacity_and_unit_cost(
        arcs.tail.astype(np.int32), arcs.head.astype(np.int32), arcs.capacity, cost
    )
    return solver


def _read(solver: min_cost_flow.SimpleMinCostFlow, status: object, arcs: int) -> IntArray | str:
    if status != solver.OPTIMAL:
        return str(status)
    return np.asarray(solver.flows(np.arange(arcs, dtype=np.int32)), dtype=np.int64)
