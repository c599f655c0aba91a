"""A lot's code as people type it. Pure."""

from __future__ import annotations

import re

from market.thai import arabic_digits

#: What is printed: the round, a dash, a running number of five digits or more.
LOT = re.compile(r"(\d{1,9})\D{1,3}(\d{1,12})")


def lot_of(typed: str) -> str | None:
    """``๑๒ - 45`` as ``12-00045``; None for what cannot be a lot's code."""
    text = re.sub(r"^(lot|ล็อต)\W*", "", arabic_digits(typed).strip().lower())
    found = LOT.fullmatch(text)
    if found is None:
        return None
    return f"{int(found[1])}-{int(found[2]):05d}"
