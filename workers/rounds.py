"""Rounds by the server's clock: opened and closed by a sweep that catches up after any outage."""

from __future__ import annotations

import logging

from flask import current_app

from market.clock import utc_now
from market.db import reading, transaction
from market.doorbell import MATCH_ROUND, SEND_NOTICES, SWEEP_REMINDERS, SWEEP_ROUNDS, ring
from market.errors import MarketError
from market.rounds.commands import close_round, open_round
from market.rounds.methods import Payee
from market.rounds.planning.commands import due_templates, plan_next
from market.rounds.queries import rounds_due_to_close, rounds_due_to_open
from market.rounds.signals.calls import begin_calls, tell_next
from market.rounds.signals.reminding import forget_unconfirmed
from workers.app import app

logger = logging.getLogger(__name__)


@app.task(name=SWEEP_ROUNDS)
def sweep_rounds() -> None:
    """Open what is due and fits, close what is past its cut-off; each in its own transaction."""
    now = utc_now()
    plan_ahead()
    with reading() as session:
        opening, closing = rounds_due_to_open(session, now), rounds_due_to_close(session, now)
    for round_id in opening:
        _open(round_id)
    for round_id in closing:
        with transaction() as session:
            closed = close_round(session, round_id, actor="system", now=utc_now())
        if closed:
            ring(MATCH_ROUND, round_id)


def plan_ahead() -> None:
    """Plan what templates are short of, each round in its own transaction."""
    with reading() as session:
        templates = due_templates(session)
    payee = Payee(current_app.extensions["market_config"].payee)
    for template_id in templates:
        _plan(template_id, payee)


def _plan(template_id: int, payee: Payee) -> None:
    try:
        planned: int | None = template_id
        while planned is not None:
            with transaction() as session:
                planned = plan_next(session, template_id, payee=payee, now=utc_now())
    except MarketError as refusal:  # one template must not hold up the others
        logger.warning("template %s plans nothing: %s %s", template_id, refusal.code, refusal.data)


@app.task(name=SWEEP_REMINDERS)
def sweep_reminders() -> None:
    """Tell who waits for something in a round that has opened; forget whom nobody confirmed."""
    with transaction() as session:
        begin_calls(session, utc_now())
        forget_unconfirmed(session, utc_now())
    told = False
    while _tell_next():
        told = True
    if told:
        ring(SEND_NOTICES)


def _tell_next() -> bool:
    with transaction() as session:
        return tell_next(session, utc_now())


def _open(round_id: int) -> None:
    try:
        with transaction() as session:
            open_round(session, round_id, actor="system", now=utc_now())
    except MarketError as refusal:  # one round that does not fit must not hold up the others
        logger.warning("round %s stays a draft: %s %s", round_id, refusal.code, refusal.data)
