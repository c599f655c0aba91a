"""Friends fill one basket: only their own lines, until it is closed, and one order comes of it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text

from market.accounts.rules import hash_token
from market.db import db, transaction
from market.errors import Conflict, NotFound, Refused
from market.orders.cart_queries import CartOwner
from market.orders.links import basket_token
from market.orders.models import Order, OrderLine
from market.orders.rules import PayMethod
from market.orders.together import commands
from market.orders.together.commands import HostOrder
from market.orders.together.models import SharedLine
from market.orders.together.queries import (
    HOST,
    basket_by_link,
    baskets_of,
    own_basket,
    quote_together,
)
from market.orders.together.rules import Wanted, share_out
from market.orders.together.shares import shares_of
from tests.factories.orders import CUT_OFF, NOON, make_market
from tests.factories.races import wait_until_somebody_waits
from tests.factories.shop import statements
from tests.orders.test_races import together

SECRET = "s" * 40
OWNER = CartOwner(token="host's browser")
ANN, BOB = hash_token("ann"), hash_token("bob")


def open_basket(session, market):
    basket_id = commands.open_basket(
        session, OWNER, round_id=market.round_id, point_id=market.point_id, host_name="สมศรี",
        secret=SECRET, now=NOON,
    )  # fmt: skip
    return basket_id, basket_token(SECRET, basket_id, 1)


def put(session, token, key, market, units):
    commands.put_line(session, token, key, market.product_id, units, now=NOON)


def two_friends(session, market):
    basket_id, token = open_basket(session, market)
    commands.join(session, token, ANN, "แอน", now=NOON)
    commands.join(session, token, BOB, "บอบ", now=NOON)
    put(session, token, ANN, market, 2)
    put(session, token, BOB, market, 3)
    return basket_id, token


def host_order(session, basket_id, **other):
    basket = own_basket(session, basket_id, OWNER, now=NOON)
    quote = quote_together(session, basket)
    usual = {
        "name": "สมศรี", "phone": "+66812345678", "email": None,
        "pay_method": PayMethod.PROMPTPAY, "expected_ceiling_satang": quote.total_satang,
    }  # fmt: skip
    return HostOrder(**usual | other)


def test_everybodys_lines_become_one_order_and_keep_their_owners(session):
    market = make_market(session)
    basket_id, _ = two_friends(session, market)

    placed = commands.order_together(
        session, basket_id, OWNER, host_order(session, basket_id), now=NOON
    )
    again = commands.order_together(
        session, basket_id, OWNER, host_order(session, basket_id), now=NOON
    )

    assert (placed.fresh, again.fresh, again.order_id) == (True, False, placed.order_id)
    assert session.scalars(select(OrderLine.units)).all() == [5]
    shares = shares_of(session, placed.number)
    assert [(share.name, share.total_satang) for share in shares] == [
        ("แอน", 14_000), ("บอบ", 21_000),
    ]  # fmt: skip
    assert shares_of(session, "no-such") == ()


def test_whoever_asked_first_is_served_first():
    wanted = [Wanted(friend_id=1, units=2), Wanted(friend_id=2, units=3)]

    assert share_out(wanted, 5) == {1: 2, 2: 3}
    assert share_out(wanted, 3) == {1: 2, 2: 1}
    assert share_out(wanted, 0) == {1: 0, 2: 0}


def test_a_guessed_or_old_link_opens_nothing(session):
    market = make_market(session)
    basket_id, token = two_friends(session, market)

    for wrong in ("guess", token[:-1], basket_token("other" * 10, basket_id, 1)):
        with pytest.raises(NotFound):
            basket_by_link(session, wrong, now=NOON)
        with pytest.raises(NotFound):
            put(session, wrong, ANN, market, 1)
    commands.new_link(session, basket_id, OWNER, secret=SECRET, now=NOON)
    with pytest.raises(NotFound):
        basket_by_link(session, token, now=NOON)
    kept = basket_by_link(session, basket_token(SECRET, basket_id, 2), now=NOON)
    assert len(kept.friends) == 3
    with pytest.raises(NotFound):
        basket_by_link(session, basket_token(SECRET, basket_id, 2), now=CUT_OFF)


def test_late_adding_is_refused_and_changes_nothing(session):
    market = make_market(session)
    basket_id, token = two_friends(session, market)
    commands.close_basket(session, basket_id, OWNER, open_again=False, now=NOON)

    with pytest.raises(Refused) as refusal:
        put(session, token, ANN, market, 9)

    assert refusal.value.code == "together_closed"
    assert session.scalars(select(SharedLine.units).order_by(SharedLine.id)).all() == [2, 3]
    commands.close_basket(session, basket_id, OWNER, open_again=True, now=NOON)
    put(session, token, ANN, market, 0)
    assert session.scalars(select(SharedLine.units)).all() == [3]


def test_nobody_adds_without_a_name_more_than_an_order_takes_or_what_does_not_get_there(session):
    market = make_market(session)
    _, token = two_friends(session, market)

    def refused(key, units, product_id=None):
        with pytest.raises(Refused) as refusal:
            commands.put_line(session, token, key, product_id or market.product_id, units, now=NOON)
        return refusal.value.code

    assert refused(hash_token("nobody"), 1) == "together_name"
    assert refused(ANN, 8) == "together_too_many"  # with Bob's three, 10 an order
    assert refused(ANN, 1, product_id=999_999) == "together_not_there"
    with pytest.raises(Refused):
        commands.join(session, token, HOST, "ไม่ใช่เจ้าของ", now=NOON)
    assert session.scalar(select(func.sum(SharedLine.units))) == 5


def test_only_the_host_closes_orders_and_takes_out(session):
    market = make_market(session)
    basket_id, _ = two_friends(session, market)
    stranger = CartOwner(token="stranger")

    with pytest.raises(NotFound):
        own_basket(session, basket_id, stranger, now=NOON)
    with pytest.raises(NotFound):
        commands.close_basket(session, basket_id, stranger, open_again=False, now=NOON)
    with pytest.raises(NotFound):
        commands.order_together(
            session, basket_id, stranger, host_order(session, basket_id), now=NOON
        )
    friend = own_basket(session, basket_id, OWNER, now=NOON).friends[1]
    commands.drop_friend(session, basket_id, OWNER, friend.id, now=NOON)
    assert [f.name for f in own_basket(session, basket_id, OWNER, now=NOON).friends] == [
        "สมศรี", "บอบ",
    ]  # fmt: skip
    assert session.scalar(select(func.count()).select_from(Order)) == 0


def test_a_price_that_was_not_seen_orders_nothing(session):
    market = make_market(session)
    basket_id, _ = two_friends(session, market)

    with pytest.raises(Conflict):
        commands.order_together(
            session, basket_id, OWNER,
            host_order(session, basket_id, expected_ceiling_satang=1), now=NOON,
        )  # fmt: skip

    assert own_basket(session, basket_id, OWNER, now=NOON).open


def test_a_basket_needs_an_open_round(session):
    market = make_market(session)

    with pytest.raises(Refused) as refusal:
        commands.open_basket(
            session, OWNER, round_id=market.round_id, point_id=market.point_id, host_name="ก",
            secret=SECRET, now=CUT_OFF + timedelta(minutes=1),
        )  # fmt: skip

    assert refusal.value.code == "together_cannot_open"


def test_two_friends_at_once_both_count_and_never_pass_the_limit(committed):
    with transaction() as session:
        market = make_market(session)
        _, token = open_basket(session, market)
        for key, name in ((ANN, "แอน"), (BOB, "บอบ")):
            commands.join(session, token, key, name, now=NOON)
    db.session.remove()

    def adding(key, units):
        def call():
            with transaction() as session:
                put(session, token, key, market, units)
            return "added"

        return call

    assert together(committed, adding(ANN, 4), adding(BOB, 5)) == ["added", "added"]
    outcomes = together(committed, adding(ANN, 8), adding(BOB, 9))

    with transaction() as session:
        assert session.scalar(select(func.sum(SharedLine.units))) <= 10
    assert "together_too_many" in outcomes


def test_nobody_adds_to_what_is_being_ordered(committed):
    with transaction() as session:
        market = make_market(session)
        basket_id, token = two_friends(session, market)
    db.session.remove()

    def late():
        with transaction() as session:
            put(session, token, ANN, market, 4)
        return "added"

    with ThreadPoolExecutor(1) as pool, transaction() as session:
        commands.order_together(session, basket_id, OWNER, host_order(session, basket_id), now=NOON)
        session.flush()
        later = pool.submit(together, committed, late)
        wait_until_somebody_waits()
        session.commit()
        assert later.result(timeout=60) == ["together_closed"]

    with transaction() as session:
        assert session.scalars(select(OrderLine.units)).all() == [5]
        assert session.execute(text("SELECT sum(units) FROM shared_line")).scalar_one() == 5


def test_pages_of_a_basket_cost_the_same_for_one_friend_and_for_many(session):
    market = make_market(session)
    basket_id, token = open_basket(session, market)
    counts = []
    for names in ("a", "bcdefghi"):
        for name in names:
            commands.join(session, token, hash_token(name), name, now=NOON)
            put(session, token, hash_token(name), market, 1)
        with statements() as sent:
            basket_by_link(session, token, now=NOON)
            own_basket(session, basket_id, OWNER, now=NOON)
            baskets_of(session, OWNER, now=NOON)
        counts.append(len(sent))

    assert counts == [7, 7]
