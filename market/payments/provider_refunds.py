"""Refunds through the provider: asked for once a try, also those made in its own pages."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from market.accounts.models import AuditEvent, Buyer
from market.db import lock
from market.orders.models import Order
from market.payments.cases import open_case
from market.payments.ledger import balance, debit_credit, post_entry
from market.payments.models import Charge, PaymentAttempt, Receipt, Refund
from market.payments.owing import NewRefund, owe_refund
from market.payments.provider import CURRENCY, RefundOutcome, RefundRequest, SentBack, row_key
from market.payments.refunding import mark_failed, mark_refunded, start_sending
from market.payments.rules import AccountKind, RefundReason, RefundState
from market.payments.states import CaseKind, RefundWay
from market.payments.tell import News, tell_buyers

ACTOR = "provider"
#: The provider has asked the buyer by e-mail where the money should go.
WAITS_FOR_BUYER = "waits_for_buyer"


def begin_refund(session: Session, refund_id: int, *, now: datetime) -> RefundRequest | None:
    """Mark it as being sent and say what to ask for. None when it is not due any more."""
    if not start_sending(session, refund_id, now=now):
        return None
    refund = session.get_one(Refund, refund_id)
    intent_id = session.scalar(
        select(PaymentAttempt.intent_id)
        .join(Receipt, Receipt.attempt_id == PaymentAttempt.id)
        .where(Receipt.id == refund.receipt_id)
    )
    if intent_id is None or refund.gateway_refund_id is not None:
        return None
    email = session.scalar(
        select(Buyer.email)
        .join(Order, Order.buyer_id == Buyer.id)
        .where(Order.id == refund.order_id)
    )
    return RefundRequest(
        refund_id=refund_id, key=_key(session, refund), intent_id=intent_id,
        amount_satang=refund.amount_satang, email=email,
    )  # fmt: skip


def _key(session: Session, refund: Refund) -> str:
    """One key a try: a try that failed is in the trail, and the next one is another call."""
    failed = session.scalar(
        select(func.count()).where(
            AuditEvent.subject == f"refund:{refund.id}", AuditEvent.event == "refund.failed"
        )
    )
    return f"{row_key('refund', refund.id, refund.due_at)}-{failed}"


def note_refund(session: Session, sent: SentBack, *, now: datetime) -> bool:
    """Book what a refund is by now. False: its payment is not ours."""
    refund_id = _ours(session, sent)
    if refund_id is None:
        receipt = _receipt_of(session, sent)
        if receipt is None:
            return False
        if sent.refund_id is not None or sent.outcome is RefundOutcome.FAILED:
            return True  # an old try of ours, or money that never left
        refund_id = _adopt(session, sent, receipt, now)
    _BOOK[sent.outcome](session, refund_id, sent, now)
    return True


def _ours(session: Session, sent: SentBack) -> int | None:
    """Our row: by its id there, or the one being sent under this very key."""
    known = session.scalar(
        select(Refund.id).where(Refund.gateway_refund_id == sent.gateway_refund_id)
    )
    if known is not None or sent.refund_id is None:
        return known
    refund = session.get(Refund, sent.refund_id, populate_existing=True)
    waits = refund is not None and refund.state is RefundState.SENDING
    if refund is None or not waits or refund.gateway_refund_id is not None:
        return None
    return refund.id if _key(session, refund) == sent.key else None


def _receipt_of(session: Session, sent: SentBack) -> Receipt | None:
    return session.scalars(
        select(Receipt)
        .join(PaymentAttempt, PaymentAttempt.id == Receipt.attempt_id)
        .where(PaymentAttempt.intent_id == sent.intent_id)
    ).one_or_none()


def _most_like(session: Session, sent: SentBack, receipt: Receipt, charge: Charge) -> Refund | None:
    """What we owe for this order and have not sent: of this amount first, of this receipt."""
    return session.scalars(
        select(Refund)
        .where(
            Refund.order_id == charge.order_id,
            Refund.state.in_((RefundState.DUE, RefundState.NEEDS_DETAILS, RefundState.FAILED)),
        )
        .order_by(
            Refund.amount_satang != sent.amount_satang,
            Refund.receipt_id != receipt.id,
            Refund.amount_satang < sent.amount_satang,
            Refund.id,
        )
        .limit(1)
        .with_for_update(key_share=True)
    ).first()


def _adopt(session: Session, sent: SentBack, receipt: Receipt, now: datetime) -> int:
    """A refund made in the provider's own pages becomes a row; what we owed is paid by it."""
    charge = lock(session, Charge, receipt.charge_id)
    owed = _most_like(session, sent, receipt, charge)
    refund_id = _fit(session, sent, receipt, charge, owed, now)
    refund = lock(session, Refund, refund_id)
    refund.receipt_id = receipt.id
    open_case(
        session, CaseKind.REFUND_DIFFERS, f"gateway:{sent.gateway_refund_id}", now=now,
        amount_satang=sent.amount_satang, round_id=charge.round_id,
        detail={"order_id": charge.order_id, "refund_id": refund_id, "made": "outside",
                "was_owed": owed is not None},
    )  # fmt: skip
    return refund_id


def _fit(
    session: Session,
    sent: SentBack,
    receipt: Receipt,
    charge: Charge,
    owed: Refund | None,
    now: datetime,
) -> int:
    """The row for it: all, a part or more of what was owed, or a new one; nothing goes twice."""
    if owed is None:
        _cover(session, sent, charge, sent.amount_satang, now)
        return _owe(session, sent, receipt, charge, AccountKind.HELD, now)
    if owed.amount_satang > sent.amount_satang:
        owed.amount_satang -= sent.amount_satang
        session.flush()
        return _owe(session, sent, receipt, charge, AccountKind.REFUND, now)
    more = sent.amount_satang - owed.amount_satang
    if more:
        _cover(session, sent, charge, more, now)
        owner = f"order:{charge.order_id}"
        legs = debit_credit(
            AccountKind.HELD, AccountKind.REFUND, more, debit_owner=owner, credit_owner=owner
        )
        post_entry(session, f"refund-more:{sent.gateway_refund_id}", legs, at=now,
                   memo="refunded outside", round_id=charge.round_id)  # fmt: skip
        owed.amount_satang = sent.amount_satang
    return owed.id


def _cover(session: Session, sent: SentBack, charge: Charge, satang: int, now: datetime) -> None:
    """Goes out of what is held for the order; what was delivered is the market's loss."""
    owner = f"order:{charge.order_id}"
    held = max(0, -balance(session, AccountKind.HELD, owner))
    missing = max(0, satang - held)
    if missing:
        legs = debit_credit(AccountKind.LOSS, AccountKind.HELD, missing, credit_owner=owner)
        post_entry(session, f"loss:{RefundReason.OUTSIDE}:{sent.gateway_refund_id}", legs, at=now,
                   memo="refunded after delivery", round_id=charge.round_id)  # fmt: skip


def _owe(
    session: Session,
    sent: SentBack,
    receipt: Receipt,
    charge: Charge,
    source: AccountKind,
    now: datetime,
) -> int:
    cause = f"{RefundReason.OUTSIDE}:{sent.gateway_refund_id}"
    refund = NewRefund(
        order_id=charge.order_id, round_id=charge.round_id, cause=cause, source=source,
        amount_satang=sent.amount_satang, receipt_id=receipt.id,
    )  # fmt: skip
    owe_refund(session, refund, actor=ACTOR, now=now)
    return session.scalars(select(Refund.id).where(Refund.cause == cause)).one()


def _done(session: Session, refund_id: int, sent: SentBack, now: datetime) -> None:
    lock(session, Refund, refund_id).failure = None
    mark_refunded(
        session, refund_id, gateway_refund_id=sent.gateway_refund_id, actor=ACTOR, now=now
    )
    if sent.currency != CURRENCY:
        open_case(session, CaseKind.REFUND_DIFFERS, f"refund:{refund_id}", now=now,
                  amount_satang=sent.amount_satang, detail={"currency": sent.currency})  # fmt: skip


def _under_way(session: Session, refund_id: int, sent: SentBack, now: datetime) -> None:
    refund = lock(session, Refund, refund_id)
    if refund.state is RefundState.PAID:
        return
    _take_id(refund, sent, now)
    if sent.outcome is RefundOutcome.NEEDS_DETAILS and refund.failure != WAITS_FOR_BUYER:
        refund.failure = WAITS_FOR_BUYER
        news = News(
            order_id=refund.order_id, event="refund.provider_asks", subject=f"refund:{refund_id}",
            data={"amount_satang": refund.amount_satang},
        )  # fmt: skip
        tell_buyers(session, [news], now=now)
    session.flush()


def _take_id(refund: Refund, sent: SentBack, now: datetime) -> None:
    if refund.gateway_refund_id == sent.gateway_refund_id:
        return
    if refund.state is not RefundState.SENDING:
        refund.way, refund.state, refund.sent_at = RefundWay.SOURCE, RefundState.SENDING, now
    refund.gateway_refund_id = sent.gateway_refund_id


def _failed(session: Session, refund_id: int, sent: SentBack, now: datetime) -> None:
    refund = lock(session, Refund, refund_id)
    failure = sent.failure or "refused"
    if refund.state is RefundState.PAID:
        _bounced(session, refund, sent, failure, now)
    else:
        mark_failed(session, refund_id, failure, now=now)
        open_case(session, CaseKind.REFUND_DIFFERS, f"refund:{refund_id}", now=now,
                  amount_satang=refund.amount_satang,
                  detail={"order_id": refund.order_id, "failure": failure})  # fmt: skip


def _bounced(session: Session, refund: Refund, sent: SentBack, failure: str, now: datetime) -> None:
    """It had arrived and came back: owed anew, and the buyer says where to."""
    charge = session.scalars(select(Charge).where(Charge.order_id == refund.order_id)).one()
    lock(session, Charge, charge.id)
    cause = f"bounced:{sent.gateway_refund_id}"
    if session.scalar(select(Refund.id).where(Refund.cause == cause)) is not None:
        return
    again = NewRefund(
        order_id=refund.order_id, round_id=charge.round_id, cause=cause,
        amount_satang=refund.amount_satang, receipt_id=refund.receipt_id,
        source=AccountKind.PROVIDER, source_owner="",
    )  # fmt: skip
    owe_refund(session, again, actor=ACTOR, now=now)
    anew = session.scalars(select(Refund).where(Refund.cause == cause)).one()
    anew.way, anew.state, anew.failure = None, RefundState.NEEDS_DETAILS, failure
    session.flush()
    news = News(
        order_id=refund.order_id, event="refund.details", subject=f"refund:{anew.id}",
        data={"amount_satang": refund.amount_satang},
    )  # fmt: skip
    tell_buyers(session, [news], now=now)


_BOOK = {
    RefundOutcome.DONE: _done,
    RefundOutcome.PENDING: _under_way,
    RefundOutcome.NEEDS_DETAILS: _under_way,
    RefundOutcome.FAILED: _failed,
}
