"""The transport network of one round: offers -> cells by own lane, offers -> hubs -> cells by post.

A cell is the demand that every offer sees alike: product, zone, date, insisted group, ceiling,
class. A hub is (product, region, date, ceiling): post costs the same to every cell behind it.
"""

from dataclasses import dataclass

import numpy as np

from market.matching.engine.arrays import (
    EMPTY,
    BoolArray,
    IntArray,
    find_sorted,
    group_rows,
    join_sorted,
    order_rows,
    sums,
)
from market.matching.engine.facts import Facts, tariff_table
from market.matching.engine.problem import Problem

PRICE_TOP = 2**31  # above every asked price that the checks let through


@dataclass(frozen=True)
class Cells:
    """Demand cells in canonical order; line_cell is -1 for lines with nothing left to serve."""

    product: IntArray
    zone: IntArray
    date: IntArray
    insist: IntArray
    bucket: IntArray
    prio: IntArray
    demand: IntArray
    line_cell: IntArray


@dataclass(frozen=True)
class Network:
    """Arcs between canonical offers, cells and hubs; unit costs in satang.

    arc_lane    row of the lanes table, -1 where the arc is parcel post (insisted cells)
    hub_of      hub of each cell, -1 where post is not possible
    lane_date   number of the (lane, date) an arc drives on, -1 for post
    """

    facts: Facts
    cells: Cells
    arc_offer: IntArray
    arc_cell: IntArray
    arc_lane: IntArray
    arc_cost: IntArray
    hub_arc_offer: IntArray
    hub_arc_hub: IntArray
    hub_arc_cost: IntArray
    hub_of: IntArray
    hubs: int
    lane_date: IntArray
    lane_date_lane: IntArray
    lane_date_left_g: IntArray
    lane_date_fixed: IntArray


def build_network(problem: Problem, facts: Facts) -> Network:
    """All routes that certificate, lead time, insisted group and ceiling allow."""
    cells = _build_cells(problem, facts)
    direct = [_own_lanes(problem, facts, cells), *_insisted(problem, facts, cells)]
    offer, cell, lane = (np.concatenate([part[i] for part in direct]) for i in range(3))
    cost = _direct_cost(problem, facts, cells, offer, cell, lane)
    order = order_rows(cell, offer, -lane)
    order = order[cost[order] >= 0]
    offer, cell, lane, cost = offer[order], cell[order], lane[order], cost[order]
    hubs = _hubs(problem, facts, cells)
    lane_dates = _lane_dates(problem, facts, cells, cell, lane)
    return Network(facts, cells, offer, cell, lane, cost, *hubs, *lane_dates)


def _build_cells(problem: Problem, facts: Facts) -> Cells:
    lines = problem.lines
    live = np.flatnonzero(facts.line_left > 0)
    product, insist = lines.product[live], lines.insist[live]
    bucket = ceiling_bucket(facts, product, lines.ceiling[live])
    columns = (product, lines.zone[live], lines.date[live], insist, bucket, lines.prio[live])
    first, inverse = group_rows(*columns)
    line_cell = np.full(len(lines.qty), -1, dtype=np.int64)
    line_cell[live] = inverse
    demand = sums(inverse, facts.line_left[live], len(first))
    product, zone, date, insist, bucket, prio = (column[first] for column in columns)
    return Cells(product, zone, date, insist, bucket, prio, demand, line_cell)


def ceiling_bucket(facts: Facts, product: IntArray, ceiling: IntArray) -> IntArray:
    """How many of the product's offers ask at most the ceiling: equal for equal choices."""
    order, start = _price_order(facts)
    low = np.searchsorted(start, product, side="left")
    wide = np.where(ceiling >= 0, np.minimum(ceiling, PRICE_TOP - 1), PRICE_TOP - 1)
    key = start * PRICE_TOP + facts.price[order]
    position = np.searchsorted(key, product * PRICE_TOP + wide, side="right")
    return (position - low).astype(np.int64)


def _price_order(facts: Facts) -> tuple[IntArray, IntArray]:
    order = order_rows(facts.product, facts.price)
    return order, facts.product[order]


def price_rank(facts: Facts) -> IntArray:
    """How many of the product's offers are cheaper; eligible where rank < the cell's bucket."""
    order, product = _price_order(facts)
    key = product * PRICE_TOP + facts.price[order]
    cheaper = np.searchsorted(key, key, side="left") - np.searchsorted(product, product)
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = cheaper
    return rank


def _own_lanes(problem: Problem, facts: Facts, cells: Cells) -> tuple[IntArray, IntArray, IntArray]:
    """(offer, cell, lane) of cells that take any group."""
    lanes, zones = problem.lanes, len(problem.zones.region)
    lane_order = order_rows(lanes.group, lanes.zone)
    live = np.flatnonzero(facts.nmax > 0)
    i, j = join_sorted(facts.group[live], lanes.group[lane_order])
    offer, lane = live[i], lane_order[j]
    free = np.flatnonzero(cells.insist < 0)
    key = cells.product[free] * zones + cells.zone[free]
    i, j = join_sorted(facts.product[offer] * zones + lanes.zone[lane], key)
    offer, lane, cell = offer[i], lane[i], free[j]
    keep = _eligible(facts, cells, offer, cell)
    return offer[keep], cell[keep], lane[keep]


def _eligible(facts: Facts, cells: Cells, offer: IntArray, cell: IntArray) -> BoolArray:
    rank = price_rank(facts)
    in_time = facts.lead[offer] <= cells.date[cell]
    return np.asarray(in_time & (rank[offer] < cells.bucket[cell]) & (facts.nmax[offer] > 0))


def _insisted(
    problem: Problem, facts: Facts, cells: Cells
) -> list[tuple[IntArray, IntArray, IntArray]]:
    """(offer, cell, lane or -1) of cells that take one group only."""
    groups, zones, lanes = len(problem.groups.zone), len(problem.zones.region), problem.lanes
    cell = np.flatnonzero(cells.insist >= 0)
    offer = facts.find(cells.insist[cell], cells.product[cell], groups)
    cell, offer = cell[offer >= 0], offer[offer >= 0]
    keep = _eligible(facts, cells, offer, cell)
    cell, offer = cell[keep], offer[keep]
    key = lanes.group * zones + lanes.zone
    order = np.argsort(key, kind="stable")
    position = find_sorted(cells.insist[cell] * zones + cells.zone[cell], key[order])
    own = position >= 0
    by_post = np.flatnonzero(problem.products.shippable[cells.product[cell]] == 1)
    post = (offer[by_post], cell[by_post], np.full(len(by_post), -1, dtype=np.int64))
    return [(offer[own], cell[own], order[position[own]]), post]


def _direct_cost(
    problem: Problem, facts: Facts, cells: Cells, offer: IntArray, cell: IntArray, lane: IntArray
) -> IntArray:
    """Satang a unit; -1 where post does not go there."""
    region, tariff = tariff_table(problem)
    home = region[problem.groups.zone[facts.group[offer]]]
    rate = tariff[home, region[cells.zone[cell]]]
    own = lane >= 0
    rate[own] = problem.lanes.cost_per_kg[lane[own]]
    weight = problem.products.weight_g[cells.product[cell]]
    return np.where(rate >= 0, rate * weight // 1000, -1)


def _hubs(
    problem: Problem, facts: Facts, cells: Cells
) -> tuple[IntArray, IntArray, IntArray, IntArray, int]:
    """(offer, hub, cost) of the hub arcs, the hub of each cell, the number of hubs."""
    region, tariff = tariff_table(problem)
    hub_of = np.full(len(cells.product), -1, dtype=np.int64)
    free = np.flatnonzero((cells.insist < 0) & (problem.products.shippable[cells.product] == 1))
    place = region[cells.zone[free]]
    columns = (cells.product[free], place, cells.date[free], cells.bucket[free])
    first, inverse = group_rows(*columns)
    hub_of[free] = inverse
    sample = free[first]
    live = np.flatnonzero(facts.nmax > 0)
    i, hub = join_sorted(facts.product[live], cells.product[sample])
    offer = live[i]
    keep = _eligible(facts, cells, offer, sample[hub])
    offer, hub = offer[keep], hub[keep]
    rate = tariff[region[problem.groups.zone[facts.group[offer]]], place[first][hub]]
    offer, hub, rate = offer[rate >= 0], hub[rate >= 0], rate[rate >= 0]
    cost = rate * problem.products.weight_g[facts.product[offer]] // 1000
    order = order_rows(hub, offer)
    return offer[order], hub[order], cost[order], hub_of, len(first)


def _lane_dates(
    problem: Problem, facts: Facts, cells: Cells, cell: IntArray, lane: IntArray
) -> tuple[IntArray, IntArray, IntArray, IntArray]:
    """Number the (lane, date) pairs in use: grams still free (-1 no limit), fixed cost to pay."""
    lanes = problem.lanes
    own = np.flatnonzero(lane >= 0)
    date = cells.date[cell[own]]
    zone, group = lanes.zone[lane[own]], lanes.group[lane[own]]
    first, inverse = group_rows(facts.tie[group], group, zone, date)
    number = np.full(len(lane), -1, dtype=np.int64)
    number[own] = inverse
    lane_of, date_of = lane[own][first], date[first]
    used_g, driven = _frozen_loads(problem, lane_of, date_of)
    limit = lanes.max_weight_g[lane_of]
    left = np.where(limit > 0, np.maximum(limit - used_g, 0), -1)
    return number, lane_of, left, np.where(driven, 0, lanes.fixed_cost[lane_of])


def _frozen_loads(problem: Problem, lane: IntArray, date: IntArray) -> tuple[IntArray, BoolArray]:
    """Grams that frozen rows put on each (lane, date), and whether they drive at all."""
    frozen, lanes, lines = problem.frozen, problem.lanes, problem.lines
    zones, dates = len(problem.zones.region), 1 + int(lines.date.max(initial=0))
    key = (lanes.group[lane] * zones + lanes.zone[lane]) * dates + date
    order = np.argsort(key, kind="stable")
    own = np.flatnonzero(frozen.mode == 0)
    line = frozen.line[own]
    wanted = (frozen.group[own] * zones + lines.zone[line]) * dates + lines.date[line]
    position = find_sorted(wanted, key[order])
    hit = position >= 0
    target = order[position[hit]] if len(order) else EMPTY
    grams = (frozen.qty[own] * problem.products.weight_g[lines.product[line]])[hit]
    used = sums(target, grams, len(key))
    driven = sums(target, np.ones(len(target), dtype=np.int64), len(key)) > 0
    return used, driven
