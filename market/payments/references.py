"""References and accounts as people type them, in the one spelling they are kept in."""

from __future__ import annotations

from dataclasses import dataclass

from market.errors import Refused
from market.payments.promptpay import promptpay_payload
from market.payments.rules import bank_reference
from market.thai import arabic_digits


def checked_reference(typed: str) -> str:
    """The reference as it is kept. Refused when it cannot be one."""
    reference = bank_reference(arabic_digits(typed))
    if reference is None:
        raise Refused("bank_reference_unreadable")
    return reference


@dataclass(frozen=True, kw_only=True)
class Destination:
    """Where a transfer goes: the buyer's PromptPay number and the name on the account."""

    promptpay: str
    name: str


def checked_destination(promptpay: str | None, name: str | None) -> Destination:
    """A number that PromptPay knows and a name. Refused when one is missing or is none."""
    digits = "".join(c for c in arabic_digits((promptpay or "")[:40]) if c.isdigit())
    holder = (name or "").strip()
    if not holder or len(holder) > 100:
        raise Refused("refund_name_missing")
    try:
        promptpay_payload(digits, 100)
    except ValueError:
        raise Refused("promptpay_unreadable") from None
    return Destination(promptpay=digits, name=holder)
