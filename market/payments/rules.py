"""The words of money. PromptPay payloads and price parts are added beside them."""

from __future__ import annotations

from enum import StrEnum


class ChargeState(StrEnum):
    """due -> paid, or expired when the pay-by time passes, or void when nothing is left to pay."""

    DUE = "due"
    PAID = "paid"
    EXPIRED = "expired"
    VOID = "void"


class AccountKind(StrEnum):
    """Ledger accounts. The owner column says whose: an order, a group, or the market ('')."""

    BANK = "bank"  # asset
    CASH = "cash"  # asset: in the hands of a pick-up point
    HELD = "held"  # liability: paid, not yet delivered (owner: order)
    GROUP = "group"  # liability: earned by a group, not yet paid out
    DELIVERY = "delivery"  # income: fees less what delivery really cost
    REFUND = "refund"  # liability: owed back to a buyer (owner: order)
    OVERPAID = "overpaid"  # liability: received without or above a charge, to be settled


class PayoutState(StrEnum):
    """due -> paid."""

    DUE = "due"
    PAID = "paid"


class RefundState(StrEnum):
    """due -> paid."""

    DUE = "due"
    PAID = "paid"
