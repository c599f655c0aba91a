"""What must always hold (docs/architecture.md), asked of the live database.

Each check is one statement that selects the rows which break a promise; an empty answer is
good. The database's own constraints keep most of these already: the audit would also see
what a hand-written UPDATE or a restored backup broke.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.clock import utc_now
from market.overviews.audit.desk import DESK_CHECKS
from market.overviews.audit.money import MONEY_CHECKS

EXAMPLES = 5


@dataclass(frozen=True)
class Broken:
    """A promise that does not hold: how many rows break it, and some of them."""

    check: str
    count: int
    examples: tuple[str, ...]


#: name -> SELECT of one text column naming each row that breaks the promise.
CHECKS: dict[str, str] = {
    # 1. allocated + unmet = ordered; assigned <= confirmed <= capacity; whole lots, batches.
    "a line is given no more than it ordered": """
        SELECT 'order_line ' || l.id FROM order_line l
          JOIN assignment s ON s.line_id = l.id
         GROUP BY l.id HAVING sum(s.confirmed_units) > l.units""",
    # Later, unpaid units move to short cash lines; what is unmet is then derived, not stored.
    "while groups answer, assigned and unserved units add up to the line": """
        WITH latest AS (SELECT round_id, max(id) AS run_id FROM match_run
                         WHERE state = 'published' GROUP BY round_id)
        SELECT 'order_line ' || l.id FROM latest
          JOIN round r ON r.id = latest.round_id AND r.state = 'confirming'
          JOIN order_line l ON l.round_id = latest.round_id
          JOIN orders o ON o.id = l.order_id AND o.state = 'placed'
         WHERE l.released_at IS NULL
           AND l.units <> coalesce((SELECT sum(CASE WHEN s.run_id >= latest.run_id
                                                    THEN s.units ELSE s.confirmed_units END)
                                      FROM assignment s WHERE s.line_id = l.id), 0)
                        + coalesce((SELECT sum(u.units) FROM unserved_line u
                                     WHERE u.run_id = latest.run_id AND u.line_id = l.id), 0)""",
    "a batch's confirmed units are the sum of its answers": """
        SELECT 'batch ' || b.id FROM batch b
         WHERE b.confirmed_units <> coalesce((SELECT sum(a.confirmed_units) FROM ask a
                                               WHERE a.batch_id = b.id AND a.kind = 'make'), 0)""",
    "lines are assigned no more than the group confirmed": """
        SELECT 'batch ' || b.id FROM batch b
         WHERE b.confirmed_units < coalesce((SELECT sum(s.confirmed_units) FROM assignment s
                                              WHERE s.batch_id = b.id), 0)""",
    "a group confirms no more than its capacity": """
        SELECT 'round_offer ' || f.id FROM round_offer f JOIN batch b ON b.round_offer_id = f.id
         GROUP BY f.id HAVING sum(b.confirmed_units) > f.capacity_units""",
    "a published ask is whole lots and no batch is below its minimum": """
        SELECT 'ask ' || a.id FROM ask a
          JOIN batch b ON b.id = a.batch_id JOIN round_offer f ON f.id = b.round_offer_id
         WHERE a.kind = 'make'
         GROUP BY a.id, f.id
        HAVING (SELECT sum(x.units) FROM ask x JOIN batch y ON y.id = x.batch_id
                 WHERE x.run_id = a.run_id AND x.kind = 'make' AND y.round_offer_id = f.id)
               % f.lot_units <> 0""",
    # 2. only-lines stay, ceilings hold, reach and lead time hold.
    "an only-this-group line never goes elsewhere": """
        SELECT 'assignment ' || s.id FROM assignment s
          JOIN order_line l ON l.id = s.line_id JOIN batch b ON b.id = s.batch_id
         WHERE l.maker = 'only' AND l.group_id <> b.group_id""",
    "no line pays above its ceiling": """
        SELECT 'assignment ' || s.id FROM assignment s JOIN order_line l ON l.id = s.line_id
         WHERE s.price_satang > l.ceiling_satang""",
    "a batch is delivered no sooner than its lead time allows": """
        SELECT 'batch ' || b.id FROM batch b JOIN round_offer f ON f.id = b.round_offer_id
         WHERE b.delivery_index < f.ready_index""",
    "goods go only where the group reaches": """
        SELECT 'assignment ' || s.id FROM assignment s
          JOIN batch b ON b.id = s.batch_id JOIN order_line l ON l.id = s.line_id
          JOIN orders o ON o.id = l.order_id JOIN producer_group g ON g.id = b.group_id
         WHERE (s.mode = 'lane' AND NOT EXISTS (SELECT 1 FROM lane
                     WHERE lane.group_id = g.id AND lane.point_id = o.point_id))
            OR (s.mode = 'post' AND NOT g.ships_parcels)""",
    "product, offer and batch agree": """
        SELECT 'assignment ' || s.id FROM assignment s
          JOIN batch b ON b.id = s.batch_id JOIN order_line l ON l.id = s.line_id
         WHERE b.product_id <> l.product_id OR b.round_id <> l.round_id""",
    # 3. reservations.
    "reserved units are the sum of the reservations": """
        SELECT 'round_offer ' || f.id FROM round_offer f
         WHERE f.reserved_units <> coalesce((SELECT sum(v.units) FROM reservation v
                                              WHERE v.round_offer_id = f.id), 0)""",
    "reserved minutes are the sum of the reservations": """
        SELECT 'round_group ' || r.id FROM round_group r
         WHERE r.shared_minutes IS NOT NULL AND r.reserved_minutes <> coalesce((
               SELECT sum(v.units * f.minutes_per_unit) FROM reservation v
                 JOIN round_offer f ON f.id = v.round_offer_id
                WHERE f.round_id = r.round_id AND f.group_id = r.group_id), 0)""",
    "every line of an open round is reserved whole": """
        SELECT 'order_line ' || l.id FROM order_line l
          JOIN orders o ON o.id = l.order_id AND o.state = 'placed'
          JOIN round r ON r.id = l.round_id AND r.state = 'open'
         WHERE l.units <> coalesce((SELECT sum(v.units) FROM reservation v
                                     WHERE v.line_id = l.id), 0)""",
    # 4. the ledger: see money.py.
    **MONEY_CHECKS,
    **DESK_CHECKS,
    # 5. one effect per cause.
    "a notice goes out once": """
        SELECT 'notice ' || min(id) FROM notice
         GROUP BY user_id, buyer_id, channel, event, subject, version HAVING count(*) > 1""",
    "a paid payout is in the ledger once": """
        SELECT 'payout ' || p.id FROM payout p
         WHERE p.state = 'paid' AND 1 <> (SELECT count(*) FROM ledger_entry e
                                           WHERE e.cause = 'payout:' || p.id)""",
    # 6. states.
    "no open round is past its cut-off by more than ten minutes": """
        SELECT 'round ' || id FROM round
         WHERE state = 'open' AND closes_at < :now - interval '10 minutes'""",
    "no answered deadline is forgotten for more than ten minutes": """
        SELECT 'ask ' || a.id FROM ask a
         WHERE a.answer = 'waiting' AND a.answer_by < :now - interval '10 minutes'""",
    "a completed round has only finished batches": """
        SELECT 'batch ' || b.id FROM batch b JOIN round r ON r.id = b.round_id
         WHERE r.state = 'completed' AND b.state NOT IN ('paid_out', 'stopped', 'declined')""",
    # 8. price parts.
    "the parts of a price add up to the price": """
        SELECT 'assignment ' || s.id FROM assignment s
          JOIN price_part p ON p.assignment_id = s.id
         GROUP BY s.id HAVING sum(p.amount_satang) <> s.live_units * s.price_satang""",
}


def broken_promises(session: Session, *, now: datetime | None = None) -> tuple[Broken, ...]:
    """Every promise that does not hold at ``now`` (None: by the clock); empty when all is well."""
    found = []
    for check, statement in CHECKS.items():
        rows = session.scalars(text(statement), {"now": now or utc_now()}).all()
        if rows:
            found.append(Broken(check, len(rows), tuple(map(str, rows[:EXAMPLES]))))
    return tuple(found)
