"""Bands: every amount on the site is a woven band that grows over bare threads.

The words beside a band carry its numbers; the drawing is hidden from screen readers.
Positions are per cent, so a band fits any width without script.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from market.weave.drafts import Svg

REGION_WEAVES = {
    "N": "jok",
    "LN": "jok",
    "NE": "khit",
    "S": "yok",
    "C": "khaoma",
    "E": "khaoma",
    "W": "khaoma",
}
MAKERS_WEAVES = ("surplus", "labour", "material")
"""Parts of a price that stay with the producer group; the bracket spans them."""


class Part(Protocol):
    """One share of a price; `weave` names its pattern, `satang` is its amount."""

    @property
    def weave(self) -> str:
        """Name of the pattern: surplus, labour, material, check or stripe."""

    @property
    def satang(self) -> int:
        """The amount in satang."""


@dataclass(frozen=True)
class Share:
    """A ready-made `Part`: its key, its words, its amount in satang and its weave."""

    key: str
    label: str
    satang: int
    weave: str


def _percent(value: float, whole: float) -> float:
    if whole <= 0:
        return 0.0
    return round(min(max(value / whole, 0.0), 1.0) * 100, 1)


def _svg(css: str, height: int, body: str) -> Svg:
    return Svg(
        f'<svg class="{css}" width="100%" height="{height}" overflow="visible"'
        f' aria-hidden="true" focusable="false">{body}</svg>'
    )


def _fill(x: float, width: float, weave: str) -> str:
    return f'<rect x="{x:g}%" width="{width:g}%" height="100%" fill="url(#w-{weave})"/>'


def _edge(x: float, css: str) -> str:
    """A thread of 3 px whose right side stands at `x` per cent."""
    return (
        f'<svg x="{x:g}%" overflow="visible">'
        f'<rect class="{css}" x="-3" width="3" height="100%"/></svg>'
    )


def _post(x: float, height: int) -> str:
    """The minimum: an ink post with a diamond head above the band."""
    return (
        f'<svg x="{x:g}%" overflow="visible"><path class="post" '
        f'd="M-1.5-3h3v{height + 6}h-3zM0-10l5 5-5 5-5-5z"/></svg>'
    )


@lru_cache(maxsize=4096)
def band_svg(
    value: int,
    maximum: int,
    minimum: int | None = None,
    kind: str = "open",
    height: int = 18,
) -> Svg:
    """The loom band of `value` out of `maximum` units; `minimum` draws the post."""
    woven = _percent(value, maximum)
    body = f'<rect width="100%" height="{height}" fill="url(#w-warp)"/>'
    if woven:
        body += f'<g class="weft">{_fill(0, woven, kind)}'
        body += _edge(woven, f"edge-{kind}") + "</g>"
    if minimum is not None:
        body += _post(_percent(minimum, maximum), height)
    css = "band band-posted" if minimum is not None else "band"
    return _svg(css, height, body)


@lru_cache(maxsize=1024)
def season_band(months: tuple[int, ...], this_month: int) -> Svg:
    """A year of twelve parts, woven in the months given (1 to 12); a post stands in this month.

    Green where the season is on, indigo where it is not.
    """
    kind = "certain" if this_month in months else "open"
    woven = "".join(
        _fill(_percent(month - 1, 12), _percent(1, 12), kind) for month in sorted(set(months))
    )
    body = f'<rect width="100%" height="18" fill="url(#w-warp)"/>{woven}'
    return _svg("band band-posted", 18, body + _post(_percent(this_month - 0.5, 12), 18))


@lru_cache(maxsize=1024)
def span_band(
    days: int, spans: tuple[tuple[int, int, str], ...], marks: tuple[int, ...] = (),
    today: int | None = None,
) -> Svg:  # fmt: skip
    """So many days of bare threads, woven from a day to another (0 the first, both included).

    spans are first, last and weave; marks are days off, thin threads; a post stands on today.
    """
    woven = "".join(
        _fill(_percent(first, days), _percent(last + 1 - first, days), weave)
        for first, last, weave in spans
    )
    off = "".join(_edge(_percent(day + 0.5, days), "edge-off") for day in marks)
    body = f'<rect width="100%" height="18" fill="url(#w-warp)"/>{woven}{off}'
    post = "" if today is None else _post(_percent(today + 0.5, days), 18)
    return _svg("band band-posted", 18, body + post)


@lru_cache(maxsize=16)
def region_band(region_code: str) -> Svg:
    """The 14 px band of cloth under a picture; it says the region, the words say the place."""
    weave = REGION_WEAVES.get(region_code, "khit")
    return _svg("region", 14, _fill(0, 100, weave))


@lru_cache(maxsize=64)
def swatch(weave: str) -> Svg:
    """A 22 px square of a price-part weave, to stand beside its words."""
    return Svg(
        '<svg class="swatch" width="22" height="22" aria-hidden="true" focusable="false">'
        f'<rect width="22" height="22" fill="url(#w-{weave})"/></svg>'
    )


def parts_bar(parts: Sequence[Part], height: int = 56) -> Svg:
    """A bar of the shares of a price, in the given order, 2 px apart."""
    whole = sum(part.satang for part in parts)
    body, x = "", 0.0
    for part in parts:
        width = _percent(part.satang, whole)
        body += _fill(x, width, part.weave)
        if x:
            body += _edge(x, "gap")
        x = round(x + width, 1)
    body += '<rect class="inner" width="100%" height="100%"/>'
    return _svg("parts-bar", height, body)


def bracket(parts: Sequence[Part]) -> Svg:
    """The ink bracket under the leading parts that stay with the group."""
    whole = sum(part.satang for part in parts)
    kept = sum(part.satang for part in parts if part.weave in MAKERS_WEAVES)
    x = _percent(kept, whole)
    body = (
        '<rect class="post" width="2" height="10"/>'
        f'<rect class="post" y="8" width="{x:g}%" height="2"/>'
        f'<svg x="{x:g}%" overflow="visible">'
        '<rect class="post" x="-2" width="2" height="10"/></svg>'
    )
    return _svg("bracket", 12, body)


def compare_bar(cost_satang: int, price_satang: int, scale_satang: int, height: int = 26) -> Svg:
    """Cost in stripes and what is left in khit; a price below cost leaves an open lac gap."""
    cost = _percent(cost_satang, scale_satang)
    price = _percent(price_satang, scale_satang)
    body = _fill(0, min(cost, price), "stripe")
    if price >= cost:
        body += _fill(cost, price - cost, "surplus") + _edge(cost, "gap")
    else:
        body += (
            f'<rect class="loss" x="{price:g}%" y="1" width="{cost - price:g}%"'
            f' height="{height - 2}"/>'
        )
    return _svg("compare-bar", height, body)


def match_bar(
    asked_units: int,
    shared_units: int,
    capacity_units: int,
    minimum_units: int,
    scale_units: int,
    height: int = 34,
) -> Svg:
    """One group on the common scale: asked by name, any maker, spare threads, minimum post."""
    capacity = _percent(capacity_units, scale_units)
    asked = _percent(asked_units, scale_units)
    made = _percent(asked_units + shared_units, scale_units)
    body = f'<rect width="{capacity:g}%" height="{height}" fill="url(#w-warp)"/>'
    body += _fill(0, asked, "asked") + _fill(asked, made - asked, "open")
    if 0 < asked < made:
        body += _edge(asked, "gap")
    if made:
        body += _edge(made, "edge-open")
    body += _post(_percent(minimum_units, scale_units), height)
    return _svg("band band-posted", height, body)


def share_bar(
    permille: int, scale_permille: int, level_permille: int | None = None, height: int = 22
) -> Svg:
    """A share in thousandths of the whole, which is the track; a dashed line where all stand."""
    whole, woven = _percent(1000, scale_permille), _percent(permille, scale_permille)
    body = f'<rect width="{whole:g}%" height="{height}" fill="url(#w-warp)"/>'
    if woven:
        body += _fill(0, woven, "open") + _edge(woven, "edge-open")
    if level_permille is not None:
        x = _percent(level_permille, scale_permille)
        body += f'<line class="level" x1="{x:g}%" x2="{x:g}%" y1="-7" y2="{height + 7}"/>'
    return _svg("band share", height, body)


def share_columns(permilles: Sequence[int], level_permille: int, height: int = 160) -> Svg:
    """A column a group; threads reach to the whole share, a dashed line is where all stand."""
    scale = max([1000, *permilles])
    step = 100 / max(len(permilles), 1)
    whole = _percent(1000, scale)
    body = f'<rect y="{100 - whole:g}%" width="100%" height="{whole:g}%" fill="url(#w-warp)"/>'
    for at, permille in enumerate(permilles):
        tall = _percent(permille, scale)
        body += (
            f'<rect x="{at * step:.2f}%" y="{100 - tall:g}%" width="{step * 0.82:.2f}%"'
            f' height="{tall:g}%" fill="url(#w-open)"/>'
        )
    y = 100 - _percent(level_permille, scale)
    body += f'<line class="level" x1="0" x2="100%" y1="{y:g}%" y2="{y:g}%"/>'
    return _svg("columns", height, body)


def pair_bar(before: int, after: int, scale: int) -> Svg:
    """Two amounts on one scale: as it was in stripes above, as it would be woven below."""
    was, will = _percent(before, scale), _percent(after, scale)
    body = '<rect width="100%" y="12" height="18" fill="url(#w-warp)"/>'
    body += f'<rect width="{was:g}%" height="9" fill="url(#w-stripe)"/>'
    if will:
        kind = "certain" if after > before else "part" if after < before else "open"
        body += f'<rect y="12" width="{will:g}%" height="18" fill="url(#w-{kind})"/>'
    return _svg("band", 30, body)


@lru_cache(maxsize=1)
def hem() -> Svg:
    """The woven hem of 12 px under the header and above the footer."""
    body = (
        '<rect width="100%" height="12" fill="#20407A"/>'
        '<svg y="3" width="100%" height="8"><rect width="100%" height="8" fill="url(#w-hem)"/>'
        '</svg><rect class="gold" width="100%" height="2"/>'
        '<rect class="gold" y="10" width="100%" height="2"/>'
    )
    return _svg("hem", 12, body)


@lru_cache(maxsize=1)
def resting_loom() -> Svg:
    """Bare warp with a resting shuttle: nothing is here yet."""
    lines = "".join(f"M3 {8 + 9 * row}h180v1.5H3z" for row in range(7))
    return Svg(
        '<svg class="loom" viewBox="0 0 184 76" width="184" height="76" aria-hidden="true"'
        f' focusable="false"><path class="warp" d="{lines}"/>'
        '<rect class="gold" width="5" height="76"/>'
        '<path fill="#8A5A34" d="M52 40q36-14 70 0-34 14-70 0z"/>'
        '<path fill="none" class="gold-line" stroke-width="3" d="M70 40q17-7 34 0"/></svg>'
    )


@lru_cache(maxsize=1)
def diamond() -> Svg:
    """The head of the minimum's post, for the legend."""
    return Svg(
        '<svg width="14" height="22" aria-hidden="true" focusable="false">'
        '<path class="post" d="M7 5l6 6-6 6-6-6z"/></svg>'
    )


@lru_cache(maxsize=1)
def print_band() -> Svg:
    """A row of black diamonds for the label sheet."""
    return _svg("print-band", 16, _fill(0, 100, "print"))
