"""The worth of incomes: concave in each group's share of its entitlement, all integers.

Slopes 16, 8, 4, 2, 1 on shares 0-10, 10-20, 20-40, 40-60, 60-100 %. Values are in tenths of
(satang x slope) so that a tenth of an odd entitlement stays whole.
"""

import numpy as np

from market.matching.engine.arrays import IntArray

SEGMENTS: IntArray = np.array([1, 1, 2, 2, 4], dtype=np.int64)  # tenths of the entitlement
SLOPES: IntArray = np.array([16, 8, 4, 2, 1], dtype=np.int64)


def segment_fill(income: IntArray, entitlement: IntArray) -> IntArray:
    """Tenths of satang of income in each segment, shape (groups, 5)."""
    top = np.cumsum(np.outer(entitlement, SEGMENTS), axis=1)
    low = top - np.outer(entitlement, SEGMENTS)
    return np.clip(10 * income[:, None] - low, 0, top - low).astype(np.int64)


def segment_room(income: IntArray, entitlement: IntArray) -> IntArray:
    """Tenths of satang still free in each segment, shape (groups, 5)."""
    whole = np.outer(entitlement, SEGMENTS)
    return np.asarray(whole - segment_fill(income, entitlement), dtype=np.int64)


def worth(income: IntArray, entitlement: IntArray) -> IntArray:
    """Worth of each group's income (satang), in tenths of satang x slope."""
    return np.asarray(segment_fill(income, entitlement) @ SLOPES, dtype=np.int64)
