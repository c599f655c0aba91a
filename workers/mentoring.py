"""Doorbells of those who care for groups: what gives reason to worry, and how rounds went."""

from market.clock import utc_now
from market.db import transaction
from market.doorbell import SUM_ROUNDS, SWEEP_FLAGS
from market.mentoring.commands import raise_flags
from market.overviews.country.flows import sum_due_rounds
from workers.app import app


@app.task(name=SWEEP_FLAGS)
def sweep_flags() -> None:
    """Open and close flags as the rows stand."""
    with transaction() as session:
        raise_flags(session, now=utc_now())


@app.task(name=SUM_ROUNDS)
def sum_rounds() -> None:
    """Sum the rounds that have changed; those that are over for good."""
    sum_due_rounds(utc_now())
