"""Two buyers at once, with real threads that really commit."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text

from market.db import db, transaction
from market.errors import Refused
from market.orders import placing
from market.orders.commands import cancel_order, place_order
from market.orders.models import Order, Reservation
from market.rounds.commands import close_round
from market.rounds.models import RoundOffer
from tests.factories.orders import CUT_OFF, NOON, draft, make_buyer, make_market
from tests.factories.races import wait_until_somebody_waits


def together(app, *calls):
    """Run the calls at once, each in a context and a connection of its own; their outcomes."""

    def run(call):
        with app.app_context():
            try:
                return call()
            except Refused as refusal:
                return refusal.code
            finally:
                db.session.remove()

    with ThreadPoolExecutor(len(calls)) as pool:
        return [done.result(timeout=60) for done in [pool.submit(run, call) for call in calls]]


def placing_call(wish, **options):
    def call():
        with transaction() as session:
            place_order(session, wish, now=NOON, **options)
        return "placed"

    return call


@pytest.fixture
def one_left(committed):
    """A market with one unit, and two buyers who want it."""
    with transaction() as session:
        market = make_market(session, capacity=1)
        buyers = [make_buyer(session) for _ in range(2)]
    db.session.remove()
    return [draft(market, buyer, units=1) for buyer in buyers]


def counts():
    """Reserved by the counter, held by lines, orders."""
    with transaction() as session:
        found = (
            session.scalar(select(func.sum(RoundOffer.reserved_units))),
            session.scalar(select(func.sum(Reservation.units))),
            session.scalar(select(func.count()).select_from(Order)),
        )
    db.session.remove()
    return found


@pytest.fixture
def unguarded():
    """Without the database's own check, so that only our locks stand in the way."""
    check = "ALTER TABLE round_offer {} CONSTRAINT ck_round_offer_reserved"
    with db.engine.begin() as connection:
        definition = connection.execute(
            text(
                "SELECT pg_get_constraintdef(oid) FROM pg_constraint"
                " WHERE conname = 'ck_round_offer_reserved'"
            )
        ).scalar_one()
        connection.execute(text(check.format("DROP")))
    yield
    with db.engine.begin() as connection:
        connection.execute(text("DELETE FROM reservation"))
        connection.execute(text("UPDATE round_offer SET reserved_units = 0"))
        connection.execute(text(check.format("ADD") + f" {definition}"))


def the_second_waits_for_the_first(app, first, second, **options):
    """The first has placed but not committed when the second reads; its outcome."""
    with ThreadPoolExecutor(1) as pool, transaction() as session:
        place_order(session, first, now=NOON, **options)
        session.flush()
        (later,) = [pool.submit(together, app, placing_call(second, **options))]
        wait_until_somebody_waits()
        session.commit()
        return later.result(timeout=60)[0]


def test_without_the_locks_the_last_unit_is_sold_twice(committed, one_left, unguarded):
    outcome = the_second_waits_for_the_first(committed, *one_left, locking=False)

    assert outcome == "placed"
    assert counts() == (2, 2, 2)


def test_with_the_locks_the_last_unit_is_sold_once(committed, one_left, unguarded):
    outcome = the_second_waits_for_the_first(committed, *one_left)

    assert outcome == "full"
    assert counts() == (1, 1, 1)


def test_the_same_page_sent_by_two_taps_at_once_makes_one_order(committed):
    with transaction() as session:
        market = make_market(session, capacity=10)
        wish = draft(market, make_buyer(session), units=2, key="double-tap")
    db.session.remove()

    outcomes = together(committed, *[placing_call(wish)] * 4)

    assert outcomes == ["placed"] * 4
    assert counts() == (2, 2, 1)


def test_a_round_that_closes_meanwhile_counts_every_order_or_none_of_it(committed):
    with transaction() as session:
        market = make_market(session, capacity=40)
        wishes = [draft(market, make_buyer(session), units=1) for _ in range(6)]
    db.session.remove()
    seen = []

    def close():
        with transaction() as session:
            close_round(session, market.round_id, actor="system", now=CUT_OFF)
            seen.append(session.scalar(select(func.count()).select_from(Order)))
        return "closed"

    outcomes = together(committed, *[placing_call(wish) for wish in wishes], close)

    assert outcomes.count("placed") == counts()[2] == seen[0]
    assert set(outcomes) <= {"placed", "round_closed", "closed"}


def test_two_cancellations_at_once_free_the_units_once(committed):
    with transaction() as session:
        market = make_market(session, capacity=9)
        placed = [
            place_order(session, draft(market, make_buyer(session), units=3), now=NOON)
            for _ in range(2)
        ]
    db.session.remove()

    def cancel():
        with transaction() as session:
            cancel_order(
                session, placed[0].order_id, actor="guest", now=NOON + timedelta(minutes=1)
            )
        return "cancelled"

    together(committed, cancel, cancel, cancel)

    assert counts() == (3, 3, 2)


def test_a_drawn_pickup_code_that_is_taken_is_drawn_again(session, monkeypatch):
    drawn = iter([7, 7, 8])
    monkeypatch.setattr(placing.secrets, "randbelow", lambda _below: next(drawn))
    market = make_market(session)

    for _ in range(2):
        place_order(session, draft(market, make_buyer(session)), now=NOON)

    assert set(session.scalars(select(Order.pickup_code))) == {"000007", "000008"}
