"""Doorbells of slips and papers."""

from flask import current_app

from market.clock import utc_now
from market.doorbell import SWEEP_PAPERS
from market.payments.paper_flows import issue_due_papers
from market.payments.slip_flows import check_slips
from market.payments.slip_service import HttpSlipService
from workers.app import app


@app.task(name=SWEEP_PAPERS)
def sweep_papers() -> None:
    """Every minute: ask the slip service about new slips, issue receipts and statements."""
    config = current_app.extensions["market_config"]
    issue_due_papers(now=utc_now())
    if config.slip_verify_url:
        check_slips(HttpSlipService(config.slip_verify_url, config.slip_verify_key), now=utc_now())
