"""Charges, raised for a whole round at once when its groups have confirmed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.db import lock
from market.orders.rules import PayMethod
from market.payments.parts import write_parts, write_shares
from market.payments.rules import MIN_PAY_HOURS
from market.payments.states import Payee
from market.payments.tell import News, Trail, record_many, tell_buyers
from market.payments.upfront import settle_upfront
from market.rounds.models import Round
from market.rounds.rules import RoundState

# Lines that want all or nothing count only when every unit of them was confirmed.
_COUNT_LIVE = text(
    """
    UPDATE assignment a SET live_units = a.confirmed_units
      FROM batch b, order_line l, orders o
     WHERE b.round_id = :round_id AND b.state = 'confirmed' AND a.batch_id = b.id
       AND l.id = a.line_id AND l.released_at IS NULL
       AND o.id = l.order_id AND o.state = 'placed'
       AND a.confirmed_units > 0
       AND NOT EXISTS (SELECT 1 FROM charge c
                        WHERE c.order_id = o.id AND c.settled_at IS NOT NULL)
       AND (o.funded_at IS NOT NULL OR NOT EXISTS (
            SELECT 1 FROM round r WHERE r.id = b.round_id AND r.pay_policy = 'upfront'))
       AND (l.shortage <> 'nothing' OR l.units = (
            SELECT sum(s.confirmed_units) FROM assignment s WHERE s.line_id = l.id))
    """
)

# An order is charged for what was confirmed, and its delivery fee only with goods.
_RAISE = text(
    """
    INSERT INTO charge (order_id, round_id, method, goods_satang, fee_satang, amount_satang,
                        state, pay_by, raised_at, settled_at)
    SELECT o.id, o.round_id, o.pay_method, g.satang, o.delivery_fee_satang,
           g.satang + o.delivery_fee_satang, 'due', :pay_by, :now, :now
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

    Buyers always get a few hours, even when the round reached this state late. Where the
    round was paid up front, charges come down to what was confirmed instead.
    """
    round_ = lock(session, Round, round_id)
    if round_.state is not RoundState.PAYING:
        return 0
    session.execute(_COUNT_LIVE, {"round_id": round_id})
    settle_upfront(session, round_, now=now)
    return len(raise_missing(session, round_, now=now))


def raise_missing(session: Session, round_: Round, *, now: datetime) -> list[Any]:
    """Charges for orders that have units and no charge; tells their buyers. The round is locked."""
    pay_by = max(round_.pay_by, now + timedelta(hours=MIN_PAY_HOURS))
    write_parts(session, round_.id)
    raised = list(session.execute(_RAISE, {"round_id": round_.id, "pay_by": pay_by, "now": now}))
    if round_.payee == Payee.GROUPS:
        write_shares(session, [row.id for row in raised if row.method != PayMethod.CASH])
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
