"""Everything the market draws: weaves, bands, the big cloth, the mark, goods and faces.

Pure functions on the standard library; each returns SVG markup as `Svg`, which templates print
as it is. Templates know this module as `weave`.
"""

from market.weave.bands import (
    Share,
    band_svg,
    bracket,
    compare_bar,
    diamond,
    hem,
    match_bar,
    pair_bar,
    parts_bar,
    print_band,
    region_band,
    resting_loom,
    season_band,
    share_bar,
    share_columns,
    span_band,
    swatch,
)
from market.weave.cloth import big_cloth
from market.weave.drafts import Svg, defs
from market.weave.faces import face_svg
from market.weave.goods import GOODS, GOODS_BY_CATEGORY, GOODS_BY_PRODUCT, goods_key, goods_svg
from market.weave.makers import craft_key, makers_svg
from market.weave.mark import mark_svg
from market.weave.place import place_map, spot
from market.weave.steps import step_svg
from market.weave.thailand import flow_map

__all__ = [
    "GOODS",
    "GOODS_BY_CATEGORY",
    "GOODS_BY_PRODUCT",
    "Share",
    "Svg",
    "band_svg",
    "big_cloth",
    "bracket",
    "compare_bar",
    "craft_key",
    "defs",
    "diamond",
    "face_svg",
    "flow_map",
    "goods_key",
    "goods_svg",
    "hem",
    "makers_svg",
    "mark_svg",
    "match_bar",
    "pair_bar",
    "parts_bar",
    "place_map",
    "print_band",
    "region_band",
    "resting_loom",
    "season_band",
    "share_bar",
    "share_columns",
    "span_band",
    "spot",
    "step_svg",
    "swatch",
]
