"""A basket before and after signing in, retries under locks, and what the letters say."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text

from market.accounts.models import Buyer, User
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
from tests.factories.orders import NOON, make_market, make_product, order


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
                db.session.execute(text("SET lock_timeout = 5000"))
                db.session.remove()

        thread = threading.Thread(target=try_it)
        thread.start()
        thread.join(timeout=40)
        other.rollback()

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
