"""Placing what standing orders want: one short transaction an order."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from sqlalchemy.exc import OperationalError

from market.db import browsing, transaction
from market.errors import MarketError, Unavailable
from market.orders.flows import TRY_AGAIN
from market.orders.queries import MarketView
from market.orders.standing.running import Run, claim_runs, plan_runs, read_markets
from market.orders.standing.settling import Outcome, settle_run

logger = logging.getLogger(__name__)


def plan_standing(clock: Callable[[], datetime]) -> int:
    """A row for every standing order whose round has opened; how many are new."""
    with transaction() as session:
        return plan_runs(session, now=clock())


def place_batch(clock: Callable[[], datetime]) -> int:
    """Claim some due runs and settle each; how many were claimed. 0: nothing is left.

    Safe beside itself and after a kill: a run is settled with its order or not at all.
    """
    with transaction() as session:
        runs = claim_runs(session, now=clock())
    if runs:
        with browsing() as session:
            markets = read_markets(session, runs)
        for run in runs:
            place_run(run, markets[run.place], clock)
    return len(runs)


def place_run(
    run: Run, market: MarketView | MarketError, clock: Callable[[], datetime]
) -> Outcome | None:
    """One transaction. Where others held the rows for too long it stays due: None."""
    try:
        with transaction() as session:
            return settle_run(session, run, market, now=clock())
    except Unavailable as busy:
        logger.info("standing run %s waits: %s", run.id, busy.code)
    except OperationalError as failure:
        if getattr(failure.orig, "sqlstate", None) not in TRY_AGAIN:
            raise
        logger.info("standing run %s waits for others' locks", run.id)
    return None
