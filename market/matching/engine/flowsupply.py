"""The supply phase by flows alone: for previews, and where an integer program would take too long.

One network holds the whole round. Fairness is in the convex cost of each offer's units (the share
of its entitlement they reach); hours, batches and lots are met by trimming, closing, rounding and
topping up, so the result keeps every rule but proves no bound of its own beyond the flow's.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from market.matching.engine.arrays import BoolArray, IntArray, group_rows, sums
from market.matching.engine.facts import Facts
from market.matching.engine.flow import Arcs, largest_flow
from market.matching.engine.graph import Graph, labels
from market.matching.engine.network import Network
from market.matching.engine.plan import Unsolvable
from market.matching.engine.problem import Problem
from market.matching.engine.supply import Loads

LEVELS: IntArray = np.array([50, 100, 150, 200, 300, 400, 500, 600, 800, 1000], dtype=np.int64)
TOP_UPS = 3
CHUNK_ARCS = 2_000


@dataclass(frozen=True)
class FlowSupply:
    """By canonical offer: lots; units of the flow that bounds the round. Loads reserved for it."""

    lots: IntArray
    loads: Loads
    most: IntArray


@dataclass(frozen=True)
class _Frame:
    """Gates, routes, hub -> cell, cell -> sink: the arcs that never change, chunk by chunk.

    A chunk holds whole components; its nodes are numbered from 2 (0 source, 1 sink). first:
    first arc of each chunk.
    """

    tail: IntArray
    head: IntArray
    capacity: IntArray
    first: IntArray
    chunk_of_offer: IntArray
    node_of_offer: IntArray


def flow_supply(
    problem: Problem, network: Network, graph: Graph, entitlement: IntArray
) -> FlowSupply:
    """A fair supply that keeps certificates, hours, batches, lots and lane weights."""
    facts = network.facts
    loads = _loads(problem, network, graph, shared=True)
    frame = _frame(graph, facts, loads)
    levels = _levels(facts, entitlement)
    room = facts.nmax * facts.lot
    made = _flow(frame, room, levels)
    most = _most_units(problem, network, graph, made)
    room = _trim_hours(facts, room, made)
    batch = facts.nmin * facts.lot
    made = _flow(frame, room, levels)
    for least in (0.5, 1.0):
        prefer = np.where((made >= least * batch) & (room >= batch), batch, 0)
        made = _flow(frame, room, levels, prefer)
        room = np.where(made < least * batch, 0, room)
    room = np.where(made < batch, 0, room)
    lots = _whole_lots(facts, _flow(frame, room, levels, np.minimum(batch, room)))
    for _ in range(TOP_UPS):
        lots = _top_up(frame, facts, lots)
    return FlowSupply(lots, loads, most)


def _whole_lots(facts: Facts, made: IntArray) -> IntArray:
    lots = made // facts.lot
    return np.where(lots >= facts.nmin, lots, 0)


def _loads(problem: Problem, network: Network, graph: Graph, *, shared: bool) -> Loads:
    """Grams of a limited lane-date: split evenly over the offers that need it, or all for each."""
    arcs = np.flatnonzero(graph.arc_limit >= 0)
    first, _ = group_rows(graph.arc_limit[arcs], graph.arc_offer[arcs])
    lane_date, offer = graph.arc_limit[arcs[first]], graph.arc_offer[arcs[first]]
    sharers = np.bincount(lane_date, minlength=len(network.lane_date_left_g))
    weight = np.maximum(problem.products.weight_g[network.facts.product[offer]], 1)
    parts = np.maximum(sharers[lane_date], 1) if shared else 1
    grams = network.lane_date_left_g[lane_date] // parts
    return Loads(lane_date, offer, grams // weight)


def _most_units(problem: Problem, network: Network, graph: Graph, made: IntArray) -> IntArray:
    """No plan serves more in any component.

    made: the fair flow, in which offers share the limited vehicles.
    """
    facts = network.facts
    alone = _loads(problem, network, graph, shared=False)
    if len(alone.offer) == 0:
        return made
    able = np.flatnonzero(facts.nmax)
    room = (facts.nmax * facts.lot)[able]
    most = np.zeros_like(made)
    most[able] = _solve(_frame(graph, facts, alone), able, room, np.zeros_like(room))
    return most


def _frame(graph: Graph, facts: Facts, loads: Loads) -> _Frame:
    """Nodes: offers, gates, cells, hubs."""
    offers, gates = len(facts.group), len(loads.offer)
    arcs = np.flatnonzero(graph.arc_limit >= 0)
    _, pair = group_rows(graph.arc_limit[arcs], graph.arc_offer[arcs])
    start = graph.arc_offer.copy()
    start[arcs] = offers + pair
    cell = offers + gates
    behind = np.flatnonzero(graph.cell_hub >= 0)
    demand = graph.demand.sum(axis=1)
    sink = np.full(graph.cells, -1, dtype=np.int64)
    tail = np.concatenate([loads.offer, start, cell + graph.cells + graph.cell_hub[behind],
                           cell + np.arange(graph.cells)])  # fmt: skip
    head = np.concatenate([offers + np.arange(gates), cell + graph.arc_node, cell + behind, sink])
    room = (facts.nmax * facts.lot)[graph.arc_offer]
    capacity = np.concatenate([loads.units, room, demand[behind], demand])
    chunk, node = _chunks(graph, facts, loads)
    order = np.argsort(chunk[tail], kind="stable")
    tail, head = tail[order], head[order]
    first = np.searchsorted(chunk[tail], np.arange(2 + int(chunk.max(initial=-1))))
    inner = np.where(head < 0, 1, node[head])
    return _Frame(node[tail], inner, capacity[order], first, chunk[:offers], node[:offers])


def _chunks(graph: Graph, facts: Facts, loads: Loads) -> tuple[IntArray, IntArray]:
    """(chunk, number within the chunk from 2) of every node; components stay whole."""
    of_offer, of_cell, of_hub = labels(graph, facts, link_groups=False)
    label = np.concatenate([of_offer, of_offer[loads.offer], of_cell, of_hub])
    weight = np.bincount(of_offer[graph.arc_offer], minlength=1 + int(label.max(initial=0)))
    weight += np.bincount(label, minlength=len(weight))
    chunk = ((np.cumsum(weight) - 1) // CHUNK_ARCS)[label]
    _, chunk = np.unique(chunk, return_inverse=True)
    order = np.argsort(chunk, kind="stable")
    number = np.empty(len(chunk), dtype=np.int64)
    ranked = chunk[order]
    number[order] = 2 + np.arange(len(chunk)) - np.searchsorted(ranked, ranked)
    return chunk.astype(np.int64), number


def _levels(facts: Facts, entitlement: IntArray) -> IntArray:
    """Units of each offer in each level of its part of the group's entitlement."""
    worth = facts.nmax * facts.lot * facts.ref
    total = np.maximum(sums(facts.group, worth, len(entitlement)), 1)
    full = np.maximum(entitlement, 1)[facts.group]
    part = full * (worth / total[facts.group])
    base = 1000.0 * facts.base_income[facts.group] / full
    ref = np.maximum(facts.ref, 1)
    reach = np.maximum(LEVELS[None, :] - base[:, None], 0) / 1000
    return np.floor(reach * part[:, None] / ref[:, None]).astype(np.int64)


def _flow(
    frame: _Frame, room: IntArray, levels: IntArray, prefer: IntArray | None = None
) -> IntArray:
    """Units of each offer in the fairest largest flow; `prefer` units of an offer come first."""
    first = np.zeros_like(room) if prefer is None else prefer
    top = np.minimum(levels, room[:, None])
    top = np.concatenate([first[:, None], np.maximum(top, first[:, None]), room[:, None]], axis=1)
    steps = np.diff(top, axis=1, prepend=0)
    price = np.arange(steps.shape[1], dtype=np.int64) ** 2
    price[0] = -10_000
    cost = np.broadcast_to(price, steps.shape)
    offer = np.broadcast_to(np.arange(len(room), dtype=np.int64)[:, None], steps.shape)
    used = steps > 0
    flow = _solve(frame, offer[used], steps[used], cost[used])
    return sums(offer[used], flow, len(room))


def _solve(frame: _Frame, offer: IntArray, capacity: IntArray, cost: IntArray) -> IntArray:
    """Largest flow, cheapest among those; the flow on each arc out of the source."""
    flow = np.zeros(len(offer), dtype=np.int64)
    order = np.argsort(frame.chunk_of_offer[offer], kind="stable")
    chunk = frame.chunk_of_offer[offer[order]]
    low = np.searchsorted(chunk, np.arange(len(frame.first))).tolist()
    for number, (start, stop) in enumerate(pairwise(frame.first.tolist())):
        mine = order[low[number] : low[number + 1]]
        if len(mine):
            out = frame.node_of_offer[offer[mine]]
            inner = slice(start, stop)
            flow[mine] = _solve_chunk(frame, inner, out, capacity[mine], cost[mine])
    return flow


def _solve_chunk(
    frame: _Frame, inner: slice, out: IntArray, capacity: IntArray, cost: IntArray
) -> IntArray:
    zero = np.zeros(len(out), dtype=np.int64)
    arcs = Arcs(
        np.concatenate([zero, frame.tail[inner]]),
        np.concatenate([out, frame.head[inner]]),
        np.concatenate([capacity, frame.capacity[inner]]),
    )
    inside = np.zeros(len(arcs.tail) - len(out), dtype=np.int64)
    flow = largest_flow(arcs, np.concatenate([cost, inside]))
    if isinstance(flow, str):
        raise Unsolvable(f"the supply flow has no answer: {flow}")
    return flow[: len(out)]


def _trim_hours(facts: Facts, room: IntArray, made: IntArray) -> IntArray:
    """Where a group made more than its hours allow, all its products give way in proportion."""
    used = sums(facts.group, made * facts.use, len(facts.hours_left))
    over = (facts.hours_left >= 0) & (used > facts.hours_left)
    cut = over[facts.group] & (facts.use > 0)
    hours = np.maximum(facts.hours_left, 0)[facts.group]
    most = made * hours // np.maximum(used[facts.group], 1)
    room = np.where(cut, most, room)
    tight = _may_exceed(facts, room) & ~cut
    return np.where(tight, np.minimum(room, made), room)


def _may_exceed(facts: Facts, room: IntArray) -> BoolArray:
    """Offers of groups whose rooms together need more hours than there are."""
    most = sums(facts.group, room * facts.use, len(facts.hours_left))
    over = (facts.hours_left >= 0) & (most > facts.hours_left)
    return np.asarray(over[facts.group] & (facts.use > 0))


def _top_up(frame: _Frame, facts: Facts, lots: IntArray) -> IntArray:
    """Add lots from what is left; of a group short of hours one product at a time."""
    kept = lots * facts.lot
    extra = facts.nmax * facts.lot - kept
    used = sums(facts.group, kept * facts.use, len(facts.hours_left))
    left = np.where(facts.hours_left >= 0, facts.hours_left - used, 0)[facts.group]
    bound = _may_exceed(facts, facts.nmax * facts.lot)
    extra = np.where(bound, np.minimum(extra, left // np.maximum(facts.use, 1)), extra)
    extra = np.where(extra // facts.lot >= np.where(lots > 0, 1, facts.nmin), extra, 0)
    waits = np.flatnonzero(bound & (extra > 0))
    _, chosen = np.unique(facts.group[waits], return_index=True)
    extra[np.setdiff1d(waits, waits[chosen])] = 0
    offers = np.flatnonzero(kept > 0)
    adds = np.flatnonzero(extra > 0)
    rank = 1 + np.arange(len(adds), dtype=np.int64) % 1000
    flow = _solve(
        frame,
        np.concatenate([offers, adds]),
        np.concatenate([kept[offers], extra[adds]]),
        np.concatenate([np.full(len(offers), -(10**6)), rank]),
    )
    more = np.zeros_like(lots)
    more[adds] = flow[len(offers) :] // facts.lot[adds]
    return np.where(lots + more >= facts.nmin, lots + more, lots)
