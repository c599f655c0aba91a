"""What each group could have sold and got in a round, for its entitlement in the next one."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.rounds.memory import write_deficits


def remember_shares(session: Session, round_id: int) -> int:
    """Write the deficits of a round whose answers are in, once; returns how many groups.

    All at reference prices. Could: capacity of its offers inside the price band, no more than
    was ordered of the product from anybody or from this group, less what the first match found
    out of reach, too early or too cheap for it. Got: what the matches asked for, whatever the
    group answered.
    """
    rows = session.execute(text(_SOLD), {"round_id": round_id}).all()
    return write_deficits(session, round_id, {row.group_id: (row.could, row.got) for row in rows})


#: An offer above its band sells to those who name it only: the market owes it nothing for that.
_SOLD = """
    WITH wanted AS MATERIALIZED (
        SELECT l.product_id, CASE WHEN l.maker = 'only' THEN l.group_id END AS group_id,
               sum(l.units) AS units
          FROM order_line l JOIN orders o ON o.id = l.order_id
         WHERE l.round_id = :round_id AND o.state = 'placed'
           AND (l.released_at IS NULL OR l.released_reason = 'short')
         GROUP BY 1, 2
    ), asked AS (
        SELECT b.round_offer_id, sum(k.units) AS units
          FROM batch b JOIN ask k ON k.batch_id = b.id AND k.kind = 'make'
         WHERE b.round_id = :round_id GROUP BY 1
    ), missed AS MATERIALIZED (
        SELECT x.round_offer_id, CAST(x.data ->> 'lost_reach' AS bigint)
               + CAST(x.data ->> 'lost_lead' AS bigint)
               + CAST(x.data ->> 'lost_price_ceiling' AS bigint) AS units
          FROM offer_result x JOIN match_run m ON m.id = x.run_id
         WHERE m.round_id = :round_id AND m.rematch_no = 0 AND m.published_at IS NOT NULL
    ), sold AS (
        SELECT r.group_id, p.reference_satang, coalesce(asked.units, 0) AS got,
               CASE WHEN r.in_band THEN least(r.capacity_units, greatest(0,
                   coalesce(anybody.units, 0) + coalesce(named.units, 0)
                   - coalesce(missed.units, 0)))
               ELSE 0 END AS room
          FROM round_offer r JOIN product p ON p.id = r.product_id
          LEFT JOIN asked ON asked.round_offer_id = r.id
          LEFT JOIN missed ON missed.round_offer_id = r.id
          LEFT JOIN wanted anybody
            ON anybody.product_id = r.product_id AND anybody.group_id IS NULL
          LEFT JOIN wanted named
            ON named.product_id = r.product_id AND named.group_id = r.group_id
         WHERE r.round_id = :round_id
    )
    SELECT group_id, CAST(sum(greatest(room, got) * reference_satang) AS bigint) AS could,
           CAST(sum(got * reference_satang) AS bigint) AS got
      FROM sold GROUP BY group_id ORDER BY group_id
"""
