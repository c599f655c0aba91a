"""Held money becomes earned: goods when their batch is delivered, the fee with an order's last.

What the group makes and packs is its own, the other parts of the price go where they are for;
a problem that was paid back for comes out of the group's part.

All in SQL, one entry a batch or an order, each posted once for its cause.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

_EARN_GOODS = text(
    """
    WITH legs AS (
        SELECT a.batch_id, l.order_id, b.group_id, b.round_id, p.part,
               sum(p.amount_satang) AS satang
          FROM assignment a
          JOIN batch b ON b.id = a.batch_id
          JOIN order_line l ON l.id = a.line_id
          JOIN charge c ON c.order_id = l.order_id AND c.state = 'paid'
          JOIN price_part p ON p.assignment_id = a.id AND p.amount_satang > 0
         WHERE a.batch_id = ANY(:ids) AND a.live_units > 0
         GROUP BY a.batch_id, l.order_id, b.group_id, b.round_id, p.part),
    bad AS (
        SELECT batch_id, order_id, sum(amount_satang) AS satang FROM refund
         WHERE batch_id = ANY(:ids) AND cause LIKE 'problem:%'
         GROUP BY batch_id, order_id),
    entries AS (
        INSERT INTO ledger_entry (cause, at, memo, round_id)
        SELECT 'delivered:batch:' || batch_id, :now, 'delivered', round_id
          FROM legs GROUP BY batch_id, round_id ORDER BY batch_id
            ON CONFLICT (cause) DO NOTHING
        RETURNING id, cause),
    posted AS (
        INSERT INTO posting (entry_id, kind, owner, amount_satang)
        SELECT e.id, 'held', 'order:' || l.order_id, sum(l.satang) - coalesce(min(x.satang), 0)
          FROM entries e
          JOIN legs l ON e.cause = 'delivered:batch:' || l.batch_id
          LEFT JOIN bad x ON x.batch_id = l.batch_id AND x.order_id = l.order_id
         GROUP BY e.id, l.order_id
        HAVING sum(l.satang) > coalesce(min(x.satang), 0)
        UNION ALL
        SELECT e.id, 'group', 'group:' || min(l.group_id),
               coalesce((SELECT sum(x.satang) FROM bad x WHERE x.batch_id = l.batch_id), 0)
               - sum(l.satang)
          FROM entries e JOIN legs l ON e.cause = 'delivered:batch:' || l.batch_id
         WHERE l.part IN ('makers', 'packing')
         GROUP BY e.id, l.batch_id
        HAVING sum(l.satang) > coalesce((
               SELECT sum(x.satang) FROM bad x WHERE x.batch_id = l.batch_id), 0)
        UNION ALL
        SELECT e.id, 'part', l.part, -sum(l.satang)
          FROM entries e JOIN legs l ON e.cause = 'delivered:batch:' || l.batch_id
         WHERE l.part NOT IN ('makers', 'packing')
         GROUP BY e.id, l.part
        RETURNING 1)
    SELECT count(*) FROM entries
    """
)

# The fee is earned when nothing of the order is under way and something was delivered.
_EARN_FEES = text(
    """
    WITH done AS (
        SELECT c.order_id, c.fee_satang, c.round_id
          FROM charge c
          JOIN order_line l ON l.order_id = c.order_id
          JOIN assignment a ON a.line_id = l.id AND a.live_units > 0
          JOIN batch b ON b.id = a.batch_id
         WHERE c.round_id = :round_id AND c.state = 'paid' AND c.fee_satang > 0
         GROUP BY c.id
        HAVING bool_and(b.state IN ('delivered', 'paid_out'))),
    entries AS (
        INSERT INTO ledger_entry (cause, at, memo, round_id)
        SELECT 'fee:order:' || order_id, :now, 'delivery fee', round_id
          FROM done ORDER BY order_id
            ON CONFLICT (cause) DO NOTHING
        RETURNING id, cause),
    posted AS (
        INSERT INTO posting (entry_id, kind, owner, amount_satang)
        SELECT e.id, leg.kind, leg.owner, leg.amount
          FROM entries e
          JOIN done d ON e.cause = 'fee:order:' || d.order_id
         CROSS JOIN LATERAL (VALUES ('held', 'order:' || d.order_id, d.fee_satang),
                                    ('delivery', '', -d.fee_satang)) AS leg(kind, owner, amount)
        RETURNING 1)
    SELECT count(*) FROM entries
    """
)


def earn_delivered(session: Session, batch_ids: Collection[int], *, now: datetime) -> int:
    """What was paid for these delivered batches now belongs to their groups; entries posted."""
    return int(session.scalar(_EARN_GOODS, {"ids": sorted(batch_ids), "now": now}) or 0)


def earn_fees(session: Session, round_id: int, *, now: datetime) -> int:
    """Delivery fees of orders that are delivered whole; entries posted."""
    return int(session.scalar(_EARN_FEES, {"round_id": round_id, "now": now}) or 0)
