"""Goods that came and were not right: the buyer gets back what was agreed, per line, in part.

Until the goods count as delivered it comes out of the group's part of what is held; what is
more than that the market gives. Later it comes out of the group's next payout, or, when that
is made already, is the market's loss.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from market.db import lock
from market.errors import NotFound, Refused
from market.money import format_baht
from market.payments.models import Charge
from market.payments.owing import NewRefund, owe_refunds
from market.payments.rules import AccountKind, ChargeState, RefundReason
from market.payments.tell import News, tell_buyers

_GOODS = text(
    """
    SELECT b.state IN ('delivered', 'paid_out') AS earned, b.group_id, b.round_id, p.storage,
           coalesce(sum(x.amount_satang), 0)::bigint AS price,
           coalesce(sum(x.amount_satang) FILTER (WHERE x.part IN ('makers', 'packing')), 0)::bigint
               AS of_group,
           EXISTS (SELECT 1 FROM payout y WHERE y.round_id = b.round_id
                      AND y.group_id = b.group_id)
           OR EXISTS (SELECT 1 FROM ledger_entry e
                       WHERE e.cause = 'direct:round:' || b.round_id || ':group:' || b.group_id)
           AS statement
      FROM assignment a
      JOIN batch b ON b.id = a.batch_id
      JOIN product p ON p.id = b.product_id
      JOIN order_line l ON l.id = a.line_id
      JOIN price_part x ON x.assignment_id = a.id
     WHERE a.batch_id = :batch_id AND l.order_id = :order_id AND a.live_units > 0
     GROUP BY b.id, p.id
    """
)
_BEFORE = text(
    """
    SELECT count(*) AS times, coalesce(sum(amount_satang), 0)::bigint AS all_of_it,
           coalesce(sum(amount_satang) FILTER (WHERE batch_id IS NOT NULL), 0)::bigint AS of_group
      FROM refund WHERE order_id = :order_id AND cause LIKE :cause
    """
)


@dataclass(frozen=True, kw_only=True)
class Problem:
    """What was wrong with whose goods, and what the buyer gets back for it."""

    order_id: int
    batch_id: int
    amount_satang: int
    line_id: int | None = None
    answer: str = ""  # the sentence to the buyer


def refund_problem(session: Session, problem: Problem, *, actor: str, now: datetime) -> None:
    """Owe a buyer what was agreed about bad goods. Refused above their price, or unpaid."""
    charge_id = session.scalar(select(Charge.id).where(Charge.order_id == problem.order_id))
    if charge_id is None:
        raise NotFound("not_found", what="charge")
    charge = lock(session, Charge, charge_id)
    cause = f"{RefundReason.PROBLEM}:batch:{problem.batch_id}:order:{problem.order_id}"
    values = {"batch_id": problem.batch_id, "order_id": problem.order_id, "cause": f"{cause}:%"}
    goods = session.execute(_GOODS, values).one_or_none()
    before = session.execute(_BEFORE, values).one()
    if goods is None or charge.state is not ChargeState.PAID:
        raise NotFound("not_found", what="goods")
    left = goods.price - before.all_of_it
    if not 0 < problem.amount_satang <= left:
        raise Refused("refund_too_large", most=format_baht(left))
    refunds = _refunds(problem, goods, before, f"{cause}:{before.times + 1}")
    owe_refunds(session, refunds, actor=actor, now=now)
    news = News(
        order_id=problem.order_id, event="refund.owed", page="pay",
        subject=f"{cause}:{before.times + 1}",
        data={"amount_satang": problem.amount_satang, "reason": "problem",
              "answer": problem.answer},
    )  # fmt: skip
    tell_buyers(session, [news], now=now)


def _refunds(problem: Problem, goods: Any, before: Any, cause: str) -> list[NewRefund]:
    of_group = min(problem.amount_satang, goods.of_group - before.of_group)
    parts = [(cause, of_group, *_bearer(goods)), (
        f"{cause}:market", problem.amount_satang - of_group, AccountKind.LOSS, "")]  # fmt: skip
    return [
        NewRefund(
            order_id=problem.order_id,
            round_id=goods.round_id,
            line_id=problem.line_id,
            # Named only where it lessens what the batch will earn.
            batch_id=problem.batch_id if source is AccountKind.HELD else None,
            cause=name,
            amount_satang=amount,
            storage=goods.storage,
            source=source,
            source_owner=owner,
        )
        for name, amount, source, owner in parts
        if amount > 0
    ]


def _bearer(goods: Any) -> tuple[AccountKind, str | None]:
    if not goods.earned:
        return AccountKind.HELD, None
    if goods.statement:
        return AccountKind.LOSS, ""
    return AccountKind.GROUP, f"group:{goods.group_id}"
