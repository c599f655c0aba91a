"""Store credit: what the market owes a buyer, spent on later orders. Never below zero."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from market.accounts.models import Buyer
from market.db import lock
from market.errors import Conflict, Refused
from market.orders.models import Order
from market.orders.rules import PayMethod
from market.payments.ledger import balance
from market.payments.models import Charge, ChargeShare
from market.payments.receiving import Incoming, Outcome, Received, receive
from market.payments.rules import AccountKind, ChargeState


def balance_of(session: Session, buyer_id: int) -> int:
    """What a buyer can spend, satang."""
    return -balance(session, AccountKind.CREDIT, f"buyer:{buyer_id}")


def spend(
    session: Session,
    charge_id: int,
    *,
    actor: str,
    now: datetime,
    most_satang: int | None = None,
) -> Received:
    """Pay as much of a charge with its buyer's credit as there is (or at most so much).

    The buyer's row is the lock: two windows at once cannot spend one baht twice. Nothing left
    to pay: AGAIN. Refused without credit, and where groups are paid directly (the credit is
    the market's to give, not theirs); Conflict when the charge takes nothing any more.
    """
    charge, buyer_id = _locked(session, charge_id)
    if charge.state is ChargeState.PAID:
        return Received(receipt_id=None, outcome=Outcome.AGAIN)
    if charge.state is not ChargeState.DUE:
        raise Conflict("charge_expired", state=str(charge.state))
    if _is_shared(session, charge_id):
        raise Refused("credit_not_with_groups")
    there = balance_of(session, buyer_id)
    wanted = charge.amount_satang - charge.received_satang
    amount = min(there, wanted, wanted if most_satang is None else most_satang)
    if amount <= 0:
        raise Refused("no_credit")
    money = Incoming(
        method=PayMethod.CREDIT, amount_satang=amount, account=AccountKind.CREDIT,
        owner=f"buyer:{buyer_id}",
    )  # fmt: skip
    return receive(session, charge_id, money, actor=actor, now=now)


def _locked(session: Session, charge_id: int) -> tuple[Charge, int]:
    """The buyer first, then the charge: spending locks in one order everywhere."""
    buyer_id = session.scalar(
        select(Order.buyer_id).join(Charge, Charge.order_id == Order.id).where(
            Charge.id == charge_id
        )
    )  # fmt: skip
    if buyer_id is None:
        raise Refused("charge_expired", state="void")
    lock(session, Buyer, buyer_id)
    return lock(session, Charge, charge_id), buyer_id


def _is_shared(session: Session, charge_id: int) -> bool:
    shares = select(func.count()).where(ChargeShare.charge_id == charge_id)
    return bool(session.scalar(shares))
