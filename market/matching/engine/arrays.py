"""Small array helpers of the engine: grouping, joining and finding rows by integer keys."""

import hashlib

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]

SPAN_MAX = 2**62
EMPTY: IntArray = np.zeros(0, dtype=np.int64)


def ints(values: object) -> IntArray:
    """The values as int64 (a view where they already are)."""
    return np.asarray(values, dtype=np.int64)


def order_rows(*columns: IntArray) -> IntArray:
    """Row numbers sorted by the first column, then the second, and so on; stable."""
    return _order(pack_columns(*columns))


def pack_columns(*columns: IntArray) -> list[IntArray]:
    """Fewer columns of the same order: neighbours become one number where 62 bits hold both."""
    if len(columns[0]) == 0:
        return [columns[0]]
    packed: list[IntArray] = []
    spans: list[int] = []
    for column in columns:
        low = int(column.min())
        span = int(column.max()) - low + 1
        if packed and spans[-1] * span < SPAN_MAX:
            packed[-1] = packed[-1] * span + (column - low)
            spans[-1] *= span
        else:
            packed.append(column - low if span < SPAN_MAX else column)
            spans.append(span)
    return packed


def _order(packed: list[IntArray]) -> IntArray:
    """One column sorts fastest with its row number inside; that also keeps equal rows in order."""
    key, size = packed[0], len(packed[0])
    if len(packed) > 1 or size == 0 or (int(key.max()) + 1) * size >= SPAN_MAX:
        return np.lexsort(packed[::-1]).astype(np.int64)
    if int(key.min()) < 0:
        return np.argsort(key, kind="stable").astype(np.int64)
    return np.sort(key * size + np.arange(size, dtype=np.int64)) % size


def group_rows(*columns: IntArray) -> tuple[IntArray, IntArray]:
    """Equal rows get one group: (a first row of each group, the group of each row)."""
    if len(columns[0]) == 0:
        return EMPTY, EMPTY
    packed = pack_columns(*columns)
    order = _order(packed)
    new = np.zeros(len(order), dtype=bool)
    new[0] = True
    for column in packed:
        ranked = column[order]
        new[1:] |= ranked[1:] != ranked[:-1]
    inverse = np.empty(len(order), dtype=np.int64)
    inverse[order] = np.cumsum(new) - 1
    return order[new], inverse


def join_sorted(keys: IntArray, sorted_keys: IntArray) -> tuple[IntArray, IntArray]:
    """All pairs (row of keys, position in sorted_keys) with equal key."""
    order = np.argsort(keys)  # asking in order keeps the processor's cache warm
    start, stop = np.empty_like(keys), np.empty_like(keys)
    start[order] = np.searchsorted(sorted_keys, keys[order], side="left")
    stop[order] = np.searchsorted(sorted_keys, keys[order], side="right")
    return expand(start, stop)


def expand(start: IntArray, stop: IntArray) -> tuple[IntArray, IntArray]:
    """Every position of the half-open ranges: (number of the range, position)."""
    count = stop - start
    row = np.repeat(np.arange(len(count), dtype=np.int64), count)
    before = np.cumsum(count) - count
    position = np.arange(len(row), dtype=np.int64) - np.repeat(before - start, count)
    return row, position


def find_sorted(keys: IntArray, sorted_keys: IntArray) -> IntArray:
    """Position of each key in sorted_keys, -1 where it is missing."""
    if len(sorted_keys) == 0:
        return np.full(len(keys), -1, dtype=np.int64)
    order = np.argsort(keys)
    position = np.empty(len(keys), dtype=np.int64)
    position[order] = np.searchsorted(sorted_keys, keys[order])
    position = np.minimum(position, len(sorted_keys) - 1)
    return np.where(sorted_keys[position] == keys, position, -1).astype(np.int64)


def sums(index: IntArray, values: IntArray, size: int) -> IntArray:
    """Exact integer sums of values by index."""
    total = np.zeros(size, dtype=np.int64)
    np.add.at(total, index, values)
    return total


def scramble(values: IntArray, salt: int) -> npt.NDArray[np.uint64]:
    """A fixed pseudo-random 64-bit number for each value (splitmix64)."""
    x = values.astype(np.uint64) + np.uint64(salt & 0xFFFFFFFFFFFFFFFF)
    x = x * np.uint64(0x9E3779B97F4A7C15) + np.uint64(0x632BE59BD9B4E019)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def salt_of(seed: str) -> int:
    """A 64-bit number from a text, the same on every machine."""
    return int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8], "big")
