"""The one door through which real money comes in, whoever saw it and however late.

Money that has arrived is never refused: what its charge cannot take (paid already, expired,
nothing left to pay, too much) is owed back to the buyer at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import or_, select, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.orm import Session

from market.accounts.commands import record
from market.db import lock
from market.errors import Refused
from market.money import format_baht
from market.orders.models import Order
from market.orders.rules import PayMethod
from market.payments.ledger import Leg, post_entry
from market.payments.models import Charge, ChargeShare, Receipt
from market.payments.owing import NewRefund, owe_refund
from market.payments.rules import AccountKind, ChargeState, RefundReason
from market.payments.tell import News, tell_buyers

MOST_SATANG = 10**11  # a thousand million baht: more is a slip of the hand


class Outcome(StrEnum):
    """What became of money that came in."""

    PAID = "paid"  # the charge is paid by it; more than that is owed back
    PARTLY = "partly"  # some of the charge is still open
    AGAIN = "again"  # this money was here before; nothing changed
    EXCESS = "excess"  # the charge could take none of it: all of it is owed back


@dataclass(frozen=True, kw_only=True)
class Incoming:
    """Money as it arrived: how, how much, into which account (owner: of a point or a group).

    bank_reference or attempt_id tells it from other money; group_id where a group of the
    order was paid directly.
    """

    method: PayMethod
    amount_satang: int
    account: AccountKind
    owner: str = ""
    bank_reference: str | None = None
    attempt_id: int | None = None
    group_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class Received:
    """The receipt that was written and what became of the money."""

    receipt_id: int | None
    outcome: Outcome


def receive(
    session: Session, charge_id: int, money: Incoming, *, actor: str, now: datetime
) -> Received:
    """Book money that has arrived for a charge. The same reference or attempt again: AGAIN.

    Refused only for what is no money (not above zero) and for a reference that stands for
    money of another charge.
    """
    if not 0 < money.amount_satang <= MOST_SATANG:
        raise Refused("not_an_amount")
    charge = lock(session, Charge, charge_id)
    share = _share(session, charge, money)
    taken = min(money.amount_satang, _open_satang(charge, share))
    receipt_id = _write(session, charge, money, taken, actor, now)
    if receipt_id is None:
        return _seen_before(session, charge, money)
    if taken:
        _take(session, charge, share, taken, now)
    _post(session, charge, money, receipt_id, taken, now)
    _trail(session, charge, money, receipt_id, taken, actor, now)
    if taken < money.amount_satang:
        _owe_back(session, charge, receipt_id, money.amount_satang - taken, actor, now)
    if taken and charge.state is ChargeState.PAID:
        _tell_paid(session, charge, receipt_id, now)
    elif taken and charge.pay_by == charge.balance_by:
        _tell_deposit(session, charge, now)
    return Received(receipt_id=receipt_id, outcome=_outcome(charge, taken))


def _share(session: Session, charge: Charge, money: Incoming) -> ChargeShare | None:
    """The part of the charge that this money may pay; None where it is not shared out."""
    return session.scalars(
        select(ChargeShare)
        .where(ChargeShare.charge_id == charge.id, ChargeShare.group_id.is_(None)
               if money.group_id is None else ChargeShare.group_id == money.group_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one_or_none()  # fmt: skip


def _open_satang(charge: Charge, share: ChargeShare | None) -> int:
    if charge.state is not ChargeState.DUE:
        return 0
    left = charge.amount_satang - charge.received_satang
    return left if share is None else min(left, share.amount_satang - share.received_satang)


def _write(
    session: Session, charge: Charge, money: Incoming, taken: int, actor: str, now: datetime
) -> int | None:
    return session.scalar(
        pg_insert(Receipt)
        .values(
            charge_id=charge.id, method=money.method, bank_reference=money.bank_reference,
            attempt_id=money.attempt_id, group_id=money.group_id,
            amount_satang=money.amount_satang, excess_satang=money.amount_satang - taken,
            recorded_by=actor, recorded_at=now,
        )
        .on_conflict_do_nothing()
        .returning(Receipt.id)
    )  # fmt: skip


def _seen_before(session: Session, charge: Charge, money: Incoming) -> Received:
    """The receipt that has this reference; Refused where it paid another charge."""
    same = [Receipt.bank_reference == money.bank_reference] if money.bank_reference else []
    same += [Receipt.attempt_id == money.attempt_id] if money.attempt_id else []
    receipt = session.scalars(select(Receipt).where(or_(*same))).first()
    if receipt is None or receipt.charge_id != charge.id:
        raise Refused("bank_reference_used", reference=money.bank_reference)
    return Received(receipt_id=receipt.id, outcome=Outcome.AGAIN)


def _take(
    session: Session, charge: Charge, share: ChargeShare | None, taken: int, now: datetime
) -> None:
    charge.received_satang += taken
    if share is not None:
        share.received_satang += taken
    if charge.received_satang == charge.amount_satang:
        charge.state, charge.paid_at = ChargeState.PAID, now
    if charge.move_on() or charge.state is ChargeState.PAID:
        fund_order(session, charge.order_id, now=now)
    session.flush()


def fund_order(session: Session, order_id: int, *, now: datetime) -> None:
    """An order's money is there, or held for it: a round paid up front may match it."""
    session.execute(
        update(Order)
        .where(Order.id == order_id, Order.funded_at.is_(None))
        .values(funded_at=now)
        .execution_options(synchronize_session=False)
    )


def _post(
    session: Session, charge: Charge, money: Incoming, receipt_id: int, taken: int, now: datetime
) -> None:
    owner = f"order:{charge.order_id}"
    excess = money.amount_satang - taken
    legs = (
        Leg(kind=money.account, owner=money.owner, amount_satang=money.amount_satang),
        Leg(kind=AccountKind.HELD, owner=owner, amount_satang=-taken),
        Leg(kind=AccountKind.OVERPAID, owner=owner, amount_satang=-excess),
    )
    post_entry(
        session, f"receipt:{receipt_id}", legs, at=now, memo="received", round_id=charge.round_id
    )


def _trail(
    session: Session,
    charge: Charge,
    money: Incoming,
    receipt_id: int,
    taken: int,
    actor: str,
    now: datetime,
) -> None:
    record(
        session, actor=actor, subject=f"charge:{charge.id}", at=now,
        event="charge.paid" if charge.state is ChargeState.PAID and taken else "charge.received",
        from_state="due" if taken else str(charge.state), to_state=str(charge.state),
        data={
            "receipt_id": receipt_id, "method": str(money.method),
            "amount_satang": money.amount_satang, "excess_satang": money.amount_satang - taken,
            "bank_reference": money.bank_reference, "group_id": money.group_id,
        },
    )  # fmt: skip


def _owe_back(
    session: Session, charge: Charge, receipt_id: int, excess: int, actor: str, now: datetime
) -> None:
    refund = NewRefund(
        order_id=charge.order_id,
        round_id=charge.round_id,
        cause=f"{RefundReason.EXCESS}:receipt:{receipt_id}",
        amount_satang=excess,
        receipt_id=receipt_id,
        source=AccountKind.OVERPAID,
    )
    owe_refund(session, refund, actor=actor, now=now)
    news = News(
        order_id=charge.order_id, event="refund.owed", subject=f"excess:receipt:{receipt_id}",
        data={"amount_satang": excess, "amount": format_baht(excess), "reason": "excess"},
    )  # fmt: skip
    tell_buyers(session, [news], now=now)


def _tell_paid(session: Session, charge: Charge, receipt_id: int, now: datetime) -> None:
    news = News(
        order_id=charge.order_id, event="order.paid", subject=f"receipt:{receipt_id}",
        data={"amount_satang": charge.amount_satang},
    )  # fmt: skip
    tell_buyers(session, [news], now=now)


def _tell_deposit(session: Session, charge: Charge, now: datetime) -> None:
    """The first part is there, and what is left for later; told once."""
    news = News(
        order_id=charge.order_id, event="order.deposit", subject=f"deposit:charge:{charge.id}",
        data={
            "received_satang": charge.received_satang, "left_satang": charge.asked_satang,
            "pay_by": charge.pay_by.isoformat(),
        },
    )  # fmt: skip
    tell_buyers(session, [news], now=now)


def _outcome(charge: Charge, taken: int) -> Outcome:
    if not taken:
        return Outcome.EXCESS
    return Outcome.PAID if charge.state is ChargeState.PAID else Outcome.PARTLY
