"""Which requests the sweep looks at."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.made_to_order.rules import BALANCE_BEFORE, REMIND_BEFORE

_DUE = text(
    """
    SELECT r.id FROM goods_request r WHERE r.state = 'asked' AND r.answer_by <= :remind
     UNION ALL
    SELECT r.id FROM goods_request r JOIN charge c ON c.order_id = r.order_id
     WHERE r.state = 'agreed' AND c.state = 'expired'
     UNION ALL
    SELECT r.id FROM goods_request r
      JOIN round d ON d.id = r.round_id AND d.state IN ('producing', 'delivering')
      JOIN order_line l ON l.order_id = r.order_id
     WHERE r.state = 'agreed'
       AND NOT EXISTS (SELECT 1 FROM goods_request f WHERE f.follows_id = r.id)
       AND l.units > (SELECT coalesce(sum(a.live_units), 0) FROM assignment a
                       WHERE a.line_id = l.id)
     UNION ALL
    SELECT r.id FROM goods_request r JOIN charge c ON c.order_id = r.order_id
     WHERE r.state = 'agreed' AND c.state = 'due' AND c.pay_by = c.balance_by
       AND (c.balance_by <= :balance OR NOT EXISTS (
            SELECT 1 FROM batch b WHERE b.round_id = r.round_id
               AND b.state IN ('confirmed', 'to_make')))
       AND NOT EXISTS (SELECT 1 FROM notice n WHERE n.buyer_id = r.buyer_id
                AND n.event = 'request.buyer'
                AND n.subject = 'request:' || r.id || '\\:balance')
     ORDER BY 1
    """
)


def due_requests(session: Session, now: datetime) -> list[int]:
    """Requests about which something may have to be done."""
    return list(
        session.scalars(_DUE, {"remind": now + REMIND_BEFORE, "balance": now + BALANCE_BEFORE})
    )
