"""The words of shared baskets, their links, and who gets what of it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class BasketState(StrEnum):
    """open <-> closed -> ordered."""

    OPEN = "open"
    CLOSED = "closed"
    ORDERED = "ordered"


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """So many units that a friend wants."""

    friend_id: int
    units: int


def share_out(wanted: Sequence[Wanted], units: int) -> dict[int, int]:
    """Units of one product by friend: whoever asked first gets theirs first.

    ``wanted`` is in the order of asking.
    """
    shares: dict[int, int] = {}
    for wish in wanted:
        part = min(wish.units, units)
        shares[wish.friend_id] = part
        units -= part
    return shares
