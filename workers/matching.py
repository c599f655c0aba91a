"""Matching in the background: solve a closed round, publish what nobody looked at, settle."""

import logging

from flask import current_app

from market.clock import utc_now
from market.db import reading, transaction
from market.doorbell import (
    HELP_MATCH,
    MATCH_ROUND,
    SEND_NOTICES,
    SWEEP_ANSWERS,
    SWEEP_MATCHES,
    SWEEP_PAYMENTS,
    ring,
)
from market.errors import MarketError
from market.matching import queries
from market.matching.commands import publish_run, remind_groups, settle_answers
from market.rounds.rules import RoundState
from workers.app import app

logger = logging.getLogger(__name__)


# A match keeps its lease as long as it lives: other tasks' limits are not for it.
MATCH_SOFT_SECONDS = 3600
MATCH_HARD_SECONDS = 3660


@app.task(name=MATCH_ROUND, soft_time_limit=MATCH_SOFT_SECONDS, time_limit=MATCH_HARD_SECONDS)
def match_round(round_id: int) -> None:
    """Safe to run twice: does nothing unless the round is CLOSED and nobody else solves it."""
    from market.matching import flows  # loads the solver, which the beat never needs

    config = current_app.extensions["market_config"]
    flows.match_round(
        round_id,
        now=utc_now(),
        params=flows.params_for(config.match_gap),
        spread=flows.Spread(from_lines=config.match_spread_lines, call=_call_for_help),
    )


def _call_for_help(run_id: int) -> None:
    ring(HELP_MATCH, run_id)


@app.task(name=HELP_MATCH)
def help_match(run_id: int) -> None:
    """Solve pieces of a large match that another worker runs, for a turn."""
    from market.matching import flows  # as above

    if flows.help_match(run_id, clock=utc_now):
        ring(HELP_MATCH, run_id)


@app.task(name=SWEEP_MATCHES)
def sweep() -> None:
    """Ring for rounds that wait for a match and for runs that wait for help; publish matches
    whose time to look is over.
    """
    now = utc_now()
    with reading() as session:
        rounds = queries.rounds_due_for_match(session, now)
        alone = queries.runs_due_for_help(session, now)
        runs = queries.runs_due_for_publication(session, now)
    for round_id in rounds:
        ring(MATCH_ROUND, round_id)
    for run_id in alone:
        ring(HELP_MATCH, run_id)
    for run_id in runs:
        _publish(run_id)
    ring(SEND_NOTICES)


def _publish(run_id: int) -> None:
    try:
        with transaction() as session:
            publish_run(session, run_id, actor="system", now=utc_now())
    except MarketError as refusal:  # one match that fails its check must not hold up the others
        logger.error("run %s is not published: %s %s", run_id, refusal.code, refusal.data)


@app.task(name=SWEEP_ANSWERS)
def sweep_answers() -> None:
    """Remind who has not answered; move on rounds for which nobody is waited."""
    with transaction() as session:
        remind_groups(session, now=utc_now())
    with reading() as session:
        due = queries.rounds_due_for_settling(session)
    for round_id in due:
        _settle(round_id)
    if due:
        ring(SWEEP_PAYMENTS)  # whose goods are sure is asked to pay at once
    ring(SEND_NOTICES)


def _settle(round_id: int) -> None:
    try:
        with transaction() as session:
            state = settle_answers(session, round_id, now=utc_now())
    except MarketError as refusal:
        logger.error("round %s is not settled: %s %s", round_id, refusal.code, refusal.data)
        return
    if state is RoundState.CLOSED:
        ring(MATCH_ROUND, round_id)
