"""A basket before and after signing in, retries under locks, and what the letters say."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text

from market.accounts.models import Buyer, User
from market.catalogue.models import Product
from market.clock import utc_now
from market.db import db, transaction
from market.errors import Unavailable
from market.notices.models import Notice
from market.notices.rules import ClaimedNotice
from market.notices.words import inbox_line, render_letter
from market.orders import cart as basket
from market.orders.cart_queries import CartOwner, cart_of
from market.orders.checkout import Checkout
from market.orders.flows import place_from_cart
from market.orders.models import Cart, CartLine
from market.orders.rules import MakerChoice, PayMethod
from tests.factories.orders import (
    NOON,
    join,
    make_group,
    make_market,
    make_product,
    make_round,
    order,
)


def put(session, owner, market, units, product_id=None):
    basket.put_line(
        session,
        owner,
        round_id=market.round_id,
        product_id=product_id or market.product_id,
        maker=MakerChoice.ANY,
        group_id=None,
        units=units,
        now=NOON,
    )


def make_user(session):
    user = User(name="สมศรี", email="s@example.org", fs_uniquifier="somsri", active=True)
    session.add(user)
    session.flush()
    return user.id


def test_a_browsers_basket_goes_into_the_persons_and_what_is_there_stays(session):
    market = make_market(session)
    user_id = make_user(session)
    guest, person = CartOwner(token="secret"), CartOwner(user_id=user_id)
    put(session, guest, market, 5)
    put(session, person, market, 2)

    basket.merge_cart(session, "secret", user_id, now=NOON)
    basket.merge_cart(session, "secret", user_id, now=NOON)

    assert session.scalars(select(CartLine.units)).all() == [2]
    assert session.scalars(select(Cart.user_id)).all() == [user_id]


def test_a_second_time_adds_up_to_what_one_order_may_take(session):
    market = make_market(session)
    owner = CartOwner(token="t")

    for _ in range(3):
        put(session, owner, market, 4)

    assert session.scalars(select(CartLine.units)).all() == [10]


def test_what_the_round_does_not_offer_stays_out(session):
    from market.errors import Refused

    market = make_market(session)
    other = make_product(session)

    with pytest.raises(Refused) as refusal:
        put(session, CartOwner(token="t"), market, 1, product_id=other.id)

    assert refusal.value.code == "not_offered"


def test_the_basket_shows_what_is_left(session):
    market = make_market(session, capacity=5)
    put(session, CartOwner(token="t"), market, 3)
    order(session, market, units=4)

    ((shown,),) = [part.lines for part in cart_of(session, CartOwner(token="t"), now=NOON)]

    assert (shown.units, shown.left_units, shown.ceiling_satang) == (3, 1, 7000)


def checkout_of(market):
    return Checkout(
        round_id=market.round_id,
        key="k",
        name="ก",
        phone="+66812345678",
        email=None,
        pay_method=PayMethod.PROMPTPAY,
        expected_ceiling_satang=7000,
        point_id=market.point_id,
    )


@pytest.fixture
def waiting(committed):
    """A market whose only buyer has one unit in the basket, really committed."""
    now = utc_now()
    with transaction() as session:
        market = make_market(
            session, opens_at=now - timedelta(days=1), closes_at=now + timedelta(days=1)
        )
        put(session, CartOwner(token="t"), market, 1)
    db.session.remove()
    return market


def test_a_double_tap_makes_one_order_of_one_basket(committed, waiting):
    def tap(_number):
        with committed.app_context():
            placed = place_from_cart(CartOwner(token="t"), checkout_of(waiting), now=utc_now())
            db.session.remove()
            return placed

    with ThreadPoolExecutor(6) as pool:
        placed = list(pool.map(tap, range(6)))

    assert len({order.number for order in placed}) == 1
    assert [order.fresh for order in placed].count(True) == 1
    with transaction() as session:
        assert session.scalars(select(CartLine.id)).all() == []
        assert session.scalar(select(func.count()).select_from(Buyer)) == 1


def test_rows_held_for_too_long_are_tried_again_then_given_up_in_words(committed, waiting):
    now, sent = utc_now(), checkout_of(waiting)
    db.engine.dispose()  # the next connection is kept, and its patience with it
    with db.engine.connect() as other:
        other.execute(text("SELECT 1 FROM round_offer FOR UPDATE"))
        outcome = []

        def try_it():
            with committed.app_context():
                with transaction() as session:
                    session.execute(text("SET lock_timeout = 100"))
                try:
                    place_from_cart(CartOwner(token="t"), sent, now=now)
                except Unavailable as busy:
                    outcome.append(busy.code)
                db.session.remove()

        thread = threading.Thread(target=try_it)
        thread.start()
        thread.join(timeout=60)
        other.rollback()
    db.engine.dispose()

    assert outcome == ["busy"]
    placed = place_from_cart(CartOwner(token="t"), sent, now=now)
    assert placed.fresh


def test_letter_and_inbox_say_what_was_booked_and_when_it_is_certain(session, app):
    market = make_market(session)
    placed = order(session, market)
    payload = session.scalars(select(Notice.payload)).first()

    with app.test_request_context():
        letter = render_letter(ClaimedNotice(1, "s@example.org", "th", "order.placed", payload, 1))
        line = inbox_line("order.placed", payload)

    assert placed.number in letter.subject
    assert f"/orders/{placed.number}" in letter.text
    assert "฿140" in letter.text
    assert "ถุง" in letter.text
    assert placed.number in line


def test_the_bin_removes_though_the_field_beside_it_says_one(client, session):
    now = utc_now()
    market = make_market(
        session, opens_at=now - timedelta(days=1), closes_at=now + timedelta(days=1)
    )
    client.post(
        "/cart/lines",
        data={"round_id": market.round_id, "product_id": market.product_id, "units": "2"},
    )
    (line_id,) = session.scalars(select(CartLine.id))

    client.post(f"/cart/lines/{line_id}", data={"units": ["2", "0"]})

    assert session.scalars(select(CartLine.id)).all() == []


def closed_market(session):
    """A basket of a round that has closed, and whether another has the goods."""
    market = make_market(session, opens_at=NOON - timedelta(days=9), closes_at=NOON)
    owner = CartOwner(token="secret")
    basket.put_line(
        session, owner, round_id=market.round_id, product_id=market.product_id,
        maker=MakerChoice.ANY, group_id=None, units=9, now=NOON - timedelta(days=1),
    )  # fmt: skip
    return market, owner


def test_lines_of_a_closed_round_stay_and_go_into_the_next_with_the_price_that_was_seen(session):
    market, owner = closed_market(session)
    assert basket.move_on(session, owner, market.round_id, now=NOON) == 0
    (kept,) = cart_of(session, owner, now=NOON)
    assert (kept.open, kept.moves, len(kept.lines)) == (False, 0, 1)

    following = make_round(session, opens_at=NOON, closes_at=NOON + timedelta(days=5))
    join(
        session, replace(market, round_id=following.id), make_group(session),
        session.get_one(Product, market.product_id), capacity=30, price_satang=7500,
        max_per_order=5,
    )  # fmt: skip
    (kept,) = cart_of(session, owner, now=NOON)
    assert kept.moves == 1
    assert basket.move_on(session, owner, market.round_id, now=NOON) == 1

    (moved,) = cart_of(session, owner, now=NOON)
    (line,) = moved.lines
    assert (moved.round_id, moved.open, line.units) == (following.id, True, 5)
    assert (line.price_changed, line.seen_satang, line.ceiling_satang) == (True, 7000, 7500)
    assert basket.move_on(session, owner, market.round_id, now=NOON) == 0


def test_dropping_a_round_leaves_the_others_and_somebody_elses(session):
    market, owner = closed_market(session)
    basket.drop_round(session, CartOwner(token="other"), market.round_id)
    assert len(cart_of(session, owner, now=NOON)) == 1

    basket.drop_round(session, owner, market.round_id)

    assert cart_of(session, owner, now=NOON) == ()
