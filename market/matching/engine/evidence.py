"""What the reasons are read from: who could have reached which demand, what is left of it."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from market.matching.engine.arrays import EMPTY, IntArray, group_rows, join_sorted, sums
from market.matching.engine.facts import Facts, gather_facts
from market.matching.engine.network import Network, build_network, price_rank
from market.matching.engine.plan import Plan
from market.matching.engine.problem import Problem
from market.matching.engine.tables import Frozen


@dataclass(frozen=True)
class Evidence:
    """By canonical offer unless said otherwise; units.

    network      routes by lead, ceiling, insisted group and place only
    sold         units of the plan, frozen included
    asked        demand for the product
    reach, open  demand it could serve, and what of that nobody serves
    limited      what of `open` lies behind a weight limit
    lost         demand lost by rule, columns lead, insisted elsewhere, ceiling, reach
    hours_over   hours of each group that the plan leaves, -1 no limit
    """

    facts: Facts
    network: Network
    sold: IntArray
    asked: IntArray
    reach: IntArray
    open: IntArray
    limited: IntArray
    lost: IntArray
    hours_over: IntArray


def gather_evidence(problem: Problem, plan: Plan) -> Evidence:
    """Count demand by offer and rule, as if nothing had been frozen."""
    frozen_none = replace(problem, frozen=Frozen(EMPTY, EMPTY, EMPTY, EMPTY))
    facts = gather_facts(frozen_none, plan.seed)
    loose = replace(facts, nmax=np.ones_like(facts.nmax))
    network = build_network(frozen_none, loose)
    sold = sold_units(problem, facts, plan)
    served = sums(plan.line, plan.qty, len(problem.lines.qty))
    cells, size = network.cells, len(network.cells.demand)
    known = np.flatnonzero(cells.line_cell >= 0)
    given = sums(cells.line_cell[known], served[known], size)
    left = cells.demand - given
    used = sums(facts.group, sold * facts.use, len(facts.hours_left))
    limit = problem.groups.shared_cap
    reach = _reach(network, cells.demand)
    return Evidence(
        facts, network, sold,
        asked=sums(cells.product, cells.demand, len(problem.products.cert))[facts.product],
        reach=reach, open=_reach(network, left), limited=_limited(network, left),
        lost=_lost(network, reach), hours_over=np.where(limit >= 0, limit - used, -1),
    )  # fmt: skip


def sold_units(problem: Problem, facts: Facts, plan: Plan) -> IntArray:
    """Units of each canonical offer in the plan."""
    groups = len(problem.groups.zone)
    offer = facts.find(plan.group, problem.lines.product[plan.line], groups)
    return sums(offer, plan.qty, len(facts.group))


def _reach(network: Network, units: IntArray) -> IntArray:
    """Units of the cells each offer can reach, every cell once."""
    size = len(network.facts.group)
    behind = np.flatnonzero(network.hub_of >= 0)
    hub_units = sums(network.hub_of[behind], units[behind], network.hubs)
    total = sums(network.hub_arc_offer, hub_units[network.hub_arc_hub], size)
    arcs = direct_only(network)
    return total + sums(network.arc_offer[arcs], units[network.arc_cell[arcs]], size)


def direct_only(network: Network) -> IntArray:
    """One direct arc of each (offer, cell) that no hub connects."""
    offer, cell = network.arc_offer, network.arc_cell
    hub = network.hub_of[cell]
    by_post = np.sort(network.hub_arc_offer * (network.hubs + 1) + network.hub_arc_hub)
    key = offer * (network.hubs + 1) + hub
    posted = (hub >= 0) & np.isin(key, by_post)
    plain = np.flatnonzero(~posted)
    first, _ = group_rows(offer[plain], cell[plain])
    return plain[first]


def _limited(network: Network, units: IntArray) -> IntArray:
    arcs = direct_only(network)
    lane_date = network.lane_date[arcs]
    held = np.append(network.lane_date_left_g >= 0, False)[lane_date]
    arcs = arcs[held]
    size = len(network.facts.group)
    return sums(network.arc_offer[arcs], units[network.arc_cell[arcs]], size)


def _lost(network: Network, reach: IntArray) -> IntArray:
    """Demand each offer loses by rule: lead, insisted elsewhere, ceiling, reach."""
    facts, cells = network.facts, network.cells
    first, kind = group_rows(cells.product, cells.date, cells.bucket, cells.insist)
    units = sums(kind, cells.demand, len(first))
    offer, row = join_sorted(facts.product, cells.product[first])
    sample = first[row]
    elsewhere = (cells.insist[sample] >= 0) & (cells.insist[sample] != facts.group[offer])
    late = ~elsewhere & (facts.lead[offer] > cells.date[sample])
    dear = ~elsewhere & ~late & (price_rank(facts)[offer] >= cells.bucket[sample])
    size = len(facts.group)
    lost = [sums(offer[mask], units[row[mask]], size) for mask in (late, elsewhere, dear)]
    total = sums(offer, units[row], size)
    return np.stack([*lost, total - lost[0] - lost[1] - lost[2] - reach], axis=1)


def markets(problem: Problem, evidence: Evidence, plan: Plan) -> IntArray:
    """Number of the market of each offer: offers that could each take over the others' sales."""
    network, facts = evidence.network, evidence.facts
    offers, cells = len(facts.group), len(network.cells.demand)
    served = network.cells.line_cell[plan.line]
    seller = facts.find(plan.group, problem.lines.product[plan.line], len(problem.groups.zone))
    behind = np.flatnonzero(network.hub_of >= 0)
    hub = offers + cells
    tail = np.concatenate([network.arc_offer, network.hub_arc_offer,
                           hub + network.hub_of[behind], offers + served])  # fmt: skip
    head = np.concatenate([offers + network.arc_cell, hub + network.hub_arc_hub,
                           offers + behind, seller])  # fmt: skip
    size = hub + network.hubs
    matrix = coo_array((np.ones(len(tail), dtype=np.int8), (tail, head)), shape=(size, size))
    _, label = connected_components(matrix.tocsr(), directed=True, connection="strong")
    return np.asarray(label[:offers], dtype=np.int64)
