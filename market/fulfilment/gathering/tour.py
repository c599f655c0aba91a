"""In which order to visit the stops of a trip: short, and every box taken before it is put down.

Up to ``EXACT_STOPS`` stops the shortest order is found for certain (dynamic programming over the
sets of visited stops, Held and Karp 1962: what is on board depends only on the set). Above that
the nearest stop that may come next, then stops and runs of stops are moved and turned around
(2-opt, Or-opt) while that helps. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from math import asin, cos, radians, sin, sqrt

EARTH_M = 6_371_000
EXACT_STOPS = 8
LONGEST_RUN = 3  # stops moved together


@dataclass(frozen=True, kw_only=True)
class Spot:
    """Where a stop is, in degrees; None where nobody knows, which then costs no way."""

    lat: float | None
    lon: float | None


@dataclass(frozen=True, kw_only=True)
class Load:
    """A box from one stop to another (their indexes), in grams."""

    taken_at: int
    put_at: int
    weight_g: int


@dataclass(frozen=True, kw_only=True)
class Way:
    """What is to be visited and carried. ``returns``: the vehicle ends where it started."""

    spots: tuple[Spot, ...]
    loads: tuple[Load, ...]
    capacity_g: int
    returns: bool = False

    @cached_property
    def metres(self) -> tuple[tuple[int, ...], ...]:
        """From each stop to each, as the crow flies."""
        return tuple(tuple(apart_m(a, b) for b in self.spots) for a in self.spots)

    @cached_property
    def before(self) -> tuple[int, ...]:
        """For each stop the set (bits) of stops that must come first."""
        needed = [0] * len(self.spots)
        for load in self.loads:
            needed[load.put_at] |= 1 << load.taken_at
        return tuple(needed)

    def on_board_g(self, visited: int) -> int:
        """What lies on the vehicle when these stops (bits) have been visited."""
        return sum(
            load.weight_g
            for load in self.loads
            if visited >> load.taken_at & 1 and not visited >> load.put_at & 1
        )

    def may(self, order: Sequence[int]) -> bool:
        """Is every box taken before it is put down, and the load never too heavy?"""
        visited = 0
        for stop in order:
            if self.before[stop] & ~visited:
                return False
            visited |= 1 << stop
            if self.on_board_g(visited) > self.capacity_g:
                return False
        return True

    def length_m(self, order: Sequence[int]) -> int:
        """The way in this order."""
        there = sum(self.metres[a][b] for a, b in pairwise(order))
        back = self.metres[order[-1]][order[0]] if self.returns and order else 0
        return there + back


def apart_m(a: Spot, b: Spot) -> int:
    """The great circle between two places in metres (haversine), as lanes are measured."""
    if a.lat is None or a.lon is None or b.lat is None or b.lon is None:
        return 0
    up, aside = radians(b.lat - a.lat) / 2, radians(b.lon - a.lon) / 2
    part = sin(up) ** 2 + cos(radians(a.lat)) * cos(radians(b.lat)) * sin(aside) ** 2
    return round(2 * EARTH_M * asin(sqrt(part)))


def best_order(way: Way, given: Sequence[int] = ()) -> tuple[int, ...] | None:
    """A short order of all stops, never longer than ``given`` where that one may be.

    None when no order was found in which the vehicle can carry it all.
    """
    if len(way.spots) <= EXACT_STOPS:
        return _exact(way)
    starts = [order for order in (tuple(given), _nearest(way)) if _whole(way, order)]
    improved = [_improve(way, order) for order in starts]
    return min(improved, key=way.length_m, default=None)


def _whole(way: Way, order: Sequence[int]) -> bool:
    return sorted(order) == list(range(len(way.spots))) and way.may(order)


def _exact(way: Way) -> tuple[int, ...] | None:
    """The shortest order, of each first stop (which matters only when the way returns)."""
    count = len(way.spots)
    light = [way.on_board_g(visited) <= way.capacity_g for visited in range(1 << count)]
    found = [
        order
        for first in range(count)
        if not way.before[first] and light[1 << first]
        for order in [_exact_from(way, first, light)]
        if order is not None
    ]
    return min(found, key=lambda order: (way.length_m(order), order), default=None)


def _exact_from(way: Way, first: int, light: Sequence[bool]) -> tuple[int, ...] | None:
    """Sets of visited stops in rising order: every smaller set is finished when it is used."""
    everything = (1 << len(way.spots)) - 1
    best: dict[tuple[int, int], tuple[int, tuple[int, ...]]] = {(1 << first, first): (0, (first,))}
    for visited in range(1 << first, everything):
        for last in range(len(way.spots)):
            here = best.get((visited, last))
            if here is None:
                continue
            for stop in _next(way, visited):
                after = visited | 1 << stop
                reached = (here[0] + way.metres[last][stop], (*here[1], stop))
                known = best.get((after, stop))
                if light[after] and (known is None or reached < known):
                    best[after, stop] = reached
    ends = [
        (length + (way.metres[last][first] if way.returns else 0), order)
        for (visited, last), (length, order) in best.items()
        if visited == everything
    ]
    return min(ends)[1] if ends else None


def _next(way: Way, visited: int) -> Iterator[int]:
    for stop in range(len(way.spots)):
        if not visited >> stop & 1 and not way.before[stop] & ~visited:
            yield stop


def _nearest(way: Way) -> tuple[int, ...]:
    """Always to the nearest stop that may come next; shorter than all stops when it got stuck."""
    routes = []
    for first in range(len(way.spots)):
        order: list[int] = [first] if not way.before[first] else []
        visited = sum(1 << stop for stop in order)
        while order and len(order) < len(way.spots):
            may = [stop for stop in _next(way, visited)
                   if way.on_board_g(visited | 1 << stop) <= way.capacity_g]  # fmt: skip
            if not may:
                break
            order.append(min(may, key=lambda stop: (way.metres[order[-1]][stop], stop)))
            visited |= 1 << order[-1]
        if _whole(way, order):
            routes.append(tuple(order))
    return min(routes, key=way.length_m, default=())


def _improve(way: Way, order: tuple[int, ...]) -> tuple[int, ...]:
    """Move and turn runs of stops while one of these makes the way shorter."""
    while True:
        length = way.length_m(order)
        better = next(
            (other for other in _changed(order) if way.length_m(other) < length and way.may(other)),
            None,
        )
        if better is None:
            return order
        order = better


def _changed(order: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    count = len(order)
    for start in range(count):
        for end in range(start + 2, count + 1):
            yield order[:start] + order[start:end][::-1] + order[end:]
        for size in range(1, LONGEST_RUN + 1):
            run, rest = order[start : start + size], order[:start] + order[start + size :]
            for place in range(len(rest) + 1):
                yield rest[:place] + run + rest[place:]
