"""One cell of a sheet: text in, a value out, or ValueError saying what it must be. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from market.thai import normalise

Parse = Callable[[str], Any]


def name(text: str) -> str:
    """A name or sentence: not empty, at most 300 characters, in normal spelling."""
    if not text.strip() or len(text) > 300:
        raise ValueError("must have 1 to 300 characters")
    return normalise(text)


def note(text: str) -> str:
    """Free text of at most 2,000 characters; may be empty."""
    if len(text) > 2000:
        raise ValueError("must have at most 2,000 characters")
    return normalise(text)


def whole(low: int, high: int = 10**9) -> Parse:
    """A whole number from low to high."""

    def parse(text: str) -> int:
        if not re.fullmatch(r"-?\d{1,12}", text.strip()) or not low <= int(text) <= high:
            raise ValueError(f"must be a whole number from {low} to {high}")
        return int(text)

    return parse


def baht(text: str) -> int:
    """Baht with at most two decimals, not negative, as satang."""
    try:
        amount = Decimal(text.strip()) * 100
    except InvalidOperation:
        raise ValueError("must be baht, such as 81.89") from None
    if not 0 <= amount <= 10**9 or amount != amount.to_integral_value():
        raise ValueError("must be baht of 0 or more with at most two decimals")
    return int(amount)


def number(low: float, high: float) -> Parse:
    """A decimal number from low to high."""

    def parse(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not low <= value <= high:
            raise ValueError(f"must be a number from {low} to {high}")
        return value

    return parse


def one_of(*allowed: str) -> Parse:
    """One of a few words."""

    def parse(text: str) -> str:
        if text not in allowed:
            raise ValueError("must be one of: " + ", ".join(allowed))
        return text

    return parse


def many_of(*allowed: str) -> Parse:
    """Words from a list, separated by semicolons; may be empty."""

    def parse(text: str) -> list[str]:
        words = [word for word in text.split(";") if word]
        strange = sorted(set(words) - set(allowed))
        if strange:
            raise ValueError(f"does not know {', '.join(strange)}")
        return words

    return parse


def words(text: str) -> list[str]:
    """Free words separated by semicolons; may be empty."""
    return [normalise(word) for word in text.split(";") if word]


def months(text: str) -> list[int]:
    """Months 1 to 12 separated by semicolons, at least one."""
    try:
        listed = [int(month) for month in text.split(";")]
    except ValueError:
        listed = []
    if not listed or listed != sorted(set(listed)) or not set(listed) <= set(range(1, 13)):
        raise ValueError("must list months 1 to 12 in order, such as 5;6;7")
    return listed


def code(digits: int) -> Parse:
    """A place code of so many digits."""

    def parse(text: str) -> str:
        if not re.fullmatch(rf"\d{{{digits}}}", text):
            raise ValueError(f"must be a code of {digits} digits")
        return text

    return parse


def flag(text: str) -> bool:
    """0 or 1."""
    if text not in ("0", "1"):
        raise ValueError("must be 0 or 1")
    return text == "1"
