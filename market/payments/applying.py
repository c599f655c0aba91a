"""What the provider says about a payment, made true here. Any order, any number of times."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from market.db import lock
from market.payments.attempts import OPEN, fail_attempt, move
from market.payments.cases import heal_case, open_case
from market.payments.ledger import debit_credit, post_entry
from market.payments.models import Charge, PaymentAttempt, Receipt
from market.payments.provider import CURRENCY, Payment
from market.payments.receiving import Incoming, fund_order, receive
from market.payments.rules import AccountKind, ChargeState
from market.payments.states import AttemptKind, AttemptState, CaseKind
from market.payments.tell import News, tell_buyers

ACTOR = "provider"


def apply_payment(session: Session, payment: Payment, *, now: datetime) -> bool:
    """Book what this payment is by now. False: no attempt of ours knows it."""
    attempt_id = find_attempt(session, payment)
    if attempt_id is None:
        return False
    charge_id = session.scalar(
        select(PaymentAttempt.charge_id).where(PaymentAttempt.id == attempt_id)
    )
    charge = lock(session, Charge, charge_id or 0)
    attempt = lock(session, PaymentAttempt, attempt_id)
    attempt.intent_id, attempt.checked_at = payment.intent_id, now
    if payment.currency != CURRENCY:
        _refuse_currency(session, charge, attempt, payment, now)
        return True
    attempt.failure = payment.failure
    attempt.capture_before = payment.capture_before or attempt.capture_before
    if payment.method is not None:
        attempt.method = payment.method
    session.flush()
    _STEPS[payment.state](session, charge, attempt, payment, now)
    session.flush()
    return True


def find_attempt(session: Session, payment: Payment) -> int | None:
    """Our attempt for a payment: by its id there, or by the number we gave it.

    A number whose attempt has another payment is not believed: metadata can be written by hand.
    """
    known = session.scalar(
        select(PaymentAttempt.id).where(PaymentAttempt.intent_id == payment.intent_id)
    )
    if known is not None or payment.attempt_id is None:
        return known
    return session.scalar(
        select(PaymentAttempt.id).where(
            PaymentAttempt.id == payment.attempt_id, PaymentAttempt.intent_id.is_(None)
        )
    )


def _succeeded(
    session: Session, charge: Charge, attempt: PaymentAttempt, payment: Payment, now: datetime
) -> None:
    if attempt.state is not AttemptState.SUCCEEDED:
        attempt.captured_satang = min(payment.received_satang, attempt.amount_satang)
        attempt.failure = None
        move(session, attempt, AttemptState.SUCCEEDED, now)
    money = Incoming(
        method=attempt.method,
        amount_satang=payment.received_satang,
        account=AccountKind.PROVIDER,
        attempt_id=attempt.id,
    )
    receive(session, charge.id, money, actor=ACTOR, now=now)
    book_fee(session, attempt.id, payment.fee_satang, now=now)
    if payment.amount_satang != attempt.amount_satang:
        open_case(
            session, CaseKind.AMOUNT_DIFFERS, f"attempt:{attempt.id}", now=now,
            amount_satang=payment.received_satang, round_id=charge.round_id,
            detail={"asked_satang": attempt.amount_satang, "paid_satang": payment.amount_satang},
        )  # fmt: skip
    heal_case(session, CaseKind.STUCK_ATTEMPT, f"attempt:{attempt.id}", "paid", now=now)


def book_fee(session: Session, attempt_id: int, fee_satang: int | None, *, now: datetime) -> None:
    """What the provider kept, once it says so; booked once."""
    if fee_satang is None:
        return
    receipt = session.scalars(select(Receipt).where(Receipt.attempt_id == attempt_id)).one_or_none()
    if receipt is None or receipt.gateway_fee_satang is not None:
        return
    receipt.gateway_fee_satang = fee_satang
    round_id = session.scalar(select(Charge.round_id).where(Charge.id == receipt.charge_id))
    legs = debit_credit(AccountKind.FEES, AccountKind.PROVIDER, fee_satang)
    post_entry(
        session, f"fee:receipt:{receipt.id}", legs, at=now, memo="provider's fee",
        round_id=round_id,
    )  # fmt: skip


def _authorized(
    session: Session, charge: Charge, attempt: PaymentAttempt, _payment: Payment, now: datetime
) -> None:
    """A hold stands. One that comes after we had given up is released by the next look."""
    if attempt.state in (AttemptState.CREATED, AttemptState.PENDING):
        move(session, attempt, AttemptState.AUTHORIZED, now)
        if charge.state is ChargeState.DUE:
            fund_order(session, charge.order_id, now=now)


def _cancelled(
    session: Session, charge: Charge, attempt: PaymentAttempt, _payment: Payment, now: datetime
) -> None:
    if attempt.state not in OPEN:
        return
    held = attempt.state is AttemptState.AUTHORIZED
    move(session, attempt, AttemptState.CANCELLED, now)
    if held and charge.state is ChargeState.DUE:
        tell_to_pay(session, charge, attempt, now)


def _pending(
    session: Session, charge: Charge, attempt: PaymentAttempt, payment: Payment, now: datetime
) -> None:
    if attempt.state not in (AttemptState.CREATED, AttemptState.PENDING):
        return
    if attempt.kind is AttemptKind.OFF_SESSION and payment.failure:
        move(session, attempt, AttemptState.FAILED, now)
        tell_to_pay(session, charge, attempt, now)
    elif attempt.state is AttemptState.CREATED:
        move(session, attempt, AttemptState.PENDING, now)


def tell_to_pay(session: Session, charge: Charge, attempt: PaymentAttempt, now: datetime) -> None:
    """The card did not do: the buyer can still pay on the pay page until the pay-by time."""
    news = News(
        order_id=charge.order_id, event="order.card_failed", subject=f"attempt:{attempt.id}",
        page="pay",
        data={
            "amount_satang": charge.amount_satang - charge.received_satang,
            "pay_by": charge.pay_by.isoformat(), "failure": attempt.failure or "",
        },
    )  # fmt: skip
    tell_buyers(session, [news], now=now)


def give_up(session: Session, attempt_id: int, failure: str, *, now: datetime) -> None:
    """No money can come of this attempt; who is not there to see it is told."""
    charge_id = session.scalar(
        select(PaymentAttempt.charge_id).where(PaymentAttempt.id == attempt_id)
    )
    charge = lock(session, Charge, charge_id or 0)
    if not fail_attempt(session, attempt_id, failure, now=now):
        return
    attempt = lock(session, PaymentAttempt, attempt_id)
    if attempt.kind is AttemptKind.OFF_SESSION and charge.state is ChargeState.DUE:
        tell_to_pay(session, charge, attempt, now)


def is_unwanted_hold(session: Session, payment: Payment) -> bool:
    """Is money held for an attempt that had ended?"""
    if payment.state is not AttemptState.AUTHORIZED:
        return False
    state = session.scalar(
        select(PaymentAttempt.state).where(PaymentAttempt.intent_id == payment.intent_id)
    )
    return state is not AttemptState.AUTHORIZED


def _refuse_currency(
    session: Session, charge: Charge, attempt: PaymentAttempt, payment: Payment, now: datetime
) -> None:
    """Another currency is no satang: nothing is booked, a person looks."""
    if attempt.state in OPEN:
        attempt.failure = "other_currency"
        move(session, attempt, AttemptState.FAILED, now)
    open_case(
        session, CaseKind.AMOUNT_DIFFERS, f"attempt:{attempt.id}", now=now,
        amount_satang=attempt.amount_satang, round_id=charge.round_id,
        detail={"currency": payment.currency, "paid": payment.received_satang},
    )  # fmt: skip


_STEPS = {
    AttemptState.SUCCEEDED: _succeeded,
    AttemptState.AUTHORIZED: _authorized,
    AttemptState.CANCELLED: _cancelled,
    AttemptState.PENDING: _pending,
}
