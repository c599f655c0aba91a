"""The mark and the generic faces; a face never stands for a named person once a photo exists."""

from functools import lru_cache
from zlib import crc32

from market.weave.drafts import Svg

_SKINS = (("#D39A6A", "#BC8251"), ("#B9784A", "#A3653A"), ("#C98B5B", "#B37646"))
_SHIRTS = ("#23457F", "#A8284A", "#3F7F4A", "#7B3B58")
_HATS = (
    # a woven palm hat
    '<path fill="#E5BC74" d="M8 33Q42-12 76 33 42 24 8 33z"/>'
    '<path fill="#C99A55" d="M8 33q34-9 68 0-34 9-68 0z"/>',
    # short hair
    '<path fill="#16223F" d="M26 42c-3-32 35-32 32 0 0-9-6-13-10-14-8 4-17 3-20 4-2 3-2 6-2 10z"/>',
    # hair in a bun
    '<circle cx="42" cy="13" r="8" fill="#33261E"/>'
    '<path fill="#33261E" d="M26 44c-4-34 36-34 32 0 0-9-4-13-8-15-8 4-16 4-20 4-3 2-4 6-4 11z"/>',
)


@lru_cache(maxsize=8)
def mark_svg(size: int = 40) -> Svg:
    """The mark: a cloth of 48 with a fringe, one thread draws the letter, its tail is gold."""
    fringe = "".join(f"M{3.2 + 4 * thread:g} 56v5" for thread in range(11))
    return Svg(
        f'<svg class="mark" viewBox="0 -2 48 64" width="{size}" height="{size * 64 // 48}"'
        ' aria-hidden="true" focusable="false">'
        '<rect class="mark-cloth" y="13" width="48" height="43" rx="2" fill="#20407A"/>'
        f'<path class="mark-fringe" stroke="#20407A" stroke-width="2" d="{fringe}"/>'
        '<g class="mark-letter" fill="none" stroke="#FFFDF7">'
        '<circle cx="10.6" cy="24" r="4" stroke-width="4"/>'
        '<path stroke-width="4.6" stroke-linejoin="bevel" d="M14.6 23V49L25.3 29 36 49"/></g>'
        '<path class="mark-tail" fill="none" stroke="#E4A82B" stroke-width="5.2" d="M36 51V0"/>'
        "</svg>"
    )


@lru_cache(maxsize=256)
def face_svg(seed: str, size: int = 64) -> Svg:
    """A generic face with hat or hair and a checked sash; the same seed draws the same face."""
    number = crc32(seed.encode())
    hat = _HATS[number % len(_HATS)]
    skin, shade = _SKINS[number // 3 % len(_SKINS)]
    shirt = _SHIRTS[number // 9 % len(_SHIRTS)]
    return Svg(
        f'<svg class="face" viewBox="0 0 84 84" width="{size}" height="{size}" aria-hidden="true"'
        ' focusable="false"><circle cx="42" cy="42" r="42" fill="#CFDFEA"/>'
        f'<path fill="{shirt}" d="M13 72q4-13 29-14 25 1 29 14a42 42 0 0 1-58 0z"/>'
        f'<path fill="{shade}" d="M35 50h14v14q-7 6-14 0z"/>'
        f'<path fill="{skin}" d="M27 38q0-14 15-14t15 14c0 12-7 19-15 19s-15-7-15-19z"/>'
        f'<path fill="{shade}" d="M57 38c0 12-7 19-15 19q10-6 10-20-1-7-3-11 8 4 8 12z"/>'
        '<path fill="url(#w-plaid)" d="M46 60l8 1 12 15q-4 4-8 5z"/>'
        '<path fill="none" stroke="#6B3A22" stroke-width="1.8" stroke-linecap="round"'
        ' d="M36 48q6 5 12 0"/>'
        '<path fill="#16223F" d="M34.6 40a1.7 1.7 0 1 0 3.4 0 1.7 1.7 0 1 0-3.4 0zM46 40a1.7 1.7 0'
        f' 1 0 3.4 0 1.7 1.7 0 1 0-3.4 0z"/>{hat}</svg>'
    )
