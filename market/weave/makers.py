"""A group's picture while it has no photo of its own: two of its people behind what they make."""

from __future__ import annotations

from functools import lru_cache

from market.weave.drafts import Svg
from market.weave.faces import face_parts
from market.weave.goods import GOODS

#: What stands for a craft, by its English name in the catalogue.
_BY_CRAFT = {
    "Organic rice growers": "rice",
    "Community rice mill": "rice-hang",
    "Organic fertiliser makers": "fertiliser",
    "Seed keepers and bio-control": "seeds",
    "Small-scale coastal fishers": "dry-fish",
    "Fish processors": "sour-fish",
    "Shrimp paste and fish sauce makers": "fish-sauce",
    "Salt makers": "sea-salt",
    "Fruit growers": "durian",
    "Fruit processors": "mangosteen",
    "Banana processors": "banana",
    "Palmyra palm sugar makers": "palm-sugar",
    "Coconut sugar and coconut makers": "coconut",
    "Nipa palm sugar makers": "nipa-syrup",
    "Bee keepers": "honey",
    "Coffee growers and roasters": "coffee",
    "Tea growers": "wild-tea",
    "Organic vegetable growers": "vegetables",
    "Mushroom growers": "mushrooms",
    "Curry paste, chilli paste and spice makers": "chilli-paste",
    "Shallot and garlic growers": "shallots",
    "Nut and sesame growers": "peanuts",
    "Egg producers": "salted-eggs",
    "Cattle fatteners": "beef",
    "Native chicken keepers": "chicken",
    "Herbal care makers": "compress",
    "Hand-woven cotton and indigo": "indigo-cloth",
    "Silk weavers": "silk",
    "Reed mat and basket weavers": "mat",
    "Kit pillow and sewing": "pillow",
}
_BY_SECTOR = {"fishery": "dry-fish", "livestock": "eggs", "service_craft": "bag"}


def craft_key(craft_en: str, sector: str = "") -> str:
    """The drawing that stands for a craft; another craft has that of its sector, or rice."""
    return _BY_CRAFT.get(craft_en) or _BY_SECTOR.get(sector, "rice")


@lru_cache(maxsize=128)
def makers_svg(craft_en: str, seed: str, sector: str = "") -> Svg:
    """Two people of the group and what they make; the same seed draws the same people."""
    goods = GOODS[craft_key(craft_en, sector)]
    return Svg(
        '<svg class="goods" viewBox="0 0 180 120" width="180" height="120" aria-hidden="true"'
        ' focusable="false"><path class="floor" d="M12 114h156M34 118h112"/>'
        f'<g transform="translate(20 16) scale(1.16)">{face_parts(seed)}</g>'
        f'<g transform="translate(82 24) scale(1.06)">{face_parts(seed + "/2")}</g>'
        f'<g transform="translate(42 40) scale(.7)">{goods}</g></svg>'
    )
