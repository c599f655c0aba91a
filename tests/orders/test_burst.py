"""Many buyers at once over HTTP want more than there is: exactly that much is sold."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text
from werkzeug.serving import make_server

from market.clock import utc_now
from market.db import db, transaction
from market.orders.models import Order, Reservation
from market.rounds.models import RoundOffer
from tests.factories.orders import make_market
from tests.orders.browser import Browser

BUYERS, EACH = 16, 10
THERE_IS = 90  # of the 160 that they want


@pytest.fixture
def generous(committed):
    """One address may send as many orders as it likes; the limit itself is tested elsewhere."""
    config = committed.extensions["market_config"]
    committed.extensions["market_config"] = replace(config, order_rate="100000 per minute")
    yield committed
    committed.extensions["market_config"] = config


@contextmanager
def served(app):
    """The application behind a threaded server; its port."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.slow
@pytest.mark.parametrize("groups", [1, 3])
def test_a_burst_sells_exactly_what_there_is(generous, groups):
    now = utc_now()
    with transaction() as session:
        market = make_market(
            session,
            groups=groups,
            capacity=THERE_IS // groups,
            opens_at=now - timedelta(days=1),
            closes_at=now + timedelta(days=1),
        )
    db.session.remove()

    with served(generous) as port, ThreadPoolExecutor(BUYERS) as pool:

        def buy(_number):
            with Browser("127.0.0.1", port) as browser:
                return [
                    browser.order(market.round_id, market.product_id, market.point_id)
                    for _ in range(EACH)
                ]

        statuses = Counter(status for buyer in pool.map(buy, range(BUYERS)) for status in buyer)

    with transaction() as session:
        assert session.scalar(select(func.sum(RoundOffer.reserved_units))) == THERE_IS
        assert session.scalar(select(func.sum(Reservation.units))) == THERE_IS
        assert session.scalar(select(func.count()).select_from(Order)) == THERE_IS
        over = text("SELECT count(*) FROM round_offer WHERE reserved_units > capacity_units")
        assert session.scalar(over) == 0
    assert statuses == {303: THERE_IS, 422: BUYERS * EACH - THERE_IS}
