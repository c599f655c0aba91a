"""Where marks stand on the map: at their place, but far enough apart to be pressed. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from math import cos, hypot, sin

Point = tuple[float, float]
ROUNDS = 40  # of pushing apart; what is still too close then is in the list beside the map
GOLDEN_ANGLE = 2.39996  # radians: marks at one place are fanned out evenly by it


def spread(points: Sequence[Point], gap: float) -> list[Point]:
    """The points, pushed apart to ``gap`` where there is room; in the units of the points."""
    placed = [
        (x + 0.01 * nth * cos(nth * GOLDEN_ANGLE), y + 0.01 * nth * sin(nth * GOLDEN_ANGLE))
        for nth, (x, y) in enumerate(points)
    ]
    for _ in range(ROUNDS):
        if not _push(placed, gap):
            break
    return placed


def _push(placed: list[Point], gap: float) -> bool:
    """Move each pair that is too close half the missing way each; whether there was one."""
    pushed = False
    for first in range(len(placed)):
        for second in range(first + 1, len(placed)):
            (ax, ay), (bx, by) = placed[first], placed[second]
            apart = hypot(bx - ax, by - ay)
            if apart >= gap:
                continue
            pushed = True
            step = (gap - apart) / 2 / (apart or 1)
            dx, dy = (bx - ax or 0.01) * step, (by - ay) * step
            placed[first], placed[second] = (ax - dx, ay - dy), (bx + dx, by + dy)
    return pushed


def view_around(points: Sequence[Point], least: float) -> tuple[float, float, float, float]:
    """A window (x, y, width, height), a little taller than wide, that holds the points."""
    xs, ys = [x for x, _y in points], [y for _x, y in points]
    width = max(max(xs) - min(xs) + least / 2, (max(ys) - min(ys) + least / 2) / 1.15, least)
    height = width * 1.15
    return (
        (max(xs) + min(xs) - width) / 2, (max(ys) + min(ys) - height) / 2, width, height,
    )  # fmt: skip
