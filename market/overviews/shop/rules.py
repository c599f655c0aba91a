"""How the storefront's numbers come about: progress, parts of a price. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from market.money import split_by_weights

_PACK = re.compile(r"([\d.]+) ?(kg|g|l|ml)", re.IGNORECASE)
_TO_THOUSAND = {"kg": 1000, "g": 1, "l": 1000, "ml": 1}


class Progress(StrEnum):
    """How far a product of a round is."""

    RESTING = "resting"  # in no open round
    BELOW = "below"  # no maker has its smallest batch together yet
    CERTAIN = "certain"  # at least one maker has
    FULL = "full"  # nothing is left to order


@dataclass(frozen=True, kw_only=True)
class Part:
    """One part of a price; weave names its pattern."""

    key: str
    satang: int
    weave: str


@dataclass(frozen=True, kw_only=True)
class MoneyRow:
    """Where the money of the open rounds goes if all is sold: weights, not satang to be paid."""

    weights: tuple[tuple[str, int], ...]  # part of a price, amount
    tambons: int


def progress(ordered_units: int, minimum_units: int, left_units: int) -> Progress:
    """Full before certain: what cannot be ordered any more is not offered."""
    if left_units <= 0:
        return Progress.FULL
    return Progress.CERTAIN if ordered_units >= minimum_units else Progress.BELOW


#: part of a price -> links of the economic chain it covers, and its weave. Makers' parts first.
PARTS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("surplus", "surplus", ()),
    ("labour", "labour", ("production", "processing")),
    ("material", "material", ("inputs",)),
    ("packing", "check", ("quality_packing",)),
    ("transport", "stripe", ("gathering", "coordination")),
)
ELSEWHERE = PARTS[-1][2]  # links that the price pays, but not to the group
MAKERS_PARTS = ("surplus", "labour", "material")
_LINKS = frozenset(link for _key, _weave, links in PARTS for link in links)


def price_parts(
    price_satang: int, cost_satang: int, chain: dict[str, int], group_satang: int | None = None
) -> tuple[Part, ...]:
    """The parts of a unit's price; they add up to it.

    The group's cost is spread over the parts as the product's chain spreads the reference
    cost; what the price leaves above the cost is the surplus. A price below the cost leaves
    none and pays each part in proportion. Without a chain there is nothing to show.
    ``group_satang``: what the round froze as the group's; the rest of the price is transport
    and coordination then, and is no cost of the group's.
    """
    if not set(chain) & _LINKS or sum(chain.values()) <= 0:
        return ()
    if group_satang is not None and group_satang < price_satang:
        own = {link: weight for link, weight in chain.items() if link not in ELSEWHERE}
        cost = own_cost(cost_satang, chain)
        inner = price_parts(group_satang, cost, own)
        elsewhere = Part(key="transport", satang=price_satang - group_satang, weave="stripe")
        return (*inner[:-1], elsewhere) if inner else ()
    surplus = max(0, price_satang - cost_satang)
    weights = [sum(chain.get(link, 0) for link in links) for _key, _weave, links in PARTS[1:]]
    spread = [surplus, *split_by_weights(price_satang - surplus, weights)]
    return tuple(
        Part(key=key, satang=satang, weave=weave)
        for (key, weave, _links), satang in zip(PARTS, spread, strict=True)
    )


def own_cost(cost_satang: int, chain: dict[str, int]) -> int:
    """What the group itself bears of a cost: without the links that the price pays apart."""
    whole = sum(chain.values())
    own = sum(weight for link, weight in chain.items() if link not in ELSEWHERE)
    return cost_satang * own // whole if whole > 0 else cost_satang


def share_of_hundred(money: MoneyRow) -> tuple[Part, ...]:
    """Of every 100 baht, the whole baht that each part gets; they add up to 100."""
    known = dict(money.weights)
    weights = [known.get(key, 0) for key, _weave, _links in PARTS]
    if sum(weights) <= 0:
        return ()
    baht = split_by_weights(100, weights)
    return tuple(
        Part(key=key, satang=amount * 100, weave=weave)
        for (key, weave, _links), amount in zip(PARTS, baht, strict=True)
    )


def makers_share(parts: Sequence[Part]) -> int:
    """What stays with the group, satang."""
    return sum(part.satang for part in parts if part.key in MAKERS_PARTS)


def price_per_measure(price_satang: int, pack: str) -> tuple[int, str] | None:
    """The price of a kilogram or litre ("kg" or "l"), where the pack says its weight or volume."""
    match = _PACK.fullmatch(pack.strip())
    if match is None:
        return None
    unit = match[2].lower()
    amount = Decimal(match[1]) * _TO_THOUSAND[unit]
    if amount <= 0:
        return None
    price = (price_satang * 1000 / amount).quantize(Decimal(1), ROUND_HALF_UP)
    return int(price), "kg" if unit in ("kg", "g") else "l"
