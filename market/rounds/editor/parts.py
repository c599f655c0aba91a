"""Where the price of a line goes, and what a middleman would leave. Adds up to the satang."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _

from market.rounds.editor.queries import LineRow
from market.rounds.parts import GROUP_PARTS, PARTS, PartView, rules_for, split_price


@dataclass(frozen=True, kw_only=True)
class PricePart:
    """A part of one unit's price as the woven bar shows it, in satang."""

    key: str
    label: str
    satang: int
    weave: str


@dataclass(frozen=True, kw_only=True)
class LineMoney:
    """One unit's price by part; group_satang goes to the group, which it costs cost_satang."""

    price_satang: int
    parts: tuple[PricePart, ...]
    group_satang: int
    cost_satang: int
    middleman_satang: int


def line_money(row: LineRow, price_satang: int, rules: Sequence[PartView]) -> LineMoney:
    """What each part gets of this price. The group's is its cost, packing too, and what is left."""
    split = split_price(price_satang, rules_for(rules, row.category_key))
    group = sum(satang for part, satang in split.items() if part in GROUP_PARTS)
    cost = min(group, row.unit_cost_satang)
    labels = {
        "transport": _("Gathering and transport"),
        "coordination": _("Coordination"), "marketing": _("Marketing organisation"),
        "payment": _("Cost of paying"),
    }  # fmt: skip
    others = [
        PricePart(key=part, label=labels[part], satang=split[part],
                  weave="stripe")
        for part in PARTS
        if part in labels and part in split
    ]  # fmt: skip
    mine = [
        PricePart(key="left", label=_("Left over for the group"), satang=group - cost,
                  weave="surplus"),
        PricePart(key="cost", label=_("What it costs the group"), satang=cost, weave="material"),
    ]  # fmt: skip
    return LineMoney(
        price_satang=price_satang, parts=tuple(p for p in (*mine, *others) if p.satang),
        group_satang=group,
        cost_satang=row.unit_cost_satang, middleman_satang=row.middleman_satang,
    )  # fmt: skip
