"""A buyer's bank took money back: a row, ledger entries, and a case for a person."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.orm import Session

from market.accounts.commands import record
from market.db import lock
from market.payments.cases import heal_case, open_case
from market.payments.ledger import debit_credit, is_posted, post_entry
from market.payments.models import Charge, Dispute, PaymentAttempt
from market.payments.provider import Disputed
from market.payments.rules import AccountKind
from market.payments.states import CaseKind, DisputeState


def note_dispute(session: Session, told: Disputed, *, now: datetime) -> bool:
    """Book what a dispute is by now. False: its payment is not ours."""
    if told.intent_id is None:  # a payment made otherwise on the same account
        return False
    attempt = session.scalars(
        select(PaymentAttempt).where(PaymentAttempt.intent_id == told.intent_id)
    ).one_or_none()
    if attempt is None:
        return False
    charge = lock(session, Charge, attempt.charge_id)
    dispute = _row(session, told, attempt.id)
    _book(session, told, charge, now)
    if dispute.state is not told.state:
        _move(session, dispute, told, now)
    _case(session, told, charge, now)
    session.flush()
    return True


def _row(session: Session, told: Disputed, attempt_id: int) -> Dispute:
    session.execute(
        pg_insert(Dispute)
        .values(
            gateway_id=told.gateway_id, attempt_id=attempt_id, amount_satang=told.amount_satang,
            reason=told.reason, state=DisputeState.OPEN, evidence_by=told.evidence_by,
            opened_at=told.created_at,
        )
        .on_conflict_do_nothing(index_elements=["gateway_id"])
    )  # fmt: skip
    found = select(Dispute.id).where(Dispute.gateway_id == told.gateway_id)
    return lock(session, Dispute, session.scalars(found).one())


def _move(session: Session, dispute: Dispute, told: Disputed, now: datetime) -> None:
    source, dispute.state = dispute.state, told.state
    dispute.closed_at = None if told.state is DisputeState.OPEN else now
    record(
        session, actor="provider", subject=f"dispute:{dispute.id}", event="dispute.moved", at=now,
        from_state=str(source), to_state=str(told.state), reason=told.reason,
        data={"amount_satang": told.amount_satang},
    )  # fmt: skip


def _book(session: Session, told: Disputed, charge: Charge, now: datetime) -> None:
    """Taken from our balance, given back, or lost for good; each once, in any order of news.

    A dispute that was lost may be won on appeal: what comes back then is no loss any more.
    """
    owner, cause = f"order:{charge.order_id}", f"dispute:{told.gateway_id}"
    taken, back, lost = f"{cause}:taken", f"{cause}:back", f"{cause}:lost"
    amount = told.amount_satang

    def post(name: str, debit: AccountKind, credit: AccountKind, satang: int) -> None:
        legs = debit_credit(
            debit, credit, satang,
            debit_owner=owner if debit is AccountKind.DISPUTED else "",
            credit_owner=owner if credit is AccountKind.DISPUTED else "",
        )  # fmt: skip
        post_entry(session, name, legs, at=now, memo=told.reason, round_id=charge.round_id)

    if told.withdrawn_satang > 0:
        post(taken, AccountKind.DISPUTED, AccountKind.PROVIDER, amount)
    if told.fee_satang > 0:
        post(f"{cause}:fee", AccountKind.FEES, AccountKind.PROVIDER, told.fee_satang)
    if told.state is DisputeState.LOST and is_posted(session, taken):
        post(lost, AccountKind.LOSS, AccountKind.DISPUTED, amount)
    if told.state is DisputeState.WON and told.withdrawn_satang == 0 and is_posted(session, taken):
        from_ = AccountKind.LOSS if is_posted(session, lost) else AccountKind.DISPUTED
        post(back, AccountKind.PROVIDER, from_, amount)


def _case(session: Session, told: Disputed, charge: Charge, now: datetime) -> None:
    subject = f"gateway:{told.gateway_id}"
    if told.state is DisputeState.OPEN:
        open_case(
            session, CaseKind.DISPUTE, subject, now=now, amount_satang=told.amount_satang,
            round_id=charge.round_id,
            detail={"order_id": charge.order_id, "reason": told.reason,
                    "evidence_by": told.evidence_by.isoformat() if told.evidence_by else None},
        )  # fmt: skip
    else:
        heal_case(session, CaseKind.DISPUTE, subject, str(told.state), now=now)
