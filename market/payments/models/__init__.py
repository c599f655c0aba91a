"""What is owed, what came in, what went out, and the books beneath. All satang."""

from __future__ import annotations

from market.payments.models.books import LedgerEntry, Posting, PricePart
from market.payments.models.cases import MoneyCase, Paper, PaperCounter, ProblemReport
from market.payments.models.charges import (
    ASKED_SATANG,
    TOLD_REFERENCE,
    Charge,
    ChargeShare,
    Receipt,
)
from market.payments.models.gateway import (
    Dispute,
    GatewayCheck,
    GatewayCustomer,
    GatewayEvent,
    PaymentAttempt,
    SavedCard,
)
from market.payments.models.incoming import BankLine, BankStatement, Slip
from market.payments.models.outgoing import BankFile, GroupAccount, MemberShare, Payout, Refund

__all__ = [
    "ASKED_SATANG",
    "TOLD_REFERENCE",
    "BankFile",
    "BankLine",
    "BankStatement",
    "Charge",
    "ChargeShare",
    "Dispute",
    "GatewayCheck",
    "GatewayCustomer",
    "GatewayEvent",
    "GroupAccount",
    "LedgerEntry",
    "MemberShare",
    "MoneyCase",
    "Paper",
    "PaperCounter",
    "PaymentAttempt",
    "Payout",
    "Posting",
    "PricePart",
    "ProblemReport",
    "Receipt",
    "Refund",
    "SavedCard",
    "Slip",
]
