"""The mark of the market."""

from functools import lru_cache

from market.weave.drafts import Svg


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
