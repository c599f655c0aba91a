"""The doorbell: tells the worker that a row is due. The row is the truth, the bell only saves time.

A bell that is lost, because the broker is down, costs until the next sweep; a bell rung twice
costs nothing, since each task first checks the row. So `ring` logs a failure and never raises.
"""

import logging
from functools import cache

from celery import Celery
from flask import current_app
from kombu.exceptions import OperationalError

SWEEP_ROUNDS = "rounds.sweep"
SWEEP_REMINDERS = "rounds.sweep_reminders"
SWEEP_STANDING = "orders.sweep_standing"
MATCH_ROUND = "matching.match_round"
HELP_MATCH = "matching.help"
SWEEP_MATCHES = "matching.sweep"
SWEEP_ANSWERS = "matching.sweep_answers"
SIMULATE = "matching.simulate"
SWEEP_SIMULATIONS = "matching.sweep_simulations"
SEND_NOTICES = "notices.send"
SWEEP_NOTICES = "notices.sweep"
METER_CHANNELS = "notices.meter"
READ_RETURNED = "notices.read_returned"
SWEEP_PAYMENTS = "payments.sweep"
SWEEP_PAPERS = "payments.sweep_papers"
WORK_MESSAGES = "payments.work_messages"
ADVANCE_ATTEMPT = "payments.advance_attempt"
SEND_REFUNDS = "payments.send_refunds"
SWEEP_PROVIDER = "payments.sweep_provider"
RECONCILE = "payments.reconcile"
SWEEP_FULFILMENT = "fulfilment.sweep"
REFRESH_FACETS = "catalogue.refresh_facets"
SWEEP_VOICES = "voices.sweep"
MAKE_EXPORT = "people.make_export"
SWEEP_PEOPLE = "people.sweep"
DROP_FILES = "people.drop_files"
SUM_DEMAND = "overviews.sum_demand"
SUM_ROUNDS = "overviews.sum_rounds"
SWEEP_FLAGS = "mentoring.sweep_flags"
SWEEP_REQUESTS = "made_to_order.sweep"
WORK_IMPORT = "imports.work"
SWEEP_IMPORTS = "imports.sweep"

MAKE_REPORT = "reports.make"
FREEZE_REPORTS = "reports.freeze"
SWEEP_REPORTS = "reports.sweep"

# Money was recorded by hand: what waited for it goes on at once, and people are told.
MONEY_RECORDED = (SWEEP_FULFILMENT, SEND_NOTICES)

# A match takes minutes of processor time: it must not hold up a notice.
MATCH_QUEUE = "match"
# A large report takes a minute: notices and matches must not wait for it.
REPORT_QUEUE = "reports"
DEFAULT_QUEUE = "default"
ROUTES = {
    MATCH_ROUND: {"queue": MATCH_QUEUE},
    HELP_MATCH: {"queue": MATCH_QUEUE},
    SIMULATE: {"queue": MATCH_QUEUE},
    MAKE_REPORT: {"queue": REPORT_QUEUE},
    FREEZE_REPORTS: {"queue": REPORT_QUEUE},
    "*": {"queue": DEFAULT_QUEUE},
}

# Without these a dead Redis holds a request for six seconds, with them a tenth of one.
QUICK_TRANSPORT: dict[str, object] = {
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0.1,
    "interval_max": 0.1,
    "socket_connect_timeout": 0.5,
    "socket_timeout": 2,
}

logger = logging.getLogger(__name__)


def ring(name: str, *ids: int) -> bool:
    """Ring one task by its name, after the commit; ids only. False when nobody could hear it."""
    client = _client(current_app.extensions["market_config"].redis_url)
    try:
        client.send_task(name, args=ids, retry=False, ignore_result=True)
    except (OperationalError, OSError) as failure:
        logger.warning("doorbell %s%s not heard, the sweep will see it: %s", name, ids, failure)
        return False
    return True


@cache
def _client(redis_url: str) -> Celery:
    client = Celery("doorbell", broker=redis_url, set_as_current=False)
    client.conf.update(
        broker_transport_options=QUICK_TRANSPORT,
        task_default_queue=DEFAULT_QUEUE,
        task_routes=ROUTES,
        task_serializer="json",
        accept_content=["json"],
    )
    return client
