"""Doorbells of the payment provider. Without one configured nobody rings, and nothing is done."""

import logging

from flask import current_app

from config import Config
from market.clock import utc_now
from market.doorbell import (
    ADVANCE_ATTEMPT,
    RECONCILE,
    SEND_NOTICES,
    SEND_REFUNDS,
    SWEEP_PROVIDER,
    WORK_MESSAGES,
    ring,
)
from market.errors import Unavailable
from market.payments import message_flows, provider_flows, reconcile_flows
from market.payments.gateway import provider_for
from market.payments.provider import Provider
from workers.app import app

logger = logging.getLogger(__name__)


@app.task(name=SWEEP_PROVIDER)
def sweep_provider() -> None:
    """Every minute: kept cards are charged, open attempts looked at, bells rung for the rest."""
    if _provider() is None:
        return
    for attempt_id in provider_flows.due_attempts(now=utc_now()):
        ring(ADVANCE_ATTEMPT, attempt_id)
    ring(WORK_MESSAGES)
    ring(SEND_REFUNDS)


@app.task(name=ADVANCE_ATTEMPT)
def advance_attempt(attempt_id: int) -> None:
    """Safe to run twice: asks what the row still needs, under the row's key."""
    if provider := _provider():
        try:
            provider_flows.advance_attempt(attempt_id, provider, now=utc_now())
        except Unavailable as away:
            logger.warning("attempt %s waits: %s", attempt_id, away.data)
        ring(SEND_NOTICES)


@app.task(name=WORK_MESSAGES)
def work_messages() -> None:
    """Look into the messages that came; each is claimed by one worker."""
    if provider := _provider():
        message_flows.work_messages(provider, now=utc_now())
        ring(SEND_NOTICES)


@app.task(name=SEND_REFUNDS)
def send_refunds() -> None:
    """Send back what goes by the provider; forget cards that are used up."""
    if provider := _provider():
        provider_flows.send_refunds(provider, now=utc_now())
        try:
            provider_flows.drop_cards(provider, now=utc_now())
        except Unavailable as away:
            logger.warning("cards are dropped later: %s", away.data)
        ring(SEND_NOTICES)


@app.task(name=RECONCILE)
def reconcile() -> None:
    """Every hour: our books against the provider's."""
    if provider := _provider():
        try:
            report = reconcile_flows.reconcile(provider, now=utc_now())
        except Unavailable as away:
            logger.warning("compared later: %s", away.data)
            return
        logger.info("compared with the provider: %s", report)
        ring(SEND_NOTICES)


def _provider() -> Provider | None:
    return provider_for(_config())


def _config() -> Config:
    config: Config = current_app.extensions["market_config"]
    return config
