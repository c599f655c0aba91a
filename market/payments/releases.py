"""After the pay-by time: unpaid units are released and offered on.

Also what a cancelled round leaves behind. Each function may run again: it looks at the rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from market.db import lock
from market.matching.models import Batch
from market.matching.rules import BatchState
from market.payments.charges import raise_missing
from market.payments.drops import (
    release_lines,
    stop_batches,
)
from market.payments.lowering import Why
from market.payments.owing import NewRefund, owe_refunds
from market.payments.parts import write_parts
from market.payments.rules import (
    Freed,
    Gift,
    RefundReason,
    ReleaseReason,
    Unmet,
    give_freed,
)
from market.payments.shrinks import ask_to_shrink
from market.payments.tell import News, Trail, record_many, tell_buyers
from market.rounds.models import Round
from market.rounds.rules import RoundState

_EXPIRE = text(
    """
    UPDATE charge SET state = 'expired'
     WHERE id IN (SELECT id FROM charge
                   WHERE round_id = :round_id AND state = 'due' AND method <> 'cash'
                     AND settled_at IS NOT NULL AND pay_by <= :now ORDER BY id FOR NO KEY UPDATE)
    RETURNING id, order_id, round_id, amount_satang, received_satang
    """
)

# The units of expired orders; the old value is read before it is set to nothing.
_FREE = text(
    """
    WITH freed AS (
        SELECT a.id, a.batch_id, a.run_id, a.line_id, a.mode, a.live_units, a.price_satang,
               b.group_id, b.product_id, b.delivery_index, ro.in_band, o.point_id
          FROM assignment a
          JOIN order_line l ON l.id = a.line_id JOIN orders o ON o.id = l.order_id
          JOIN batch b ON b.id = a.batch_id JOIN round_offer ro ON ro.id = b.round_offer_id
         WHERE o.id = ANY(:order_ids) AND a.live_units > 0
         ORDER BY a.id FOR NO KEY UPDATE OF a)
    UPDATE assignment a SET live_units = 0 FROM freed f WHERE a.id = f.id
    RETURNING f.*
    """
)

# Cash is paid at the point, so these lines can take units after the pay-by time.
_UNMET = text(
    """
    SELECT l.id AS line_id, l.group_id, l.maker = 'only' AS only, l.product_id, o.point_id,
           o.delivery_index, l.ceiling_satang, l.shortage = 'nothing' AS whole,
           l.units - coalesce(sum(a.live_units), 0) AS units
      FROM order_line l
      JOIN orders o ON o.id = l.order_id
      LEFT JOIN assignment a ON a.line_id = l.id
     WHERE l.round_id = :round_id AND l.released_at IS NULL
       AND o.state = 'placed' AND o.pay_method = 'cash'
     GROUP BY l.id, o.id
    HAVING l.units > coalesce(sum(a.live_units), 0)
     ORDER BY l.priority, o.id, l.id
    """
)

_TAKE = text(
    """
    UPDATE assignment a SET confirmed_units = a.confirmed_units - g.units
      FROM (SELECT id, sum(units) AS units
              FROM unnest(CAST(:ids AS bigint[]), CAST(:units AS bigint[])) AS t(id, units)
             GROUP BY id) g
     WHERE a.id = g.id
    """
)
_GIVE = text(
    """
    INSERT INTO assignment (run_id, batch_id, line_id, mode, units, confirmed_units, live_units,
                            price_satang)
    SELECT a.run_id, a.batch_id, t.line_id, a.mode, sum(t.units), sum(t.units), sum(t.units),
           a.price_satang
      FROM unnest(CAST(:ids AS bigint[]), CAST(:lines AS bigint[]), CAST(:units AS bigint[]))
           AS t(id, line_id, units)
      JOIN assignment a ON a.id = t.id
     GROUP BY a.run_id, a.batch_id, t.line_id, a.mode, a.price_satang
        ON CONFLICT (run_id, batch_id, line_id, mode) DO UPDATE
       SET units = assignment.units + excluded.units,
           confirmed_units = assignment.confirmed_units + excluded.units,
           live_units = assignment.live_units + excluded.units
    """
)
_RAISE_DUE = text(
    """
    UPDATE charge c SET goods_satang = g.satang, amount_satang = g.satang + c.fee_satang
      FROM (SELECT l.order_id, sum(a.live_units * a.price_satang) AS satang
              FROM assignment a JOIN order_line l ON l.id = a.line_id
             WHERE l.order_id IN (SELECT order_id FROM order_line WHERE id = ANY(:lines))
             GROUP BY l.order_id) g
     WHERE c.order_id = g.order_id AND c.state = 'due' AND c.method = 'cash'
    RETURNING c.id, c.order_id, c.amount_satang
    """
)


def expire_charges(session: Session, round_id: int, *, now: datetime) -> int:
    """Release what was not paid by its pay-by time; how many charges expired.

    The units go first to lines of the same cell that pay cash and are short. A batch that
    is then below its minimum, or no whole lot, is asked once whether it is made; one that
    nobody wants any more is stopped.
    """
    round_ = lock(session, Round, round_id)
    if round_.state is not RoundState.PAYING:
        return 0
    expired = session.execute(_EXPIRE, {"round_id": round_id, "now": now}).all()
    if not expired:
        return 0
    order_ids = sorted(row.order_id for row in expired)
    freed = session.execute(_FREE, {"order_ids": order_ids}).all()
    why = Why(reason=ReleaseReason.UNPAID, actor="system", now=now)
    release_lines(session, [row.line_id for row in freed], why)
    _give_on(session, round_, freed, now)
    write_parts(session, round_id)
    ask_to_shrink(session, {row.batch_id for row in freed}, now=now)
    _pay_back_parts(session, expired, now)
    _tell_expired(session, expired, now)
    return len(expired)


def _pay_back_parts(session: Session, expired: Sequence[Any], now: datetime) -> None:
    """Of these some money came, but not all: it goes back."""
    refunds = [
        NewRefund(
            order_id=row.order_id, round_id=row.round_id, amount_satang=row.received_satang,
            cause=f"{RefundReason.UNPAID}:charge:{row.id}",
        )
        for row in expired
        if row.received_satang
    ]  # fmt: skip
    owe_refunds(session, refunds, actor="system", now=now)


def unwind_cancelled(session: Session, round_id: int, *, now: datetime) -> int:
    """A cancelled round: nothing is made, nothing stays due, paid money goes back."""
    round_ = lock(session, Round, round_id)
    if round_.state is not RoundState.CANCELLED:
        return 0
    ids = session.scalars(
        select(Batch.id).where(Batch.round_id == round_id, Batch.state != BatchState.STOPPED)
    ).all()
    why = Why(reason=ReleaseReason.ROUND_CANCELLED, actor="system", now=now)
    return stop_batches(session, ids, why)


def _give_on(session: Session, round_: Round, rows: Sequence[Any], now: datetime) -> None:
    freed = [_freed(row) for row in rows if row.point_id is not None]
    if not freed:
        return
    unmet = [_unmet(row) for row in session.execute(_UNMET, {"round_id": round_.id})]
    gifts = give_freed(freed, unmet)
    if not gifts:
        return
    _move_units(session, gifts)
    lines = sorted({gift.line_id for gift in gifts})
    raised = session.execute(_RAISE_DUE, {"lines": lines}).all()
    raise_missing(session, round_, now=now)
    news = [
        News(
            order_id=row.order_id, event="order.more", subject=f"more:charge:{row.id}",
            data={"amount_satang": row.amount_satang},
        )
        for row in raised
    ]  # fmt: skip
    tell_buyers(session, news, now=now)


def _move_units(session: Session, gifts: Sequence[Gift]) -> None:
    ids = [gift.source.assignment_id for gift in gifts]
    units = [gift.units for gift in gifts]
    lines = [gift.line_id for gift in gifts]
    session.execute(_TAKE, {"ids": ids, "units": units})
    session.execute(_GIVE, {"ids": ids, "lines": lines, "units": units})


def _freed(row: Any) -> Freed:
    return Freed(
        assignment_id=row.id,
        batch_id=row.batch_id,
        run_id=row.run_id,
        group_id=row.group_id,
        in_band=row.in_band,
        mode=row.mode,
        cell=(row.product_id, row.point_id, row.delivery_index),
        units=row.live_units,
        price_satang=row.price_satang,
    )


def _unmet(row: Any) -> Unmet:
    return Unmet(
        line_id=row.line_id,
        group_id=row.group_id,
        only=row.only,
        cell=(row.product_id, row.point_id, row.delivery_index),
        units=int(row.units),
        ceiling_satang=row.ceiling_satang,
        whole=row.whole,
    )


def _tell_expired(session: Session, expired: Sequence[Any], now: datetime) -> None:
    trail = [
        Trail(subject=f"charge:{row.id}", event="charge.expired",
              from_state="due", to_state="expired", reason="unpaid")
        for row in expired
    ]  # fmt: skip
    record_many(session, trail, actor="system", at=now)
    news = [
        News(
            order_id=row.order_id, event="order.released", subject=f"charge:{row.id}",
            data={"amount_satang": row.amount_satang},
        )
        for row in expired
    ]  # fmt: skip
    tell_buyers(session, news, now=now)
