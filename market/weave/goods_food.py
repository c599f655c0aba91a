"""Drawings of grain, fish, vegetables, spices, eggs and meat."""

from market.weave.shapes import (
    BARK,
    BARK_DARK,
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

_EARS = ear(77, 50, 12) + ear(80, 52, 44)

_FISH = "M-10 0q8-8 15-2l5-4v10l-5-4q-7 6-15 0z"

_FISH_MARK = shape(INDIGO, _FISH) + shape(COTTON, "M-5-1h2v2h-2z")

_CHILLI = shape(LAC, "M-8 6Q2 8 8-6q2 12-8 15-6 0-8-3z") + line(LEAF, 2, "M8-6l2-4")

_BEAN = shape(COTTON, "M-3-8q9 1 7 10-2 8-8 7-5-8 1-17z") + line(BARK_DARK, 1.2, "M1-6q-5 6-3 12")


def _fish(y: int, fill: str, light: str) -> str:
    return at(
        60,
        y,
        shape(fill, "M-38 2q20-19 52-6l22-10q-5 14 0 28L14 6q-32 13-52-4z")
        + shape(light, "M-38 2q20-19 52-6-30 2-52 6z")
        + '<circle cx="-26" cy="-1" r="2" fill="#16223F"/>'
        + line(light, 1.6, "M-14-4q4 5 0 10M-4-6q4 6 0 13M6-5q4 5 0 11"),
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

_MUSHROOM = (
    shape(COTTON, "M-5 4h10q-2 14 2 26H-7q4-12 2-26z")
    + shape("#BFAA90", "M-20 3Q-17-15 0-15T20 3Q11 9 0 9T-20 3z")
    + shape("#DECFBA", "M-20 3Q-17-15 0-15-11-9-10 8-16 7-20 3z")
    + line("#FFF8E8", 1.2, "M-13 5l5 2M13 5l-5 2M0 8V5M-6 8l2-2M6 8l-2-2")
)

#: A steamed-rice basket with its lid beside it.
_STICKY_RICE = (
    shape(COTTON, "M36 60q3-22 24-22t24 22z")
    + shape("#FFFDF7", "M36 60q3-22 24-22-13 7-12 22z")
    + line(COTTON_DARK, 1.4, "M54 46l4 2M66 44l3 3M60 53l4-1M72 53l3 2")
    + shape("url(#w-basket)", "M33 60h54l-6 38q-21 8-42 0z")
    + woven("khit", "M35 72h50l-2 12q-23 5-46 0z")
    + shape(BARK, "M31 56h58v6H31z")
    + shape(BARK_DARK, "M41 99l-7 7h7l6-5zM79 99l7 7h-7l-6-5z")
    + at(97, 88, '<ellipse rx="10" ry="18" fill="#B58342"/><ellipse cx="-2" rx="7" ry="14"'
         ' fill="url(#w-basket)"/>', turn=14)
    + line(BARK, 1.6, "M34 60q-12 22 2 42")
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
    "rice-sticky": _STICKY_RICE,
    "rice-5": at(-20, 0, _EARS)
    + at(-7, -8, sack("khit"), scale=1.075)
    + shape(COTTON_DARK, "M78 92q8-12 18-6t10 20H76z")
    + woven("jok", "M79 96h26v6H78z"),
    "rice-red": ear(77, 50, 12, fill=LAC, stem=LAC)
    + ear(80, 52, 44, fill=LAC, stem=LAC)
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
    "mushrooms": at(58, 40, _MUSHROOM, scale=1.1)
    + at(36, 54, _MUSHROOM, turn=-12)
    + at(84, 54, _MUSHROOM, turn=12)
    + at(49, 62, _MUSHROOM, turn=-5, scale=0.9)
    + at(70, 62, _MUSHROOM, turn=6, scale=0.9)
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
