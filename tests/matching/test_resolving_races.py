"""Two coordinators at one shortfall, and the numbers by which a group is asked."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text

from market.db import db, transaction
from market.errors import MarketError
from market.matching.commands import answer_ask
from market.matching.models import Ask, Assignment
from market.matching.resolving import instead
from market.matching.resolving.asking import ask_more
from market.matching.resolving.instead import answer_instead, instead_of_order, offer_instead
from market.matching.resolving.rules import Maker, Want, fill
from market.matching.rules import Answer, Mode
from market.orders.models import Order, OrderLine
from market.rounds.models import Round
from market.rounds.rules import RoundState
from tests.factories.matching import NOW, make_group, make_offer, make_product
from tests.matching.short_kit import HERE, make_short, wish
from tests.matching.test_answers import ask_of


@pytest.fixture
def raced(committed):
    """The same shortfall, really committed; ids only."""
    with transaction() as session:
        found = make_short(session, capacity=100)
        wanted = wish(found)
    db.session.remove()
    return committed, wanted


def both(app, wanted, locking):
    """Two coordinators press at the same time; what each was told."""

    def press(actor):
        with app.app_context():
            try:
                with transaction() as session:
                    ask_more(session, wanted, HERE, actor=actor, now=NOW, locking=locking)
                    session.execute(text("SELECT pg_sleep(0.3)"))
                return "asked"
            except Exception as refusal:
                return getattr(refusal, "code", type(refusal).__name__)
            finally:
                db.session.remove()

    with ThreadPoolExecutor(2) as pool:
        return sorted(done.result(timeout=30) for done in [
            pool.submit(press, actor) for actor in ("user:1", "user:2")
        ])  # fmt: skip


def asked_units(round_id):
    with transaction() as session:
        units = session.scalar(
            select(func.sum(Ask.units)).where(Ask.answer == Answer.WAITING, Ask.units == 20)
        )
        state = session.get_one(Round, round_id).state
    db.session.remove()
    return units, state


def test_two_coordinators_at_once_ask_once_and_the_second_is_told(raced):
    app, wanted = raced

    assert both(app, wanted, locking=True) == ["asked", "resolve_moved_on"]
    assert asked_units(wanted.round_id) == (20, RoundState.CONFIRMING)


def test_without_lock_and_number_the_group_would_be_asked_twice(raced):
    app, wanted = raced
    unique = "uq_shortfall_step_round_id_product_id_number"
    with db.engine.begin() as connection:
        connection.execute(text(f"ALTER TABLE shortfall_step DROP CONSTRAINT {unique}"))
    try:
        outcome = both(app, wanted, locking=False)
    finally:
        with db.engine.begin() as connection:
            connection.execute(text("DELETE FROM shortfall_step"))
            connection.execute(text(
                f"ALTER TABLE shortfall_step ADD CONSTRAINT {unique}"
                " UNIQUE (round_id, product_id, number)"
            ))  # fmt: skip

    assert outcome == ["asked", "asked"]
    assert asked_units(wanted.round_id)[0] == 40


@pytest.fixture
def wanted_and_offered(committed):
    """Other goods are offered for a line, then a group is asked for the line's own: two jobs,
    the buyer's yes and the group's, and the line."""
    with transaction() as session:
        short = make_short(session)
        goods = make_offer(session, short.round, make_group(session), make_product(session),
                           price=6000)  # fmt: skip
        offer_instead(session, wish(short, offer=goods), HERE, actor="user:7", now=NOW)
        ask_more(session, wish(short, units=10, number=2), HERE, actor="user:7", now=NOW)
        line = short.lines[0]
        number = session.get_one(Order, line.order_id).number
        (offered,) = instead_of_order(session, number)
        line_id, ask_id = line.id, ask_of(session, short.room).id
    db.session.remove()

    def buyer(session):
        answer_instead(session, number, offered.id, accept=True, actor="guest", now=NOW)

    def group(session):
        answer_ask(session, ask_id, answer=Answer.ALL, actor="user:8", now=NOW)

    return committed, {"buyer": buyer, "group": group}, line_id


def one_after_the_other(app, jobs):
    """The second begins when the first has done its work and not committed yet."""
    begun = Event()

    def run(job, *, first):
        with app.app_context():
            try:
                with transaction() as session:
                    if not first:
                        begun.wait(10)
                    job(session)
                    begun.set()
                    session.execute(text("SELECT pg_sleep(:s)"), {"s": 0.3 if first else 0})
                return "done"
            except MarketError as refusal:
                return refusal.code
            finally:
                begun.set()
                db.session.remove()

    with ThreadPoolExecutor(2) as pool:
        started = [pool.submit(run, job, first=at == 0) for at, job in enumerate(jobs)]
        return [one.result(timeout=30) for one in started]


@pytest.mark.parametrize(
    ("first", "guarded", "outcome", "replaced", "units"),
    [
        ("buyer", False, ["done", "done"], "instead", 10),  # both: what the guard is for
        ("buyer", True, ["instead_group_asked", "done"], None, 10),
        ("group", False, ["done", "instead_too_late"], None, 10),  # the row's state alone holds
    ],
)
def test_the_goods_come_while_the_buyer_takes_others(
    wanted_and_offered, monkeypatch, first, guarded, outcome, replaced, units
):  # fmt: skip
    app, jobs, line_id = wanted_and_offered
    if not guarded:
        monkeypatch.setattr(instead, "_standing", lambda session, line_id: (0, 0))
    second = next(name for name in jobs if name != first)

    assert one_after_the_other(app, [jobs[first], jobs[second]]) == outcome

    made = select(func.sum(Assignment.confirmed_units)).where(Assignment.line_id == line_id)
    with transaction() as session:
        assert session.get_one(OrderLine, line_id).released_reason == replaced
        assert session.scalar(made) == units
    db.session.remove()


@given(
    lot=st.integers(1, 7),
    room=st.integers(0, 60),
    minimum=st.integers(1, 20),
    made=st.integers(0, 20),
    most=st.integers(0, 60),
    lines=st.lists(
        st.tuples(st.integers(1, 12), st.booleans(), st.sampled_from([None, Mode.LANE, Mode.POST])),
        max_size=8,
    ),
    grams=st.integers(0, 40_000),
)
@settings(max_examples=50, deadline=None)
def test_what_is_asked_is_whole_lots_within_every_bound(
    lot, room, minimum, made, most, lines, grams
):  # fmt: skip
    maker = Maker(
        round_offer_id=1, group_id=1, price_satang=1, room_units=room, made_units=made,
        lot_units=lot, min_batch_units=minimum, ready_index=0, in_band=True,
    )  # fmt: skip
    wants = [
        Want(line_id=n, units=units, whole=whole, way=way,
             lane_key=(1, 0) if way is Mode.LANE else None, unit_g=1000)
        for n, (units, whole, way) in enumerate(lines)
    ]  # fmt: skip
    given_units = fill(maker, wants, most, {(1, 0): grams})
    total = sum(part.units for part in given_units)

    assert total % lot == 0
    assert total <= min(room, most)
    assert not given_units or made + total >= minimum
    by_lane = sum(part.units for part in given_units if part.way is Mode.LANE)
    assert by_lane * 1000 <= grams
    for part in given_units:
        want = wants[part.line_id]
        assert 0 < part.units <= want.units
        assert part.units == want.units or not want.whole
