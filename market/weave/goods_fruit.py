"""Drawings of fruit and of what is made from it, sugars from palms among them."""

from market.weave.shapes import (
    BARK,
    BARK_DARK,
    CLAY,
    CLAY_LIGHT,
    COTTON,
    GOLD,
    HONEY,
    HONEY_LIGHT,
    LEAF,
    LEAF_LIGHT,
    PLUM,
    PLUM_LIGHT,
    at,
    ball,
    bottle,
    carton,
    clear_bag,
    flask,
    jar,
    leaf,
    leaf_bed,
    line,
    shape,
    tray,
    woven,
)


def _pile(fill: str, light: str, radius: int = 9) -> str:
    places = ((46, 58), (74, 58), (60, 54), (36, 68), (84, 68), (52, 68), (68, 68))
    return "".join(ball(x, y, radius, fill, light) for x, y in places)


def _in_bag(fill: str, light: str, weave: str, radius: int = 8) -> str:
    places = ((44, 74), (60, 70), (76, 74), (44, 90), (60, 86), (76, 90), (52, 98), (68, 98))
    return clear_bag("".join(ball(x, y, radius, fill, light) for x, y in places), weave)


def _chips(fill: str, light: str, weave: str) -> str:
    places = ((44, 72, -20), (62, 68, 15), (76, 76, 60), (46, 88, 30), (64, 86, -30), (76, 96, 10),
              (52, 99, -10))  # fmt: skip
    chip = f'<ellipse rx="11" ry="7" fill="{fill}"/><ellipse cx="-2" rx="7" ry="4" fill="{light}"/>'
    return clear_bag("".join(at(x, y, chip, turn=turn) for x, y, turn in places), weave)


_BANANA = (
    shape(HONEY, "M-34-8Q-6 16 30-14l4 5Q2 32-36 2z")
    + line("#F9DE9B", 2, "M-29-2Q-2 14 24-6")
    + shape(BARK_DARK, "M29-15l6-5 4 5-5 6z")
)

_DURIAN_SPIKES = "".join(
    f"M{x} {y}l5-9 5 9z" for y, row in ((60, (38, 50, 62, 74)), (74, (32, 44, 56, 68, 80)),
                                       (88, (34, 46, 58, 70, 80)), (100, (42, 54, 66)))
    for x in row
)  # fmt: skip

_DURIAN = (
    shape("#7C8B3A", "M60 40c26 0 38 18 36 38-2 18-16 28-36 28s-34-10-36-28c-2-20 10-38 36-38z")
    + shape(
        "#9DAA52", "M60 40c-16 4-24 18-24 38 0 14 6 24 12 27-14-3-23-13-24-27-2-20 10-38 36-38z"
    )
    + shape("#5F6D28", _DURIAN_SPIKES)
    + shape("#F2D57A", "M60 56q14 14 10 46-10 6-20 0-4-32 10-46z")
    + shape("#F9E7AC", "M60 60q-2 20 0 42h-8q-4-28 8-42z")
    + shape(BARK, "M56 30h8v12h-8z")
    + woven("jok", "M54 32h12v7H54z")
)

_PINEAPPLE = (
    leaf(60, 44, 0) + leaf(57, 46, -28, scale=0.8, light=True)
    + leaf(63, 46, 28, scale=0.8, light=True)
    + shape("#D98E2B", "M46 44q14-6 28 0 10 14 8 36-1 20-10 26H48q-9-6-10-26-2-22 8-36z")
    + shape(HONEY_LIGHT, "M46 44q4-2 8-3-8 18-6 42 1 16 6 23h-6q-9-6-10-26-2-22 8-36z")
    + line(
        "#A8681A", 1.4, "M42 54l36 34M40 68l32 34M56 44l26 26M78 54L42 88M80 68l-32 34M64 44L40 68",
    )
    + woven("jok", "M37.6 78h44.800l-1 12h-42z")
)  # fmt: skip

_COCONUT = (
    shape("#E7E1CF", "M34 62q0-14 26-22 26 8 26 22v30q0 14-26 14T34 92z")
    + shape("#FBF8EE", "M34 62q0-14 26-22-14 10-14 24v38q-12-2-12-10z")
    + shape(COTTON, "M46 48h28l-6-10H52z")
    + line(LEAF, 4, "M62 40l12-26")
    + woven("yok", "M34 72h52v14H34z")
)

_MANGO = "".join(
    at(x, y, shape("#EDB33A", "M-20 8q-2-22 16-24 24 0 26 18-4 14-22 14-18 0-20-8z")
       + shape("#F7D27A", "M-20 8q-2-22 16-24-14 10-10 30-5-2-6-6z")
       + shape(LEAF_LIGHT, "M-5-16l2-7 4 7z"), turn=turn)
    for x, y, turn in ((44, 62, -12), (76, 60, 14), (60, 66, 0))
)  # fmt: skip

_ROSE_APPLE = (
    shape("#B5CE86", "M0-20q6 0 7 9 1 8 9 16 5 8-2 13-6 4-14 4t-14-4q-7-5-2-13 8-8 9-16 1-9 7-9z")
    + shape("#D7E6B2", "M0-20q-6 0-7 9-1 8-9 16-5 8 2 13 4 3 8 4-6-16 4-30 4-6 2-12z")
    + line("#D2606B", 1.8, "M5-12q2 10 9 20M2-10q1 14 6 28M-3-8q-3 12-2 20")
    + line("#7E9A4E", 2.4, "M-8 20q8 3 16 0M0-20l2-6")
)

_ROSE_APPLES = "".join(at(x, y, _ROSE_APPLE, turn=turn) for x, y, turn in (
    (60, 46, 4), (42, 56, -10), (79, 56, 12),
))  # fmt: skip

_DURIAN_SLICE = shape("#EBC452", "M-19 4Q0-17 19 4q-2 6-6 6Q0-4-13 10q-4-1-6-6z") + shape(
    "#FBEBAE", "M-19 4Q0-17 19 4 0-11-19 4z"
)
_DURIAN_CHIPS = "".join(
    at(x, y, _DURIAN_SLICE, turn=turn)
    for x, y, turn in ((48, 68, -14), (72, 72, 22), (50, 84, 10), (72, 90, -16), (52, 99, -6))
) + at(83, 99, shape("#6E7A2E", "M-14 0l3-5-2-5 5-1 2-5 5 2 1-5 5 4 4-3 1 5 5 1-2 5 3 4-4 3q-12"
                     " 8-24 0z")
       + shape("#93A043", "M-14 0l3-5-2-5 5-1 2-5q-4 12 0 19-6 0-6-3z"))  # fmt: skip

_GARCINIA = "".join(
    at(x, y, shape("#4E2C1F", "M-13 4Q-13-11 2-11q12 0 11 13-4-7-11-6-9 1-15 8z")
       + shape("#8A5638", "M-13 4Q-13-11 2-11-6-6-7 0q-4 2-6 4z"), turn=turn)
    for x, y, turn in ((46, 72, 0), (66, 70, 40), (78, 82, 100), (48, 88, -40), (64, 88, 10),
                       (74, 99, -20), (54, 101, 30))
)  # fmt: skip

_POMELO = (
    ball(44, 82, 24, "#A9B84C", "#C4CF74") + leaf(44, 60, 40, scale=0.6)
    + '<circle cx="84" cy="88" r="18" fill="#EEE7C4"/>'
    + '<circle cx="84" cy="88" r="14.5" fill="#C4475C"/>'
    + line("#F3C9C6", 1.6, "M84 74v28M70 88h28M74 78l20 20M94 78L74 98")
    + woven("khaoma", "M20.6 78q24 6 47 0v9q-23 7-47 0z")
)  # fmt: skip

_RAMBUTAN_HAIR = "".join(
    f"M{x - 9} {y}l-4-3M{x + 9} {y}l4-3M{x} {y - 9}v-5M{x - 6} {y - 7}l-3-4M{x + 6} {y - 7}l3-4"
    for x, y in ((46, 58), (74, 58), (60, 54), (36, 68), (84, 68), (52, 68), (68, 68))
)

_MANGOSTEEN = (
    tray("khit")
    + "".join(ball(x, 80, 13, PLUM, PLUM_LIGHT) for x in (38, 82))
    + ball(60, 74, 14, PLUM, PLUM_LIGHT)
    + shape(
        LEAF_LIGHT, "M52 62q8-8 16 0-8 5-16 0zM31 69q7-6 14 0-7 4-14 0zM75 69q7-6 14 0-7 4-14 0z"
    )
)

_CASHEW = "".join(
    at(x, y, shape("#E6C48B", "M-9-2q2-9 11-8 9 2 7 10-2 5-6 3-1-6-5-4-7 3-7-1z")
       + line("#F6E3BD", 1.6, "M-5-4q3-4 8-3"), turn=turn)
    for x, y, turn in ((44, 72, 0), (62, 70, 40), (77, 78, -30), (46, 90, 60), (62, 86, -20),
                       (76, 95, 20), (54, 99, 0))
)  # fmt: skip

FRUIT: dict[str, str] = {
    "crackers": _chips("#E9CFA3", "#F6E6C8", "yok"),
    "durian": _DURIAN,
    "longan": _pile("#B98850", "#D3AB7C", 8)
    + leaf(50, 48, -24)
    + leaf(66, 48, 22, light=True)
    + carton("jok"),
    "pomelo": _POMELO,
    "rambutan": line(LEAF_LIGHT, 2, _RAMBUTAN_HAIR)
    + _pile("#C0392F", "#DB6A55", 9)
    + carton("yok"),
    "pineapple": _PINEAPPLE,
    "rose-apple": leaf(60, 44, 24) + _ROSE_APPLES + carton("khaoma"),
    "mango": leaf(60, 46, -20) + _MANGO + carton("khaoma"),
    "coconut": _COCONUT,
    "banana": leaf_bed()
    + at(60, 92, _BANANA)
    + at(62, 80, _BANANA, turn=-8)
    + at(64, 68, _BANANA, turn=-16)
    + at(62, 78, woven("jok", "M-6-28h12v50h-12z"), turn=-16),
    "banana-chips": _chips(GOLD, "#F6D894", "khaoma"),
    "longan-dried": _in_bag("#B9712B", "#D99A55", "jok"),
    "berry-juice": bottle(
        "#5B1F45",
        "#84456B",
        GOLD,
        "khit",
        ball(-5, 1, 5, PLUM, PLUM_LIGHT)
        + ball(5, 1, 5, PLUM, PLUM_LIGHT)
        + ball(0, -5, 5, "#5B1F45", PLUM_LIGHT),
    ),
    "durian-chips": clear_bag(_DURIAN_CHIPS, "jok"),
    "garcinia": clear_bag(_GARCINIA, "yok"),
    "mangosteen": _MANGOSTEEN,
    "cashew": clear_bag(_CASHEW, "yok"),
    "palm-sugar": jar(CLAY, CLAY_LIGHT, BARK, "khit"),
    "coconut-sugar": tray("khaoma")
    + "".join(
        shape("#C98F4E", f"M{x} {y}q13-10 26 0v9q-13 6-26 0z")
        + shape("#E2B57D", f"M{x} {y}q13-10 26 0-13 6-26 0z")
        for x, y in ((30, 80), (64, 80), (47, 66))
    ),
    "nipa-syrup": flask("#B5652B", "#D58C53", LEAF, "yok", at(0, 8, leaf(0, 0, 0, scale=0.45))),
}
