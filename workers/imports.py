"""Doorbells of sheets that people bring in."""

from flask import current_app

from market.clock import utc_now
from market.db import browsing
from market.doorbell import SEND_NOTICES, SWEEP_IMPORTS, WORK_IMPORT, ring
from market.files import store_of
from market.imports.commands import due_imports
from market.imports.flows import work as work_on
from market.imports.keeping import end_old
from workers.app import app


@app.task(name=WORK_IMPORT)
def work_import(import_id: int) -> None:
    """Check, carry out or undo one import. Safe to run twice, and beside itself."""
    work_on(import_id, store_of(current_app.extensions["market_config"]), utc_now)
    ring(SEND_NOTICES)


@app.task(name=SWEEP_IMPORTS)
def sweep_imports() -> None:
    """Imports whose bell was lost or whose worker died; files whose time is over."""
    with browsing() as session:
        due = due_imports(session)
    for import_id in due:
        ring(WORK_IMPORT, import_id)
    end_old(store_of(current_app.extensions["market_config"]), utc_now())
