"""Messages leave here. The rows say what is due; the bell only says to look now."""

from typing import Any

from flask import current_app

from market.clock import utc_now
from market.doorbell import METER_CHANNELS, READ_RETURNED, SEND_NOTICES, SWEEP_NOTICES, ring
from market.notices.carriers import line_of, post_of, way_back_of
from market.notices.flows import deliver, meter, tidy
from market.notices.returned.flows import read_returned
from market.notices.returned.gateway import mailbox_for
from market.notices.rules import Channel
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


@app.task(name=METER_CHANNELS)
def meter_channels() -> None:
    """What LINE itself has counted, messages that somebody sent by hand among them."""
    line = line_of(current_app.extensions["market_config"])
    if line is not None:
        meter(line.used, Channel.LINE, utc_now())


@app.task(name=READ_RETURNED)
def read_returned_mail() -> None:
    """Every two minutes: letters that came back; the next ways leave at once."""
    config = current_app.extensions["market_config"]
    mailbox, back = mailbox_for(config.bounce_mailbox), way_back_of(config)
    if mailbox and back and read_returned(mailbox, back.seal, utc_now):
        ring(SEND_NOTICES)
