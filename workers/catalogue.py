"""What depends on the day: papers expire, and with them what goods are narrowed by."""

from market.catalogue.facet_index import refresh_facets
from market.db import transaction
from market.doorbell import REFRESH_FACETS
from workers.app import app


@app.task(name=REFRESH_FACETS)
def refresh() -> None:
    """Safe to run twice: what did not change is not written."""
    with transaction() as session:
        refresh_facets(session)
