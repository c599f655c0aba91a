"""Small drawings of rounds: woven columns, and how far shares were spread. Hidden from readers,
whose words stand beside them; they print as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from market.weave.drafts import Svg

TALL = 72  # pixels


@dataclass(frozen=True, kw_only=True)
class Column:
    """A round of a plot: how far it is woven (permille, None: nothing to tell), and is it over."""

    permille: int | None
    final: bool


@dataclass(frozen=True, kw_only=True)
class Spread:
    """A round of the fairness plot, in permille of what was due; None: too few groups."""

    low: int | None
    middle: int | None
    high: int | None


def columns_svg(columns: Sequence[Column]) -> Svg:
    """A column a round, the oldest left: bare threads, woven as far as it went."""
    body = ""
    for at, column in enumerate(columns):
        x, wide = _place(at, len(columns))
        body += f'<rect x="{x:.2f}%" width="{wide:.2f}%" height="100%" fill="url(#w-warp)"/>'
        if column.permille is not None:
            tall = column.permille / 10
            weave = "certain" if column.final else "open"
            body += (
                f'<rect x="{x:.2f}%" y="{100 - tall:g}%" width="{wide:.2f}%" height="{tall:g}%"'
                f' fill="url(#w-{weave})"/>'
            )
    return _drawn(body)


def spread_svg(spreads: Sequence[Spread]) -> Svg:
    """A thread a round from the lowest tenth to the highest, a knot at the median.

    The dashed line is what was due.
    """
    most = max([1000, *(one.high for one in spreads if one.high is not None)])
    due = _down(1000, most)
    body = f'<line class="level" x1="0" x2="100%" y1="{due:.1f}%" y2="{due:.1f}%"/>'
    for at, one in enumerate(spreads):
        if one.low is None or one.middle is None or one.high is None:
            continue
        x, wide = _place(at, len(spreads))
        middle = x + wide / 2
        low, knot, high = (_down(value, most) for value in (one.low, one.middle, one.high))
        body += (
            f'<rect class="spread" x="{middle - 0.6:.2f}%" y="{high:.1f}%" width="1.2%"'
            f' height="{max(low - high, 1):.1f}%"/>'
            f'<rect class="spread-low" x="{x:.2f}%" y="{low - 1.5:.1f}%" width="{wide:.2f}%"'
            f' height="3"/>'
            f'<svg x="{middle:.2f}%" y="{knot:.1f}%" overflow="visible">'
            '<path class="post" d="M0-7l7 7-7 7-7-7z"/></svg>'
        )
    return _drawn(body)


def _down(permille: int, most: int) -> float:
    """How far down a share stands, in per cent; the knots stay inside."""
    return 92 - 84 * permille / most


def _place(at: int, count: int) -> tuple[float, float]:
    """Left edge and width of a column, in per cent; few rounds do not grow wide."""
    step = 100 / max(count, 8)
    return at * step, step * 0.78


def _drawn(body: str) -> Svg:
    return Svg(
        f'<svg class="plot" width="100%" height="{TALL}" overflow="visible" aria-hidden="true"'
        f' focusable="false">{body}</svg>'
    )
