"""Placing, changing and cancelling: what is accepted is held, what is refused leaves no trace."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select, text

from market.errors import Conflict, NotFound, Refused
from market.notices.models import Notice
from market.orders.commands import cancel_order, change_lines, place_order
from market.orders.models import Order, OrderLine, Reservation
from market.orders.rules import MakerChoice, OrderState, PayMethod
from market.rounds.models import Round, RoundGroup, RoundOffer
from market.rounds.rules import RoundState
from tests.factories.orders import (
    CUT_OFF,
    NOON,
    draft,
    join,
    make_buyer,
    make_group,
    make_market,
    make_point,
    make_product,
    order,
)


def reserved(session, market):
    session.expire_all()
    return [session.get(RoundOffer, offer_id).reserved_units for offer_id in market.offer_ids]


def traces(session):
    return [
        session.scalar(select(func.count()).select_from(table))
        for table in (Order, OrderLine, Reservation, Notice)
    ]


def refused(session, code, call, kind=Refused):
    """The call is refused with this code, and after the rollback nothing has changed."""
    before = traces(session)
    with pytest.raises(kind) as refusal, session.begin_nested():
        call()
    assert refusal.value.code == code
    assert traces(session) == before
    return refusal.value.data


def test_an_accepted_order_holds_its_units_and_tells_its_buyer(session):
    market = make_market(session)

    placed = order(session, market, units=3)

    found = session.get(Order, placed.order_id)
    line = session.scalars(select(OrderLine)).one()
    round_ = session.get(Round, market.round_id)
    assert placed.fresh
    assert found.number == placed.number == f"{round_.number}-{found.id:04d}"
    assert (found.delivery_index, found.delivery_fee_satang) == (0, 0)
    assert (line.units, line.ceiling_satang) == (3, 7000)
    assert reserved(session, market) == [3]
    assert session.scalars(select(Reservation.units)).all() == [3]
    assert session.scalars(select(Notice.event)).all() == ["order.placed"]


def test_the_same_key_makes_one_order(session):
    market = make_market(session)
    buyer_id = make_buyer(session)

    first = place_order(session, draft(market, buyer_id, key="twice"), now=NOON)
    second = place_order(session, draft(market, buyer_id, key="twice"), now=NOON)

    assert (first.number, first.fresh, second.number, second.fresh) == (
        first.number, True, first.number, False,
    )  # fmt: skip
    assert reserved(session, market) == [2]


def test_a_replay_after_the_cut_off_still_finds_its_order(session):
    market = make_market(session)
    first = order(session, market, key="late")

    again = place_order(
        session, draft(market, make_buyer(session), key="late"), now=CUT_OFF + timedelta(hours=1)
    )

    assert (again.number, again.fresh) == (first.number, False)


@pytest.mark.parametrize("late", [timedelta(0), timedelta(days=400)])
def test_an_order_at_closing_time_is_refused(session, late):
    market = make_market(session)

    refused(session, "round_closed", lambda: order(session, market, now=CUT_OFF + late))

    assert reserved(session, market) == [0]


def test_a_closed_round_takes_no_order_before_its_cut_off(session):
    market = make_market(session)
    session.get(Round, market.round_id).state = RoundState.CLOSED
    session.flush()

    refused(session, "round_closed", lambda: order(session, market))


def test_a_refusal_says_how_many_are_left(session):
    market = make_market(session, capacity=5)
    order(session, market, units=2)

    data = refused(session, "not_enough", lambda: order(session, market, units=4))

    assert (data["left"], data["unit_th"]) == (3, "ถุง")
    assert reserved(session, market) == [2]


def test_a_full_product_is_refused_as_full(session):
    market = make_market(session, capacity=4)
    order(session, market, units=4)

    refused(session, "full", lambda: order(session, market, units=1))


def test_shared_minutes_bind_before_capacity(session):
    market = make_market(session, capacity=20, shared_minutes=50, minutes_per_unit=10)

    data = refused(session, "not_enough", lambda: order(session, market, units=6))
    order(session, market, units=5)

    assert data["left"] == 5
    assert session.scalars(select(RoundGroup.reserved_minutes)).all() == [50]


def test_a_line_for_any_maker_may_be_split(session):
    market = make_market(session, groups=2, capacity=5)

    order(session, market, units=5)
    order(session, market, units=5)

    assert reserved(session, market) == [5, 5]


def test_this_group_only_is_held_there(session):
    market = make_market(session, groups=2, capacity=5)
    wish = {"maker": MakerChoice.ONLY, "group_id": market.group_ids[1]}

    order(session, market, units=4, **wish)
    data = refused(session, "not_enough", lambda: order(session, market, units=2, **wish))

    assert data["left"] == 1
    assert reserved(session, market) == [0, 4]


def test_this_group_first_takes_the_rest_elsewhere(session):
    market = make_market(session, groups=2, capacity=5)

    order(session, market, units=5, maker=MakerChoice.FIRST, group_id=market.group_ids[1])
    order(session, market, units=5, maker=MakerChoice.FIRST, group_id=market.group_ids[1])

    assert reserved(session, market) == [5, 5]


def test_a_movable_line_steps_aside_for_one_that_insists(session):
    market = make_market(session, groups=2, capacity=5)
    order(session, market, units=3)
    insisted = market.group_ids[reserved(session, market).index(3)]

    order(session, market, units=5, maker=MakerChoice.ONLY, group_id=insisted)

    assert sorted(reserved(session, market)) == [3, 5]
    held = session.execute(
        text("SELECT round_offer_id, sum(units) FROM reservation GROUP BY 1 ORDER BY 1")
    ).all()
    assert [row[1] for row in held] == reserved(session, market)


def test_goods_that_cannot_come_to_a_place_are_refused(session):
    market = make_market(session, parcels=False)
    elsewhere = make_point(session)

    refused(session, "not_delivered_there", lambda: order(session, market, point_id=elsewhere))


def test_a_parcel_costs_the_tariff_by_weight(session):
    market = make_market(session)
    to = {"tambon_code": "100101", "recipient": "ก", "phone": "+66812345678", "address": "1/2"}

    placed = order(session, market, units=2, expected=2 * 7000 + 4500 + 2 * 1000, **to)

    assert session.get(Order, placed.order_id).delivery_fee_satang == 4500 + 2 * 1000


def test_cash_is_refused_for_a_parcel(session):
    from dataclasses import replace

    market = make_market(session)
    wish = draft(market, make_buyer(session), tambon_code="100101", address="1", expected=20500)

    refused(
        session,
        "cash_only_at_point",
        lambda: place_order(session, replace(wish, pay_method=PayMethod.CASH), now=NOON),
    )


@pytest.mark.parametrize("expected", [0, 1, 13_999, 14_001, -5, 10**15])
def test_a_stale_or_tampered_price_is_refused(session, expected):
    market = make_market(session)

    refused(
        session, "price_changed", lambda: order(session, market, expected=expected), kind=Conflict
    )


def test_more_than_one_order_may_have_is_refused(session):
    market = make_market(session)

    data = refused(session, "too_many_for_one", lambda: order(session, market, units=11))

    assert data["most"] == 10


def test_dearer_offers_outside_the_band_sell_by_name_only(session):
    market = make_market(session, capacity=5)
    dear = make_group(session)
    product = session.get(type(make_product(session)), market.product_id)
    join(session, market, dear, product, capacity=5, price_satang=9900, in_band=False)

    order(session, market, units=4)
    refused(session, "not_enough", lambda: order(session, market, units=2))
    order(
        session, market, units=2, maker=MakerChoice.ONLY, group_id=dear.id, price_satang=9900,
        tambon_code="100101", address="1", expected=2 * 9900 + 6500,
    )  # fmt: skip

    assert reserved(session, market) == [4, 2]


def test_an_offer_that_is_ready_too_late_does_not_serve_the_first_date(session):
    market = make_market(session, capacity=5)
    session.get(RoundOffer, market.offer_ids[0]).ready_index = 1
    session.flush()

    refused(session, "not_delivered_there", lambda: order(session, market))
    any_day = make_point(session, weekday=None)
    placed = order(session, market, point_id=any_day)

    assert session.get(Order, placed.order_id).delivery_index == 1


def test_a_point_that_is_shut_on_the_delivery_days_is_refused(session):
    market = make_market(session)
    monday = make_point(session, weekday=0)

    refused(session, "point_shut_this_round", lambda: order(session, market, point_id=monday))


def test_a_place_that_does_not_exist_is_refused(session):
    market = make_market(session)

    refused(session, "place_not_served", lambda: order(session, market, point_id=10**12))
    refused(
        session,
        "place_not_served",
        lambda: order(session, market, tambon_code="999999", address="1"),
    )


def test_cancelling_frees_the_units_once(session):
    market = make_market(session, shared_minutes=100, minutes_per_unit=10)
    placed = order(session, market, units=4)

    for _ in range(2):
        cancel_order(session, placed.order_id, actor="guest", now=NOON)

    assert session.get(Order, placed.order_id).state is OrderState.CANCELLED
    assert reserved(session, market) == [0]
    assert session.scalars(select(RoundGroup.reserved_minutes)).all() == [0]
    assert session.scalar(select(OrderLine.released_reason)) == "cancelled"
    assert session.scalars(select(Reservation)).all() == []


def test_after_the_cut_off_nothing_is_cancelled_or_changed(session):
    market = make_market(session)
    placed = order(session, market, units=4)
    line_id = session.scalar(select(OrderLine.id))

    refused(
        session,
        "too_late_to_change",
        lambda: cancel_order(session, placed.order_id, actor="guest", now=CUT_OFF),
    )
    refused(
        session,
        "too_late_to_change",
        lambda: change_lines(
            session, placed.order_id, {line_id: 1}, version=1, actor="guest", now=CUT_OFF
        ),
    )
    assert reserved(session, market) == [4]


def change(session, placed, units, *, version=1, line_id=None):
    line_id = line_id or session.scalar(
        select(OrderLine.id).where(OrderLine.order_id == placed.order_id)
    )
    change_lines(
        session, placed.order_id, {line_id: units}, version=version, actor="guest", now=NOON
    )


@pytest.mark.parametrize("units", [1, 4, 7, 10])
def test_changing_a_line_moves_its_hold(session, units):
    market = make_market(session, groups=2, capacity=10)
    order(session, market, units=5)
    order(session, market, units=5)
    placed = order(session, market, units=4)

    change(session, placed, units)

    line = session.scalars(select(OrderLine).where(OrderLine.order_id == placed.order_id)).one()
    held = select(func.sum(Reservation.units)).where(Reservation.line_id == line.id)
    assert sum(reserved(session, market)) == 10 + units
    assert session.scalar(held) == session.get(OrderLine, line.id).units == units
    assert session.get(Order, placed.order_id).version == 2


def test_a_change_that_finds_no_room_changes_nothing(session):
    market = make_market(session, capacity=5)
    placed = order(session, market, units=2)
    order(session, market, units=2)

    data = refused(session, "not_enough", lambda: change(session, placed, 4))
    session.expire_all()

    assert data["left"] == 1
    assert reserved(session, market) == [4]
    assert session.get(Order, placed.order_id).version == 1


def test_a_change_of_a_page_that_is_stale_is_a_conflict(session):
    market = make_market(session)
    placed = order(session, market, units=2)
    other = order(session, market, units=2)
    line_of_other = session.scalar(select(OrderLine.id).where(OrderLine.order_id == other.order_id))
    change(session, placed, 3)

    refused(session, "order_changed", lambda: change(session, placed, 1), kind=Conflict)
    refused(
        session,
        "order_changed",
        lambda: change(session, placed, 1, version=2, line_id=line_of_other),
        kind=Conflict,
    )


def test_an_order_cannot_be_changed_to_nothing(session):
    market = make_market(session)
    placed = order(session, market, units=2)

    refused(session, "order_would_be_empty", lambda: change(session, placed, 0))
    refused(session, "number_out_of_range", lambda: change(session, placed, -3))


def test_a_removed_line_lowers_the_parcel_fee(session):
    from dataclasses import replace

    market = make_market(session)
    second = make_product(session)
    group = session.get(type(make_group(session)), market.group_ids[0])
    join(session, market, group, second, capacity=5)
    one = draft(market, make_buyer(session), units=1, tambon_code="100101", address="1")
    both = replace(
        one,
        lines=(*one.lines, replace(one.lines[0], product_id=second.id)),
        expected_ceiling_satang=14_000 + 4500 + 2 * 1000,
    )
    placed = place_order(session, both, now=NOON)
    line_id = session.scalar(select(OrderLine.id).where(OrderLine.product_id == second.id))

    change(session, placed, 0, line_id=line_id)

    assert session.get(Order, placed.order_id).delivery_fee_satang == 5500
    assert reserved(session, market) == [1, 0]


def test_an_order_that_does_not_exist_is_not_found(session):
    with pytest.raises(NotFound):
        cancel_order(session, 10**9, actor="guest", now=NOON)
