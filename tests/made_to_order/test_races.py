"""Two hands at once: two devices that choose, a group that takes its word back meanwhile."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from market.db import db, transaction
from market.errors import MarketError
from market.made_to_order.commands import Choice, Offered, Voice, agree, cannot_answer, offer_answer
from market.made_to_order.models import GoodsRequest, RequestInvite
from market.made_to_order.rules import InviteState, RequestState
from market.matching.models import Batch
from market.orders.models import Order
from tests.factories.matching import NOW
from tests.factories.races import wait_until_somebody_waits
from tests.factories.requests import READY_ON, WAY, make_asked, say_yes

LATER = NOW + timedelta(hours=2)


@pytest.fixture
def offered(committed):
    """A request with one answer; its ids."""
    with transaction() as session:
        asked = make_asked(session)
        say_yes(session, asked, 0, units=200, price=4000)
        say_yes(session, asked, 1, units=150, price=4200)
        ids = asked.request.id, [group.id for group in asked.groups]
    db.session.remove()
    return ids


def run(app: Flask, act) -> str:
    """The act's outcome, in an app context and a transaction of its own."""
    with app.app_context():
        try:
            with transaction() as session:
                return str(act(session))
        except MarketError as refusal:
            return refusal.code
        finally:
            db.session.remove()


def choosing(request_id, units, total):
    choice = Choice(units=units, expected_satang=total)
    return lambda session: agree(session, request_id, choice, WAY, actor="buyer:1", now=LATER)


def withdrawing(request_id, group_id):
    voice = Voice(actor="link:1")
    return lambda session: cannot_answer(
        session, request_id, group_id, "time", "", voice, now=LATER
    )


def second_meets_first(app, first, second) -> str:
    """The first has acted and not committed when the second begins; the second's outcome."""
    with ThreadPoolExecutor(1) as pool, transaction() as session:
        first(session)
        session.flush()
        later = pool.submit(run, app, second)
        wait_until_somebody_waits()
        session.commit()
        return later.result(timeout=30)


def stand() -> tuple[int, int, set[str]]:
    """Orders, batches, and the states of the answers."""
    with transaction() as session:
        found = (
            session.scalars(select(func.count()).select_from(Order)).one(),
            session.scalars(select(func.count()).select_from(Batch)).one(),
            {str(state) for state in session.scalars(select(RequestInvite.state))},
        )
    db.session.remove()
    return found


def test_two_devices_that_choose_the_same_make_one_order(committed, offered):
    request_id, groups = offered
    choice = choosing(request_id, {groups[0]: 200}, 800_000)

    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(lambda _n: run(committed, choice), range(4)))

    assert len(set(outcomes)) == 1
    assert "-" in outcomes[0]
    assert stand()[:2] == (1, 1)


def test_of_two_devices_that_choose_differently_one_is_told(committed, offered):
    request_id, groups = offered

    outcome = second_meets_first(
        committed,
        choosing(request_id, {groups[0]: 200}, 800_000),
        choosing(request_id, {groups[1]: 150}, 630_000),
    )

    assert outcome == "request_agreed_otherwise"
    assert stand()[:2] == (1, 1)


def test_a_group_that_withdraws_while_the_buyer_chooses_is_bound(committed, offered):
    request_id, groups = offered

    outcome = second_meets_first(
        committed,
        choosing(request_id, {groups[0]: 200}, 800_000),
        withdrawing(request_id, groups[0]),
    )

    assert outcome == "request_is_over"
    assert stand() == (1, 1, {"chosen", "passed"})


def test_a_buyer_who_chooses_while_the_group_withdraws_is_told(committed, offered):
    request_id, groups = offered

    outcome = second_meets_first(
        committed,
        withdrawing(request_id, groups[0]),
        choosing(request_id, {groups[0]: 200}, 800_000),
    )

    assert outcome == "answer_is_gone"
    assert stand() == (0, 0, {"cannot", "offered"})


def test_a_price_that_changes_while_the_buyer_chooses_is_not_paid_unseen(committed, offered):
    request_id, groups = offered
    dearer = Offered(price_satang=4400, units=200, ready_on=READY_ON)

    outcome = second_meets_first(
        committed,
        lambda session: offer_answer(
            session, request_id, groups[0], dearer, Voice(actor="link:1"), now=LATER
        ),
        choosing(request_id, {groups[0]: 200}, 800_000),
    )

    assert outcome == "request_total_changed"
    assert stand()[:2] == (0, 0)


def test_groups_do_not_wait_for_each_other(committed, offered):
    request_id, groups = offered
    with transaction() as session:
        withdrawing(request_id, groups[0])(session)
        session.flush()
        with ThreadPoolExecutor(1) as pool:
            other = pool.submit(run, committed, withdrawing(request_id, groups[1]))
            assert other.result(timeout=10) == "None"
        session.commit()

    assert stand()[2] == {"cannot"}


def test_a_process_killed_before_its_commit_leaves_the_request_as_it_was(committed, offered):
    request_id, groups = offered
    with committed.app_context():
        session = db.session()
        choosing(request_id, {groups[0]: 200}, 800_000)(session)
        session.flush()
        connection = session.connection().connection
        connection.driver_connection.close()  # what the server sees of a kill -9
        session.invalidate()
        db.session.remove()

    assert stand() == (0, 0, {"offered"})
    assert "-" in run(committed, choosing(request_id, {groups[0]: 200}, 800_000))
    with transaction() as session:
        state = session.scalars(select(GoodsRequest.state)).one()
        chosen = session.scalars(
            select(RequestInvite.id).where(RequestInvite.state == InviteState.CHOSEN)
        ).all()
    assert state is RequestState.AGREED
    assert len(chosen) == 1
