"""Doorbells of money."""

from market.clock import utc_now
from market.doorbell import SEND_NOTICES, SWEEP_PAYMENTS, ring
from market.payments.flows import advance_payments
from workers.app import app


@app.task(name=SWEEP_PAYMENTS)
def sweep_payments() -> None:
    """Every minute: raise charges, release what was not paid, do what groups answered."""
    advance_payments(now=utc_now())
    ring(SEND_NOTICES)
