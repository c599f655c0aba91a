"""Summing every round that has changed, each in a transaction of its own."""

from __future__ import annotations

from datetime import datetime

from market.db import reading, transaction
from market.overviews.country.commands import due_rounds, sum_round


def sum_due_rounds(now: datetime) -> int:
    """Sum what is due; how many rounds."""
    with reading() as session:
        due = due_rounds(session, now)
    done = 0
    for round_id in due:
        with transaction() as session:
            done += sum_round(session, round_id, now=now)
    return done
