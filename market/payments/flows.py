"""The sweep of money: each due round in a transaction of its own; one never holds up all."""

from __future__ import annotations

import logging
from datetime import datetime

from market.db import reading, transaction
from market.errors import MarketError
from market.payments.commands import (
    advance_upfront,
    expire_charges,
    raise_charges,
    settle_shrinks,
    unwind_cancelled,
)
from market.payments.queries import due_rounds

logger = logging.getLogger(__name__)


def advance_payments(*, now: datetime) -> int:
    """Raise, expire, settle and unwind whatever is due; how many rounds were looked at."""
    with reading() as session:
        rounds = due_rounds(session)
    for round_id in rounds:
        try:
            advance_round(round_id, now=now)
        except MarketError as refusal:
            # The next sweep looks again; the others must not wait for this one.
            logger.exception("round %s: payments cannot go on: %s", round_id, refusal.code)
    return len(rounds)


def advance_round(round_id: int, *, now: datetime) -> None:
    """Everything about one round's money that is due at ``now``, in one transaction."""
    with transaction() as session:
        advance_upfront(session, round_id, now=now)
        raise_charges(session, round_id, now=now)
        expire_charges(session, round_id, now=now)
        settle_shrinks(session, round_id, now=now)
        unwind_cancelled(session, round_id, now=now)
