"""One drawing for each kind of good, shown until a group has a good photo of its own.

`GOODS_BY_PRODUCT` maps product codes to drawings; a product that is not in it falls back to the
drawing of its category. Each thing wears one band of cloth: that is the hand that made it.
"""

from functools import lru_cache

from market.weave.drafts import Svg
from market.weave.goods_food import FOOD
from market.weave.goods_fruit import FRUIT
from market.weave.goods_made import MADE

GOODS: dict[str, str] = {**FOOD, **FRUIT, **MADE}

_CODES = {
    "rice": "P001",
    "rice-sticky": "P006",
    "rice-5": "P002",
    "rice-red": "P003",
    "rice-three": "P004",
    "rice-hang": "P005",
    "rice-powder": "P007",
    "visit": "P008",
    "fertiliser": "P009",
    "compost": "P010",
    "ferment": "P011",
    "spores": "P012",
    "seeds": "P013",
    "fish-sauce": "P014",
    "budu": "P015",
    "shrimp-paste": "P016",
    "sour-fish": "P017",
    "dry-fish": "P018",
    "fish-dip": "P019",
    "crackers": "P020",
    "durian": "P021",
    "longan": "P022",
    "pomelo": "P023",
    "rambutan": "P024",
    "pineapple": "P025",
    "rose-apple": "P026",
    "mango": "P027",
    "coconut": "P028",
    "banana": "P029",
    "banana-chips": "P030",
    "longan-dried": "P031",
    "berry-juice": "P032",
    "durian-chips": "P033",
    "garcinia": "P034",
    "mangosteen": "P035",
    "cashew": "P036",
    "palm-sugar": "P037",
    "coconut-sugar": "P038",
    "nipa-syrup": "P039",
    "honey": "P040",
    "stingless-honey": "P041",
    "sea-salt": "P042",
    "rock-salt": "P043",
    "coffee": "P044",
    "robusta": "P045",
    "tea-box": "P046",
    "wild-tea": "P047",
    "vegetables": "P048",
    "mushrooms": "P049",
    "mushroom-naem": "P050",
    "shallots": "P051",
    "garlic": "P052",
    "pepper": "P053",
    "peanuts": "P054",
    "sesame-oil": "P055",
    "radish": "P056",
    "chilli-paste": "P057",
    "curry-paste": "P058",
    "salted-eggs": "P059",
    "eggs": "P060",
    "beef": "P061",
    "chicken": "P062",
    "soap": "P063",
    "shampoo": "P064",
    "coconut-oil": "P065",
    "compress": "P066",
    "balm": "P067",
    "indigo-cloth": "P068",
    "silk": "P069",
    "shirt": "P070",
    "loincloth": "P071",
    "local-cloth": "P072",
    "bag": "P073",
    "mat": "P074",
    "pillow": "P075",
}
GOODS_BY_PRODUCT: dict[str, str] = {
    code: key for key, codes in _CODES.items() for code in codes.split()
}
GOODS_BY_CATEGORY: dict[str, str] = {
    "rice": "rice",
    "service": "visit",
    "farm_input": "compost",
    "fish": "dry-fish",
    "fruit": "mango",
    "fruit_processed": "banana",
    "sugar_honey_salt": "honey",
    "coffee_tea": "coffee",
    "vegetable": "vegetables",
    "spice": "pepper",
    "egg_meat": "eggs",
    "herbal": "compress",
    "textile": "indigo-cloth",
    "craft": "bag",
}
_FLOOR = '<path class="floor" d="M22 106h76M34 110h54"/>'


def goods_key(product_code: str, category: str = "") -> str:
    """The drawing of a product, else of its category, else a sack of rice."""
    return GOODS_BY_PRODUCT.get(product_code) or GOODS_BY_CATEGORY.get(category, "rice")


def goods_body(key: str) -> str:
    """The drawing without its frame and floor; `key` is a drawing, product code or category."""
    known = key if key in GOODS else goods_key(key, key)
    return GOODS[known]


@lru_cache(maxsize=256)
def goods_svg(key: str) -> Svg:
    """The drawing on its two floor threads, as wide as the box it stands in."""
    return Svg(
        '<svg class="goods" viewBox="0 0 120 120" width="120" height="120" aria-hidden="true"'
        f' focusable="false">{_FLOOR}{goods_body(key)}</svg>'
    )
