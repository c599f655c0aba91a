"""How far a running match is, and how long it will take. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

#: Phases in order, with their share of the time of a large round's match.
PHASES = {
    "reading": 0.04,
    "network": 0.01,
    "flow": 0.02,
    "supply": 0.48,
    "fairness": 0.25,
    "evening out": 0.02,
    "routing": 0.07,
    "measures": 0.01,
    "checks": 0.04,
    "storing": 0.06,
}
#: Below this share of the work its own pace says nothing yet.
EARLY_PERMILLE = 50


def permille(phase: str, done: int, total: int) -> int:
    """Thousandths of the whole match that are done in this phase with this much of its weight."""
    names = list(PHASES)
    before = sum(PHASES[name] for name in names[: names.index(phase)])
    inside = PHASES[phase] * min(done, total) / total if total else 0.0
    return int(1000 * (before + inside))


def usual_seconds(lines: int, earlier: Sequence[tuple[int, float]]) -> float | None:
    """How long a match of so many lines takes, from (lines, seconds) of earlier ones.

    Only those of half to double the size count; None where there is none.
    """
    like = [
        seconds * lines / other for other, seconds in earlier if lines <= 2 * other <= 4 * lines
    ]
    return median(like) if lines and like else None


def seconds_left(done_permille: int, elapsed: float, usual: float | None) -> float | None:
    """Seconds a match still takes; None where nothing is known yet.

    Earlier matches speak first, its own pace the more the further it is.
    """
    done = done_permille / 1000
    left = None if usual is None else max(usual - elapsed, usual * (1 - done) / 10)
    if done_permille < EARLY_PERMILLE:
        return left
    paced = elapsed * (1 - done) / done
    return paced if left is None else done * paced + (1 - done) * left
