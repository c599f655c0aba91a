"""Per-offer facts every phase needs: room, lots, hours left, ranks; offers in canonical order."""

from dataclasses import dataclass

import numpy as np

from market.matching.engine.arrays import (
    BoolArray,
    IntArray,
    find_sorted,
    order_rows,
    salt_of,
    scramble,
    sums,
)
from market.matching.engine.problem import Problem


@dataclass(frozen=True)
class Facts:
    """Offers sorted by product, then by hash of (seed, group): no low id is favoured.

    row          row of the problem's offers table
    room         units that may be added to what is frozen
    lot, nmax, nmin   lot size; most lots, least lots when opened (0: excused)
    floor        least lots in any case: what a coordinator pinned
    hours_left   of each group, -1 where hours are not limited
    tie          number of each group that orders what is otherwise equal
    base_income  satang of each group from frozen units, at reference prices
    """

    row: IntArray
    group: IntArray
    product: IntArray
    room: IntArray
    lot: IntArray
    nmax: IntArray
    nmin: IntArray
    floor: IntArray
    use: IntArray
    lead: IntArray
    price: IntArray
    ref: IntArray
    frozen: IntArray
    hours_left: IntArray
    base_income: IntArray
    line_left: IntArray
    certified: BoolArray
    tie: IntArray

    def find(self, group: IntArray, product: IntArray, groups: int) -> IntArray:
        """Canonical offer of each (group, product), -1 where there is none."""
        key = self.product * groups + self.group
        order = np.argsort(key, kind="stable")
        position = find_sorted(product * groups + group, key[order])
        return np.append(order, -1)[position]


def gather_facts(problem: Problem, seed: str) -> Facts:
    """Facts of all offers (those without certificate included, with nmax 0)."""
    # In one piece: each array is made of those before it.
    offers, groups, products = problem.offers, problem.groups, problem.products
    ids = np.arange(len(groups.zone), dtype=np.int64)
    tie = scramble(ids, salt_of(seed)).view(np.int64)
    row = order_rows(offers.product, tie[offers.group], offers.group)
    group, product = offers.group[row], offers.product[row]
    frozen_units = _frozen_units(problem)
    frozen, use = frozen_units[row], offers.use_per_unit[row]
    limited = groups.shared_cap >= 0
    used = sums(group, frozen * use, len(groups.zone))
    hours_left = np.where(limited, np.maximum(groups.shared_cap - used, 0), -1)
    pinned = offers.pin_high[row]
    most = np.where(pinned >= 0, np.minimum(offers.cap[row], pinned), offers.cap[row])
    room = np.maximum(most - frozen, 0)
    by_hours = np.where((hours_left[group] >= 0) & (use > 0), hours_left[group], room * use)
    room = np.minimum(room, by_hours // np.maximum(use, 1) + (use == 0) * room)
    certified = (products.cert[product] & ~groups.cert[group]) == 0
    lot = np.maximum(offers.lot[row], 1)
    nmin = np.where(frozen > 0, 0, -(-offers.min_batch[row] // lot))
    nmax = np.where(certified, room // lot, 0)
    floor = np.maximum(-(-(offers.pin_low[row] - frozen) // lot), 0)
    nmin = np.maximum(nmin, floor)
    ref = products.ref_price[product]
    return Facts(
        row=row, group=group, product=product, room=room, lot=lot,
        nmax=np.where(nmax >= np.maximum(nmin, 1), nmax, 0), nmin=nmin,
        floor=floor, use=use, lead=offers.lead[row], price=offers.price[row],
        ref=ref, frozen=frozen,
        hours_left=hours_left, base_income=sums(group, frozen * ref, len(groups.zone)),
        line_left=problem.lines.qty
        - sums(problem.frozen.line, problem.frozen.qty, len(problem.lines.qty)),
        certified=certified, tie=tie,
    )  # fmt: skip


def _frozen_units(problem: Problem) -> IntArray:
    """Frozen units of each row of the offers table."""
    offers, frozen = problem.offers, problem.frozen
    size = len(problem.groups.zone)
    key = offers.product * size + offers.group
    order = np.argsort(key, kind="stable")
    wanted = problem.lines.product[frozen.line] * size + frozen.group
    return sums(order[find_sorted(wanted, key[order])], frozen.qty, len(key))


def tariff_table(problem: Problem) -> tuple[IntArray, IntArray]:
    """(region number of each zone, satang a kg by region pair or -1)."""
    post, region = problem.post, problem.zones.region
    names = np.unique(np.concatenate([region, post.from_region, post.to_region]))
    table = np.full((len(names), len(names)), -1, dtype=np.int64)
    start = np.searchsorted(names, post.from_region)
    table[start, np.searchsorted(names, post.to_region)] = post.cost_per_kg
    return np.searchsorted(names, region).astype(np.int64), table
