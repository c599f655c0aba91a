"""Doorbells of reports: figures to freeze, files to make, people to tell."""

from flask import current_app

from market.clock import utc_now
from market.db import transaction
from market.doorbell import FREEZE_REPORTS, MAKE_REPORT, SEND_NOTICES, SWEEP_REPORTS, ring
from market.reports.commands import jobs_to_make
from market.reports.edge import titles_of, write_job
from market.reports.flows import end_old_files, freeze_due
from market.reports.flows import make_file as make
from market.reports.sending.flows import send_due
from market.reports.store import large_store_of
from workers.app import app


@app.task(name=MAKE_REPORT)
def make_report(job_id: int) -> None:
    """Make one file. Safe to run twice, and beside itself."""
    config = current_app.extensions["market_config"]
    make(job_id, large_store_of(config), write_job, utc_now, config.market_home / "tmp")


@app.task(name=FREEZE_REPORTS)
def freeze_reports() -> None:
    """Write what is due; those whose occasion it was are told."""
    freeze_due(utc_now)
    for job_id in send_due(utc_now, titles_of):
        ring(MAKE_REPORT, job_id)
    ring(SEND_NOTICES)


@app.task(name=SWEEP_REPORTS)
def sweep_reports() -> None:
    """Files whose bell was lost or whose maker died; files that are over; the rest on its queue."""
    ring(FREEZE_REPORTS)
    with transaction() as session:
        waiting = jobs_to_make(session, utc_now())
    for job_id in waiting:
        ring(MAKE_REPORT, job_id)
    end_old_files(large_store_of(current_app.extensions["market_config"]), utc_now())
