"""Our books against the provider's: which rows a comparison needs, and what it writes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from market.payments.cases import Remedy, open_case
from market.payments.ledger import debit_credit, post_entry
from market.payments.models import GatewayCheck, MoneyCase
from market.payments.provider import CURRENCY, Payment, RefundRequest
from market.payments.rules import AccountKind
from market.payments.states import AttemptState, CaseKind, CaseState

#: A payment begun before the last check may have ended after it: pages live up to a day.
OVERLAP = timedelta(days=2)
FIRST_TIME = timedelta(days=30)
#: An attempt that is open this long after its page had to close needs a person.
STUCK_AFTER = timedelta(hours=26)
REFUND_STUCK_AFTER = timedelta(days=15)
ACTOR = "system"

_KNOWN = text(
    """
    SELECT a.intent_id, a.state, a.amount_satang, r.amount_satang AS received_satang,
           r.gateway_fee_satang IS NOT NULL AS fee_known
      FROM payment_attempt a LEFT JOIN receipt r ON r.attempt_id = a.id
     WHERE a.intent_id = ANY(:intents)
    """
)
_PAID_HERE = text(
    """
    SELECT a.id, a.intent_id, c.round_id, r.amount_satang
      FROM payment_attempt a JOIN receipt r ON r.attempt_id = a.id
      JOIN charge c ON c.id = a.charge_id
     WHERE a.state = 'succeeded' AND a.created_at >= :since AND a.intent_id <> ALL(:intents)
     ORDER BY a.id
    """
)
_STUCK = text(
    """
    SELECT a.id, a.amount_satang, c.round_id
      FROM payment_attempt a JOIN charge c ON c.id = a.charge_id
     WHERE (a.state IN ('created', 'pending') AND a.created_at < :before)
        OR (a.state = 'authorized' AND a.capture_before < :now)
     ORDER BY a.id
    """
)
_STUCK_REFUNDS = text(
    """
    SELECT f.id, f.amount_satang, o.round_id FROM refund f JOIN orders o ON o.id = f.order_id
     WHERE f.state = 'sending' AND f.sent_at < :before ORDER BY f.id
    """
)


class Finding(StrEnum):
    """How a payment of the provider compares with our rows."""

    FITS = "fits"
    BEHIND = "behind"  # we know less than the provider: looking at it heals
    DIFFERS = "differs"  # another amount: a person looks
    UNKNOWN = "unknown"  # money of no attempt of ours


@dataclass(frozen=True, kw_only=True)
class Known:
    """What we have of a payment."""

    state: AttemptState
    received_satang: int | None
    fee_known: bool


def compare(payment: Payment, known: Known | None) -> Finding:
    """Pure: one payment of the provider against what we have of it."""
    has_money = payment.state in (AttemptState.SUCCEEDED, AttemptState.AUTHORIZED)
    if known is None:
        return Finding.UNKNOWN if has_money else Finding.FITS
    if payment.state is AttemptState.SUCCEEDED:
        if known.received_satang is None:
            return Finding.BEHIND
        if known.received_satang != payment.received_satang:
            return Finding.DIFFERS
        waits = payment.fee_satang is not None and not known.fee_known
        return Finding.BEHIND if waits else Finding.FITS
    if known.received_satang is not None:
        return Finding.DIFFERS
    same = known.state is payment.state or payment.state is AttemptState.PENDING
    return Finding.FITS if same or known.state is AttemptState.FAILED else Finding.BEHIND


def since_when(session: Session, now: datetime) -> datetime:
    """From when the provider's lists are read: the last check, with an overlap."""
    last: datetime | None = session.scalar(select(func.max(GatewayCheck.until)))
    return (last or now - FIRST_TIME) - OVERLAP


def known_payments(session: Session, intents: Sequence[str]) -> dict[str, Known]:
    """What we have of these payments, one statement."""
    rows = session.execute(_KNOWN, {"intents": list(intents)})
    return {
        row.intent_id: Known(
            state=AttemptState(row.state),
            received_satang=row.received_satang,
            fee_known=row.fee_known,
        )
        for row in rows
    }


def paid_only_here(session: Session, since: datetime, intents: Sequence[str]) -> list[Any]:
    """Receipts whose payment the provider did not list."""
    return list(session.execute(_PAID_HERE, {"since": since, "intents": list(intents)}))


def stuck_attempts(session: Session, now: datetime) -> list[Any]:
    """Attempts that should have ended."""
    return list(session.execute(_STUCK, {"before": now - STUCK_AFTER, "now": now}))


def show_stuck_refunds(session: Session, now: datetime) -> int:
    """Refunds on their way for too long become cases; how many are new."""
    rows = session.execute(_STUCK_REFUNDS, {"before": now - REFUND_STUCK_AFTER}).all()
    return sum(
        open_case(
            session, CaseKind.REFUND_DIFFERS, f"refund:{row.id}", now=now,
            amount_satang=row.amount_satang, round_id=row.round_id, detail={"failure": "too_long"},
        )
        for row in rows
    )  # fmt: skip


def show_unknown(session: Session, payment: Payment, *, now: datetime) -> bool:
    """Money of no order: booked as owed to whoever sent it, and shown. True when new.

    Another currency is no satang: it is only shown.
    """
    subject = f"gateway:{payment.intent_id}"
    if payment.state is AttemptState.SUCCEEDED and payment.currency == CURRENCY:
        legs = debit_credit(
            AccountKind.PROVIDER, AccountKind.OVERPAID, payment.received_satang,
            credit_owner=subject,
        )  # fmt: skip
        post_entry(
            session, f"unknown:{payment.intent_id}", legs, at=now, memo="no order", round_id=None
        )
    return open_case(
        session, CaseKind.PAID_WITHOUT_ORDER, subject, now=now,
        amount_satang=payment.received_satang or payment.amount_satang,
        detail={"state": str(payment.state), "created_at": payment.created_at.isoformat(),
                "currency": payment.currency},
    )  # fmt: skip


def to_give_back(session: Session) -> list[RefundRequest]:
    """Money of no order that a person decided to send back, and that did not go yet."""
    cases = session.scalars(
        select(MoneyCase).where(
            MoneyCase.kind == CaseKind.PAID_WITHOUT_ORDER,
            MoneyCase.state == CaseState.CLOSED,
            MoneyCase.remedy == Remedy.GIVE_BACK,
            ~MoneyCase.detail.has_key("refund"),
        )
    )
    return [
        RefundRequest(
            refund_id=0, key=f"case-{case.id}", intent_id=case.subject.partition(":")[2],
            amount_satang=case.amount_satang, email=None,
        )
        for case in cases
    ]  # fmt: skip


def note_given_back(
    session: Session, request: RefundRequest, gateway_refund_id: str, *, now: datetime
) -> None:
    """It went."""
    subject = f"gateway:{request.intent_id}"
    case = session.scalars(
        select(MoneyCase)
        .where(MoneyCase.kind == CaseKind.PAID_WITHOUT_ORDER, MoneyCase.subject == subject)
        .with_for_update()
    ).one()
    case.detail = {**case.detail, "refund": gateway_refund_id}
    legs = debit_credit(
        AccountKind.OVERPAID, AccountKind.PROVIDER, request.amount_satang, debit_owner=subject
    )
    post_entry(
        session, f"unknown-back:{request.intent_id}", legs, at=now, memo=gateway_refund_id,
        round_id=None,
    )  # fmt: skip


def note_check(
    session: Session, since: datetime, *, looked_at: int, healed: int, cases: int, now: datetime
) -> None:
    """Remember that it was done, so that the next one goes on from here."""
    session.add(
        GatewayCheck(since=since, until=now, looked_at=looked_at, healed=healed, cases=cases,
                     done_at=now)
    )  # fmt: skip
    session.flush()
