"""Mail leaves here. The rows say what is due; the bell only says to look now."""

from typing import Any

from flask import current_app

from market.clock import utc_now
from market.doorbell import SEND_NOTICES, SWEEP_NOTICES
from market.notices.flows import deliver
from market.notices.gateway import mailer_for
from market.notices.words import render_letter
from workers.app import app


@app.task(name=SEND_NOTICES)
def send_notices(*_ids: Any) -> None:
    """Send what is due. Safe to run twice, and beside itself."""
    config = current_app.extensions["market_config"]
    mailer = mailer_for(config.smtp_url, config.mail_from, config.market_home)
    deliver(mailer, render_letter, utc_now)


@app.task(name=SWEEP_NOTICES)
def sweep_notices() -> None:
    """Letters whose bell was lost, whose time to try again has come, or whose sender died."""
    send_notices()
