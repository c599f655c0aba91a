"""One reminder at half time to groups that have not answered."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.matching.commands.telling import tell_leaders
from market.rounds.models import Round

_REMIND = text(
    """
    WITH due AS (
        SELECT k.id, b.round_id, b.group_id FROM ask k
          JOIN batch b ON b.id = k.batch_id JOIN round r ON r.id = b.round_id
         WHERE k.answer = 'waiting' AND k.kind = 'make' AND k.reminded_at IS NULL
           AND r.state = 'confirming' AND k.answer_by > :now
           AND :now >= k.asked_at + (k.answer_by - k.asked_at) / 2
         FOR NO KEY UPDATE OF k SKIP LOCKED
    ), reminded AS (
        UPDATE ask SET reminded_at = :now FROM due WHERE due.id = ask.id
    )
    SELECT round_id, array_agg(DISTINCT group_id) FROM due GROUP BY round_id ORDER BY round_id
    """
)


def remind_groups(session: Session, *, now: datetime) -> int:
    """Remind each waiting group once when half of its time is gone; how many groups."""
    due = session.execute(_REMIND, {"now": now}).all()
    for round_id, group_ids in due:
        round_ = session.get_one(Round, round_id)
        tell_leaders(session, round_, "batch.reminder", now=now, group_ids=group_ids)
    return sum(len(group_ids) for _, group_ids in due)
