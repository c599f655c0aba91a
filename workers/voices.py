"""Doorbell of the words that come after the goods."""

from market.clock import utc_now
from market.db import transaction
from market.doorbell import SEND_NOTICES, SWEEP_VOICES, ring
from market.voices.commands import invite_buyers
from workers.app import app


@app.task(name=SWEEP_VOICES)
def sweep_voices() -> None:
    """By day: ask buyers who have had their goods for some days how they were."""
    with transaction() as session:
        invited = invite_buyers(session, now=utc_now())
    if invited:
        ring(SEND_NOTICES)
