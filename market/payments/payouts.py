"""Money that goes to groups, and cash brought to the bank."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from market.accounts.commands import record
from market.accounts.queries import leaders_of
from market.db import lock
from market.errors import Conflict, Refused
from market.matching.models import Batch
from market.matching.rules import BatchState
from market.money import format_baht
from market.notices.commands import notify_many
from market.notices.rules import NewNotice
from market.payments.ledger import balance, debit_credit, is_posted, need_in_bank, post_entry
from market.payments.models import Payout
from market.payments.references import checked_reference
from market.payments.rules import AccountKind, PayoutState
from market.payments.tell import Trail, record_many
from market.places.models import PickupPoint

# What a group earned is read back from the ledger, so that payout and books cannot differ.
# A statement is made once, when none of the group's batches of the round is still under way.
_OWE_PAYOUTS = text(
    """
    INSERT INTO payout (round_id, group_id, amount_satang, state, due_at)
    SELECT b.round_id, b.group_id, earned.satang, 'due', :now
      FROM (SELECT round_id, group_id FROM batch WHERE round_id = :round_id
             GROUP BY round_id, group_id
            HAVING bool_and(state IN ('delivered', 'paid_out', 'stopped', 'declined'))) b
      JOIN (SELECT e.round_id, p.owner, -sum(p.amount_satang) AS satang
              FROM posting p JOIN ledger_entry e ON e.id = p.entry_id
             WHERE p.kind = 'group' AND e.round_id = :round_id
             GROUP BY e.round_id, p.owner) earned
        ON earned.round_id = b.round_id AND earned.owner = 'group:' || b.group_id
     WHERE earned.satang > 0
     ORDER BY b.group_id
        ON CONFLICT (round_id, group_id) DO NOTHING
    RETURNING id, group_id, amount_satang
    """
)

_ROUND_NAME = text("SELECT name_th AS round_th, name_en AS round_en FROM round WHERE id = :id")


def owe_payouts(session: Session, round_id: int, *, now: datetime) -> int:
    """Owe every group of the round, whose batches are all delivered, what the ledger says it
    earned; one statement a group and round. Returns how many are new.
    """
    rows = session.execute(_OWE_PAYOUTS, {"round_id": round_id, "now": now}).all()
    trail = [
        Trail(subject=f"payout:{row.id}", event="payout.owed", to_state="due",
              data={"group_id": row.group_id, "amount_satang": row.amount_satang})
        for row in rows
    ]  # fmt: skip
    record_many(session, trail, actor="system", at=now)
    return len(rows)


def record_payout(
    session: Session,
    payout_id: int,
    *,
    bank_reference: str,
    actor: str,
    now: datetime,
    in_file: int | None = None,
) -> None:
    """The treasurer paid a group: its batches of the round are PAID_OUT, its leaders are told.

    The same reference again changes nothing. Refused when the reference was used or the
    bank has too little; Conflict when paid already, or when it is in a file for the bank
    other than ``in_file``: it would be paid twice.
    """
    payout = lock(session, Payout, payout_id)
    reference = checked_reference(bank_reference)
    if payout.state is PayoutState.PAID:
        _refuse_unless_same(payout, reference)
        return
    if payout.bank_file_id != in_file:
        raise Conflict("payout_in_file", file=payout.bank_file_id)
    need_in_bank(session, payout.amount_satang)
    _mark_paid(session, payout, reference, actor=actor, now=now)
    legs = debit_credit(
        AccountKind.GROUP, AccountKind.BANK, payout.amount_satang,
        debit_owner=f"group:{payout.group_id}",
    )  # fmt: skip
    post_entry(
        session, f"payout:{payout_id}", legs, at=now, memo=reference, round_id=payout.round_id
    )
    mark_paid_out(session, payout.round_id, [payout.group_id], actor=actor, now=now)
    record(
        session, actor=actor, subject=f"payout:{payout_id}", event="payout.paid", at=now,
        from_state="due", to_state="paid", data={"bank_reference": reference},
    )  # fmt: skip
    _tell_leaders(session, payout, now)


def mark_paid_out(
    session: Session, round_id: int, group_ids: Sequence[int], *, actor: str, now: datetime
) -> None:
    """The delivered batches of these groups have their money."""
    ids = session.scalars(
        update(Batch)
        .where(
            Batch.round_id == round_id,
            Batch.group_id.in_(group_ids),
            Batch.state == BatchState.DELIVERED,
        )
        .values(state=BatchState.PAID_OUT, version=Batch.version + 1)
        .returning(Batch.id)
    ).all()
    trail = [
        Trail(subject=f"batch:{batch_id}", event="batch.paid_out",
              from_state="delivered", to_state="paid_out")
        for batch_id in sorted(ids)
    ]  # fmt: skip
    record_many(session, trail, actor=actor, at=now)


def deposit_cash(
    session: Session,
    *,
    point_id: int,
    amount_satang: int,
    bank_reference: str,
    actor: str,
    now: datetime,
) -> None:
    """Cash of a pick-up point reached the bank. Refused when the point holds less than that.

    Twice with one reference deposits once.
    """
    reference = checked_reference(bank_reference)
    lock(session, PickupPoint, point_id)
    owner = f"point:{point_id}"
    at_hand = balance(session, AccountKind.CASH, owner)
    if is_posted(session, f"deposit:{reference}"):
        return
    if not 0 < amount_satang <= at_hand:
        raise Refused(
            "cash_not_there", at_hand=format_baht(at_hand), given=format_baht(amount_satang)
        )
    legs = debit_credit(AccountKind.BANK, AccountKind.CASH, amount_satang, credit_owner=owner)
    post_entry(session, f"deposit:{reference}", legs, at=now, memo="cash deposited", round_id=None)
    record(
        session, actor=actor, subject=owner, event="cash.deposited", at=now,
        data={"amount_satang": amount_satang, "bank_reference": reference},
    )  # fmt: skip


def _refuse_unless_same(paid: Payout, reference: str) -> None:
    if paid.bank_reference != reference:
        raise Conflict("already_paid_out", reference=paid.bank_reference)


def _mark_paid(session: Session, row: Payout, reference: str, *, actor: str, now: datetime) -> None:
    """Write the reference; Refused when another row has it, also one that commits meanwhile."""
    try:
        # Inside the savepoint: begin_nested writes what was changed before it first.
        with session.begin_nested():
            row.state = PayoutState.PAID
            row.bank_reference, row.paid_at, row.paid_by = reference, now, actor
            session.flush()
    except IntegrityError as taken:
        raise Refused("bank_reference_used", reference=reference) from taken


def _tell_leaders(session: Session, payout: Payout, now: datetime) -> None:
    named = session.execute(_ROUND_NAME, {"id": payout.round_id}).one()
    payload = {
        "round_th": named.round_th,
        "round_en": named.round_en,
        "amount_satang": payout.amount_satang,
        "reference": payout.bank_reference,
        "link": f"/group/{payout.group_id}",
    }
    people = leaders_of(session, [payout.group_id])[payout.group_id]
    rows = [
        NewNotice(event="payout.paid", subject=f"payout:{payout.id}", user_id=user, payload=payload)
        for user in people
    ]
    notify_many(session, rows, now)
