"""Amounts and references as people type them."""

from __future__ import annotations

import re
from decimal import Decimal

from market.errors import Refused
from market.money import satang
from market.thai import arabic_digits

_AMOUNT = re.compile(r"\d{1,9}(\.\d{1,2})?")


def typed_satang(typed: str) -> int:
    """Baht as typed (``1,250``, ``๔๒๐.๕๐``, ``฿75``) in satang. Refused when it is no amount."""
    text = re.sub(r"[\s,฿]", "", arabic_digits(typed[:40]))
    if not _AMOUNT.fullmatch(text):
        raise Refused("not_an_amount")
    return satang(Decimal(text))


def typed_id(typed: str | None) -> int:
    """A row's id from a hidden field; 0 when somebody changed it."""
    text = typed or ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0
