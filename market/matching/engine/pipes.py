"""Weight limits while products are routed one after another: grams kept for offers, and spare."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from market.matching.engine.arrays import BoolArray, IntArray, group_rows, sums
from market.matching.engine.graph import Graph
from market.matching.engine.merge import own_lane_only
from market.matching.engine.network import Network
from market.matching.engine.problem import Problem
from market.matching.engine.supply import Loads


@dataclass(frozen=True)
class Pipes:
    """What all products share while they are routed.

    pair_of_arc  the (lane-date, offer) pair of a limited arc, -1 none
    reserved_g   grams kept for each pair; spare_g grams of each lane-date nobody needs
    closed       lane-dates not driven; one more stands for arcs without (number -1)
    """

    pair_of_arc: IntArray
    pair_lane_date: IntArray
    reserved_g: IntArray
    spare_g: IntArray
    closed: BoolArray
    shared: bool


def pipes_of(
    problem: Problem,
    network: Network,
    graph: Graph,
    units: IntArray,
    loads: Loads,
    closed: IntArray,
) -> Pipes:
    """What this supply needs of each limited lane-date is kept for it; ``closed`` ones stand."""
    arcs, first, pair, pair_of_arc = _pairs(graph)
    lane_date, offer = graph.arc_limit[arcs][first], graph.arc_offer[arcs][first]
    weight = problem.products.weight_g[network.facts.product[offer]]
    most = np.minimum(network.cells.demand[graph.arc_node[arcs]], units[graph.arc_offer[arcs]])
    reserved = sums(pair, np.where(own_lane_only(network)[arcs], most, 0), len(first))
    key = lane_date * (1 + len(units)) + offer
    known = np.searchsorted(key, loads.lane_date * (1 + len(units)) + loads.offer)
    reserved[known] = loads.units
    spare = network.lane_date_left_g.copy()
    np.subtract.at(spare, lane_date, reserved * weight)
    is_closed = np.zeros(len(spare) + 1, dtype=bool)
    is_closed[closed] = True
    return Pipes(pair_of_arc, lane_date, reserved * weight, spare, is_closed, shared=True)


def relaxed_pipes(network: Network, graph: Graph) -> Pipes:
    """Every product may fill every limited lane by itself."""
    arcs, first, _, pair_of_arc = _pairs(graph)
    spare = network.lane_date_left_g
    nothing = np.zeros(len(first), dtype=np.int64)
    closed = np.zeros(len(spare) + 1, dtype=bool)
    return Pipes(pair_of_arc, graph.arc_limit[arcs[first]], nothing, spare, closed, shared=False)


def _pairs(graph: Graph) -> tuple[IntArray, IntArray, IntArray, IntArray]:
    """The limited arcs, each (lane-date, offer) pair's first one, their pairs; the pair by arc."""
    arcs = np.flatnonzero(graph.arc_limit >= 0)
    first, pair = group_rows(graph.arc_limit[arcs], graph.arc_offer[arcs])
    pair_of_arc = np.full(len(graph.arc_limit), -1, dtype=np.int64)
    pair_of_arc[arcs] = pair
    return arcs, first, pair, pair_of_arc
