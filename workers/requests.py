"""Doorbells of goods asked for that are on no shelf."""

from market.campaigns.institutions.fates import end_orders
from market.clock import utc_now
from market.db import transaction
from market.doorbell import SEND_NOTICES, SWEEP_REQUESTS, ring
from market.made_to_order.flows import advance_requests
from workers.app import app


@app.task(name=SWEEP_REQUESTS)
def sweep_requests() -> None:
    """Every minute: remind groups, tell buyers that answers are in, end what is over; then the
    orders of institutions that are over with that.
    """
    advance_requests(now=utc_now())
    with transaction() as session:
        end_orders(session, now=utc_now())
    ring(SEND_NOTICES)
