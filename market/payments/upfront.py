"""Rounds that are paid with the order: the ceiling is charged at once, what it did not cost
goes back when the groups have confirmed, unasked.

An order whose money is not there by its pay-by time, or by the cut-off, is given up and its
units are free again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from market.orders.releasing import release_orders
from market.payments.models import Charge
from market.payments.owing import NewRefund, owe_refunds
from market.payments.rules import MIN_PAY_HOURS, ChargeState, RefundReason
from market.payments.tell import News, Trail, record_many, tell_buyers
from market.rounds.methods import PayPolicy
from market.rounds.models import Round
from market.rounds.rules import RoundState

#: How long units stay reserved for an order that is not paid yet.
PAY_WITHIN = timedelta(hours=1)
BEFORE_PAYING = (
    RoundState.OPEN,
    RoundState.CLOSED,
    RoundState.MATCHED,
    RoundState.CONFIRMING,
)

# Also brings a charge that nobody has paid into line with an order that was changed.
_RAISE = text(
    """
    INSERT INTO charge (order_id, round_id, method, goods_satang, fee_satang, amount_satang,
                        state, pay_by, raised_at)
    SELECT o.id, o.round_id, o.pay_method, g.satang, o.delivery_fee_satang,
           g.satang + o.delivery_fee_satang, 'due',
           least(:pay_by, greatest(r.closes_at, :now)), :now
      FROM orders o
      JOIN round r ON r.id = o.round_id
      JOIN (SELECT order_id, sum(units * ceiling_satang) AS satang FROM order_line
             WHERE round_id = :round_id GROUP BY order_id) g ON g.order_id = o.id
     WHERE o.round_id = :round_id AND o.state = 'placed' AND o.funded_at IS NULL
     ORDER BY o.id
        ON CONFLICT (order_id) DO UPDATE
       SET goods_satang = excluded.goods_satang, fee_satang = excluded.fee_satang,
           amount_satang = excluded.amount_satang
     WHERE charge.state = 'due' AND charge.received_satang = 0 AND charge.settled_at IS NULL
       AND charge.amount_satang <> excluded.amount_satang
    RETURNING id, order_id, amount_satang, pay_by
    """
)
_LATE = text(
    """
    SELECT c.order_id FROM charge c JOIN orders o ON o.id = c.order_id
     WHERE c.round_id = :round_id AND c.state = 'due' AND c.settled_at IS NULL
       AND c.pay_by <= :now AND o.state = 'placed' AND o.funded_at IS NULL
     ORDER BY c.order_id
    """
)
_OVER = text(
    """
    SELECT c.id FROM charge c JOIN orders o ON o.id = c.order_id JOIN round r ON r.id = c.round_id
     WHERE c.round_id = :round_id AND c.settled_at IS NULL
       AND (o.state = 'cancelled' OR r.state = 'cancelled')
     ORDER BY c.id
    """
)
_COST = text(
    """
    SELECT l.order_id, sum(a.live_units * a.price_satang) AS satang
      FROM assignment a JOIN order_line l ON l.id = a.line_id
     WHERE l.round_id = :round_id AND a.live_units > 0 GROUP BY l.order_id
    """
)


def advance_upfront(session: Session, round_id: int, *, now: datetime) -> None:
    """Charge new orders, give up late ones, pay back those that were taken back."""
    round_ = session.get_one(
        Round, round_id, with_for_update={"read": True}, populate_existing=True
    )
    if round_.pay_policy != PayPolicy.UPFRONT:
        return
    if round_.state is RoundState.OPEN:
        _raise(session, round_id, now)
        late = session.scalars(_LATE, {"round_id": round_id, "now": now}).all()
        release_orders(session, round_id, late, now=now)
    if round_.state in (*BEFORE_PAYING, RoundState.PAYING, RoundState.CANCELLED):
        _close_over(session, round_id, now)


def _raise(session: Session, round_id: int, now: datetime) -> None:
    rows = session.execute(
        _RAISE, {"round_id": round_id, "now": now, "pay_by": now + PAY_WITHIN}
    ).all()
    trail = [
        Trail(subject=f"charge:{row.id}", event="charge.raised", to_state="due",
              data={"order_id": row.order_id, "amount_satang": row.amount_satang})
        for row in rows
    ]  # fmt: skip
    record_many(session, trail, actor="system", at=now)
    news = [
        News(
            order_id=row.order_id, event="order.pay", page="pay",
            subject=f"charge:{row.id}:{row.amount_satang}",
            data={"amount_satang": row.amount_satang, "cash": False,
                  "pay_by": row.pay_by.isoformat()},
        )
        for row in rows
    ]  # fmt: skip
    tell_buyers(session, news, now=now)


def _unsettled(session: Session, round_id: int) -> Sequence[int]:
    return session.scalars(
        select(Charge.id)
        .where(Charge.round_id == round_id, Charge.settled_at.is_(None))
        .order_by(Charge.id)
    ).all()


def _close_over(session: Session, round_id: int, now: datetime) -> None:
    """Charges of orders that are no more: nothing stays due, what was paid goes back."""
    ids = session.scalars(_OVER, {"round_id": round_id}).all()
    refunds, trail, news = [], [], []
    for charge in _locked(session, ids):
        before = str(charge.state)
        charge.settled_at = now
        if charge.state is ChargeState.DUE:
            charge.state = ChargeState.EXPIRED
            news.append(_news(charge, "order.released", charge.amount_satang))
        if charge.received_satang:
            refunds.append(_refund(charge, RefundReason.CANCELLED, charge.received_satang))
            news.append(_news(charge, "refund.owed", charge.received_satang))
        trail.append(_trail(charge, "charge.closed", before))
    session.flush()
    _write(session, refunds, trail, news, now)


def settle_upfront(session: Session, round_: Round, *, now: datetime) -> int:
    """The groups have confirmed: charges come down to what it costs, the rest goes back.

    ``assignment.live_units`` are counted by the caller, who holds the round. A charge whose
    money is only held (a card) becomes due for what it costs. How many were settled.
    """
    if round_.pay_policy != PayPolicy.UPFRONT:
        return 0
    _close_over(session, round_.id, now)
    ids = _unsettled(session, round_.id)
    cost = {row.order_id: int(row.satang) for row in session.execute(
        _COST, {"round_id": round_.id})}  # fmt: skip
    pay_by = max(round_.pay_by, now + timedelta(hours=MIN_PAY_HOURS))
    refunds, trail, news = [], [], []
    for charge in _locked(session, ids):
        before = str(charge.state)
        goods = cost.get(charge.order_id, 0)
        total = goods + charge.fee_satang if goods else 0
        charge.settled_at = now
        back = charge.received_satang - total
        if charge.state is ChargeState.DUE:
            _lower(charge, goods, pay_by, now)
        if back > 0:
            refunds.append(_refund(charge, RefundReason.CEILING, back))
            news.append(_news(charge, "refund.owed", back))
        trail.append(_trail(charge, "charge.settled", before))
    session.flush()
    _write(session, refunds, trail, news, now)
    return len(ids)


def _lower(charge: Charge, goods_satang: int, pay_by: datetime, now: datetime) -> None:
    """A charge whose money is only held, or came in part, is due for what it costs."""
    charge.pay_by = pay_by
    if not goods_satang:
        charge.state, charge.received_satang = ChargeState.VOID, 0
        return
    charge.goods_satang = goods_satang
    charge.amount_satang = goods_satang + charge.fee_satang
    charge.received_satang = min(charge.received_satang, charge.amount_satang)
    if charge.received_satang == charge.amount_satang:
        charge.state, charge.paid_at = ChargeState.PAID, now


def _locked(session: Session, ids: Sequence[int]) -> Sequence[Charge]:
    return session.scalars(
        select(Charge)
        .where(Charge.id.in_(ids))
        .order_by(Charge.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).all()


def _refund(charge: Charge, reason: RefundReason, amount_satang: int) -> NewRefund:
    return NewRefund(
        order_id=charge.order_id,
        round_id=charge.round_id,
        cause=f"{reason}:charge:{charge.id}",
        amount_satang=amount_satang,
    )


def _trail(charge: Charge, event: str, before: str) -> Trail:
    return Trail(
        subject=f"charge:{charge.id}", event=event, from_state=before, to_state=str(charge.state),
        data={"amount_satang": charge.amount_satang, "received_satang": charge.received_satang},
    )  # fmt: skip


def _news(charge: Charge, event: str, amount_satang: int) -> News:
    return News(
        order_id=charge.order_id, event=event, subject=f"{event}:charge:{charge.id}", page="pay",
        data={"amount_satang": amount_satang, "reason": "ceiling"},
    )  # fmt: skip


def _write(
    session: Session, refunds: list[NewRefund], trail: list[Trail], news: list[Any], now: datetime
) -> None:
    record_many(session, trail, actor="system", at=now)
    owe_refunds(session, refunds, actor="system", now=now)
    tell_buyers(session, news, now=now)
