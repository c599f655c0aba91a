"""Drawings of things made for the house and the field."""

from market.weave.shapes import (
    BARK,
    BARK_DARK,
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
    bottle,
    flask,
    jar,
    leaf,
    line,
    pouch,
    sack,
    shape,
    woven,
)

_SPROUT = leaf(0, 8, -32, scale=0.5) + leaf(0, 8, 32, scale=0.5, light=True)
_DROP = shape(INDIGO_LIGHT, "M0-8q7 8 7 11a7 7 0 0 1-14 0q0-3 7-11z")


def _fringe(x: int, y: int, wide: int, stroke: str) -> str:
    return line(stroke, 1.8, "".join(f"M{x + n} {y}v6" for n in range(2, wide, 4)))


def _bolt(y: int, fill: str, light: str) -> str:
    """A folded length seen from its side."""
    return shape(fill, f"M28 {y}h58a9 9 0 0 1 0 18H28z") + line(
        light, 1.8, f"M32 {y + 5}h52M32 {y + 10}h56M32 {y + 14}h52"
    )


def _folded(weave: str, fill: str, light: str, trim: str) -> str:
    """Two folded lengths and one that hangs over them with its fringe."""
    return (
        _bolt(70, light, fill)
        + _bolt(88, fill, light)
        + woven(weave, "M44 46h32v60H44z")
        + shape(trim, "M44 46h32v4H44zM44 101h32v4H44z")
        + _fringe(44, 106, 32, fill)
    )


_COCOONS = "".join(
    at(x, y, f'<ellipse rx="8" ry="5.5" fill="{GOLD}"/>'
       + shape("#F6D894", "M-8 0q0-5 6-5-3 4-1 9-5-1-5-4z"), turn=turn)
    for x, y, turn in ((16, 100, -12), (99, 101, 20), (22, 92, 40))
)  # fmt: skip

#: Hung over a bamboo pole, one end longer than the other.
_LOINCLOTH = (
    line(BARK, 5, "M16 32h88M30 32v72M92 32v72")
    + line("#B58342", 1.6, "M16 30.500h88")
    + woven("plaid", "M60 30h26v50H60z")
    + shape(LAC, "M60 76h26v4H60z")
    + _fringe(60, 80, 26, LAC)
    + woven("plaid", "M36 29q16-5 32 0v66H36z")
    + shape(COTTON, "M36 88h32v3H36z")
    + shape(LAC, "M36 91h32v4H36z")
    + _fringe(36, 95, 32, LAC)
)


def _soap(y: int, weave: str, fill: str, light: str, turn: float) -> str:
    return at(
        60,
        y,
        shape(fill, "M-30-12q0-4 4-4h52q4 0 4 4v16q0 6-6 6h-48q-6 0-6-6z")
        + shape(light, "M-30-12q0-4 4-4h52q4 0 4 4v3h-60z")
        + woven(weave, "M-12-16h24v26h-24z"),
        turn=turn,
    )


_HOUSE = (
    shape(BARK_DARK, "M30 78h4v28h-4zM84 78h4v28h-4zM56 80h4v26h-4z")
    + shape(PAPER, "M28 56h62v24H28z")
    + shape("#F3E4C2", "M28 56h22v24H28z")
    + woven("jok", "M28 70h62v8H28z")
    + shape(BARK, "M16 58l40-30q4-3 8 0l40 30-4 3H20z")
    + shape("#A87446", "M16 58l40-30 4-1-22 34H20z")
    + shape(INDIGO, "M54 58h12v12H54z")
    + line(GOLD, 3, "M88 104q10-4 18 1")
    + leaf(24, 106, -12, scale=0.7)
    + leaf(102, 104, 14, scale=0.9, light=True)
)

_COMPRESS = (
    leaf(90, 62, 52, scale=0.8, light=True)
    + leaf(86, 64, 18, scale=0.8)
    + shape(COTTON, "M54 26q6-4 10 0l2 30H54z")
    + shape(COTTON_DARK, "M61 24q3 0 4 3l2 29h-6z")
    + shape(COTTON_DARK, "M54 52h13q22 12 22 32 0 22-29 22t-29-22q0-20 23-32z")
    + shape(COTTON, "M54 52h6q-12 14-8 54-21-2-21-22 0-20 23-32z")
    + line("#D9C9A3", 1.4, "M60 58q-2 8-8 14M64 58q2 10 10 15")
    + woven("yok", "M32 80q28 10 56 0 2 8-1 14-27 8-54 0-2-6-1-14z")
    + shape(GOLD, "M52 48h17v8H52z")
)

_SHIRT = (
    shape(INDIGO, "M44 36l-24 16 10 20 8-5v36q0 3 3 3h38q3 0 3-3V67l8 5 10-20-24-16q-16 12-32 0z")
    + shape(INDIGO_LIGHT, "M44 36l-24 16 10 20 8-5v36q0 3 3 3h8V46q-4-5-5-10z")
    + shape(COTTON, "M50 36q10 9 20 0l-3-3H53z")
    + line(COTTON, 1.6, "M60 44v56")
    + woven("khit", "M38 88h44v12H38zM24 55l11 9-5 8-8-15zM96 55l-11 9 5 8 8-15z")
)

_BAG = (
    line(BARK, 4, "M42 58q0-32 18-32t18 32")
    + shape("url(#w-basket)", "M30 54h60l6 44q0 8-8 8H32q-8 0-8-8z")
    + shape("#FFF8E8", "M30 54h16l-6 52h-8q-8 0-8-8z").replace("/>", ' fill-opacity=".22"/>')
    + woven("jok", "M27.5 72h65l2 14h-69z")
    + line(GOLD, 1.6, "M27.5 72h65M25.6 86h69")
    + shape(BARK, "M28 50h64v7H28z")
)

_MAT = (
    shape("url(#w-basket)", "M30 58h62q8 4 8 24t-8 24H30z")
    + woven("jok", "M38 64h50v9H38zM38 90h50v9H38z")
    + shape("#B58342", "M88 58h4q8 4 8 24t-8 24h-4q7-6 7-24t-7-24z")
    + shape(BARK, "M30 58q-10 0-10 24t10 24 10-24-10-24z")
    + line("#E0B878", 2, "M31 66q-6 2-6 16t6 16 5-16-5-9-3 9")
    + shape(GOLD, "M56 55h12v52H56z")
    + line(GOLD_DARK, 1.4, "M62 55v52")
)

_PILLOW = (
    shape(INDIGO, "M22 104L58 48q2-3 5 0l37 56q1 2-2 2H24q-3 0-2-2z")
    + shape(INDIGO_LIGHT, "M22 104L58 48q2-3 3-2L44 106H24q-3 0-2-2z")
    + woven("khit", "M38 80h45l9 14H29z")
    + shape(LAC, "M29 94h63l3.5 5H26z")
    + shape(GOLD, "M39 78h42l2 3H37z")
    + at(60, 64, woven("jok", "M-7 4h14l4 7h-22z"))
)

_SEEDS = "".join(
    at(x, 84, shape(fill, "M-13-30h26v52h-26z") + shape(COTTON, "M-13-30h26v7h-26z")
       + woven(weave, "M-13 8h26v8h-26z") + at(0, -6, _SPROUT), turn=turn)
    for x, fill, weave, turn in (
        (38, "#DB9159", "jok", -12), (82, "#E9C46A", "khit", 12), (60, "#B9D8AC", "yok", 0))
)  # fmt: skip

MADE: dict[str, str] = {
    "visit": _HOUSE,
    "fertiliser": sack("yok", fill="#D8C9A0", light="#EADFBE", tie=LEAF)
    + leaf(76, 44, 28, light=True)
    + leaf(72, 44, -6),
    "compost": pouch("#5B4330", "#76593F", LEAF, "yok", at(0, 2, _SPROUT))
    + shape(BARK_DARK, "M84 106q4-9 12-7t9 7z"),
    "ferment": bottle("#7B5A2E", "#9A7743", LEAF, "yok", _SPROUT),
    "spores": pouch("#F1EFE4", "#FFFDF7", LEAF_LIGHT, "yok", at(0, 2, _SPROUT)),
    "seeds": _SEEDS,
    "soap": leaf(50, 52, -18)
    + leaf(56, 54, 30, light=True)
    + _soap(96, "plaid", LEAF_LIGHT, "#93BF82", 3)
    + _soap(70, "khit", "#EBC56A", "#F4DA94", -6),
    "shampoo": flask(LEAF, LEAF_LIGHT, COTTON_DARK, "yok", _SPROUT) + leaf(94, 106, 20, scale=0.8),
    "coconut-oil": flask("#DDE9E4", "#F2F8F5", BARK, "khit", at(0, 0, _DROP, scale=0.8))
    + shape(BARK_DARK, "M82 106a14 14 0 0 1 28 0z")
    + shape(COTTON, "M86 106a10 10 0 0 1 20 0z"),
    "compress": _COMPRESS,
    "balm": jar("#8DBB86", "#B9D8AC", GOLD, "jok", at(0, 2, _SPROUT, scale=0.7))
    + leaf(94, 106, 24, scale=0.8),
    "indigo-cloth": _folded("open", INDIGO, INDIGO_LIGHT, GOLD),
    "silk": _folded("jok", "#7B3B58", "#B4708C", GOLD) + _COCOONS,
    "loincloth": _LOINCLOTH,
    "local-cloth": _folded("yok", LEAF, LEAF_LIGHT, GOLD),
    "shirt": _SHIRT,
    "bag": _BAG,
    "mat": _MAT,
    "pillow": _PILLOW,
}
