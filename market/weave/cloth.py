"""The big cloth of the home page: a length on the loom, woven as far as the round is ordered.

The cloth is one tile as long as its wave. Every column of the tile is shifted by a slow sine,
so the figures step up and down with it like real threads; columns with the same shift share
one clip path, which keeps the whole drawing near 3 kB compressed. Everything across is in per
cent, so one drawing fits any width of its kind.
"""

from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from math import pi, sin

from market.weave.drafts import DRAFTS, Svg, draft_path
from market.weave.goods import goods_body

_BAND_COLOURS = {"mi": ("#8FB4D2",), "khit": ("#FFF8E8",), "jok": ("#D9566F", "#E4A82B")}


@dataclass(frozen=True)
class Loom:
    """Measures in px: `cell` a thread, `wave` the period, `swing` its height, `top` of the sea."""

    name: str
    cell: int
    wave: int
    swing: int
    top: int
    bands: tuple[str, ...]
    boat_percent: int
    """Width of the boat as a share of the whole width."""
    boat_high: int

    @property
    def cloth_high(self) -> int:
        """Height of the woven cloth without its fringe."""
        return sum(_band_high(self, band) for band in self.bands)

    @property
    def high(self) -> int:
        """Height of the whole drawing."""
        return self.top + self.cloth_high + 40


LOOMS = {
    "narrow": Loom(
        name="narrow",
        cell=4,
        wave=384,
        swing=6,
        top=132,
        bands=("mi", "khit", "jok", "mi", "khit", "jok"),
        boat_percent=47,
        boat_high=118,
    ),
    "wide": Loom(
        name="wide",
        cell=5,
        wave=960,
        swing=12,
        top=192,
        bands=("mi", "khit", "jok", "mi"),
        boat_percent=33,
        boat_high=200,
    ),
}


def _band_high(loom: Loom, band: str) -> int:
    """A band is its draft, a ground row above and below, and a gold thread of one cell."""
    return (len(DRAFTS[band]) + 3) * loom.cell


def _figure(loom: Loom, band: str) -> str:
    colours = _BAND_COLOURS[band]
    wide = len(DRAFTS[band][0]) * loom.cell
    path = draft_path(band, loom.cell)
    figures = "".join(
        f'<path fill="{colour}" transform="translate({number * wide} {loom.cell})" d="{path}"/>'
        for number, colour in enumerate(colours)
    )
    return (
        f'<pattern id="{loom.name}-{band}" width="{wide * len(colours)}" '
        f'height="{_band_high(loom, band)}" patternUnits="userSpaceOnUse">{figures}</pattern>'
    )


def _bands(loom: Loom) -> str:
    """The straight cloth: ground, figures, gold threads, fringe; the wave bends it later."""
    high, wave = loom.cloth_high, loom.wave
    body = f'<path class="cloth-ground" d="M0 0h{wave}v{high}H0z"/>'
    fringe = "".join(f"M{x} {high}h2v16h-2z" for x in range(4, wave, 12))
    body += f'<path class="cloth-ground" d="{fringe}"/>'
    y, gold = 0, ""
    for band in loom.bands:
        gold += f"M0 {y}h{wave}v{loom.cell}H0z"
        body += (
            f'<path transform="translate(0 {y + loom.cell})" fill="url(#{loom.name}-{band})"'
            f' d="M0 0h{wave}v{_band_high(loom, band) - loom.cell}H0z"/>'
        )
        y += _band_high(loom, band)
    return body + f'<path class="gold" d="{gold}"/>'


def _columns(loom: Loom) -> dict[int, str]:
    """Clip path data of the columns that share a vertical shift, in px."""
    columns: dict[int, str] = defaultdict(str)
    for x in range(0, loom.wave, loom.cell * 2):
        shift = round(loom.swing * sin(2 * pi * (x + loom.cell) / loom.wave))
        columns[shift] += f"M{x}-9h{loom.cell * 2}v{loom.cloth_high + 40}h-{loom.cell * 2}z"
    return dict(sorted(columns.items()))


def _tile(loom: Loom) -> str:
    name, columns = loom.name, _columns(loom)
    clips = "".join(
        f'<clipPath id="{name}-c{number}"><path d="{path}"/></clipPath>'
        for number, path in enumerate(columns.values())
    )
    uses = "".join(
        f'<use href="#{name}-straight" y="{shift}" clip-path="url(#{name}-c{number})"/>'
        for number, shift in enumerate(columns)
    )
    figures = "".join(_figure(loom, band) for band in dict.fromkeys(loom.bands))
    return (
        f'{figures}<g id="{name}-straight">{_bands(loom)}</g>{clips}'
        f'<pattern id="{name}-cloth" width="{loom.wave}" height="{loom.high}" y="-20"'
        f' patternUnits="userSpaceOnUse"><g transform="translate(0 20)">{uses}</g></pattern>'
    )


def _sea(loom: Loom) -> str:
    """Bare weft waiting across the whole width: wavy threads, every eighth one gold."""
    half = loom.wave // 2
    wave = f"M0 0q{half // 2}{loom.swing * 2:+d} {half} 0" + f"t{half} 0" * (2600 // half)
    step = loom.cell * 3 - 2
    rows = range(0, loom.cloth_high + loom.cell, step)
    lines = "".join(
        f'<use href="#{loom.name}-wave" y="{y}"'
        + (' stroke="#E4A82B"/>' if number % 8 == 0 else "/>")
        for number, y in enumerate(rows)
    )
    return (
        f'<defs><path id="{loom.name}-wave" d="{wave}"/></defs>'
        f'<svg y="{loom.top}" class="sea"><g fill="none">{lines}</g></svg>'
    )


_CLOUDS = {
    "narrow": ((3, 10), (70, 0), (38, 46)),
    "wide": ((46, 24), (78, 0), (63, 92), (87, 122)),
}


def _clouds(loom: Loom) -> str:
    """Clouds are loose picks of cotton."""
    cloud = (
        '<path class="cloud" d="M14 0h44a2 2 0 0 1 0 4H14a2 2 0 0 1 0-4zM2 7h80a2 2 0 0 1 0 4H2a2 2'
        " 0 0 1 0-4zM10 14h92a2 2 0 0 1 0 4H10a2 2 0 0 1 0-4zM32 21h40a2 2 0 0 1 0 4H32a2 2 0 0"
        ' 1 0-4z"/>'
    )
    places = _CLOUDS[loom.name]
    return "".join(f'<svg x="{x}%" y="{y}">{cloud}</svg>' for x, y in places)


def _cargo() -> str:
    def load(key: str, x: int, floor: int, size: int) -> str:
        return (
            f'<svg x="{x}" y="{floor - size * 106 // 120}" width="{size}" height="{size}"'
            f' viewBox="0 0 120 120">{goods_body(key)}</svg>'
        )

    return (
        load("fish-sauce", 34, 133, 88)
        + load("honey", 78, 134, 78)
        + load("rice", 124, 135, 98)
        + load("vegetables", 168, 136, 108)
    )


_HULL = (
    '<path fill="#8A5A34" d="M4 112c20 19 46 18 86 19 100 1 180 1 250-5 40-5 64-22 78-41-1 35-19'
    ' 63-62 79-56 13-196 13-276 5-40-8-66-30-76-57z"/>'
    '<path fill="#6B4326" d="M18 137c42 14 132 15 212 14 80-2 140-13 178-36-10 30-24 37-52 49-56'
    ' 13-196 13-276 5-30-5-50-18-62-32z"/>'
    '<path class="gold-line" fill="none" stroke-width="4" d="M28 150c92 8 262 6 356-11"/>'
)

_WOMAN = (
    # skirt, back arm and body
    '<path fill="#3E6AA3" d="M303 76q12-8 30 0 12 6 16 46h-58l7-22-29 13-6-11 32-19z"/>'
    '<path fill="#23457F" fill-opacity=".35" d="M328 74q16 4 21 48h-16q2-30-5-48z"/>'
    '<path fill="url(#w-jok)" d="M290 118h60v14h-62z"/>'
    '<path fill="url(#w-plaid)" d="M306 74l10-4 36 40-9 9z"/>'
    '<path fill="#B9784A" d="M312 56h12v16q-6 5-12 0z"/>'
    '<path fill="#16223F" d="M304 34q-7 10-1 22 5 4 9 0V34z"/>'
    '<path fill="#C98B5B" d="M304 36h28q1 25-13 26-13-1-15-26z"/>'
    '<path fill="none" stroke="#6B3A22" stroke-width="1.8" stroke-linecap="round"'
    ' d="M308 52q5 5 10 2"/><path fill="#16223F" d="M308 43h3v3h-3zM320 43h3v3h-3z"/>'
    '<path fill="#E5BC74" d="M278 38Q306 4 316 4t40 34q-38-11-78 0z"/>'
    '<path fill="none" stroke="#C99A55" stroke-width="2" d="M292 28q24-8 50 0M302 17q14-4 29 0"/>'
    # the paddle and the hand that holds it
    '<path stroke="#6B4326" stroke-width="7" stroke-linecap="round" d="M244 70l32 62"/>'
    '<path fill="#8A5A34" d="M288 166l13-3q13 22 9 28-7 7-17 2-6-6-5-27z"/>'
    '<path fill="#C98B5B" d="M258 98q8-4 12 2t-4 10q-8 2-11-3t3-9z"/>'
)


def _boat(loom: Loom, percent: int) -> str:
    """The shuttle: ahead of the weaving edge while there is room, later behind it.

    Either way its bow or stern ends at the edge and never hides it.
    """
    ahead = percent + loom.boat_percent <= 99
    x = percent + 1 if ahead else percent - loom.boat_percent - 1
    view = f'viewBox="0 0 422 196" width="{loom.boat_percent}%" height="{loom.boat_high}"'
    y = loom.top - loom.boat_high * 165 // 196
    align = f'preserveAspectRatio="x{"Min" if ahead else "Max"}YMax meet"'
    return f'<svg x="{x}%" y="{y}" {view} {align}>{_cargo()}{_HULL}{_WOMAN}</svg>'


def _edge(loom: Loom, percent: int) -> str:
    high = loom.cloth_high + 44
    return (
        f'<svg x="{percent}%" y="{loom.top - 26}"><rect class="gold" x="-2.5" width="5"'
        f' height="{high}" rx="2.5"/></svg>'
    )


@lru_cache(maxsize=256)
def big_cloth(percent: int, kind: str = "wide") -> Svg:
    """The cloth woven to a whole `percent` of the round; `kind` is "narrow" or "wide".

    Both kinds stand in the page and the style sheet shows the one that fits.
    """
    loom = LOOMS[kind]
    woven = min(max(percent, 0), 100)
    cloth = (
        f'<svg class="cut" y="{loom.top - 20}" width="{woven}%" height="{loom.cloth_high + 56}">'
        f'<rect y="0" width="100%" height="100%" fill="url(#{kind}-cloth)"'
        ' transform="translate(0 20)"/></svg>'
    )
    return Svg(
        f'<svg class="cloth cloth-{kind}" width="100%" height="{loom.high}" aria-hidden="true"'
        f' focusable="false"><defs>{_tile(loom)}</defs>{_clouds(loom)}{_sea(loom)}{cloth}'
        f"{_edge(loom, woven)}{_boat(loom, woven)}</svg>"
    )
