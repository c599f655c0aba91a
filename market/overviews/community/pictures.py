"""The pictures that others show of our pages (Open Graph, 1200 x 630): our drawings as PNG.

resvg draws the cloth and the goods, Pillow sets the words: its shaper (raqm) stands Thai marks
where they belong. Made once for what they show, and kept.
"""

from __future__ import annotations

import re
from functools import lru_cache
from io import BytesIO
from pathlib import Path

import resvg_py
from PIL import Image, ImageDraw, ImageFont

from market import weave

WIDE, HIGH = 1200, 630
MARGIN = 72
_FONTS = Path(__file__).resolve().parents[3] / "static" / "fonts"
_FACES = {
    True: {"thai": "taviraj-thai-600", "digit": "taviraj-digits-600", "latin": "sarabun-latin-700"},
    False: {"thai": "sarabun-thai-400", "digit": "sarabun-latin-400", "latin": "sarabun-latin-400"},
}
_RUNS = re.compile(
    r"(?P<thai>[\u0e00-\u0e7f\s]+)|(?P<digit>[\d.,:฿%]+)|(?P<latin>[^\u0e00-\u0e7f\d]+)"
)
#: Places where Thai may be broken if it must: before a consonant or a leading vowel.
_CLUSTER = re.compile(r"\s+|[\u0e40-\u0e44]?[^\s\u0e40-\u0e44][\u0e30-\u0e3a\u0e45-\u0e4e]*")
_INK, _SOFT = "#16223F", "#465770"
_TITLE_SIZES = (72, 64, 56, 48, 42)
_TITLE_WIDE = 640
_LINES = 3


@lru_cache(maxsize=256)
def card_png(title: str, below: str, goods: str, region: str, name: str) -> bytes:
    """A preview: words on the left, the goods on their ground on the right, the cloth below.

    goods: a drawing's key; region: whose band lies under it ('' for none); name: the market's.
    """
    picture = _drawn(goods, region)
    draw = ImageDraw.Draw(picture)
    size, lines = _fitting(draw, title)
    y = 150 if len(lines) < _LINES else 120
    for line in lines:
        _write(draw, line, (MARGIN, y), size, _INK, bold=True)
        y += round(size * 1.45)
    _write(draw, below, (MARGIN, y + 16), 34, _SOFT, bold=False)
    _write(draw, name, (MARGIN + 66, 48), 34, _INK, bold=True)
    kept = BytesIO()
    picture.quantize(128).save(kept, "PNG", optimize=True)
    return kept.getvalue()


def _drawn(goods: str, region: str) -> Image.Image:
    defs, mark = str(weave.defs()), str(weave.mark_svg(46))
    inner = defs[defs.index("<defs>") : defs.index("</svg>")]
    band = {"NE": "khit", "N": "jok", "LN": "jok", "S": "yok"}.get(region, "khit")
    art = weave.GOODS.get(goods, "")
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {HIGH}">{inner}'
        f'<rect width="{WIDE}" height="{HIGH}" fill="#E3EEF4"/>'
        f'<rect x="760" width="440" height="{HIGH}" fill="#F6E6C2"/>'
        f'<g transform="translate(785 96) scale(3.25)">'
        '<path fill="none" stroke="#7a90a4" stroke-width="1.6" d="M22 106h76M34 110h54"/>'
        f"{art}</g>"
        f'<g transform="translate({MARGIN} 44)">{_nested(mark)}</g>'
        f'<g transform="translate(0 558) scale(3)"><rect width="400" height="24"'
        f' fill="url(#w-{band})"/></g>'
        f'<rect y="552" width="{WIDE}" height="6" fill="#E4A82B"/></svg>'
    )
    png = resvg_py.svg_to_bytes(svg_string=svg, width=WIDE)
    return Image.open(BytesIO(bytes(png))).convert("RGB")


def _nested(svg: str) -> str:
    return svg.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)


def _fitting(draw: ImageDraw.ImageDraw, title: str) -> tuple[int, list[str]]:
    """The largest size at which the title fits with its words whole, and its lines.

    Where none does, words are broken at the smallest; what is still too long goes.
    """
    for size in _TITLE_SIZES:
        widest = max(_wide(draw, word.rstrip(), size) for word in title.split(" "))
        lines = _wrapped(draw, title, size)
        if len(lines) <= _LINES and widest <= _TITLE_WIDE:
            return size, lines
    if len(lines) > _LINES:
        lines = [*lines[: _LINES - 1], lines[_LINES - 1].rstrip() + "…"]
    return size, lines


def _wrapped(draw: ImageDraw.ImageDraw, words: str, size: int) -> list[str]:
    """Lines broken at spaces; a word that is wider than a line, between clusters."""
    lines = [""]
    for word in re.split(r"(?<=\s)", words):
        whole = _wide(draw, word.rstrip(), size) <= _TITLE_WIDE
        for piece in [word] if whole else _CLUSTER.findall(word):
            if lines[-1] and _wide(draw, (lines[-1] + piece).rstrip(), size) > _TITLE_WIDE:
                lines.append("")
            lines[-1] += piece
    return lines


def _wide(draw: ImageDraw.ImageDraw, words: str, size: int) -> float:
    return sum(draw.textlength(run, font=font) for run, font in _runs(words, size, bold=True))


def _write(
    draw: ImageDraw.ImageDraw, words: str, at: tuple[float, float], size: int, fill: str,
    *, bold: bool,
) -> None:  # fmt: skip
    x, y = at
    for run, font in _runs(words, size, bold=bold):
        draw.text((x, y + size), run, font=font, fill=fill, anchor="ls")
        x += draw.textlength(run, font=font)


def _runs(words: str, size: int, *, bold: bool) -> list[tuple[str, ImageFont.FreeTypeFont]]:
    """The words cut where another font has to be taken: ours are small subsets."""
    return [
        (match[0], _font(_FACES[bold][match.lastgroup or "latin"], size))
        for match in _RUNS.finditer(words)
    ]


@lru_cache(maxsize=64)
def _font(name: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(_FONTS / f"{name}.woff2", size, layout_engine=ImageFont.Layout.RAQM)
