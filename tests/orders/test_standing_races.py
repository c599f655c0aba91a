"""Two workers at one standing order, and a worker that is killed: one order all the same."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text

from market.clock import utc_now
from market.db import db, transaction
from market.local import ROOT
from market.orders.models import Order
from market.orders.standing.flows import place_batch, plan_standing
from market.orders.standing.models import StandingRun
from market.orders.standing.rules import RunState
from market.orders.standing.running import CLAIM_SECONDS, claim_runs, plan_runs, read_markets
from market.orders.standing.settling import settle_run
from tests.factories.orders import NOON, make_market
from tests.factories.races import wait_until_somebody_waits
from tests.orders.test_races import counts, together
from tests.orders.test_standing import make_standing, make_user

KEYS = (
    ("orders", "uq_orders_idempotency_key", "UNIQUE (idempotency_key)"),
    ("standing_run", "uq_standing_run_order_id", "UNIQUE (order_id)"),
)


@pytest.fixture
def claimed(committed):
    """A claimed run and the market it sees."""
    with transaction() as session:
        make_standing(session, make_market(session))
        plan_runs(session, now=NOON)
        (run,) = claim_runs(session, now=NOON)
        markets = read_markets(session, [run])
    db.session.remove()
    return run, markets[run.place]


@pytest.fixture
def unguarded():
    """Without the keys that the database keeps, so that only our own lock stands in the way."""
    with db.engine.begin() as connection:
        for table, name, _ in KEYS:
            connection.execute(text(f"ALTER TABLE {table} DROP CONSTRAINT {name}"))
    yield
    with db.engine.begin() as connection:
        connection.execute(text("DELETE FROM reservation"))
        connection.execute(text("UPDATE round_offer SET reserved_units = 0"))
        connection.execute(text("DELETE FROM standing_run"))
        connection.execute(text("DELETE FROM order_line"))
        connection.execute(text("DELETE FROM orders"))
        for table, name, what in KEYS:
            connection.execute(text(f"ALTER TABLE {table} ADD CONSTRAINT {name} {what}"))


def settling(claimed, **options):
    def call():
        with transaction() as session:
            outcome = settle_run(session, *claimed, now=NOON, **options)
        return outcome and outcome.state

    return call


def the_second_comes_before_the_first_commits(app, claimed, *, waits, **options):
    with ThreadPoolExecutor(1) as pool, transaction() as session:
        settle_run(session, *claimed, now=NOON, **options)
        session.flush()
        later = pool.submit(together, app, settling(claimed, **options))
        if waits:
            wait_until_somebody_waits()
        else:
            later.result(timeout=60)
        session.commit()
        return later.result(timeout=60)[0]


def test_without_the_guard_two_workers_order_twice(committed, claimed, unguarded):
    outcome = the_second_comes_before_the_first_commits(
        committed, claimed, waits=True, locking=False
    )

    assert outcome is RunState.PLACED
    assert counts() == (4, 4, 2)


def test_with_the_guard_two_workers_order_once(committed, claimed, unguarded):
    outcome = the_second_comes_before_the_first_commits(committed, claimed, waits=False)

    assert outcome is None
    assert counts() == (2, 2, 1)


def test_many_sweeps_at_once_order_once_each(committed):
    with transaction() as session:
        market = make_market(session, capacity=100)
        for number in range(12):
            make_standing(session, market, user_id=make_user(session, f"u{number}"))
    db.session.remove()

    def sweep():
        plan_standing(lambda: NOON)
        while place_batch(lambda: NOON):
            pass
        return "done"

    outcomes = together(committed, *[sweep] * 4)
    together(committed, sweep)

    assert outcomes == ["done"] * 4
    assert counts() == (24, 24, 12)


PLACE = """
from market.clock import utc_now
from market.orders.standing.flows import place_batch
from tests.factories.bare import bare_app
app = bare_app()
with app.app_context():
    place_batch(utc_now)
"""


def test_a_worker_killed_while_it_orders_leaves_one_order_to_the_next(committed, settings):
    now = utc_now()
    with transaction() as session:
        market = make_market(
            session, opens_at=now - timedelta(days=1), closes_at=now + timedelta(days=1)
        )
        make_standing(session, market)
    plan_standing(utc_now)
    db.session.remove()

    with db.engine.begin() as connection:  # others hold the goods: the order is half written
        connection.execute(text("SELECT id FROM round_offer FOR UPDATE"))
        worker = subprocess.Popen(
            [sys.executable, "-c", PLACE], cwd=ROOT, env=os.environ | settings
        )
        wait_until_somebody_waits()
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait()
    assert place_batch(utc_now) == 0, "the dead worker's claim still holds"

    def later():
        return now + timedelta(seconds=CLAIM_SECONDS + 60)

    end = time.monotonic() + 60
    while not settled_by(later) and time.monotonic() < end:
        time.sleep(0.1)  # until the server has noticed the death

    assert counts() == (2, 2, 1)
    with transaction() as session:
        assert session.scalars(select(StandingRun.state)).all() == [RunState.PLACED]
        assert session.scalar(select(func.count()).select_from(Order)) == 1


def settled_by(later):
    """How many runs have their order after a batch at that moment."""
    place_batch(later)
    with transaction() as session:
        return session.scalar(select(func.count(StandingRun.order_id)))
