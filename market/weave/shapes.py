"""Vessels, leaves and fruit that the drawings of goods are put together from.

Drawing box 120, floor at y 106, light from the left: the left third of a thing is paler. No
outlines. Each function returns SVG elements.
"""

COTTON, COTTON_DARK = "#FFF8E8", "#EFE3C8"
GOLD, GOLD_DARK = "#E4A82B", "#C98A14"
INDIGO, INDIGO_LIGHT = "#23457F", "#3E6AA3"
LEAF, LEAF_LIGHT = "#3F7F4A", "#6FA65B"
LAC, LAC_LIGHT = "#A8284A", "#C9506C"
BARK, BARK_DARK = "#8A5A34", "#6B4326"
HONEY, HONEY_LIGHT = "#E8A024", "#F4C466"
PLUM, PLUM_LIGHT = "#7B3B58", "#96546F"
CLAY, CLAY_LIGHT = "#C4713A", "#DB9159"
EGG, EGG_SHADE = "#F4F6F1", "#DCE6E0"
PAPER = "#E9D3A4"


def shape(fill: str, path: str) -> str:
    """One filled path."""
    return f'<path fill="{fill}" d="{path}"/>'


def line(stroke: str, width: float, path: str) -> str:
    """One stroked path with round ends."""
    return (
        f'<path fill="none" stroke="{stroke}" stroke-width="{width:g}" stroke-linecap="round"'
        f' d="{path}"/>'
    )


def woven(weave: str, path: str) -> str:
    """A piece of cloth."""
    return shape(f"url(#w-{weave})", path)


def at(x: float, y: float, body: str, *, turn: float = 0, scale: float = 1) -> str:
    """Move, turn (degrees) and scale a drawing."""
    spin = f" rotate({turn:g})" if turn else ""
    size = f" scale({scale:g})" if scale != 1 else ""
    return f'<g transform="translate({x:g} {y:g}){spin}{size}">{body}</g>'


def leaf(x: float, y: float, turn: float, *, scale: float = 1, light: bool = False) -> str:
    """A leaf growing up from (x, y)."""
    fill, vein = (LEAF_LIGHT, "#B9D8AC") if light else (LEAF, "#8DBB86")
    return at(x, y, shape(fill, "M0 0q-12-14 0-34 12 20 0 34z") + line(vein, 1.2, "M0-3v-24"),
              turn=turn, scale=scale)  # fmt: skip


def ear(
    x: float, y: float, turn: float, *, fill: str = GOLD, stem: str = GOLD_DARK, scale: float = 0.66
) -> str:
    """An ear of rice growing up from (x, y)."""
    grains = "".join(f"M0 {-14 - 6 * n}q-8-1-8-9 7 1 8 9 1-8 8-9 0 8-8 9z" for n in range(4))
    return at(x, y, line(stem, 1.8, "M0 2v-30") + shape(fill, grains + "M0-36q-4-5 0-11 4 6 0 11z"),
              turn=turn, scale=scale)  # fmt: skip


def ball(x: float, y: float, radius: float, fill: str, light: str) -> str:
    """A round thing with light on its left."""
    r = radius
    crescent = f"M{x} {y - r}a{r} {r} 0 0 0 0 {2 * r}a{r * 1.6:g} {r * 1.6:g} 0 0 1 0-{2 * r}z"
    return f'<circle cx="{x}" cy="{y}" r="{r}" fill="{fill}"/>{shape(light, crescent)}'


def sack(weave: str, *, fill: str = COTTON_DARK, light: str = COTTON, tie: str = GOLD) -> str:
    """A cloth sack with a tied mouth and a woven band round its belly."""
    return (
        shape(fill, "M47 36q7 4 13 1 6 3 14-2l-7 17H54z")
        + shape(light, "M47 36q7 4 13 1l-1 15h-5z")
        + shape(fill, "M41 54q-9 18-8 44 0 8 9 8h36q9 0 9-8 1-26-8-44-19-8-38 0z")
        + shape(light, "M41 54q-9 18-8 44 0 8 9 8h20q-8-28 0-56-12 0-21 4z")
        + woven(weave, "M33.4 73q26.600 8 53.200 0l.6 21q-27 7-54.400 0z")
        + line(tie, 2, "M33.400 73q26.600 8 53.200 0M33 94q27 7 54.200 0")
        + shape(tie, "M44 48q16 6 32 0l2 6q-18 6-36 0z")
    )


def bottle(
    fill: str, light: str, cap: str, weave: str, emblem: str = "", *, label: str = COTTON
) -> str:
    """A long-necked bottle with a label between two bands of cloth."""
    return (
        shape(fill, "M53 32h14v13q0 6 6 11 5 4 5 12v34q0 4-4 4H46q-4 0-4-4V68q0-8 5-12 6-5 6-11z")
        + shape(light, "M53 32h4v13q0 8-5 13-5 4-5 11v37h-1q-4 0-4-4V68q0-8 5-12 6-5 6-11z")
        + shape(cap, "M51 24h18v9H51z")
        + shape(label, "M42 72h36v24H42z")
        + woven(weave, "M42 70h36v5H42zM42 93h36v5H42z")
        + at(60, 84, emblem)
    )


def flask(fill: str, light: str, cap: str, weave: str, emblem: str = "") -> str:
    """A short, broad bottle: oils, syrups, shampoo."""
    return (
        shape(fill, "M52 46h16v8q14 4 14 16v32q0 4-4 4H42q-4 0-4-4V70q0-12 14-16z")
        + shape(light, "M52 46h4v9q-12 4-12 16v35h-2q-4 0-4-4V70q0-12 14-16z")
        + shape(cap, "M50 36h20v11H50z")
        + shape(COTTON, "M38 74h44v20H38z")
        + woven(weave, "M38 72h44v5H38zM38 92h44v5H38z")
        + at(60, 84, emblem)
    )


def jar(
    fill: str, light: str, lid: str, weave: str, emblem: str = "", *, tall: bool = False
) -> str:
    """A jar with a cloth or wooden lid and a label between two bands."""
    top = 48 if tall else 56
    label = 78 if tall else 80
    return (
        shape(fill, f"M40 {top}h40q5 4 5 12v30q0 8-8 8H43q-8 0-8-8V{top + 12}q0-8 5-12z")
        + shape(light, f"M40 {top}h12q-6 5-6 12v30q0 8 6 8h-9q-8 0-8-8V{top + 12}q0-8 5-12z")
        + shape(lid, f"M39 {top - 11}h42q3 0 3 3v8H36v-8q0-3 3-3z")
        + shape(COTTON, f"M35 {label - 4}h50v16H35z")
        + woven(weave, f"M35 {label - 6}h50v5H35zM35 {label + 10}h50v5H35z")
        + at(60, label + 4, emblem)
    )


def cloth_lid(tie: str = LAC, top: int = 56) -> str:
    """A cotton lid tied over a jar whose mouth is at `top`."""
    return shape(COTTON, f"M40 {top - 13}q20-8 40 0 6 6 6 14-26 6-52 0 0-8 6-14z") + shape(
        tie, f"M37 {top}q23 6 46 0v4q-23 6-46 0z"
    )


def pot(fill: str, light: str, weave: str) -> str:
    """A round-bellied pot with a cotton lid."""
    return (
        shape(fill, "M42 56h36q12 8 12 24 0 26-14 26H44q-14 0-14-26 0-16 12-24z")
        + shape(light, "M42 56h12q-11 8-11 25 0 20 8 25h-7q-14 0-14-26 0-16 12-24z")
        + woven(weave, "M31 74h58q2 9 0 16H31q-2-8 0-16z")
        + line(COTTON, 1.6, "M31 74h58M31 90h58")
        + cloth_lid(GOLD)
    )


def pouch(fill: str, light: str, fold: str, weave: str, emblem: str = "") -> str:
    """A standing pouch with a folded mouth and a band of cloth."""
    return (
        shape(fill, "M40 42h40l6 60q0 4-4 4H38q-4 0-4-4z")
        + shape(light, "M40 42h13l-3 64H38q-4 0-4-4z")
        + shape(fold, "M38 34h44v10H38z")
        + woven(weave, "M36.300 74h47.400l2 16H34.700z")
        + at(60, 59, emblem)
    )


def clear_bag(filling: str, weave: str) -> str:
    """A clear bag through which its filling is seen, closed with a folded card of cloth."""
    return (
        shape("#F7FAF8", "M34 50h52l4 52q0 4-4 4H34q-4 0-4-4z")
        + filling
        + shape("#FFF", "M34 50h8l-4 56h-4q-4 0-4-4z").replace("/>", ' fill-opacity=".7"/>')
        + woven(weave, "M32 36h56v16H32z")
        + line(COTTON, 1.4, "M32 52h56")
    )


def basket(weave: str, *, rim: str = BARK) -> str:
    """A woven basket; what it holds is drawn before it."""
    return (
        shape("url(#w-basket)", "M25 74h70l-7 28q-1 4-5 4H37q-4 0-5-4z")
        + woven(weave, "M27.500 84h65l-2.500 10h-60z")
        + shape(rim, "M23 70h74v6H23z")
    )


def carton(weave: str, *, fill: str = PAPER, light: str = "#F3E4C2") -> str:
    """An open carton with a band of cloth; what it holds is drawn before it."""
    return (
        shape(fill, "M26 72h68v30q0 4-4 4H30q-4 0-4-4z")
        + shape(light, "M26 72h22v34H30q-4 0-4-4z")
        + woven(weave, "M26 84h68v12H26z")
        + shape(BARK, "M24 69h72v5H24z").replace(BARK, "#C99A55")
    )


def leaf_bed() -> str:
    """A banana leaf laid on the floor."""
    return shape(LEAF, "M12 98q20-16 48-10 28-8 48-4-12 22-46 22-34 2-50-8z") + line(
        LEAF_LIGHT, 1.6, "M16 98q40 2 88-12"
    )


def tray(weave: str) -> str:
    """A pack: a paper tray wrapped with a band of cloth; food is drawn before it."""
    return shape(COTTON_DARK, "M22 88h76l-6 16q-1 2-4 2H32q-3 0-4-2z") + woven(
        weave, "M50 84h20v22H50z"
    )
