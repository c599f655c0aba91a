"""Routing: the supply of each offer goes to cells, classes first, then the least cost.

One min-cost flow a product. Grams on weight-limited lanes are reserved for the offers that need
them; what is left over goes to products in canonical order. Fixed lane costs by slope scaling.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from market.matching.engine.arrays import IntArray, sums
from market.matching.engine.flow import Arcs, cheapest_flow
from market.matching.engine.graph import Graph
from market.matching.engine.network import Network
from market.matching.engine.pipes import Pipes, pipes_of, relaxed_pipes
from market.matching.engine.plan import Unsolvable
from market.matching.engine.problem import Problem
from market.matching.engine.supply import Loads

COST_MAX = 2**62


@dataclass(frozen=True)
class Flows:
    """Units on each arc of the plain graph, and from the hub to each cell."""

    arc: IntArray
    from_hub: IntArray


def route(
    problem: Problem,
    network: Network,
    graph: Graph,
    units: IntArray,
    loads: Loads,
    closed: IntArray,
    *,
    passes: int,
) -> Flows:
    """Cheapest of some passes of slope scaling; every unit of supply is placed."""
    fixed = network.lane_date_fixed
    carried = _potential(network, graph, units)
    pipes = pipes_of(problem, network, graph, units, loads, closed)
    jobs = _jobs(problem, network, graph, units, pipes)
    tried: list[tuple[int, int, Flows]] = []
    for number in range(passes if (fixed > 0).any() else 1):
        extra = _slopes(graph, fixed, carried)
        fresh = replace(pipes, spare_g=pipes.spare_g.copy())
        flows = _route_products(jobs, graph, units, fresh, extra)
        tried.append((delivery_cost(network, graph, flows), number, flows))
        now = _carried(network, graph, flows)
        carried = np.where(now > 0, now, carried)
    return min(tried, key=lambda attempt: attempt[:2])[2]


def cost_bound(problem: Problem, network: Network, graph: Graph, units: IntArray) -> int:
    """Satang no routing of this supply can undercut: rates only, every lane's limit to each."""
    pipes = relaxed_pipes(network, graph)
    jobs = _jobs(problem, network, graph, units, pipes)
    flows = _route_products(jobs, graph, units, pipes, np.zeros_like(graph.arc_cost))
    return int(flows.arc @ graph.arc_cost)


def cheapest_arcs(graph: Graph, units: IntArray) -> int:
    """A rough bound of the same kind without a flow: each unit by its offer's cheapest route."""
    least = np.full(len(units), COST_MAX, dtype=np.int64)
    np.minimum.at(least, graph.arc_offer, graph.arc_cost)
    made = units > 0
    return int(least[made] @ units[made])


def delivery_cost(network: Network, graph: Graph, flows: Flows) -> int:
    """Satang for all units: rates, and fixed costs of the lane-dates driven."""
    driven = np.unique(graph.arc_fixed[(flows.arc > 0) & (graph.arc_fixed >= 0)])
    return int(flows.arc @ graph.arc_cost) + int(network.lane_date_fixed[driven].sum())


def _carried(network: Network, graph: Graph, flows: Flows) -> IntArray:
    own = np.flatnonzero(graph.arc_fixed >= 0)
    return sums(graph.arc_fixed[own], flows.arc[own], len(network.lane_date_fixed))


def _potential(network: Network, graph: Graph, units: IntArray) -> IntArray:
    own = np.flatnonzero(graph.arc_fixed >= 0)
    demand = network.cells.demand[graph.arc_node[own]]
    most = np.minimum(demand, units[graph.arc_offer[own]])
    return sums(graph.arc_fixed[own], most, len(network.lane_date_fixed))


def _slopes(graph: Graph, fixed: IntArray, carried: IntArray) -> IntArray:
    """Fixed cost spread over the units a lane-date is thought to carry, satang a unit."""
    slope = fixed // np.maximum(carried, 1)
    padded = np.append(slope, 0)
    return np.asarray(padded[graph.arc_fixed], dtype=np.int64)


def _jobs(
    problem: Problem, network: Network, graph: Graph, units: IntArray, pipes: Pipes
) -> list["_Job"]:
    """Products in canonical order, those that cannot go by post first."""
    facts, weight = network.facts, problem.products.weight_g
    arcs_of = _by_product(facts.product[graph.arc_offer])
    cells_of = _by_product(network.cells.product)
    products = np.unique(facts.product)
    shippable = problem.products.shippable[products]
    jobs = []
    for product in products[np.argsort(shippable, kind="stable")].tolist():
        arcs, cells = arcs_of(product), cells_of(product)
        if len(arcs) and units[graph.arc_offer[arcs]].any():
            frame = _frame(graph, units, arcs, cells, pipes)
            jobs.append(_Job(arcs, cells, int(weight[product]), frame))
    return jobs


def _route_products(
    jobs: list["_Job"], graph: Graph, units: IntArray, pipes: Pipes, extra: IntArray
) -> Flows:
    flows = Flows(np.zeros_like(graph.arc_offer), np.zeros_like(graph.cell_hub))
    price = graph.arc_cost + extra
    for job in jobs:
        _route_product(job, graph, units, price[job.arcs], pipes, flows)
    return flows


def _by_product(product: IntArray) -> Callable[[int], IntArray]:
    order = np.argsort(product, kind="stable").astype(np.int64)
    keys = product[order]

    def rows(number: int) -> IntArray:
        return order[np.searchsorted(keys, number) : np.searchsorted(keys, number, side="right")]

    return rows


def _route_product(
    job: "_Job", graph: Graph, units: IntArray, price: IntArray, pipes: Pipes, flows: Flows
) -> None:
    """Route one product and write its flows; grams it does not use become spare."""
    arcs, weight = job.arcs, job.weight_g
    flow = _min_cost(_wires(job.frame, graph, units, price, pipes, weight))
    size = len(arcs)
    flows.arc[arcs] = flow[:size]
    behind = job.cells[graph.cell_hub[job.cells] >= 0]
    flows.from_hub[behind] = flow[size : size + len(behind)]
    limited = arcs[pipes.pair_of_arc[arcs] >= 0]
    if not pipes.shared or len(limited) == 0:
        return
    pairs, pair = np.unique(pipes.pair_of_arc[limited], return_inverse=True)
    used = sums(pair, flows.arc[limited] * weight, len(pairs))
    np.add.at(pipes.spare_g, pipes.pair_lane_date[pairs], pipes.reserved_g[pairs] - used)


@dataclass(frozen=True)
class Wires:
    """One product's flow network in local node numbers."""

    arcs: Arcs
    cost: IntArray
    supply: IntArray


@dataclass(frozen=True)
class _Frame:
    """What one product's network keeps from pass to pass. Nodes: offers, pairs, cells, hubs, sink.

    gates: an arc of each pair that has a weight limit.
    """

    offers: IntArray
    tail: IntArray
    head: IntArray
    room: IntArray
    inner: IntArray
    demand: IntArray
    prio: IntArray
    gates: IntArray
    sink: int


@dataclass(frozen=True)
class _Job:
    """One product to route: its arcs and cells."""

    arcs: IntArray
    cells: IntArray
    weight_g: int
    frame: _Frame


def _frame(graph: Graph, units: IntArray, arcs: IntArray, cells: IntArray, pipes: Pipes) -> _Frame:
    # In one piece: it numbers the nodes, kind after kind.
    offers, offer = np.unique(graph.arc_offer[arcs], return_inverse=True)
    pair_names, pair = np.unique(pipes.pair_of_arc[arcs], return_inverse=True)
    hubs = np.unique(graph.cell_hub[cells])
    cell_node = len(offers) + len(pair_names)
    hub_node = cell_node + len(cells)
    sink = hub_node + len(hubs)
    node = graph.arc_node[arcs]
    head = np.where(
        node < graph.cells,
        cell_node + np.searchsorted(cells, node),
        hub_node + np.searchsorted(hubs, node - graph.cells),
    )
    limited = pipes.pair_of_arc[arcs] >= 0
    tail = np.where(limited, len(offers) + pair, offer)
    behind = np.flatnonzero(graph.cell_hub[cells] >= 0)
    _, sample = np.unique(pair, return_index=True)
    sample = sample[limited[sample]]
    demand = graph.demand[cells]
    room = np.where(pipes.closed[graph.arc_fixed[arcs]], 0, units[graph.arc_offer[arcs]])
    return _Frame(
        offers,
        np.concatenate([tail, hub_node + np.searchsorted(hubs, graph.cell_hub[cells[behind]]),
                        offer[sample], cell_node + np.arange(len(cells))]),
        np.concatenate([head, cell_node + behind, len(offers) + pair[sample],
                        np.full(len(cells), sink)]),
        room, demand[behind].sum(axis=1), demand.sum(axis=1), demand.argmax(axis=1),
        arcs[sample], sink,
    )  # fmt: skip


def _wires(
    frame: _Frame, graph: Graph, units: IntArray, price: IntArray, pipes: Pipes, weight: int
) -> Wires:
    """price: satang a unit on each of the product's arcs."""
    gate = pipes.pair_of_arc[frame.gates]
    gate_g = pipes.reserved_g[gate] + np.maximum(pipes.spare_g[pipes.pair_lane_date[gate]], 0)
    gates = gate_g // weight if weight else units[graph.arc_offer[frame.gates]]
    step = 2 * (len(frame.offers) + 1) * (int(price.max(initial=0)) + 1)
    if 2 * step * (frame.sink + 1) >= COST_MAX:
        raise Unsolvable("costs and classes together exceed 62 bits")
    zero = np.zeros(len(frame.inner) + len(gates), dtype=np.int64)
    supply = np.zeros(frame.sink + 1, dtype=np.int64)
    supply[: len(frame.offers)] = units[frame.offers]
    supply[-1] = -supply.sum()
    capacity = np.concatenate([frame.room, frame.inner, gates, frame.demand])
    cost = np.concatenate([price, zero, frame.prio * step])
    return Wires(Arcs(frame.tail, frame.head, capacity), cost, supply)


def _min_cost(wires: Wires) -> IntArray:
    """Flow on every wire. Raises Unsolvable where the supply cannot all be placed."""
    flow = cheapest_flow(wires.arcs, wires.cost, wires.supply)
    if isinstance(flow, str):
        raise Unsolvable(f"a product's supply cannot be routed: {flow}")
    return flow
