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
    # A sum that the database made of bigint comes as a Decimal, which knows no ":02d".
    baht, rest = divmod(abs(int(amount_satang)), SATANG_PER_BAHT)
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


_DIGITS = ("", "หนึ่ง", "สอง", "สาม", "สี่", "ห้า", "หก", "เจ็ด", "แปด", "เก้า")
_PLACES = ("", "สิบ", "ร้อย", "พัน", "หมื่น", "แสน")
_MILLION = 1_000_000


def baht_words(amount_satang: int) -> str:
    """The amount as receipts write it out: ``หนึ่งร้อยเอ็ดบาทห้าสิบสตางค์``, ``ห้าบาทถ้วน``.

    Source: the usage of the Royal Society and of spreadsheets' BAHTTEXT: a final one after
    anything is เอ็ด, two tens are ยี่สิบ, one ten is สิบ, and millions repeat.
    """
    if amount_satang < 0:
        return "ลบ" + baht_words(-amount_satang)
    baht, rest = divmod(amount_satang, SATANG_PER_BAHT)
    whole = f"{_number_words(baht)}บาท" if baht or not rest else ""
    return whole + (f"{_number_words(rest)}สตางค์" if rest else "ถ้วน")


def _number_words(number: int) -> str:
    if number == 0:
        return "ศูนย์"
    millions, rest = divmod(number, _MILLION)
    head = f"{_number_words(millions)}ล้าน" if millions else ""
    return head + _below_million(rest, follows=bool(millions))


def _below_million(number: int, *, follows: bool) -> str:
    words: list[str] = []
    for place in range(len(_PLACES) - 1, -1, -1):
        digit = number // 10**place % 10
        if digit:
            words.append(_digit_words(digit, place, last=follows or bool(words)))
    return "".join(words)


def _digit_words(digit: int, place: int, *, last: bool) -> str:
    """``last``: something stands before it."""
    if place == 1 and digit <= 2:
        return "สิบ" if digit == 1 else "ยี่สิบ"
    if place == 0 and digit == 1 and last:
        return "เอ็ด"
    return _DIGITS[digit] + _PLACES[place]
