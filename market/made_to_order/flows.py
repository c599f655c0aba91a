"""The sweep of requests: each due one in a transaction of its own; one never holds up all."""

from __future__ import annotations

import logging
from datetime import datetime

from market.db import reading, transaction
from market.errors import MarketError
from market.made_to_order.commands import advance_request, drop_old_drafts
from market.made_to_order.queries.due import due_requests

logger = logging.getLogger(__name__)


def advance_requests(*, now: datetime) -> int:
    """Remind, tell, end, lapse and follow up whatever is due; how many were looked at."""
    with transaction() as session:
        drop_old_drafts(session, now=now)
    with reading() as session:
        due = due_requests(session, now)
    for request_id in due:
        try:
            with transaction() as session:
                advance_request(session, request_id, now=now)
        except MarketError as refusal:
            # The next sweep looks again; the others must not wait for this one.
            logger.exception("request %s: cannot go on: %s", request_id, refusal.code)
    return len(due)
