"""Money is whole satang (1 baht = 100 satang). Floats never touch it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from market.errors import Refused

SATANG_PER_BAHT = 100


def satang(baht: str | int | Decimal) -> int:
    """Baht as written ("81.89") to satang; refuses more than two decimals."""
    amount = Decimal(baht) * SATANG_PER_BAHT
    if amount != amount.to_integral_value():
        raise Refused("baht_has_two_decimals", value=str(baht))
    return int(amount)


def format_baht(amount_satang: int) -> str:
    """``฿1,250`` or ``฿81.89``: satang are shown only when there are any."""
    sign = "-" if amount_satang < 0 else ""
    baht, rest = divmod(abs(amount_satang), SATANG_PER_BAHT)
    return f"{sign}฿{baht:,}" + (f".{rest:02d}" if rest else "")


def split_by_weights(total_satang: int, weights: Sequence[int]) -> list[int]:
    """Share ``total_satang`` by ``weights`` with the largest remainder, so that it adds up.

    Equal remainders go to the earlier part. Raises ValueError when no weight is positive.
    Source: the Hamilton method of apportionment.
    """
    whole = sum(weights)
    if whole <= 0 or any(weight < 0 for weight in weights):
        raise ValueError("weights must be non-negative and not all zero")
    parts = [total_satang * weight // whole for weight in weights]
    order = sorted(range(len(weights)), key=lambda i: (-(total_satang * weights[i] % whole), i))
    for i in order[: total_satang - sum(parts)]:
        parts[i] += 1
    return parts
