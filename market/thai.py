"""Thai text: what is typed, how it is stored, sorted, searched and shown.

Pure functions. Sources: Unicode L2/99-167 (Thai order), the measurements in the
domain notes: NFKC splits SARA AM, so it is never used.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, timedelta

from market.clock import BANGKOK
from market.errors import Refused

BUDDHIST_YEARS = 543
_THAI_DIGITS = str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789")
_INVISIBLE = re.compile("[\u200b\u200c\u200d\u2060\ufeff]")
_SPLIT_AM = re.compile("\u0e4d([\u0e48-\u0e4b]?)\u0e32")
_LATE_AM = re.compile("\u0e33([\u0e48-\u0e4b])")
_TONES = re.compile("([\u0e48-\u0e4b])[\u0e48-\u0e4b]+")
_MARKS = re.compile("[\u0e47-\u0e4e]")
_POINTS = re.compile("[-.,'\"/()]")
_LEADING_VOWEL = re.compile("([\u0e40-\u0e44])([\u0e01-\u0e2e])")

_WEEKDAYS = ("จ.", "อ.", "พ.", "พฤ.", "ศ.", "ส.", "อา.")
_MONTHS = (
    "ม.ค.", "ก.พ.", "มี.ค.", "เม.ย.", "พ.ค.", "มิ.ย.",
    "ก.ค.", "ส.ค.", "ก.ย.", "ต.ค.", "พ.ย.", "ธ.ค.",
)  # fmt: skip
_WEEKDAYS_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS_EN = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def arabic_digits(text: str) -> str:
    """Thai digits to 0-9; every number that a person types passes through here."""
    return text.translate(_THAI_DIGITS)


def normalise(text: str) -> str:
    """The one stored spelling: NFC, SARA AM whole, no doubled tones, no invisible marks."""
    text = unicodedata.normalize("NFC", _INVISIBLE.sub("", text))
    text = _SPLIT_AM.sub("\\1\u0e33", text).replace("\u0e40\u0e40", "\u0e41")
    text = _TONES.sub(r"\1", _LATE_AM.sub("\\1\u0e33", text))
    return re.sub(r"\s+", " ", text).strip()


def search_text(text: str) -> str:
    """What search compares: normal spelling, Arabic digits, lower Latin, no spaces inside Thai."""
    text = arabic_digits(normalise(text)).lower()
    return re.sub(r"(?<=[\u0e01-\u0e4e]) (?=[\u0e01-\u0e4e])", "", text)


# Letters that sound alike become one, and what is left out when typing in haste goes: tone
# marks, the short a, silencers, dots. The database's function fold() does the same.
_FOLD_FROM = "ศษณฬญฎฏฐฑฒธภฆใ\u0e48\u0e49\u0e4a\u0e4b\u0e4c\u0e47\u0e30\u0e31.,'\"()/-"
_FOLD_TO = "สสนลยดตถทททพคไ"
_FOLD = str.maketrans(_FOLD_FROM[: len(_FOLD_TO)], _FOLD_TO, _FOLD_FROM[len(_FOLD_TO) :])


def fold(text: str) -> str:
    """Search text with the differences left out that people do not hear or do not type.

    ``ผ้าขาวม้า`` and ``ผาขาวมา``, ``มะลิ`` and ``มลิ`` become the same.
    """
    return search_text(text).translate(_FOLD)


def sort_key(text: str) -> str:
    """A string whose byte order is the Thai dictionary order: leading vowels step behind, dots
    and dashes do not count.
    """
    text = _LEADING_VOWEL.sub(r"\2\1", search_text(_POINTS.sub("", text)))
    marks = "".join(mark for mark in text if _MARKS.match(mark))
    return _MARKS.sub("", text) + "\u0001" + marks


def whole_number(text: str, *, low: int, high: int) -> int:
    """A count as typed (Thai or Arabic digits). Refuses anything else, and what is out of range."""
    digits = arabic_digits(text.strip()).replace(",", "")
    if not re.fullmatch(r"\d{1,9}", digits):
        raise Refused("not_a_whole_number", low=low, high=high)
    number = int(digits)
    if not low <= number <= high:
        raise Refused("number_out_of_range", low=low, high=high)
    return number


def phone_e164(text: str) -> str:
    """A Thai number as typed to ``+66…``; refuses what cannot be one."""
    digits = re.sub(r"[\s\-().]", "", arabic_digits(text))
    digits = re.sub(r"^(\+66|0066|66(?=\d{8,9}$))", "0", digits)
    if re.fullmatch(r"0[689]\d{8}", digits) or re.fullmatch(r"0[2-57]\d{7}", digits):
        return "+66" + digits[1:]
    raise Refused("phone_not_thai")


def show_phone(e164: str) -> str:
    """``+66812345678`` as ``081-234-5678``; Bangkok as 02-123-4567, a province as 044-123-456."""
    digits = "0" + e164.removeprefix("+66")
    if len(digits) == 10 or not digits.startswith("02"):
        return f"{digits[:3]}-{digits[3:6]}-{digits[6:]}"
    return f"{digits[:2]}-{digits[2:5]}-{digits[5:]}"


def show_date(day: date | datetime, language: str = "th") -> str:
    """``พ. 25 พ.ย. 69`` (Buddhist era) or ``Wed 25 Nov 2026``. Moments are shown in Bangkok."""
    if isinstance(day, datetime):
        day = day.astimezone(BANGKOK).date()
    if language != "th":
        return f"{_WEEKDAYS_EN[day.weekday()]} {day.day} {_MONTHS_EN[day.month - 1]} {day.year}"
    year = (day.year + BUDDHIST_YEARS) % 100
    return f"{_WEEKDAYS[day.weekday()]} {day.day} {_MONTHS[day.month - 1]} {year:02d}"


def show_month(day: date, language: str = "th") -> str:
    """``พ.ย. 2569`` or ``Nov 2026``."""
    if language != "th":
        return f"{_MONTHS_EN[day.month - 1]} {day.year}"
    return f"{_MONTHS[day.month - 1]} {day.year + BUDDHIST_YEARS}"


def show_datetime(moment: datetime, language: str = "th") -> str:
    """``พ. 25 พ.ย. 69 18:00 น.``"""
    clock = moment.astimezone(BANGKOK).strftime("%H:%M")
    return f"{show_date(moment, language)} {clock}" + (" น." if language == "th" else "")


def show_time_left(left: timedelta, language: str = "th") -> str:
    """Words, not a ticking clock: ``2 วัน 5 ชม.``, under an hour minutes, never below zero."""
    minutes = max(0, int(left.total_seconds() // 60))
    days, hours = minutes // 1440, minutes // 60 % 24
    words = ("วัน", "ชม.", "นาที") if language == "th" else ("d", "h", "min")
    if days:
        return f"{days} {words[0]} {hours} {words[1]}" if hours else f"{days} {words[0]}"
    if hours:
        rest = minutes % 60
        return f"{hours} {words[1]} {rest} {words[2]}" if rest else f"{hours} {words[1]}"
    return f"{minutes} {words[2]}"
