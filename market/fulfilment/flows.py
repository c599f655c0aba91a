"""The sweep of making and delivering: each round in a transaction of its own."""

from __future__ import annotations

import logging
from datetime import datetime

from market.db import reading, transaction
from market.errors import MarketError
from market.fulfilment.commands import settle_round, start_making
from market.fulfilment.gathering.drivers import forget_drivers
from market.fulfilment.queries import due_rounds

logger = logging.getLogger(__name__)


def advance_fulfilment(*, now: datetime) -> int:
    """Start, settle and complete whatever is due; how many rounds were looked at."""
    with reading() as session:
        rounds = due_rounds(session)
    for round_id in rounds:
        try:
            advance_round(round_id, now=now)
        except MarketError as refusal:
            # The next sweep looks again; the others must not wait for this one.
            logger.exception("round %s: cannot go on: %s", round_id, refusal.code)
    with transaction() as session:
        forget_drivers(session, now=now)
    return len(rounds)


def advance_round(round_id: int, *, now: datetime) -> None:
    """Start making a round that is paid, settle one that is delivered."""
    with transaction() as session:
        start_making(session, round_id, now=now)
        settle_round(session, round_id, now=now)
