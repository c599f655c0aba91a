"""Dealing whole lines to makers: best fit, largest line first; only what fits nowhere is split."""

from bisect import bisect_left, insort
from dataclasses import dataclass

import numpy as np

from market.matching.engine.arrays import IntArray, order_rows

Part = tuple[int, int, int]


@dataclass(frozen=True)
class Deal:
    """Units of each (item, source); row numbers of what was dealt."""

    item: IntArray
    source: IntArray
    qty: IntArray


def deal(
    item_pool: IntArray, item_qty: IntArray, source_pool: IntArray, source_qty: IntArray
) -> Deal:
    """Items and sources of a pool add up to the same units; all quantities are > 0."""
    makers = np.bincount(source_pool, minlength=1 + int(item_pool.max(initial=-1)))
    lone = np.flatnonzero(makers[item_pool] == 1)
    order = order_rows(source_pool)
    source = order[np.searchsorted(source_pool[order], item_pool[lone])]
    several = np.flatnonzero(makers[item_pool] > 1)
    several = several[order_rows(item_pool[several], -item_qty[several])]
    parts = _best_fit(item_pool, item_qty, several, (source_pool[order], order, source_qty[order]))
    table = np.array(parts, dtype=np.int64).reshape(-1, 3)
    return Deal(
        np.concatenate([lone, table[:, 0]]),
        np.concatenate([source, table[:, 1]]),
        np.concatenate([item_qty[lone], table[:, 2]]),
    )


def _best_fit(
    item_pool: IntArray,
    item_qty: IntArray,
    items: IntArray,
    sources: tuple[IntArray, IntArray, IntArray],
) -> list[Part]:
    """Pool after pool; items come largest first."""
    pools, first = np.unique(item_pool[items], return_index=True)
    last = np.append(first, len(items))[1:].tolist()
    pool_of, name, units = sources
    low = np.searchsorted(pool_of, pools, side="left").tolist()
    high = np.searchsorted(pool_of, pools, side="right").tolist()
    numbers, wanted = items.tolist(), item_qty[items].tolist()
    parts: list[Part] = []
    for start, stop, a, b in zip(first.tolist(), last, low, high, strict=True):
        left = sorted(zip(units[a:b].tolist(), name[a:b].tolist(), strict=True))
        _fill(numbers[start:stop], wanted[start:stop], left, parts)
    return parts


def _fill(
    items: list[int], wanted: list[int], left: list[tuple[int, int]], out: list[Part]
) -> None:
    """left: (units, source), ascending. Lines that fit nowhere take the largest rests."""
    late: list[tuple[int, int]] = []
    for item, qty in zip(items, wanted, strict=True):
        place = bisect_left(left, (qty, -1))
        if place == len(left):
            late.append((item, qty))
            continue
        units, source = left.pop(place)
        out.append((item, source, qty))
        if units > qty:
            insort(left, (units - qty, source))
    for item, qty in late:
        missing = qty
        while missing:
            units, source = left.pop()
            take = min(units, missing)
            out.append((item, source, take))
            missing -= take
            if units > take:
                insort(left, (units - take, source))
