"""Drawings of what hands do: the steps of making, shown until a group has a photo of one.

Box, floor, light and palette as in ``shapes``; each wears one piece of cloth.
"""

from functools import lru_cache

from market.weave.drafts import Svg
from market.weave.shapes import (
    BARK,
    BARK_DARK,
    CLAY,
    CLAY_LIGHT,
    COTTON,
    COTTON_DARK,
    GOLD,
    GOLD_DARK,
    INDIGO,
    INDIGO_LIGHT,
    LAC,
    LEAF,
    LEAF_LIGHT,
    PAPER,
    at,
    ear,
    leaf,
    line,
    shape,
    woven,
)

_BASKET = (
    shape(PAPER, "M28 70h64l-8 36H36z")
    + shape(COTTON, "M28 70h22l-4 36H36z")
    + line(GOLD_DARK, 1.6, "M31 82h58M34 94h52")
    + woven("khit", "M27 66h66v8H27z")
)
_BOWL = shape(CLAY, "M24 76h72q-4 30-36 30T24 76z") + shape(
    CLAY_LIGHT, "M24 76h26q-2 20 4 29-27-4-30-29z"
)
_STEAM = line(INDIGO_LIGHT, 2.4, "M46 44q-6-7 0-13t0-13M62 44q-6-7 0-13t0-13M78 44q-6-7 0-13t0-13")
_SKIN, _SHADE = "#C98B5B", "#B37646"

STEPS: dict[str, str] = {
    "gather": ear(48, 68, -16) + ear(60, 66, 0, scale=0.8) + ear(73, 68, 18) + _BASKET,
    "wash": (
        _BOWL + shape(INDIGO_LIGHT, "M28 76q8-6 16 0t16 0 16 0 16 0v4H29z")
        + "".join(at(x, y, shape(INDIGO_LIGHT, "M0-9q8 9 8 13a8 8 0 0 1-16 0q0-4 8-13z"), scale=s)
                  for x, y, s in ((42, 52, 0.8), (60, 38, 1.1), (79, 53, 0.7)))
        + woven("mi", "M29 86h62l-3 8H33z")
    ),
    "sort": (
        shape(PAPER, "M18 92a42 13 0 0 1 84 0 42 14 0 0 1-84 0z")
        + shape(COTTON, "M24 91a36 10 0 0 1 72 0 36 10 0 0 1-72 0z")
        + shape(GOLD, "M34 88q12-22 25 0zM62 90q7-12 14 0z")
        + shape(LEAF_LIGHT, "M72 88q7-14 16 0z")
        + woven("yok", "M19 96q41 16 82 0l-3 5q-38 13-76 0z")
    ),
    "hands": (
        shape(GOLD, "M44 64q16-18 32 0v10H44z") + shape(GOLD_DARK, "M60 55q10 2 16 9v10H60z")
        + shape(_SKIN, "M18 70q8-6 15 2l10 12q12-2 17 5v17H44Q24 96 18 70z")
        + shape(_SHADE, "M102 70q-8-6-15 2L77 84q-12-2-17 5v17h16q20-10 26-36z")
        + woven("plaid", "M40 98h40v8H40z")
    ),
    "mix": (
        line(BARK, 6, "M88 30L64 74") + shape(BARK_DARK, "M84 24l10 5-5 10-10-5z") + _BOWL
        + shape(LEAF, "M30 76q30-16 60 0z") + shape(LAC, "M50 71l8-5 5 6-8 3zM72 70l7-2 2 5-7 1z")
        + woven("khit", "M29 86h62l-3 8H33z")
    ),
    "heat": (
        _STEAM + shape(INDIGO, "M30 56h60l-6 32H36z") + shape(INDIGO_LIGHT, "M30 56h20l-3 32H36z")
        + shape(COTTON_DARK, "M26 52h68v7H26z") + woven("jok", "M33 68h54l-2 9H35z")
        + shape(LAC, "M40 106q-4-12 8-18 0 6 5 8 0-9 8-12 0 9 7 12 3-4 3-7 10 6 6 17z")
        + shape(GOLD, "M50 106q-1-8 7-12 2 5 8 6 3 3 2 6z")
    ),
    "dry": (
        shape(GOLD, "M84 30a13 13 0 1 1-26 0 13 13 0 0 1 26 0z")
        + line(GOLD_DARK, 3, "M71 9v-4M71 51v4M50 30h-4M92 30h4M56 15l-3-3M86 15l3-3M56 "
            "45l-3 3M86 45l3 3")
        + line(BARK, 4, "M22 106l8-36M98 106l-8-36") + shape(PAPER, "M18 72h84l6 14H12z")
        + line(GOLD_DARK, 1.4, "M16 78h88M40 72l-4 14M60 72v14M80 72l4 14")
        + shape(LEAF_LIGHT, "M30 74h14v6H30zM76 74h14v6H76z") + shape(LAC, "M52 74h16v6H52z")
        + woven("mi", "M12 86h96v6H12z")
    ),
    "rest": (
        shape(CLAY, "M40 44h40q18 18 14 40-3 18-14 22H40q-11-4-14-22-4-22 14-40z")
        + shape(CLAY_LIGHT, "M40 44h14q-12 30 0 62H40q-11-4-14-22-4-22 14-40z")
        + woven("plaid", "M36 34h48l4 12H32z") + line(GOLD, 2.4, "M34 46h52")
        + shape(COTTON, "M76 76a15 15 0 1 1-30 0 15 15 0 0 1 30 0z")
        + line(BARK_DARK, 2.6, "M61 68v9l6 4")
    ),
    "weave": (
        line(BARK, 5, "M24 24v82M96 24v82") + line(BARK_DARK, 5, "M20 34h80M20 96h80")
        + line(COTTON_DARK, 1.6, "M34 36v58M42 36v58M50 36v58M58 36v58M66 36v58M74 36v58M82 36v58")
        + woven("khit", "M30 64h60v30H30z") + shape(GOLD, "M30 61h60v3H30z")
        + shape(BARK, "M44 54q16-8 32 0-16 8-32 0z") + shape(COTTON, "M54 52h12v4H54z")
    ),
    "check": (
        line(BARK_DARK, 4, "M60 30v70M30 40h60") + shape(BARK, "M42 100h36v6H42z")
        + line(GOLD_DARK, 1.8, "M30 40l-12 28M30 40l12 28M90 40L78 68M90 40l12 28")
        + shape(GOLD, "M16 68h28q-2 12-14 12T16 68z")
        + shape(GOLD_DARK, "M76 68h28q-2 12-14 12t-14-12z")
        + shape(LEAF, "M22 68q8-14 16 0z") + woven("yok", "M83 56h14v12H83z")
        + shape(LAC, "M66 30a6 6 0 1 1-12 0 6 6 0 0 1 12 0z")
    ),
    "pack": (
        shape(PAPER, "M24 52h72v54H24z") + shape(COTTON, "M24 52h24v54H24z")
        + shape(COTTON_DARK, "M24 52l10-14h52l10 14z") + woven("khit", "M54 38h12v68H54z")
        + woven("khit", "M24 72h72v10H24z") + leaf(60, 40, -40, scale=0.6)
        + leaf(60, 40, 40, scale=0.6, light=True)
    ),
}  # fmt: skip


@lru_cache(maxsize=32)
def step_svg(key: str) -> Svg:
    """The drawing of a step; hands, where nobody has drawn it."""
    return Svg(
        '<svg class="goods" viewBox="0 0 120 120" width="120" height="120" aria-hidden="true"'
        ' focusable="false"><path class="floor" d="M22 106h76M34 110h54"/>'
        f"{STEPS.get(key, STEPS['hands'])}</svg>"
    )
