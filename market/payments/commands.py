"""Writes of money, by what they are about. Each is in its own file; callers import from here."""

from __future__ import annotations

from market.payments.charges import raise_charges
from market.payments.credit import spend
from market.payments.directs import net_direct
from market.payments.drops import drop_all, drop_units, parts_of_batches, stop_batches
from market.payments.earnings import earn_delivered, earn_fees
from market.payments.ledger import Entry, Leg, post_entries, post_entry, reverse_entry
from market.payments.lowering import Why
from market.payments.owing import NewRefund, owe_refund, owe_refunds
from market.payments.payouts import deposit_cash, mark_paid_out, owe_payouts, record_payout
from market.payments.problems import Problem, refund_problem
from market.payments.receiving import Incoming, Received, receive
from market.payments.recording import receive_transfer, record_receipt, take_cash
from market.payments.refunding import choose_way, mark_failed, mark_refunded, record_refund
from market.payments.releases import expire_charges, unwind_cancelled
from market.payments.shrinks import ask_to_shrink, settle_shrinks
from market.payments.upfront import advance_upfront

__all__ = [
    "Entry",
    "Incoming",
    "Leg",
    "NewRefund",
    "Problem",
    "Received",
    "Why",
    "advance_upfront",
    "ask_to_shrink",
    "choose_way",
    "deposit_cash",
    "drop_all",
    "drop_units",
    "earn_delivered",
    "earn_fees",
    "expire_charges",
    "mark_failed",
    "mark_paid_out",
    "mark_refunded",
    "net_direct",
    "owe_payouts",
    "owe_refund",
    "owe_refunds",
    "parts_of_batches",
    "post_entries",
    "post_entry",
    "raise_charges",
    "receive",
    "receive_transfer",
    "record_payout",
    "record_receipt",
    "record_refund",
    "refund_problem",
    "reverse_entry",
    "settle_shrinks",
    "spend",
    "stop_batches",
    "take_cash",
    "unwind_cancelled",
]
