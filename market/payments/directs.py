"""Groups that buyers paid directly: what they have already is not paid out again."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

# Once all of a group's batches of the round are through; no more than it has earned in it.
_NET = text(
    """
    WITH sums AS (
        SELECT p.owner,
               coalesce(-sum(p.amount_satang) FILTER (WHERE p.kind = 'group'), 0) AS earned,
               coalesce(sum(p.amount_satang) FILTER (WHERE p.kind = 'with_group'), 0) AS there
          FROM posting p JOIN ledger_entry e ON e.id = p.entry_id
         WHERE e.round_id = CAST(:round_id AS bigint) AND p.kind IN ('group', 'with_group')
         GROUP BY p.owner),
    done AS (
        SELECT s.owner, least(s.earned, s.there) AS satang FROM sums s
          JOIN (SELECT 'group:' || group_id AS owner FROM batch
                 WHERE round_id = CAST(:round_id AS bigint)
                 GROUP BY group_id
                HAVING bool_and(state IN ('delivered', 'paid_out', 'stopped', 'declined'))) b
            ON b.owner = s.owner
         WHERE least(s.earned, s.there) > 0),
    entries AS (
        INSERT INTO ledger_entry (cause, at, memo, round_id)
        SELECT 'direct:round:' || CAST(:round_id AS text) || ':' || owner, :now, 'paid directly',
               CAST(:round_id AS bigint)
          FROM done ORDER BY owner
            ON CONFLICT (cause) DO NOTHING
        RETURNING id, cause),
    posted AS (
        INSERT INTO posting (entry_id, kind, owner, amount_satang)
        SELECT e.id, leg.kind, d.owner, leg.amount
          FROM entries e
          JOIN done d ON e.cause = 'direct:round:' || CAST(:round_id AS text) || ':' || d.owner
         CROSS JOIN LATERAL (VALUES ('group', d.satang), ('with_group', -d.satang))
                    AS leg(kind, amount)
        RETURNING 1)
    SELECT count(*) FROM entries
    """
)


def net_direct(session: Session, round_id: int, *, now: datetime) -> int:
    """Set what groups have received directly against what they earned; entries posted.

    What a group has beyond its earnings (its goods fell short after they were paid for) stays
    on its account: it owes the buyers' refunds.
    """
    return int(session.scalar(_NET, {"round_id": round_id, "now": now}) or 0)
