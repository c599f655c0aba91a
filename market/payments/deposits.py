"""Charges of which a part is paid first: the deposit, before anything is made.

One charge, so that every way to pay, to lower and to refund holds for both parts. Until the
deposit is there its pay-by time counts and the charge expires as any other; from then on only
what is left, which is paid before the goods leave the group.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from market.accounts.commands import record
from market.orders.models import Order
from market.payments.models import Charge
from market.payments.parts import write_parts
from market.payments.rules import ChargeState
from market.payments.tell import News, tell_buyers


@dataclass(frozen=True, kw_only=True)
class Deposit:
    """What of an agreed order is paid first, and by when which part is there."""

    goods_satang: int
    deposit_satang: int
    deposit_by: datetime
    balance_by: datetime


def raise_deposit(
    session: Session, order: Order, terms: Deposit, *, actor: str, now: datetime
) -> Charge:
    """Charge an order whose groups have agreed; its buyer is told what is paid first."""
    charge = Charge(
        order_id=order.id, round_id=order.round_id, method=order.pay_method,
        goods_satang=terms.goods_satang, fee_satang=order.delivery_fee_satang,
        amount_satang=terms.goods_satang + order.delivery_fee_satang, state=ChargeState.DUE,
        pay_by=terms.deposit_by, raised_at=now, settled_at=now,
        deposit_satang=terms.deposit_satang, balance_by=terms.balance_by,
    )  # fmt: skip
    session.add(charge)
    session.flush()
    write_parts(session, order.round_id)
    record(
        session, actor=actor, subject=f"charge:{charge.id}", event="charge.raised", at=now,
        to_state=ChargeState.DUE,
        data={"order_id": order.id, "amount_satang": charge.amount_satang,
              "deposit_satang": terms.deposit_satang},
    )  # fmt: skip
    news = News(
        order_id=order.id, event="order.deposit_due", subject=f"charge:{charge.id}", page="pay",
        data={"amount_satang": terms.deposit_satang,
              "pay_by": terms.deposit_by.isoformat()},
    )  # fmt: skip
    tell_buyers(session, [news], now=now)
    return charge
