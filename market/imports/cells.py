"""One cell as people write it in Thailand: text in, a value out, or Bad with a code. Pure.

Thai digits, commas, ฿ and "บาท", Buddhist years, words instead of codes: what is clear is
taken. Values are whole numbers, text, truth, or lists of them, so that JSON keeps them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from market import thai
from market.errors import Refused
from market.money import SATANG_PER_BAHT

Parse = Callable[[str], Any]
MOST_SATANG = 10**11
_FORMULA_ERRORS = frozenset(
    {"#REF!", "#N/A", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!"}
)
_NONE = frozenset({"-", "ไม่มี", "none", "no"})
_YES = frozenset(
    {"ใช่", "yes", "y", "true", "1", "มี", "ขาย", "จ่ายแล้ว", "เงินสด", "ยินยอม", "✓", "/", "x"}
)
_NO = frozenset(
    {"ไม่", "ไม่ใช่", "no", "n", "false", "0", "ไม่มี", "ไม่ขาย", "ยังไม่จ่าย", "ยัง", "ไม่ยินยอม", "-"}
)
_ALL_YEAR = frozenset({"ทั้งปี", "ตลอดปี", "ทุกเดือน", "all year", "all"})
_MONTHS = (
    ("ม.ค.", "มกราคม", "jan", "january"), ("ก.พ.", "กุมภาพันธ์", "feb", "february"),
    ("มี.ค.", "มีนาคม", "mar", "march"), ("เม.ย.", "เมษายน", "apr", "april"),
    ("พ.ค.", "พฤษภาคม", "may", "may"), ("มิ.ย.", "มิถุนายน", "jun", "june"),
    ("ก.ค.", "กรกฎาคม", "jul", "july"), ("ส.ค.", "สิงหาคม", "aug", "august"),
    ("ก.ย.", "กันยายน", "sep", "september"), ("ต.ค.", "ตุลาคม", "oct", "october"),
    ("พ.ย.", "พฤศจิกายน", "nov", "november"), ("ธ.ค.", "ธันวาคม", "dec", "december"),
)  # fmt: skip


class Bad(ValueError):
    """The cell cannot be read: code and data for the sentence."""

    def __init__(self, code: str, **data: Any) -> None:
        super().__init__(code)
        self.code, self.data = code, data


@lru_cache(maxsize=20_000)  # sheets say the same few words over and over
def plain(text: str) -> str:
    """What words are compared by: normal spelling, lower case, no spaces, dots or dashes."""
    return re.sub(r"[\s.\-_()/:*]", "", thai.search_text(text))


_MONTH_NO = {plain(name): number for number, names in enumerate(_MONTHS, start=1) for name in names}


def read(text: str, parse: Parse) -> Any:
    """The cell's value. Raises Bad, also for what a broken formula left."""
    if text.strip().upper() in _FORMULA_ERRORS:
        raise Bad("formula_error", value=text.strip())
    return parse(text)


def words(most: int) -> Parse:
    """Text of at most so many letters, in normal spelling."""

    def parse(text: str) -> str:
        if len(text) > most:
            raise Bad("too_long", most=most)
        return thai.normalise(text)

    return parse


def whole(low: int, high: int) -> Parse:
    """A whole number from low to high; ``1,200`` and ``๑๒`` and ``12.0`` are fine."""

    def parse(text: str) -> int:
        digits = re.sub(r"\.0+$", "", thai.arabic_digits(text).replace(",", "").strip())
        if not re.fullmatch(r"[+-]?[0-9]{1,12}", digits):
            raise Bad("not_whole", low=low, high=high)
        if not low <= int(digits) <= high:
            raise Bad("out_of_range", low=low, high=high)
        return int(digits)

    return parse


def baht(*, least: int = 1) -> Parse:
    """Baht with at most two decimals, as satang; at least ``least`` satang."""

    def parse(text: str) -> int:
        digits = re.sub(r"[,฿\s]|บาท|thb|baht", "", thai.arabic_digits(text).lower())
        try:
            amount = Decimal(digits) * SATANG_PER_BAHT
        except InvalidOperation:
            raise Bad("not_baht") from None
        if not amount.is_finite():
            raise Bad("not_baht")
        # A spreadsheet keeps 81.89 as 81.8900000000000006.
        whole = amount.quantize(Decimal(1)) if abs(amount) < MOST_SATANG else amount
        if abs(amount - whole) > Decimal("0.000001"):
            raise Bad("satang_too_fine")
        if not least <= whole <= MOST_SATANG:
            raise Bad("baht_out_of_range", least=least // SATANG_PER_BAHT)
        return int(whole)

    return parse


def one_of(choices: Mapping[str, str]) -> Parse:
    """A key, written as any of its words; ``choices`` maps words to keys."""
    known = {plain(word): key for word, key in choices.items()}

    def parse(text: str) -> str:
        key = known.get(plain(text))
        if key is None:
            raise Bad("not_a_choice", choices=", ".join(list(dict.fromkeys(choices))[:12]))
        return key

    return parse


def many_of(choices: Mapping[str, str]) -> Parse:
    """Several keys or free words between commas; ``-`` is none. An empty map takes any word."""
    known = {plain(word): key for word, key in choices.items()}

    def parse(text: str) -> list[str]:
        if plain(text) in {plain(word) for word in _NONE} or not plain(text):
            return []
        found = [part.strip() for part in re.split(r"[,;\n|]", text) if part.strip()]
        if len(found) > 30 or any(len(part) > 60 for part in found):
            raise Bad("too_many_words")
        return list(dict.fromkeys(known.get(plain(part), thai.normalise(part)) for part in found))

    return parse


def yes_no(text: str) -> bool:
    """ใช่ or ไม่, and what people write instead."""
    said = re.sub(r"\s", "", thai.arabic_digits(text)).lower()
    if said in _YES or said in _NO:
        return said in _YES
    raise Bad("not_yes_no")


def months(text: str) -> list[int]:
    """Months of the year: ``ทั้งปี``, ``5-8``, ``พ.ย.-ก.พ.``, ``1,2,12``."""
    if plain(text) in {plain(word) for word in _ALL_YEAR}:
        return list(range(1, 13))
    found: set[int] = set()
    for part in re.split(r"[,;\s]+", thai.arabic_digits(text).replace("–", "-").strip(" ,;")):
        first, dash, last = part.partition("-")
        found |= _span(_month_no(first), _month_no(last)) if dash else {_month_no(first)}
    return sorted(found)


def _span(first: int, last: int) -> set[int]:
    """From one month to another, over the new year where that is meant."""
    return {(first - 1 + step) % 12 + 1 for step in range((last - first) % 12 + 1)}


def _month_no(text: str) -> int:
    number = _MONTH_NO.get(plain(text)) or (int(text) if re.fullmatch(r"\d{1,2}", text) else 0)
    if not 1 <= number <= 12:
        raise Bad("not_months")
    return number


def month(text: str) -> str:
    """A month of a year, as ``2026-11-01``: ``พ.ย. 69``, ``11/2569``, ``2026-11``, a whole day."""
    said = thai.arabic_digits(text).strip()
    found = (
        re.fullmatch(r"(?P<y>\d{4})[-/.](?P<m>\d{1,2})(?:[-/.]\d{1,2})?(?:[ T].*)?", said)
        or re.fullmatch(r"(?:\d{1,2}[-/.])?(?P<m>\d{1,2})[-/.](?P<y>\d{4}|\d{2})", said)
        or re.fullmatch(r"(?:\d{1,2}\s+)?(?P<m>[^\d]+?)\s*(?P<y>\d{4}|\d{2})", said)
    )
    if not found:
        raise Bad("not_a_month")
    try:
        number = _month_no(found["m"].strip())
    except Bad:
        raise Bad("not_a_month") from None
    return f"{_common_year(int(found['y'])):04d}-{number:02d}-01"


def _common_year(year: int) -> int:
    """The year of the common era; 69 and 2569 are Buddhist, as people here write them."""
    if year < 100:
        year += 2500
    if year > 2400:
        year -= thai.BUDDHIST_YEARS
    if not 2000 <= year <= 2100:
        raise Bad("not_a_month")
    return year


def phone(text: str) -> str:
    """A Thai number as ``+66…``; a spreadsheet may have eaten its first 0."""
    digits = re.sub(r"\.0$", "", thai.arabic_digits(text).strip())
    bare = re.sub(r"[\s\-().]", "", digits)
    if re.fullmatch(r"[689]\d{8}|[2-57]\d{7}", bare):
        digits = "0" + bare
    try:
        return thai.phone_e164(digits)
    except Refused:
        raise Bad("not_a_phone") from None
