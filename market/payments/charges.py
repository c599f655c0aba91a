"""Charges and what pays them: raised for a whole round at once, paid one by one."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.orm import Session

from market.accounts.commands import record
from market.db import lock
from market.errors import Conflict, NotFound, Refused
from market.money import format_baht
from market.orders.models import Order
from market.orders.rules import PayMethod
from market.payments.ledger import debit_credit, post_entry
from market.payments.models import Charge, Receipt
from market.payments.rules import MIN_PAY_HOURS, AccountKind, ChargeState, bank_reference
from market.payments.tell import News, Trail, record_many, tell_buyers
from market.rounds.models import Round
from market.rounds.rules import RoundState
from market.thai import arabic_digits

# Lines that want all or nothing count only when every unit of them was confirmed.
_COUNT_LIVE = text(
    """
    UPDATE assignment a SET live_units = a.confirmed_units
      FROM batch b, order_line l, orders o
     WHERE b.round_id = :round_id AND b.state = 'confirmed' AND a.batch_id = b.id
       AND l.id = a.line_id AND l.released_at IS NULL
       AND o.id = l.order_id AND o.state = 'placed'
       AND a.confirmed_units > 0
       AND NOT EXISTS (SELECT 1 FROM charge c WHERE c.order_id = o.id)
       AND (l.shortage <> 'nothing' OR l.units = (
            SELECT sum(s.confirmed_units) FROM assignment s WHERE s.line_id = l.id))
    """
)

WRITE_PARTS = text(
    """
    INSERT INTO price_part (assignment_id, part, amount_satang)
    SELECT a.id, 'makers', a.live_units * a.price_satang
      FROM assignment a JOIN batch b ON b.id = a.batch_id
     WHERE b.round_id = :round_id
       AND (a.confirmed_units > 0 OR EXISTS (
            SELECT 1 FROM price_part p WHERE p.assignment_id = a.id))
        ON CONFLICT (assignment_id, part) DO UPDATE SET amount_satang = excluded.amount_satang
     WHERE price_part.amount_satang <> excluded.amount_satang
    """
)

# An order is charged for what was confirmed, and its delivery fee only with goods.
_RAISE = text(
    """
    INSERT INTO charge (order_id, round_id, method, goods_satang, fee_satang, amount_satang,
                        state, pay_by, raised_at)
    SELECT o.id, o.round_id, o.pay_method, g.satang, o.delivery_fee_satang,
           g.satang + o.delivery_fee_satang, 'due', :pay_by, :now
      FROM orders o
      JOIN (SELECT l.order_id, sum(a.live_units * a.price_satang) AS satang
              FROM assignment a JOIN order_line l ON l.id = a.line_id
             WHERE l.round_id = :round_id AND a.live_units > 0
             GROUP BY l.order_id) g ON g.order_id = o.id
     WHERE o.round_id = :round_id AND o.state = 'placed'
     ORDER BY o.id
        ON CONFLICT (order_id) DO NOTHING
    RETURNING id, order_id, method, amount_satang, pay_by
    """
)


def raise_charges(session: Session, round_id: int, *, now: datetime) -> int:
    """Charge every order of a PAYING round that has no charge yet; how many were raised.

    Buyers always get a few hours, even when the round reached this state late.
    """
    round_ = lock(session, Round, round_id)
    if round_.state is not RoundState.PAYING:
        return 0
    session.execute(_COUNT_LIVE, {"round_id": round_id})
    return len(raise_missing(session, round_, now=now))


def raise_missing(session: Session, round_: Round, *, now: datetime) -> list[Any]:
    """Charges for orders that have units and no charge; tells their buyers. The round is locked."""
    pay_by = max(round_.pay_by, now + timedelta(hours=MIN_PAY_HOURS))
    session.execute(WRITE_PARTS, {"round_id": round_.id})
    raised = list(session.execute(_RAISE, {"round_id": round_.id, "pay_by": pay_by, "now": now}))
    record_many(
        session,
        [
            Trail(subject=f"charge:{row.id}", event="charge.raised", to_state="due",
                  data={"order_id": row.order_id, "amount_satang": row.amount_satang})
            for row in raised
        ],
        actor="system",
        at=now,
    )  # fmt: skip
    tell_buyers(session, [_pay_news(row) for row in raised], now=now)
    return raised


def _pay_news(row: Any) -> News:
    return News(
        order_id=row.order_id,
        event="order.pay",
        subject=f"charge:{row.id}",
        page="pay",
        data={
            "amount_satang": row.amount_satang,
            "cash": row.method == PayMethod.CASH,
            "pay_by": row.pay_by.isoformat(),
        },
    )


def record_receipt(
    session: Session,
    charge_id: int,
    *,
    bank_reference: str,
    amount_satang: int,
    actor: str,
    now: datetime,
) -> None:
    """A person saw this transfer in the bank: the charge is paid.

    Refused when the amount is not exactly the charge's, when the reference cannot be one or
    paid something else, or when the charge has expired; Conflict when it is paid already.
    The same reference again for the same charge changes nothing.
    """
    charge = lock(session, Charge, charge_id)
    reference = checked_reference(bank_reference)
    if charge.state is ChargeState.PAID and _receipt_reference(session, charge_id) == reference:
        return
    _refuse_unless_due(charge, PayMethod.PROMPTPAY)
    _refuse_other_amount(charge, amount_satang)
    _pay(session, charge, AccountKind.BANK, actor=actor, now=now, reference=reference)


def take_cash(
    session: Session,
    order_id: int,
    *,
    actor: str,
    now: datetime,
    amount_satang: int | None = None,
) -> int:
    """Cash was counted at the pick-up point: the order's charge is paid. Returns the satang.

    ``amount_satang`` is what the desk saw on its screen; another amount is refused.
    """
    order = lock(session, Order, order_id)
    charge_id = session.scalar(select(Charge.id).where(Charge.order_id == order_id))
    if charge_id is None:
        raise NotFound("not_found", what="charge")
    charge = lock(session, Charge, charge_id)
    _refuse_unless_due(charge, PayMethod.CASH)
    _refuse_other_amount(charge, charge.amount_satang if amount_satang is None else amount_satang)
    _pay(session, charge, AccountKind.CASH, actor=actor, now=now, owner=f"point:{order.point_id}")
    return charge.amount_satang


def checked_reference(typed: str) -> str:
    """The reference as it is kept. Refused when it cannot be one."""
    reference = bank_reference(arabic_digits(typed))
    if reference is None:
        raise Refused("bank_reference_unreadable")
    return reference


def _receipt_reference(session: Session, charge_id: int) -> str | None:
    return session.scalar(select(Receipt.bank_reference).where(Receipt.charge_id == charge_id))


def _refuse_unless_due(charge: Charge, method: PayMethod) -> None:
    if charge.state is ChargeState.PAID:
        raise Conflict("charge_already_paid")
    if charge.state is not ChargeState.DUE:
        raise Refused("charge_expired", state=str(charge.state))
    if charge.method is not method:
        raise Refused("charge_other_method", method=str(charge.method))


def _refuse_other_amount(charge: Charge, amount_satang: int) -> None:
    if amount_satang != charge.amount_satang:
        raise Refused(
            "amount_differs",
            due_satang=charge.amount_satang,
            given_satang=amount_satang,
            due=format_baht(charge.amount_satang),
            given=format_baht(amount_satang),
        )


def _pay(
    session: Session,
    charge: Charge,
    account: AccountKind,
    *,
    actor: str,
    now: datetime,
    reference: str | None = None,
    owner: str = "",
) -> None:
    receipt_id = session.scalar(
        pg_insert(Receipt)
        .values(
            charge_id=charge.id,
            method=charge.method,
            bank_reference=reference,
            amount_satang=charge.amount_satang,
            recorded_by=actor,
            recorded_at=now,
        )
        .on_conflict_do_nothing(index_elements=["bank_reference"])
        .returning(Receipt.id)
    )
    if receipt_id is None:
        raise Refused("bank_reference_used", reference=reference)
    charge.received_satang = charge.amount_satang
    charge.state, charge.paid_at = ChargeState.PAID, now
    legs = debit_credit(
        account, AccountKind.HELD, charge.amount_satang,
        debit_owner=owner, credit_owner=f"order:{charge.order_id}",
    )  # fmt: skip
    post_entry(
        session, f"receipt:{receipt_id}", legs, at=now, memo="received", round_id=charge.round_id
    )
    record(
        session, actor=actor, subject=f"charge:{charge.id}", event="charge.paid", at=now,
        from_state="due", to_state="paid",
        data={"bank_reference": reference, "amount_satang": charge.amount_satang},
    )  # fmt: skip
    news = News(
        order_id=charge.order_id,
        event="order.paid",
        subject=f"receipt:{receipt_id}",
        data={"amount_satang": charge.amount_satang},
    )
    tell_buyers(session, [news], now=now)
