"""kill -9 of the web process in the middle of an order: nothing is lost, nothing is doubled."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text

from market.clock import utc_now
from market.db import db, transaction
from market.local import ROOT
from market.orders.models import CartLine, Order, Reservation
from market.rounds.models import RoundOffer
from tests.factories.orders import make_market
from tests.orders.browser import GUEST, Browser


@contextmanager
def web(settings, port):
    """The real web server as a process group of its own."""
    command = [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1"),
        *("--port", str(port), "--workers", "1", "--no-ws", "--log-level", "error", "wsgi:app"),
    ]
    server = subprocess.Popen(command, cwd=ROOT, env=settings, start_new_session=True)
    try:
        wait_for(lambda: answers(port), "the web server does not start")
        yield server
    finally:
        if server.poll() is None:
            os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def answers(port):
    try:
        with Browser("127.0.0.1", port) as browser:
            return browser.send("GET", "/cart")[0] == 200
    except OSError:
        return False


def wait_for(done, words):
    for _ in range(300):
        if done():
            return
        time.sleep(0.1)
    raise AssertionError(words)


def somebody_waits():
    with db.engine.connect() as connection:
        return connection.execute(
            text(
                "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                " AND datname = current_database()"
            )
        ).scalar_one()


def state():
    """Orders, held units, counted units, wishes in baskets."""
    with transaction() as session:
        found = [
            session.scalar(select(func.count()).select_from(Order)),
            session.scalar(select(func.coalesce(func.sum(Reservation.units), 0))),
            session.scalar(select(func.sum(RoundOffer.reserved_units))),
            session.scalar(select(func.count()).select_from(CartLine)),
        ]
    db.session.remove()
    return found


@pytest.mark.slow
def test_a_web_process_killed_while_it_places_an_order(committed, settings):
    now = utc_now()
    with transaction() as session:
        market = make_market(
            session,
            capacity=9,
            opens_at=now - timedelta(days=1),
            closes_at=now + timedelta(days=1),
        )
    db.session.remove()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    path = f"/checkout/{market.round_id}"

    with (
        web(settings, port) as server,
        db.engine.connect() as other,
        Browser("127.0.0.1", port) as buyer,
    ):
        wish = {"round_id": str(market.round_id), "product_id": str(market.product_id),
                "maker": "any", "units": "3"}  # fmt: skip
        buyer.send("POST", "/cart/lines", wish | buyer.fields("/cart"))
        page = GUEST | buyer.fields(f"{path}?point={market.point_id}")
        other.execute(text("SELECT 1 FROM round_offer FOR UPDATE"))
        with ThreadPoolExecutor(1) as pool:
            sent = pool.submit(buyer.send, "POST", path, page)
            wait_for(somebody_waits, "the order does not reach the offers")
            os.killpg(server.pid, signal.SIGKILL)
            assert isinstance(sent.exception(timeout=30), OSError)
        other.rollback()

    wait_for(lambda: state() == [0, 0, 0, 1], f"half an order is left: {state()}")
    with web(settings, port), Browser("127.0.0.1", port) as again:
        again.cookies = buyer.cookies
        first = again.send("POST", path, page)
        second = again.send("POST", path, page)
    assert (first[0], second[0]) == (303, 303)
    assert state() == [1, 3, 3, 0]
