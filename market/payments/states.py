"""The words that payments, slips, refunds, papers and cases go through. Pure."""

from __future__ import annotations

from enum import StrEnum

from market.rounds.methods import Payee as Payee
from market.rounds.methods import PayPolicy as PayPolicy


class AttemptKind(StrEnum):
    """How a payment is tried at the provider."""

    CHECKOUT = "checkout"  # the buyer goes to the provider's page
    OFF_SESSION = "off_session"  # a saved card, the buyer is away
    HOLD = "hold"  # authorised now, captured (in part) after the match


class AttemptState(StrEnum):
    """created -> pending -> authorized -> succeeded, or failed, cancelled, expired."""

    CREATED = "created"  # written here, perhaps not yet known there
    PENDING = "pending"
    AUTHORIZED = "authorized"  # held, not yet captured
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class CardState(StrEnum):
    """asked -> ready, or gone: refused, removed by the buyer, or used up with its order."""

    ASKED = "asked"
    READY = "ready"
    GONE = "gone"


class DisputeState(StrEnum):
    """open -> won (the money came back) or lost."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"


class SlipState(StrEnum):
    """waiting -> matched with a receipt, or refused."""

    WAITING = "waiting"
    MATCHED = "matched"
    REFUSED = "refused"


class BankLineState(StrEnum):
    """waiting -> matched with a receipt, or set aside as not ours."""

    WAITING = "waiting"
    MATCHED = "matched"
    SET_ASIDE = "set_aside"


class RefundWay(StrEnum):
    """How a refund goes back."""

    SOURCE = "source"  # to the card or account it came from, through the provider
    CREDIT = "credit"  # store credit, the buyer's choice
    BANK = "bank"  # a transfer that the treasurer makes


class BankFileState(StrEnum):
    """made -> done when the bank has carried it out."""

    MADE = "made"
    DONE = "done"


class ShareRule(StrEnum):
    """How a group splits a payout among its members."""

    EQUAL = "equal"
    UNITS = "units"
    HOURS = "hours"


class PaperKind(StrEnum):
    """Papers with a number of their own."""

    RECEIPT = "receipt"  # ใบเสร็จรับเงิน
    STATEMENT = "statement"  # ใบแจ้งยอดจ่ายกลุ่ม
    CREDIT_NOTE = "credit_note"  # ใบลดหนี้


class PartKind(StrEnum):
    """The parts of a price. What the others leave is the makers'."""

    MAKERS = "makers"
    PACKING = "packing"
    TRANSPORT = "transport"  # gathering and transport
    COORDINATION = "coordination"
    MARKETING = "marketing"  # the marketing organisation
    PAYMENT = "payment"  # what paying costs


class CaseKind(StrEnum):
    """What the reconciliation can find."""

    PAID_WITHOUT_ORDER = "paid_without_order"
    ORDER_WITHOUT_PAYMENT = "order_without_payment"
    STUCK_ATTEMPT = "stuck_attempt"
    AMOUNT_DIFFERS = "amount_differs"
    REFUND_DIFFERS = "refund_differs"
    DISPUTE = "dispute"
    SLIP_REUSED = "slip_reused"
    LOST_MESSAGE = "lost_message"  # of the provider: tried often, never understood


class ProblemKind(StrEnum):
    """What a buyer says was wrong with goods."""

    DAMAGED = "damaged"
    SPOILED = "spoiled"
    OTHER_GOODS = "other_goods"  # not what was ordered
    MISSING = "missing"  # fewer than the label says, or none
    OTHER = "other"


class ProblemState(StrEnum):
    """open -> agreed with an amount that goes back, or declined with a reason."""

    OPEN = "open"
    AGREED = "agreed"
    DECLINED = "declined"


class CaseState(StrEnum):
    """open -> healed by the reconciliation, or closed by a person."""

    OPEN = "open"
    HEALED = "healed"
    CLOSED = "closed"
