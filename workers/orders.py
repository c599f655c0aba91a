"""Standing orders by the round: a sweep finds the rounds that opened, however long ago."""

from __future__ import annotations

from market.clock import utc_now
from market.doorbell import SEND_NOTICES, SWEEP_PAYMENTS, SWEEP_STANDING, ring
from market.orders.standing.flows import place_batch, plan_standing
from workers.app import app

BATCHES = 10  # a task; what is left is the next one's, so that letters get their turn


@app.task(name=SWEEP_STANDING)
def sweep_standing() -> None:
    """Plan what is new, place what is due. Safe to run twice, and beside itself."""
    plan_standing(utc_now)
    claimed = [place_batch(utc_now)]
    while claimed[-1] and len(claimed) < BATCHES:
        claimed.append(place_batch(utc_now))
    if any(claimed):
        ring(SEND_NOTICES)
        ring(SWEEP_PAYMENTS)  # charges of rounds that are paid with the order
    if claimed[-1]:
        ring(SWEEP_STANDING)
