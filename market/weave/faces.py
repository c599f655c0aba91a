"""Generic faces: old and young, with hats, hair and scarves as one meets them in a tambon.

A face is put together from parts by its seed, so that neighbours in a list differ. Drawing box
84; the light comes from the left. A face never stands for a named person once a photo exists.
"""

from __future__ import annotations

from functools import lru_cache
from zlib import crc32

from market.weave.drafts import Svg

INK = "#16223F"
_GROUNDS = ("#CFDFEA", "#F1E2C0", "#D9E7D1", "#EFDAD4")
_SKINS = (  # face, its shadow, cheeks
    ("#D9A273", "#C4895A", "#D08A64"),
    ("#C68A58", "#AF7444", "#BC744C"),
    ("#B0744A", "#965E38", "#A5603F"),
    ("#E2B58A", "#CE9C6F", "#DB9B78"),
)
_SHIRTS = ("#23457F", "#A8284A", "#3F7F4A", "#7B3B58", "#C98A14", "#3E6AA3")
_YOUNG, _OLD = ("#2A211C", "#16181F", "#3B2A20"), ("#A9AFB8", "#CDD1D6", "#8A9099")
_HEADS = (
    "M27 37q0-15 15-15t15 15c0 13-7 20-15 20s-15-7-15-20z",
    "M26 38q0-15 16-15t16 15c0 12-8 18-16 18s-16-6-16-18z",
    "M28 36q0-14 14-14t14 14c0 15-6 22-14 22s-14-7-14-22z",
)
_SHADE = "M57 37c0 13-7 20-15 20q11-6 11-21-1-8-4-12 8 4 8 13z"
#: (behind the head, before it); {c} is the colour of the hair or of the cloth.
_HEADWEAR = {
    "short": ("", '<path fill="{c}" d="M26 40c-4-32 36-32 32 0-1-8-5-13-10-14-7 4-16 4-19 4-2 3-2'
              ' 6-3 10z"/>'),
    "parted": ("", '<path fill="{c}" d="M26 42c-5-34 37-34 32 0-1-9-4-14-9-17-1 3-3 5-6 6 1-2 1-4'
               ' 0-5-5 6-11 7-14 8-2 2-3 4-3 8z"/>'),
    "bun": ('<circle cx="42" cy="13" r="8" fill="{c}"/>',
            '<path fill="{c}" d="M26 43c-4-33 36-33 32 0 0-9-4-13-8-16-8 5-16 5-20 5-3 2-4 6-4'
            ' 11z"/>'),
    "bob": ('<path fill="{c}" d="M23 58q-4-43 19-43t19 43q-19 6-38 0z"/>',
            '<path fill="{c}" d="M26 41q0-19 16-19t16 19q-2-9-8-12-9 6-20 6-3 2-4 6z"/>'),
    "long": ('<path fill="{c}" d="M24 70q-4-55 18-55t18 55q-8 5-14 0H38q-6 5-14 0z"/>',
             '<path fill="{c}" d="M26 43q-1-21 16-21t16 21q-3-10-9-15-3 6-10 9-8 2-13 6z"/>'),
    "palm hat": ("", '<path fill="#E5BC74" d="M7 33Q42-12 77 33 42 24 7 33z"/><path fill="#C99A55"'
                 ' d="M7 33q35-9 70 0-35 9-70 0z"/><path fill="none" stroke="#C99A55"'
                 ' stroke-width="1.2" d="M42 11v16M28 17l-6 12M56 17l6 12"/>'),
    "farm hat": ("", '<path fill="#EBCB8B" d="M27 30q1-19 15-19t15 19z"/><path'
                 ' fill="url(#w-plaid)" d="M26 26h32v5H26z"/><path fill="#D9B26A" d="M13 33q29-9 58'
                 ' 0-29 7-58 0z"/>'),
    "scarf": ('<path fill="{c}" d="M17 74q1-58 25-58t25 58q-25 8-50 0z"/>',
              '<path fill="{c}" d="M26 41q-1-21 16-21t16 21q-4-13-16-13T26 41z"/><path fill="{c}"'
              ' d="M27 43q3 15 15 15t15-15q5 14-3 24-12 6-24 0-8-10-3-24z"/>'),
    "headcloth": ("", '<path fill="url(#w-plaid)" d="M25 36q0-21 17-21t17 21q-7-9-17-9t-17 9z"/>'
                  '<path fill="url(#w-plaid)" d="M57 29l9 2-2 10-7-6z"/>'),
    "cap": ("", '<path fill="{c}" d="M26 33q0-19 16-19t16 19z"/><path fill="#16223F"'
            ' fill-opacity=".55" d="M22 33q20-7 40-1 2 2 0 4-20-4-38 0-3-1-2-3z"/>'),
}  # fmt: skip
_HAIR = ("short", "parted", "bun", "bob", "long")
_COVERS = ("palm hat", "farm hat", "headcloth", "cap", "scarf")
_MOUTHS = (
    '<path fill="none" stroke="#6B3A22" stroke-width="1.8" stroke-linecap="round"'
    ' d="M36 48q6 5 12 0"/>',
    '<path fill="#FFF8E8" stroke="#6B3A22" stroke-width="1.4" stroke-linejoin="round"'
    ' d="M36 47h12q-1 6-6 6t-6-6z"/>',
    '<path fill="none" stroke="#6B3A22" stroke-width="1.8" stroke-linecap="round"'
    ' d="M37 49q5 3 10-1"/>',
)
_EYES = (
    '<path d="M34.3 40.500a1.8 1.8 0 1 0 3.6 0 1.8 1.8 0 1 0-3.6 0zM46.1 40.500a1.8'
    ' 1.8 0 1 0 3.6 0 1.8 1.8 0 1 0-3.6 0z"/>',
    '<path fill="none" stroke="#16223F" stroke-width="1.9" stroke-linecap="round"'
    ' d="M33.5 41q2.5-2.8 5 0M45.5 41q2.5-2.8 5 0"/>',
)
_GLASSES = (
    '<path fill="none" stroke="#465770" stroke-width="1.3" d="M31 40.500a4.8 4.8 0 1 0 9.6 0 4.8'
    " 4.8 0 1 0-9.6 0zM43.4 40.500a4.8 4.8 0 1 0 9.6 0 4.8 4.8 0 1 0-9.6 0zM40.6 40q1.4-1"
    ' 2.8 0"/>'
)
_SASHES = (
    '<path fill="url(#w-plaid)" d="M47 60l8 1 11 15q-4 4-8 5z"/>',
    '<path fill="url(#w-plaid)" d="M37 60l-8 1-11 15q4 4 8 5z"/>',
    '<path fill="url(#w-plaid)" d="M32 57q10 9 20 0l4 5q-14 13-28 0z"/>',
    "",
)
_COLLARS = (
    '<path fill="#FFF8E8" d="M34 58l8 9 8-9 3 3-8 10h-6l-8-10z"/>',
    '<path fill="none" stroke="#FFF8E8" stroke-width="1.6" stroke-linecap="round"'
    ' d="M34 59q8 6 16 0M42 64v15"/>',
    "",
)


class _Draw:
    """Takes one choice after the other out of a number."""

    def __init__(self, seed: str) -> None:
        self._left = crc32(seed.encode()) << 32 | crc32(b"face" + seed.encode())

    def one(self, of: tuple[str, ...]) -> str:
        return of[self.number(len(of))]

    def number(self, below: int) -> int:
        self._left, chosen = divmod(self._left, below)
        return chosen


def face_parts(seed: str) -> str:
    """Head and shoulders without their round ground, in a box of 84."""
    draw = _Draw(seed)
    skin, shade, cheek = _SKINS[draw.number(len(_SKINS))]
    old = draw.number(3) == 0
    wear = draw.one(_COVERS if draw.number(2) else _HAIR)
    hair = draw.one(_OLD if old else _YOUNG)
    shirt = draw.one(_SHIRTS)
    cloth = draw.one(tuple(dye for dye in _SHIRTS if dye != shirt))
    behind, before = (
        part.replace("{c}", cloth if wear in ("scarf", "cap") else hair) for part in _HEADWEAR[wear]
    )
    sash = "" if wear == "scarf" else draw.one(_SASHES)
    collar = "" if wear == "scarf" or sash == _SASHES[2] else draw.one(_COLLARS)
    temples = _temples(hair) if wear in ("palm hat", "farm hat", "cap", "headcloth") else ""
    return (
        f'{behind}<path fill="{shirt}" d="M12 73q4-14 30-15 26 1 30 15a42 42 0 0 1-60 0z"/>{collar}'
        f'<path fill="{shade}" d="M35 50h14v10q-7 7-14 0z"/>'
        f'<path fill="{shade}" d="M24.5 41a3.5 4.5 0 1 0 7 0 3.5 4.5 0 1 0-7 0zM52.5 41a3.5'
        ' 4.5 0 1 0 7 0 3.5 4.5 0 1 0-7 0z"/>'
        f'<path fill="{skin}" d="{draw.one(_HEADS)}"/><path fill="{shade}" d="{_SHADE}"/>'
        f"{_looks(draw, old, shade, cheek, hair)}{temples}{before}{sash}"
    )


def _looks(draw: _Draw, old: bool, shade: str, cheek: str, hair: str) -> str:
    """Cheeks, brows, nose, eyes and mouth; lines of a long life."""
    lines = "M31 46q1 3 3 4M53 46q-1 3-3 4" if old else ""
    glasses = _GLASSES if draw.number(5) == 0 or (old and draw.number(2)) else ""
    brows = hair if old else INK
    return (
        f'<path fill="{cheek}" fill-opacity=".55" d="M29.5 46a3 2.2 0 1 0 6 0 3 2.2 0 1 0-6'
        ' 0zM48.5 46a3 2.2 0 1 0 6 0 3 2.2 0 1 0-6 0z"/>'
        f'<path fill="none" stroke="{shade}" stroke-width="1.5" stroke-linecap="round"'
        f' d="M42 40q2 4 0 5h-1{lines}"/><path fill="none" stroke="{brows}" stroke-width="1.5"'
        ' stroke-linecap="round" d="M33.5 36.500q2.5-1.8 5-.4M45.5 36.100q2.5-1.4 5 .4"/>'
        f'<g fill="{INK}">{draw.one(_EYES)}</g>{draw.one(_MOUTHS)}{glasses}'
    )


def _temples(hair: str) -> str:
    """Hair that shows under a hat."""
    return f'<path fill="{hair}" d="M26 30h5q-3 6-3 13-3-5-2-13zM58 30h-5q3 6 3 13 3-5 2-13z"/>'


@lru_cache(maxsize=256)
def face_svg(seed: str, size: int = 64) -> Svg:
    """A face on its round ground; the same seed draws the same face."""
    ground = _GROUNDS[crc32(seed.encode()) % len(_GROUNDS)]
    return Svg(
        f'<svg class="face" viewBox="0 0 84 84" width="{size}" height="{size}" aria-hidden="true"'
        f' focusable="false"><circle cx="42" cy="42" r="42" fill="{ground}"/>'
        f"{face_parts(seed)}</svg>"
    )
