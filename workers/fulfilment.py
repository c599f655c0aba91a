"""Doorbells of making and delivering."""

from market.clock import utc_now
from market.doorbell import SEND_NOTICES, SWEEP_FULFILMENT, ring
from market.fulfilment.flows import advance_fulfilment
from workers.app import app


@app.task(name=SWEEP_FULFILMENT)
def sweep_fulfilment() -> None:
    """Every minute: start paid rounds, settle delivered batches, complete rounds."""
    advance_fulfilment(now=utc_now())
    ring(SEND_NOTICES)
