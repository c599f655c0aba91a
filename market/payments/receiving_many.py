"""Many payments at once, from a bank's statement or a provider's list: set-based.

What is plain (the charge is due, the amount is exact, the reference is new, one payee) is booked
in a handful of statements; whatever is not goes through the one door, one by one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import exists, insert, or_, select, text
from sqlalchemy.orm import Session

from market.accounts.models import AuditEvent
from market.payments.ledger import Entry, Leg, post_entries
from market.payments.models import Charge, ChargeShare, Receipt
from market.payments.receiving import Incoming, Outcome, Received, receive
from market.payments.rules import AccountKind, ChargeState
from market.payments.tell import News, tell_buyers

_PAY = text(
    """
    WITH paid AS (
        UPDATE charge SET state = 'paid', paid_at = :now, received_satang = amount_satang
         WHERE id = ANY(:ids) RETURNING order_id)
    UPDATE orders o SET funded_at = :now FROM paid
     WHERE o.id = paid.order_id AND o.funded_at IS NULL
    """
)


@dataclass(frozen=True, kw_only=True)
class Payment:
    """Money for one charge."""

    charge_id: int
    money: Incoming


def receive_many(
    session: Session, payments: Sequence[Payment], *, actor: str, now: datetime
) -> list[Received]:
    """Book these payments; what became of each, in their order.

    Raises what ``receive`` raises, and then none of them is booked.
    """
    charges = _locked(session, {payment.charge_id for payment in payments})
    seen = _seen(session, payments)
    plain: dict[int, Payment] = {}
    for payment in payments:
        charge = charges.get(payment.charge_id)
        if payment.charge_id not in plain and charge and _is_plain(charge, payment.money, seen):
            plain[payment.charge_id] = payment
    receipts = _book(session, plain, charges, actor, now)
    session.expire_all()
    return [
        Received(receipt_id=receipts[payment.charge_id], outcome=Outcome.PAID)
        if plain.get(payment.charge_id) is payment
        else receive(session, payment.charge_id, payment.money, actor=actor, now=now)
        for payment in payments
    ]


def _locked(session: Session, ids: set[int]) -> dict[int, Any]:
    """The charges that are not shared out among groups, locked in order."""
    query = (
        select(Charge.id, Charge.order_id, Charge.round_id, Charge.state, Charge.amount_satang,
               Charge.received_satang)
        .where(Charge.id.in_(ids), ~exists().where(ChargeShare.charge_id == Charge.id))
        .order_by(Charge.id)
        .with_for_update(key_share=True)
    )  # fmt: skip
    return {row.id: row for row in session.execute(query)}


def _seen(session: Session, payments: Sequence[Payment]) -> set[str | int]:
    """References and attempts among these that were booked before."""
    references = [p.money.bank_reference for p in payments if p.money.bank_reference]
    attempts = [p.money.attempt_id for p in payments if p.money.attempt_id]
    rows = session.execute(
        select(Receipt.bank_reference, Receipt.attempt_id).where(
            or_(Receipt.bank_reference.in_(references), Receipt.attempt_id.in_(attempts))
        )
    )
    return {mark for row in rows for mark in row if mark is not None}


def _is_plain(charge: Any, money: Incoming, seen: set[str | int]) -> bool:
    mark = money.bank_reference or money.attempt_id
    if mark is None or mark in seen or money.group_id is not None:
        return False
    seen.add(mark)
    return (
        charge.state is ChargeState.DUE
        and money.amount_satang == charge.amount_satang - charge.received_satang
    )


def _book(
    session: Session, plain: dict[int, Payment], charges: dict[int, Any], actor: str, now: datetime
) -> dict[int, int]:
    """The receipts of these payments, by charge."""
    if not plain:
        return {}
    rows = [
        {"charge_id": charge_id, "method": p.money.method, "amount_satang": p.money.amount_satang,
         "bank_reference": p.money.bank_reference, "attempt_id": p.money.attempt_id,
         "recorded_by": actor, "recorded_at": now}
        for charge_id, p in plain.items()
    ]  # fmt: skip
    found = session.execute(insert(Receipt).returning(Receipt.id, Receipt.charge_id), rows)
    receipts = {row.charge_id: row.id for row in found}
    session.execute(_PAY, {"ids": sorted(plain), "now": now})
    entries = [_entry(charges[c], receipts[c], p.money) for c, p in plain.items()]
    post_entries(session, entries, at=now)
    session.execute(
        insert(AuditEvent),
        [
            {"actor": actor, "subject": f"charge:{c}", "event": "charge.paid", "at": now,
             "from_state": "due", "to_state": "paid",
             "data": {"receipt_id": receipts[c], "amount_satang": p.money.amount_satang,
                      "method": str(p.money.method), "bank_reference": p.money.bank_reference}}
            for c, p in plain.items()
        ],
    )  # fmt: skip
    news = [
        News(order_id=charges[c].order_id, event="order.paid", subject=f"receipt:{receipts[c]}",
             data={"amount_satang": charges[c].amount_satang})
        for c in plain
    ]  # fmt: skip
    tell_buyers(session, news, now=now)
    return receipts


def _entry(charge: Any, receipt_id: int, money: Incoming) -> Entry:
    return Entry(
        cause=f"receipt:{receipt_id}",
        legs=(
            Leg(kind=money.account, owner=money.owner, amount_satang=money.amount_satang),
            Leg(kind=AccountKind.HELD, owner=f"order:{charge.order_id}",
                amount_satang=-money.amount_satang),
        ),
        memo="received",
        round_id=charge.round_id,
    )  # fmt: skip
