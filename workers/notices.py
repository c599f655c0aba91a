"""Messages leave here. The rows say what is due; the bell only says to look now."""

from typing import Any

from flask import current_app

from market.clock import utc_now
from market.doorbell import SEND_NOTICES, SWEEP_NOTICES
from market.notices.carriers import post_of
from market.notices.flows import deliver, tidy
from workers.app import app


@app.task(name=SEND_NOTICES)
def send_notices(*_ids: Any) -> None:
    """Send what is due. Safe to run twice, and beside itself."""
    deliver(post_of(current_app.extensions["market_config"]))


@app.task(name=SWEEP_NOTICES)
def sweep_notices() -> None:
    """Messages whose bell was lost, whose time to try again has come, or whose sender died."""
    tidy(utc_now())
    send_notices()
