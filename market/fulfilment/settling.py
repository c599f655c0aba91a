"""Delivered batches become money for their groups, and the round moves to its end.

The sweep calls ``settle_round``; it looks at the rows, so it may run at any time, any number
of times.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.db import lock
from market.fulfilment.rules import FRESH_WINDOW, KEEPING_WINDOW, PARCEL_RECEIVED_AFTER
from market.payments.commands import (
    Why,
    drop_all,
    drop_units,
    earn_delivered,
    earn_fees,
    mark_paid_out,
    net_direct,
    owe_payouts,
    parts_of_batches,
)
from market.payments.rules import ReleaseReason
from market.payments.sources import FRESH_STORAGE
from market.payments.tell import Trail, record_many
from market.rounds.commands import move_round
from market.rounds.models import Round
from market.rounds.rules import RoundState

_RECEIVE_PARCELS = text(
    """
    WITH boxes AS (
        UPDATE consignment SET state = 'received', received_at = :now
         WHERE round_id = :round_id AND order_id IS NOT NULL
           AND state IN ('handed_over', 'arrived') AND handed_over_at <= :sent_before
        RETURNING id, batch_id, order_id),
    lines AS (
        UPDATE assignment a SET received_units = a.live_units, received_at = :now
          FROM boxes s, order_line l
         WHERE a.batch_id = s.batch_id AND l.id = a.line_id AND l.order_id = s.order_id
           AND a.live_units > 0 AND a.received_at IS NULL)
    SELECT id FROM boxes ORDER BY id
    """
)
# Everybody came, or those who did not had their time, and no complaint is undecided. Cash is
# taken once for a whole order, so such an order's time starts when its last box has come.
_DELIVERED = text(
    """
    SELECT b.id FROM batch b JOIN product p ON p.id = b.product_id
     WHERE b.round_id = :round_id AND b.state = 'handed_over'
       AND NOT EXISTS (
           SELECT 1 FROM problem_report r WHERE r.batch_id = b.id AND r.state = 'open')
       AND NOT EXISTS (
           SELECT 1 FROM consignment c
            WHERE c.batch_id = b.id AND c.state NOT IN ('received', 'cancelled')
              AND (c.arrived_at IS NULL OR c.arrived_at > CASE
                   WHEN p.storage = ANY(:fresh) THEN CAST(:fresh_before AS timestamptz)
                   ELSE CAST(:keeping_before AS timestamptz) END))
       AND NOT EXISTS (
           SELECT 1 FROM assignment a
             JOIN order_line l ON l.id = a.line_id
             JOIN orders o ON o.id = l.order_id
             JOIN charge h ON h.order_id = o.id AND h.state = 'due' AND h.method = 'cash'
             JOIN order_line l2 ON l2.order_id = o.id
             JOIN assignment a2 ON a2.line_id = l2.id AND a2.live_units > 0
             JOIN consignment c ON c.batch_id = a2.batch_id AND c.point_id = o.point_id
            WHERE a.batch_id = b.id AND a.live_units > 0 AND c.state <> 'cancelled'
              AND (c.arrived_at IS NULL OR c.arrived_at > CASE
                   WHEN p.storage = ANY(:fresh) THEN CAST(:fresh_before AS timestamptz)
                   ELSE CAST(:keeping_before AS timestamptz) END))
     ORDER BY b.id FOR NO KEY UPDATE OF b
    """
)
# Locked before anything is decided: the desk may be taking this very money.
_UNCOLLECTED = text(
    """
    SELECT order_id FROM charge
     WHERE state = 'due' AND method = 'cash' AND order_id IN (
           SELECT l.order_id FROM assignment a JOIN order_line l ON l.id = a.line_id
            WHERE a.batch_id = ANY(:ids) AND a.live_units > 0)
     ORDER BY id FOR NO KEY UPDATE
    """
)
_MARK_DELIVERED = text(
    """
    UPDATE batch SET state = 'delivered', delivered_at = :now, version = version + 1
     WHERE id = ANY(:ids)
    """
)
# Nothing was earned (everything uncollected): there is nothing to pay out.
_EARNED_NOTHING = text(
    """
    SELECT group_id FROM batch b WHERE round_id = :round_id
     GROUP BY group_id
    HAVING bool_and(state IN ('delivered', 'paid_out', 'stopped', 'declined'))
       AND bool_or(state = 'delivered')
       AND NOT EXISTS (SELECT 1 FROM payout p
                        WHERE p.round_id = :round_id AND p.group_id = b.group_id)
     ORDER BY group_id
    """
)
_PROGRESS = text(
    """
    SELECT bool_or(state IN ('handed_over', 'delivered', 'paid_out')) AS started,
           bool_and(state IN ('paid_out', 'stopped', 'declined')) AS over
      FROM batch WHERE round_id = :round_id
    """
)
_SUMMARISE = text(
    """
    INSERT INTO round_summary (round_id, group_id, planned_units, made_units, delivered_units,
                               income_satang, surplus_satang, completed_at)
    SELECT b.round_id, b.group_id, sum(b.confirmed_units), sum(coalesce(b.made_units, 0)),
           sum(d.units), sum(d.satang), sum(d.satang - d.units * ro.unit_cost_satang), :now
      FROM batch b
      JOIN round_offer ro ON ro.id = b.round_offer_id
     CROSS JOIN LATERAL (
           SELECT coalesce(sum(a.live_units), 0) AS units,
                  coalesce(sum(a.live_units * coalesce(ro.group_satang, a.price_satang)), 0)
                  AS satang
             FROM assignment a WHERE a.batch_id = b.id AND b.state = 'paid_out') d
     WHERE b.round_id = :round_id AND b.confirmed_units > 0
     GROUP BY b.round_id, b.group_id
        ON CONFLICT (round_id, group_id) DO NOTHING
    """
)


def settle_round(session: Session, round_id: int, *, now: datetime) -> None:
    """Settle what is delivered by now and move the round along.

    Delivered batches: the money held for them goes to their groups, payouts fall due. The
    round is DELIVERING from the first hand-over and COMPLETED, with its summary, when every
    batch is paid out or stopped.
    """
    round_ = lock(session, Round, round_id)
    if round_.state not in (RoundState.PRODUCING, RoundState.DELIVERING):
        return
    _receive_parcels(session, round_id, now)
    done = _delivered(session, round_id, now)
    if done:
        _give_up_uncollected(session, done, now)
        _mark_delivered(session, done, now)
    earn_fees(session, round_id, now=now)
    net_direct(session, round_id, now=now)
    owe_payouts(session, round_id, now=now)
    nothing = session.scalars(_EARNED_NOTHING, {"round_id": round_id}).all()
    mark_paid_out(session, round_id, nothing, actor="system", now=now)
    _move_on(session, round_, now)


def _receive_parcels(session: Session, round_id: int, now: datetime) -> None:
    boxes = session.scalars(
        _RECEIVE_PARCELS,
        {"round_id": round_id, "now": now, "sent_before": now - PARCEL_RECEIVED_AFTER},
    ).all()
    trail = [
        Trail(subject=f"consignment:{box}", event="consignment.received",
              from_state="handed_over", to_state="received", reason="no_complaint")
        for box in boxes
    ]  # fmt: skip
    record_many(session, trail, actor="system", at=now)


def _delivered(session: Session, round_id: int, now: datetime) -> Sequence[int]:
    return session.scalars(
        _DELIVERED,
        {
            "round_id": round_id,
            "fresh": list(FRESH_STORAGE),
            "fresh_before": now - FRESH_WINDOW,
            "keeping_before": now - KEEPING_WINDOW,
        },
    ).all()


def _give_up_uncollected(session: Session, ids: Sequence[int], now: datetime) -> None:
    """Goods to be paid in cash that nobody came for: no money ever came in for them."""
    orders = set(session.scalars(_UNCOLLECTED, {"ids": list(ids)}))
    if not orders:
        return
    parts = [part for part in parts_of_batches(session, ids) if part.order_id in orders]
    why = Why(reason=ReleaseReason.NOT_COLLECTED, actor="system", now=now)
    drop_units(session, drop_all(parts), why)


def _mark_delivered(session: Session, ids: Sequence[int], now: datetime) -> None:
    earn_delivered(session, ids, now=now)
    session.execute(_MARK_DELIVERED, {"ids": list(ids), "now": now})
    trail = [
        Trail(subject=f"batch:{batch}", event="batch.delivered",
              from_state="handed_over", to_state="delivered")
        for batch in ids
    ]  # fmt: skip
    record_many(session, trail, actor="system", at=now)


def _move_on(session: Session, round_: Round, now: datetime) -> None:
    progress = session.execute(_PROGRESS, {"round_id": round_.id}).one()
    if progress.over is not False:  # NULL: nothing was made at all
        session.execute(_SUMMARISE, {"round_id": round_.id, "now": now})
        move_round(session, round_, RoundState.COMPLETED, actor="system", now=now)
    elif progress.started and round_.state is RoundState.PRODUCING:
        move_round(session, round_, RoundState.DELIVERING, actor="system", now=now)
