"""Writes of money, by what they are about. Each is in its own file; callers import from here."""

from __future__ import annotations

from market.payments.charges import raise_charges, record_receipt, take_cash
from market.payments.drops import Why, drop_all, drop_units, parts_of_batches, stop_batches
from market.payments.earnings import earn_delivered, earn_fees
from market.payments.ledger import Entry, Leg, post_entries, post_entry
from market.payments.payouts import (
    NewRefund,
    deposit_cash,
    mark_paid_out,
    owe_payouts,
    owe_refund,
    owe_refunds,
    record_payout,
    record_refund,
)
from market.payments.releases import expire_charges, unwind_cancelled
from market.payments.shrinks import ask_to_shrink, settle_shrinks

__all__ = [
    "Entry",
    "Leg",
    "NewRefund",
    "Why",
    "ask_to_shrink",
    "deposit_cash",
    "drop_all",
    "drop_units",
    "earn_delivered",
    "earn_fees",
    "expire_charges",
    "mark_paid_out",
    "owe_payouts",
    "owe_refund",
    "owe_refunds",
    "parts_of_batches",
    "post_entries",
    "post_entry",
    "raise_charges",
    "record_payout",
    "record_receipt",
    "record_refund",
    "settle_shrinks",
    "stop_batches",
    "take_cash",
    "unwind_cancelled",
]
