"""The words of reminders, and which search words may be kept."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from market.thai import arabic_digits, fold

MOST_REMINDERS = 50  # of one person; nobody waits for more
MOST_UNITS = 100_000
CONFIRM_DAYS = 7  # an address nobody confirmed is forgotten then
KEY_LIFE = timedelta(days=400)  # a letter found a year later can still be stopped
EMAIL_LENGTH = 254

TERM_LENGTH = (2, 60)  # letters after folding
SHOWN_LENGTH = 120
MOST_WORDS = 8
MOST_TERMS_A_DAY = 5000
#: Phone, identity and account numbers, however they are spaced.
_LONG_NUMBER = re.compile(r"\d(?:[\s\-().]*\d){5,}")
_ADDRESS = re.compile(r"@|://|www\.|\.(?:com|net|org|co|th)\b|(?:^|\s)line\s*id\b", re.IGNORECASE)
_SIGNS = re.compile(r"[<>{}\[\]\\|=;*%_^~`$#\"]")


class Reason(StrEnum):
    """Why somebody waits."""

    OPENS = "opens"  # each round with it, until they stop
    FULL = "full"  # this round had no more: told once, in the next


@dataclass(frozen=True, kw_only=True)
class Owner:
    """Whose reminders: a user's, or those of a guest's e-mail address (a buyer)."""

    user_id: int | None = None
    buyer_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class Target:
    """What somebody waits for: goods, a group, goods of one group, a kind of goods, any round."""

    product_id: int | None = None
    group_id: int | None = None
    category: str | None = None


@dataclass(frozen=True, kw_only=True)
class Wish:
    """A target and why; units only where the round was full. province: 2 digits, if known."""

    target: Target
    reason: Reason = Reason.OPENS
    units: int | None = None
    province: str | None = None


def storable_term(words: str) -> str | None:
    """A search as the demand board may keep it, folded; None where it says nothing, or too much.

    Left out: numbers as long as a phone's, addresses of mail and web, signs that only programs
    type, what holds no letter, is too short or long, or repeats one letter.
    """
    plain = arabic_digits(words)
    if any(unicodedata.category(letter) in ("Cc", "Cs", "Co", "Cn") for letter in plain):
        return None
    if _LONG_NUMBER.search(plain) or _ADDRESS.search(plain) or _SIGNS.search(plain):
        return None
    term = fold(words)
    letters = {letter for letter in term if letter.isalpha()}
    low, high = TERM_LENGTH
    fits = low <= len(term) <= high and len(words.split()) <= MOST_WORDS
    return term if fits and len(letters) > 1 else None
