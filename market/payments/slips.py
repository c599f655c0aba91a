"""Slips: pictures of transfers. A slip proves nothing; a person, or the bank, decides.

What is refused here is kept and logged all the same (who sent what for which order), so these
commands answer with an outcome instead of raising: a raised refusal would undo its own trail.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.orm import Session

from market.accounts.commands import record
from market.accounts.models import AuditEvent
from market.db import lock
from market.errors import Conflict, Refused
from market.orders.rules import PayMethod
from market.payments.models import Charge, ChargeShare, MoneyCase, Receipt, Slip
from market.payments.receiving import Incoming, Outcome, Received, receive
from market.payments.references import checked_reference
from market.payments.rules import AccountKind
from market.payments.slip_code import CodeKind, SlipCode
from market.payments.states import CaseKind, SlipState
from market.payments.tell import News, tell_buyers

MOST_SLIPS = 12  # of one charge: nobody pays in more pieces, somebody may try numbers
MOST_TRIES = 30  # with those that were not taken; each is kept and logged
BY_SLIP = (PayMethod.PROMPTPAY, PayMethod.TRANSFER)


class SlipOutcome(StrEnum):
    """What became of a slip that was sent."""

    WAITING = "waiting"  # a person looks at it
    AGAIN = "again"  # it is here already
    FORGED = "forged"  # its check sum is wrong
    REUSED = "reused"  # it was sent for another payment
    FOREIGN = "foreign"  # no slip at all: the QR to pay with


@dataclass(frozen=True, kw_only=True)
class NewSlip:
    """A checked picture and the code in it; group_id where a group is paid directly."""

    file_hash: str
    code: SlipCode
    group_id: int | None = None


def send_slip(
    session: Session, charge_id: int, slip: NewSlip, *, actor: str, now: datetime
) -> SlipOutcome:
    """A buyer sent a slip for a charge. Refused when it is paid otherwise or has too many."""
    charge = lock(session, Charge, charge_id)
    if charge.method not in BY_SLIP:
        raise Refused("charge_other_method", method=str(charge.method))
    _refuse_other_payee(session, charge_id, slip.group_id)
    outcome = _judge(session, charge, slip)
    if outcome is SlipOutcome.AGAIN:
        return outcome
    _refuse_flood(session, charge_id)
    if outcome is SlipOutcome.WAITING:
        outcome = _keep(session, charge, slip, now)
    if outcome is SlipOutcome.REUSED:
        _open_case(session, charge, slip, now)
    record(
        session, actor=actor, subject=f"charge:{charge.id}", event=f"slip.{outcome}", at=now,
        data={"file": slip.file_hash, "bank": slip.code.bank_code, "ref": slip.code.trans_ref,
              "group_id": slip.group_id},
    )  # fmt: skip
    return outcome


def _judge(session: Session, charge: Charge, slip: NewSlip) -> SlipOutcome:
    if slip.code.kind is CodeKind.FORGED:
        return SlipOutcome.FORGED
    if slip.code.kind is CodeKind.PAYABLE:
        return SlipOutcome.FOREIGN
    owners = _owners(session, slip)
    if not owners:
        return SlipOutcome.WAITING
    return SlipOutcome.AGAIN if owners == {charge.id} else SlipOutcome.REUSED


def _owners(session: Session, slip: NewSlip) -> set[int]:
    """Charges for which this picture or this reference came before, as a slip or as money."""
    same = [Slip.file_hash == slip.file_hash]
    found: set[int] = set()
    if slip.code.trans_ref:
        same.append(Slip.trans_ref == slip.code.trans_ref)
        paid = select(Receipt.charge_id).where(Receipt.bank_reference == slip.code.trans_ref)
        found |= set(session.scalars(paid))
    for one in same:
        found |= set(session.scalars(select(Slip.charge_id).where(one)))
    return found


def _keep(session: Session, charge: Charge, slip: NewSlip, now: datetime) -> SlipOutcome:
    """REUSED when the same slip commits for another charge in this very moment."""
    new = session.scalar(
        pg_insert(Slip)
        .values(charge_id=charge.id, group_id=slip.group_id, file_hash=slip.file_hash,
                bank_code=slip.code.bank_code, trans_ref=slip.code.trans_ref,
                state=SlipState.WAITING, sent_at=now)
        .on_conflict_do_nothing()
        .returning(Slip.id)
    )  # fmt: skip
    return SlipOutcome.WAITING if new else SlipOutcome.REUSED


def _refuse_other_payee(session: Session, charge_id: int, group_id: int | None) -> None:
    """A slip is for one of the charge's payees: the market, where it is not shared out."""
    query = select(ChargeShare.group_id).where(ChargeShare.charge_id == charge_id)
    if group_id not in (set(session.scalars(query)) or {None}):
        raise Refused("slip_for_nobody")


def _refuse_flood(session: Session, charge_id: int) -> None:
    sent = session.scalar(select(func.count()).where(Slip.charge_id == charge_id))
    tried = session.scalar(
        select(func.count()).where(
            AuditEvent.subject == f"charge:{charge_id}", AuditEvent.event.startswith("slip.")
        )
    )
    if (sent or 0) >= MOST_SLIPS or (tried or 0) >= MOST_TRIES:
        raise Refused("too_many_slips", most=MOST_SLIPS)


def _open_case(session: Session, charge: Charge, slip: NewSlip, now: datetime) -> None:
    session.execute(
        pg_insert(MoneyCase)
        .values(kind=CaseKind.SLIP_REUSED, subject=f"charge:{charge.id}:{slip.file_hash[:16]}",
                round_id=charge.round_id, amount_satang=charge.amount_satang, found_at=now,
                detail={"order_id": charge.order_id, "ref": slip.code.trans_ref,
                        "file": slip.file_hash})
        .on_conflict_do_nothing(index_elements=["kind", "subject"])
    )  # fmt: skip


def accept_slip(
    session: Session,
    slip_id: int,
    *,
    amount_satang: int,
    bank_reference: str = "",
    actor: str,
    now: datetime,
) -> Received:
    """A person saw this money in the bank: it comes in by the one door.

    ``bank_reference`` is needed only where the slip's own could not be read. Accepted before:
    AGAIN. Conflict when it was refused.
    """
    slip = _locked(session, slip_id)
    if slip.state is SlipState.MATCHED:
        return Received(receipt_id=slip.receipt_id, outcome=Outcome.AGAIN)
    if slip.state is SlipState.REFUSED:
        raise Conflict("slip_decided")
    charge = session.get_one(Charge, slip.charge_id)
    reference = slip.trans_ref or checked_reference(bank_reference)
    money = _incoming(charge, slip.group_id, amount_satang, reference)
    received = receive(session, charge.id, money, actor=actor, now=now)
    _decide(session, slip, SlipState.MATCHED, receipt_id=received.receipt_id, actor=actor, now=now)
    return received


def _incoming(charge: Charge, group_id: int | None, amount_satang: int, reference: str) -> Incoming:
    """Where a group is paid directly, the money lies with it and not in the market's bank."""
    method = charge.method if charge.method in BY_SLIP else PayMethod.PROMPTPAY
    direct = group_id is not None
    return Incoming(
        method=method,
        amount_satang=amount_satang,
        account=AccountKind.WITH_GROUP if direct else AccountKind.BANK,
        owner=f"group:{group_id}" if direct else "",
        bank_reference=reference,
        group_id=group_id,
    )


def refuse_slip(session: Session, slip_id: int, reason: str, *, actor: str, now: datetime) -> None:
    """The money is not there: the buyer is told why. Refused twice is fine; Conflict when it was
    accepted.
    """
    slip = _locked(session, slip_id)
    if slip.state is SlipState.REFUSED:
        return
    if slip.state is SlipState.MATCHED:
        raise Conflict("slip_decided")
    slip.refused_reason = reason
    _decide(session, slip, SlipState.REFUSED, receipt_id=None, actor=actor, now=now)
    charge = session.get_one(Charge, slip.charge_id)
    news = News(
        order_id=charge.order_id, event="slip.refused", subject=f"slip:{slip.id}", page="pay",
        data={"reason": reason, "amount_satang": charge.amount_satang},
    )  # fmt: skip
    tell_buyers(session, [news], now=now)


def _decide(
    session: Session,
    slip: Slip,
    state: SlipState,
    *,
    receipt_id: int | None,
    actor: str,
    now: datetime,
) -> None:
    slip.state, slip.receipt_id = state, _unless_taken(session, receipt_id)
    slip.decided_at, slip.decided_by = now, actor
    session.flush()
    record(
        session, actor=actor, subject=f"slip:{slip.id}", event=f"slip.{state}", at=now,
        from_state="waiting", to_state=str(state), reason=slip.refused_reason,
        data={"receipt_id": receipt_id, "charge_id": slip.charge_id},
    )  # fmt: skip


def _unless_taken(session: Session, receipt_id: int | None) -> int | None:
    """A receipt proves one slip; a second picture of the same transfer is refused as used."""
    if receipt_id is None:
        return None
    if session.scalar(select(Slip.id).where(Slip.receipt_id == receipt_id)):
        raise Refused("slip_same_transfer")
    return receipt_id


def _locked(session: Session, slip_id: int) -> Slip:
    """The slip, its charge locked before it, as everywhere."""
    charge_id = session.scalar(select(Slip.charge_id).where(Slip.id == slip_id))
    if charge_id is not None:
        lock(session, Charge, charge_id)
    return lock(session, Slip, slip_id)
