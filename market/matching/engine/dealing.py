"""Dealing a pool of whole lines to a pool of makers with as few split lines as can be had cheaply.

Lines and makers of a pool add up to the same units. Both are laid end to end and cut at the same
marks; a line that straddles a mark is then made whole by handing other whole lines across it.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from market.matching.engine.arrays import IntArray, order_rows


@dataclass(frozen=True)
class Deal:
    """Units of each (item, source); row numbers of what was dealt."""

    item: IntArray
    source: IntArray
    qty: IntArray


def deal(
    item_pool: IntArray, item_qty: IntArray, source_pool: IntArray, source_qty: IntArray
) -> Deal:
    """Cut and repair. Items and sources keep their order within a pool; quantities are > 0."""
    items, sources = order_rows(item_pool), order_rows(source_pool)
    item_end, source_end = np.cumsum(item_qty[items]), np.cumsum(source_qty[sources])
    marks = np.union1d(item_end, source_end)
    start = np.concatenate([[0], marks])[:-1].astype(np.int64)
    item = items[np.searchsorted(item_end, start, side="right")]
    source = sources[np.searchsorted(source_end, start, side="right")]
    qty = (marks - start).astype(np.int64)
    return _repair(item, source, qty, len(item_qty))


def _repair(item: IntArray, source: IntArray, qty: IntArray, items: int) -> Deal:
    parts = np.bincount(item, minlength=items)
    whole = np.flatnonzero(parts[item] == 1)
    shelf = _Shelf(source[whole], qty[whole])
    split = np.flatnonzero(parts[item] > 1)
    by_item: dict[int, dict[int, int]] = defaultdict(dict)
    columns = (item[split].tolist(), source[split].tolist(), qty[split].tolist())
    for number, maker, units in zip(*columns, strict=True):
        by_item[number][maker] = units
    moved = source[whole].copy()
    kept: list[tuple[int, int, int]] = []
    for number, shares in by_item.items():
        main = _make_whole(shares, shelf, moved)
        if main is None:
            kept.extend((number, maker, units) for maker, units in shares.items())
        else:
            kept.append((number, main, sum(shares.values())))
    rest = np.array(kept, dtype=np.int64).reshape(-1, 3)
    return Deal(
        np.concatenate([item[whole], rest[:, 0]]),
        np.concatenate([moved, rest[:, 1]]),
        np.concatenate([qty[whole], rest[:, 2]]),
    )


def _make_whole(shares: dict[int, int], shelf: "_Shelf", moved: IntArray) -> int | None:
    """Give all of a line to one of its makers; what that maker hands over goes to the others."""
    for main in sorted(shares, key=lambda maker: (-shares[maker], maker)):
        handed: list[tuple[int, int]] = []
        for other, units in shares.items():
            if other == main:
                continue
            rows = shelf.take(main, units)
            if rows is None:
                break
            handed.extend((row, other) for row in rows)
        else:
            for row, other in handed:
                moved[row] = other
            return main
        shelf.put_back(row for row, _ in handed)
    return None


@dataclass
class _Shelf:
    """Whole lines by maker and quantity; each is handed over once."""

    source: IntArray
    qty: IntArray
    used: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._top = int(self.qty.max(initial=0)) + 1
        key = self.source * self._top + self.qty
        self._order = np.argsort(key, kind="stable")
        self._keys = key[self._order]

    def take(self, source: int, units: int) -> list[int] | None:
        """One line of that many units, or two that add up to it; None when there are none."""
        one = self._find(source, units)
        if one is not None:
            return [one]
        for small in range(1, units // 2 + 1):
            first = self._find(source, small)
            if first is None:
                continue
            second = self._find(source, units - small)
            if second is not None:
                return [first, second]
            self.used.discard(first)
        return None

    def put_back(self, rows: Iterable[int]) -> None:
        """Lines that were taken in vain."""
        self.used.difference_update(rows)

    def _find(self, source: int, units: int) -> int | None:
        if units >= self._top:
            return None
        key = source * self._top + units
        position = int(np.searchsorted(self._keys, key))
        while position < len(self._keys) and self._keys[position] == key:
            row = int(self._order[position])
            if row not in self.used:
                self.used.add(row)
                return row
            position += 1
        return None
