"""What people want, summed for the demand board."""

from __future__ import annotations

from datetime import timedelta

from flask import current_app

from market.clock import utc_now
from market.db import transaction
from market.doorbell import SUM_DEMAND
from market.overviews.demand.commands import sum_demand
from workers.app import app

SWEEPS_BETWEEN = 60  # an hour at the usual pace


@app.task(name=SUM_DEMAND)
def sum_demand_again() -> None:
    """Sum this month and the last anew, if that was not done lately."""
    pace = current_app.extensions["market_config"].sweep_seconds
    with transaction() as session:
        sum_demand(session, utc_now(), every=timedelta(seconds=pace * SWEEPS_BETWEEN))
