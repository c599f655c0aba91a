"""Drawings of things to eat and drink."""

from market.weave.shapes import (
    BARK,
    BARK_DARK,
    CLAY,
    CLAY_LIGHT,
    COTTON,
    COTTON_DARK,
    EGG,
    EGG_SHADE,
    GOLD,
    GOLD_DARK,
    HONEY,
    HONEY_LIGHT,
    INDIGO,
    INDIGO_LIGHT,
    LAC,
    LAC_LIGHT,
    LEAF,
    LEAF_LIGHT,
    PLUM,
    PLUM_LIGHT,
    at,
    ball,
    basket,
    bottle,
    carton,
    clear_bag,
    cloth_lid,
    ear,
    flask,
    jar,
    leaf,
    leaf_bed,
    line,
    pot,
    pouch,
    sack,
    shape,
    tray,
    woven,
)

_EARS = ear(80, 50, 14) + ear(85, 54, 46)
_FISH = "M-10 0q8-8 15-2l5-4v10l-5-4q-7 6-15 0z"
_FISH_MARK = shape(INDIGO, _FISH) + shape(COTTON, "M-5-1h2v2h-2z")
_CHILLI = shape(LAC, "M-8 6Q2 8 8-6q2 12-8 15-6 0-8-3z") + line(LEAF, 2, "M8-6l2-4")
_BEAN = shape(COTTON, "M-3-8q9 1 7 10-2 8-8 7-5-8 1-17z") + line(BARK_DARK, 1.2, "M1-6q-5 6-3 12")


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


def _fish(y: int, fill: str, light: str) -> str:
    return at(
        60,
        y,
        shape(fill, "M-38 2q20-19 52-6l22-10q-5 14 0 28L14 6q-32 13-52-4z")
        + shape(light, "M-38 2q20-19 52-6-30 2-52 6z")
        + '<circle cx="-26" cy="-1" r="2" fill="#16223F"/>'
        + line(light, 1.6, "M-14-4q4 5 0 10M-4-6q4 6 0 13M6-5q4 5 0 11"),
    )


_BANANA = (
    shape(HONEY, "M-34-8Q-6 16 30-14l4 5Q2 32-36 2z")
    + line("#F9DE9B", 2, "M-29-2Q-2 14 24-6")
    + shape(BARK_DARK, "M29-15l6-5 4 5-5 6z")
)
_EGGS = (
    f'<ellipse cx="45" cy="65" rx="11" ry="14" fill="{EGG_SHADE}"/>'
    f'<ellipse cx="75" cy="65" rx="11" ry="14" fill="{EGG_SHADE}"/>'
    f'<ellipse cx="60" cy="61" rx="12" ry="15" fill="{EGG}"/>'
    '<ellipse cx="52" cy="69" rx="10" ry="12" fill="#FFF"/>'
)
_SALTED = (
    '<circle cx="88" cy="95" r="11" fill="#FFF"/><circle cx="88" cy="95" r="6" fill="#E37D1B"/>'
)
_GREENS = (
    leaf(38, 74, -42) + leaf(48, 74, -16, light=True) + leaf(60, 74, 4, scale=1.25, light=True)
    + leaf(70, 74, 20) + shape("#E37D1B", "M70 50h9l-1 26h-6z")
    + line(LEAF, 2.4, "M74 50l-5-12M75 50v-14M76 50l5-11") + ball(86, 64, 9, LAC, LAC_LIGHT)
)  # fmt: skip
_SHALLOTS = "".join(
    at(x, y, shape(fill, "M0-15q14 4 12 16-2 12-12 14-12-2-12-14-1-12 12-16z")
       + line("#DDA3B4", 1.8, "M-6-4q-3 6 0 12"), turn=turn)
    for x, y, fill, turn in (
        (42, 76, PLUM, 20), (78, 76, "#8C3554", -20), (60, 72, "#A34A68", 0),
        (34, 92, "#8C3554", 30), (86, 92, PLUM, -30), (50, 92, "#A34A68", 10),
        (70, 93, "#A34A68", -10), (60, 93, "#8C3554", 0))
)  # fmt: skip
_TIE = line(GOLD, 4, "M60 56q-8-16 0-34 8 18 0 34M60 56V24") + woven("khit", "M50 50h20v12H50z")
_GARLIC = "".join(
    at(x, y, shape(COTTON_DARK, "M0-18q3 8 12 12 9 8 2 18-14 8-28 0-7-10 2-18 9-4 12-12z")
       + shape(COTTON, "M0-18q-2 9-6 14-6 9-1 18l-7-2q-7-10 2-18 9-4 12-12z")
       + line("#D5BFD0", 1.4, "M0-12v24M5-4q5 8 2 17"))
    for x, y in ((42, 92), (78, 92), (60, 74))
)  # fmt: skip
_MUSHROOM = shape(COTTON_DARK, "M-4 0h8l4 24H-8z") + shape("#C9B79C", "M-18 2Q-14-14 0-14T18 2Q0 8-18 2z") + shape(
    "#E2D5BF", "M-18 2Q-14-14 0-14-8-8-8 5-14 5-18 2z"
)  # fmt: skip
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
    + line("#A8681A", 1.4, "M42 54l36 34M40 68l32 34M56 44l26 26M78 54L42 88M80 68l-32 34M64 44L40 68")
    + woven("jok", "M37.600 78h44.800l-1 12h-42z")
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
_ROSE_APPLES = "".join(
    at(x, y, shape("#B9D8AC", "M-4-16h8q14 18 12 28-16 8-32 0-2-10 12-28z")
       + shape("#D8EBCD", "M-4-16h3q-10 18-8 30l-7-2q-2-10 12-28z")
       + line("#C9506C", 1.6, "M-8 14q8 3 16 0"))
    for x, y in ((40, 62), (80, 62), (60, 58))
)  # fmt: skip
_POMELO = (
    ball(44, 82, 24, "#A9B84C", "#C4CF74") + leaf(44, 60, 40, scale=0.6)
    + '<circle cx="84" cy="88" r="18" fill="#EEE7C4"/><circle cx="84" cy="88" r="14.500" fill="#C4475C"/>'
    + line("#F3C9C6", 1.6, "M84 74v28M70 88h28M74 78l20 20M94 78L74 98")
    + woven("khaoma", "M20.600 78q24 6 47 0v9q-23 7-47 0z")
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
_PEANUT = "".join(
    at(x, y, shape("#C98F55", "M-12 0q0-8 8-7 4 2 8 0 8 0 8 7t-8 7q-4-2-8 0-8 1-8-7z")
       + line("#8A5A34", 1.6, "M-7-4v8M-1-4v8M5-4v8"), turn=turn)
    for x, y, turn in ((46, 72, 20), (72, 74, -25), (50, 88, -15), (74, 92, 25), (58, 99, 0))
)  # fmt: skip
_CHICKEN = (
    shape("#EFC9A0", "M28 88q-2-26 28-28 28-2 38 18 6 14-8 18-30 8-52 2-6-3-6-10z")
    + shape("#F8E0C3", "M28 88q-2-26 28-28-18 8-18 36l-4 2q-6-3-6-10z")
    + shape("#E0AD7C", "M66 76q14-6 20 4 2 10-10 10-12-2-10-14z")
    + shape("#EFC9A0", "M88 74l14-8 4 5-11 12z")
    + tray("plaid")
)
_BEEF = (
    tray("plaid")
    + shape("#B23A48", "M28 90q-2-24 26-26 34-2 40 16 2 8-6 12H32q-4 0-4-2z")
    + shape("#D0606B", "M28 90q-2-24 26-26-16 8-16 28h-6q-4 0-4-2z")
    + line("#F6DDD3", 3, "M40 84q10-12 22-10t22 6M50 90q8-6 18-4")
)

FOOD: dict[str, str] = {
    "rice": _EARS + sack("khit"),
    "rice-5": at(-20, 0, _EARS)
    + at(-7, -8, sack("khit"), scale=1.075)
    + shape(COTTON_DARK, "M78 92q8-12 18-6t10 20H76z")
    + woven("jok", "M79 96h26v6H78z"),
    "rice-red": ear(80, 50, 14, fill=LAC, stem=LAC)
    + ear(85, 54, 46, fill=LAC, stem=LAC)
    + sack("jok", tie=LAC),
    "rice-three": ear(78, 50, 6)
    + ear(82, 52, 30, fill=LAC, stem=LAC)
    + ear(86, 55, 54, fill=PLUM, stem=PLUM)
    + sack("yok", tie=LEAF),
    "rice-hang": ear(40, 72, -18)
    + ear(56, 72, 2)
    + ear(72, 72, 16)
    + ear(84, 72, 34)
    + shape(COTTON, "M30 72q30-26 60 0z")
    + basket("khit"),
    "rice-powder": pouch(COTTON_DARK, COTTON, LEAF, "khit", at(0, 14, ear(0, 0, 0), scale=0.6)),
    "fish-sauce": bottle("#7A3E1C", "#9A5A33", LAC, "plaid", _FISH_MARK)
    + at(102, 102, shape(INDIGO_LIGHT, _FISH), scale=0.8),
    "budu": bottle("#4B2A20", "#6E4636", LEAF, "yok", _FISH_MARK),
    "shrimp-paste": pot(PLUM, PLUM_LIGHT, "plaid"),
    "sour-fish": leaf_bed() + _fish(82, "#D9A2A0", "#EDC6C0") + woven("jok", "M52 66h14v34H52z"),
    "dry-fish": line(BARK, 3, "M22 50h76")
    + line(GOLD_DARK, 1.4, "M42 50v14M78 50v8")
    + _fish(72, "#C98A4B", "#E5B67E")
    + _fish(94, "#B87A3E", "#D9A468")
    + woven("yok", "M50 46h20v8H50z"),
    "fish-dip": jar("#8C4A2B", "#B06A45", BARK, "yok", _CHILLI),
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
    "durian-chips": _chips("#F0CF63", "#FAEBAF", "yok"),
    "garcinia": _in_bag("#8A4B2E", "#B37650", "yok", 9),
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
    "honey": jar(
        HONEY, HONEY_LIGHT, "none", "jok", shape(GOLD_DARK, "M0-7l6 3.500v7L0 7l-6-3.500v-7z")
    )
    + cloth_lid(),
    "stingless-honey": flask(
        "#C77B1B", "#E3A557", BARK, "jok", shape(GOLD_DARK, "M0-7l6 3.500v7L0 7l-6-3.500v-7z")
    ),
    "sea-salt": jar(
        "#EEF3F2", "#FFF", BARK, "khaoma", shape(INDIGO_LIGHT, "M-8 2l4-7 4 7 4-7 4 7z")
    ),
    "rock-salt": clear_bag(
        shape("#DFE7E9", "M34 104l10-26 14-8 12 10 10-6 6 30z")
        + shape("#F6FAFA", "M34 104l10-26 6 6 2 20zM58 70l6 14-4 20h10l2-24z"),
        "khit",
    ),
    "coffee": pouch("#5A3A27", "#7A5138", BARK, "jok", _BEAN)
    + at(96, 103, shape(BARK_DARK, "M-8 0q8-7 16 0-8 6-16 0z")),
    "robusta": pouch("#33261E", "#54422F", LEAF, "yok", _BEAN)
    + at(96, 103, shape(BARK_DARK, "M-8 0q8-7 16 0-8 6-16 0z")),
    "tea-box": shape(LEAF, "M36 48h48v58H36z")
    + shape(LEAF_LIGHT, "M36 48h15v58H36z")
    + shape(GOLD, "M34 42h52v8H34z")
    + woven("jok", "M36 78h48v14H36z")
    + leaf(60, 74, -24, scale=0.6, light=True)
    + leaf(61, 74, 24, scale=0.6),
    "wild-tea": pouch(
        "#6B7A3A",
        "#8D9A5A",
        BARK,
        "jok",
        at(0, 6, leaf(0, 0, -22, scale=0.5) + leaf(0, 0, 22, scale=0.5, light=True)),
    )
    + leaf(94, 106, 36, scale=0.7),
    "vegetables": _GREENS + basket("khit"),
    "mushrooms": at(42, 66, _MUSHROOM)
    + at(78, 66, _MUSHROOM)
    + at(60, 54, _MUSHROOM, scale=1.2)
    + basket("jok"),
    "mushroom-naem": "".join(
        at(
            60,
            y,
            shape("#E6C9B4", "M-32-8h64v16h-64z")
            + shape("#F4E2D3", "M-32-8h64v5h-64z")
            + shape(LEAF, "M-40-5l8 1v8l-8 1zM40-5l-8 1v8l8 1z")
            + woven("jok", "M-8-8h16v16h-16z"),
        )
        for y in (98, 80)
    )
    + at(60, 58, _MUSHROOM, scale=0.7),
    "shallots": _SHALLOTS + _TIE,
    "garlic": _GARLIC + woven("khit", "M48 84h24v9H48z"),
    "pepper": jar(
        "#3A3430",
        "#5A524C",
        BARK,
        "khaoma",
        ball(-5, 1, 4, "#3A3430", "#6B625B")
        + ball(5, 1, 4, "#3A3430", "#6B625B")
        + ball(0, -4, 4, "#3A3430", "#6B625B"),
        tall=True,
    ),
    "peanuts": clear_bag(_PEANUT, "jok"),
    "sesame-oil": bottle("#B9822A", "#D8AB5E", BARK, "jok", at(0, 8, leaf(0, 0, 0, scale=0.45))),
    "radish": clear_bag(
        shape("#D7A45A", "M38 72q20-10 44 0l-2 8q-20-8-40 0zM36 86q24-10 48 0l-1 8q-24-8-46 0z")
        + shape("#EBC88D", "M40 98q20-8 42 0v6H40z"),
        "khaoma",
    ),
    "chilli-paste": jar("#A3321F", "#C75B42", BARK, "plaid", _CHILLI),
    "curry-paste": pouch("#D98324", "#EBA75C", LEAF, "yok", _CHILLI),
    "salted-eggs": _EGGS + basket("yok") + _SALTED,
    "eggs": "".join(
        f'<ellipse cx="{x}" cy="{y}" rx="8.500" ry="11" fill="{fill}"/>'
        for y in (70, 82)
        for x, fill in (
            (30, "#E3B58E"),
            (45, "#EFCBA9"),
            (60, "#E3B58E"),
            (75, "#EFCBA9"),
            (90, "#E3B58E"),
        )
    )
    + shape("#BFC7C4", "M18 88h84l-6 16q-1 2-4 2H28q-3 0-4-2z")
    + woven("khit", "M20.300 93h79.400l-2.500 7H22.800z"),
    "beef": _BEEF,
    "chicken": _CHICKEN,
}
