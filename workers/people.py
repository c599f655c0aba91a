"""Doorbells of what people take along and leave behind."""

from flask import current_app

from market.accounts.commands import forget_unproved
from market.accounts.own.exports import exports_to_make
from market.clock import utc_now
from market.db import transaction
from market.doorbell import DROP_FILES, MAKE_EXPORT, SEND_NOTICES, SWEEP_PEOPLE, ring
from market.files import drop_forgotten, store_of
from market.overviews.my_data.flows import end_old_exports, forget_due
from market.overviews.my_data.flows import make_export as make
from market.overviews.my_data.words import pages
from market.payments.slip_keeping import end_old_slips
from workers.app import app


@app.task(name=MAKE_EXPORT)
def make_export(export_id: int) -> None:
    """Put one person's data together. Safe to run twice, and beside itself."""
    make(export_id, store_of(current_app.extensions["market_config"]), pages, utc_now)
    ring(SEND_NOTICES)


@app.task(name=SWEEP_PEOPLE)
def sweep_people() -> None:
    """Exports whose bell was lost or whose maker died; what is over; who leaves today."""
    with transaction() as session:
        waiting = exports_to_make(session, utc_now())
        forget_unproved(session, utc_now())
    for export_id in waiting:
        ring(MAKE_EXPORT, export_id)
    store = store_of(current_app.extensions["market_config"])
    end_old_exports(store, utc_now())
    forget_due(store, utc_now)


@app.task(name=DROP_FILES)
def drop_files() -> None:
    """Every hour: pictures of slips whose time is over, and what was forgotten before a crash."""
    store = store_of(current_app.extensions["market_config"])
    drop_forgotten(store)
    end_old_slips(store, utc_now())
