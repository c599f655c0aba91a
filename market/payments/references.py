"""A bank's reference as people type it, in the one spelling it is kept in."""

from __future__ import annotations

from market.errors import Refused
from market.payments.rules import bank_reference
from market.thai import arabic_digits


def checked_reference(typed: str) -> str:
    """The reference as it is kept. Refused when it cannot be one."""
    reference = bank_reference(arabic_digits(typed))
    if reference is None:
        raise Refused("bank_reference_unreadable")
    return reference
