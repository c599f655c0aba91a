"""The words of ordering."""

from __future__ import annotations

from enum import StrEnum


class MakerChoice(StrEnum):
    """Who may make a line."""

    ONLY = "only"  # this group only
    FIRST = "first"  # this group first, another in the re-match
    ANY = "any"  # any maker within the band


class ShortageChoice(StrEnum):
    """What happens when a line cannot be served whole."""

    FEWER = "fewer"
    NOTHING = "nothing"


class OrderState(StrEnum):
    """placed or cancelled; all later states belong to lines, charges and batches."""

    PLACED = "placed"
    CANCELLED = "cancelled"


class PayMethod(StrEnum):
    """How a buyer means to pay. Cards come with the money issue."""

    PROMPTPAY = "promptpay"
    CASH = "cash"  # at the pick-up point
