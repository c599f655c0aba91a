"""What we ask of a payment provider and what it answers, in our words. Pure.

The gateway speaks the vendor's language; everything else knows only this. Amounts are satang.
A refused card is an answer here (state FAILED with a reason), not an error.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from market.orders.rules import PayMethod
from market.payments.states import AttemptState, CardState, DisputeState

CURRENCY = "thb"
#: A pay page lives between 30 minutes and 24 hours (Stripe API reference, Checkout Session,
#: expires_at); the margins leave time for a call that is made again.
PAGE_LEAST = timedelta(minutes=40)
PAGE_MOST = timedelta(hours=23)


def row_key(what: str, row_id: int, made_at: datetime) -> str:
    """The idempotency key of a row's one effect.

    With the moment the row was made: after a database was restored from a copy its ids are
    given again, and an id alone would bring back another order's payment.
    """
    return f"{what}-{row_id}-{int(made_at.timestamp())}"


class RefundOutcome(StrEnum):
    """What became of money sent back."""

    PENDING = "pending"
    NEEDS_DETAILS = "needs_details"  # the buyer has to tell the provider an account
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class PageRequest:
    """A pay page for one attempt. Made only from the attempt's row: asked again it is the same."""

    key: str
    attempt_id: int
    order_number: str
    amount_satang: int
    methods: tuple[PayMethod, ...]
    hold: bool
    email: str | None
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class CardPageRequest:
    """A page on which a buyer lets us keep a card for one order."""

    key: str
    card_id: int  # our row
    order_number: str
    customer_id: str


@dataclass(frozen=True, kw_only=True)
class CardCharge:
    """A kept card, charged while its owner is away."""

    key: str
    attempt_id: int
    order_number: str
    amount_satang: int
    customer_id: str
    payment_method_id: str


@dataclass(frozen=True, kw_only=True)
class RefundRequest:
    """Money to send back to where it came from. ``key`` is the same for the same try."""

    refund_id: int
    key: str
    intent_id: str
    amount_satang: int
    email: str | None  # where the provider asks for an account, if it must


@dataclass(frozen=True, kw_only=True)
class Page:
    """A pay page, or one for keeping a card."""

    session_id: str
    url: str | None  # None once it is closed
    open: bool
    expired: bool
    row_id: int | None  # the attempt, or the kept card
    intent_id: str | None
    setup_id: str | None
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class Payment:
    """A payment as the provider has it now."""

    intent_id: str
    attempt_id: int | None  # None: not begun by this market
    state: AttemptState
    amount_satang: int
    received_satang: int
    currency: str
    livemode: bool
    method: PayMethod | None
    failure: str | None
    capture_before: datetime | None
    fee_satang: int | None  # None: the provider has not said yet
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class Setup:
    """A card being kept."""

    setup_id: str
    card_id: int | None
    state: CardState
    payment_method_id: str | None
    brand: str | None
    last4: str | None


@dataclass(frozen=True, kw_only=True)
class SentBack:
    """A refund as the provider has it now."""

    gateway_refund_id: str
    refund_id: int | None  # None: made in the provider's dashboard
    key: str | None  # of the try it came from
    intent_id: str | None
    amount_satang: int
    currency: str
    outcome: RefundOutcome
    failure: str | None
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class Disputed:
    """A bank's complaint as the provider has it now.

    withdrawn_satang is what it holds back of our balance; fee_satang what it kept for itself.
    """

    gateway_id: str
    intent_id: str | None
    amount_satang: int
    withdrawn_satang: int
    fee_satang: int
    reason: str
    state: DisputeState
    evidence_by: datetime | None
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class ToBank:
    """Money the provider sent to the market's bank account (or took back, when it bounced)."""

    gateway_id: str
    amount_satang: int
    arrived: bool
    failed: bool
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class Message:
    """A provider's message: only where to look again. Its body is not believed."""

    id: str
    kind: str
    object_id: str
    livemode: bool


class Provider(Protocol):
    """The port. Every call may raise Unavailable (ask again later), or Refused (never will)."""

    livemode: bool

    def open_page(self, request: PageRequest) -> Page:
        """Make the attempt's pay page; asked again it answers with the same one."""

    def open_card_page(self, request: CardPageRequest) -> Page:
        """Make the page on which a card is kept."""

    def make_customer(self, buyer_id: int, name: str, email: str | None) -> str:
        """The provider's id for a buyer; the same one when asked again."""

    def charge_card(self, charge: CardCharge) -> Payment:
        """Charge a kept card. Declined is an answer."""

    def capture(self, intent_id: str, amount_satang: int) -> Payment:
        """Take this much of a hold; the rest is released. Once only."""

    def cancel(self, intent_id: str) -> Payment:
        """Give up a payment or release its hold; answers as it is when it is too late for that."""

    def close_page(self, session_id: str) -> Page:
        """Close a pay page; answers as it is when it is closed already."""

    def refund(self, request: RefundRequest) -> SentBack:
        """Send money back."""

    def drop_card(self, payment_method_id: str) -> None:
        """Forget a kept card."""

    def transfer(self, account: str, amount_satang: int, key: str) -> str:
        """Connect: move money to a group's own account there; the transfer's id."""

    def find_page(self, session_id: str) -> Page:
        """A page as it is now."""

    def find_payment(self, intent_id: str) -> Payment:
        """A payment as it is now."""

    def find_setup(self, setup_id: str) -> Setup:
        """A card being kept, as it is now."""

    def find_refund(self, gateway_refund_id: str) -> SentBack:
        """A refund as it is now."""

    def find_dispute(self, gateway_id: str) -> Disputed:
        """A dispute as it is now."""

    def find_to_bank(self, gateway_id: str) -> ToBank:
        """A payout to the bank as it is now."""

    def payment_of_charge(self, gateway_charge_id: str) -> Payment:
        """The payment that a charge of the provider belongs to."""

    def list_pages(self, since: datetime) -> Sequence[Page]:
        """Pay pages made since then."""

    def list_payments(self, since: datetime) -> Sequence[Payment]:
        """Payments begun since then."""

    def list_refunds(self, since: datetime) -> Sequence[SentBack]:
        """Refunds made since then."""

    def refunds_of(self, intent_id: str) -> Sequence[SentBack]:
        """Every refund of a payment."""

    def list_disputes(self, since: datetime) -> Sequence[Disputed]:
        """Disputes opened since then."""

    def list_to_bank(self, since: datetime) -> Sequence[ToBank]:
        """Payouts to the bank made since then."""
