"""Ordering through the pages, as a guest and signed in, without scripts."""

from __future__ import annotations

import re
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import event, func, select

from market.clock import utc_now
from market.db import db
from market.orders.models import Cart, CartLine, Order, Reservation
from market.orders.rules import MakerChoice
from market.rounds.models import RoundOffer
from market.rounds.rules import RoundState
from tests.factories.orders import join, make_group, make_market, make_product

GUEST = {"name": "สมศรี ใจดี", "phone": "๐๘๑-๒๓๔-๕๖๗๘", "email": "somsri@example.org", "pay": "cash"}


@pytest.fixture
def market(session):
    now = utc_now()
    return make_market(session, opens_at=now - timedelta(days=1), closes_at=now + timedelta(days=2))


@contextmanager
def statements():
    """The SQL statements sent meanwhile."""
    sent: list[str] = []

    def note(_conn, _cursor, statement, *_rest):
        sent.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def real(sent):
    """Savepoints are the test's own."""
    return [s for s in sent if "SAVEPOINT" not in s]


def add(client, market, **fields):
    wish = {"round_id": market.round_id, "product_id": market.product_id, "maker": "any",
            "units": "2"}  # fmt: skip
    return client.post("/cart/lines", data=wish | fields)


def open_checkout(client, market, query=None):
    """The page and its hidden fields."""
    way = query or f"?point={market.point_id}"
    answer = client.get(f"/checkout/{market.round_id}{way}")
    return answer, dict(
        re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', answer.text)
    )


def place(client, market, query=None, **fields):
    _, hidden = open_checkout(client, market, query)
    return client.post(f"/checkout/{market.round_id}", data=GUEST | hidden | fields)


def reserved(session, market):
    return session.scalar(
        select(func.sum(RoundOffer.reserved_units)).where(RoundOffer.round_id == market.round_id)
    )


def orders(session):
    return session.scalar(select(func.count()).select_from(Order))


def test_a_guest_orders_and_sees_only_their_order(client, app, session, market):
    assert add(client, market).status_code == 303
    assert "฿140" in client.get("/cart").text
    page, _ = open_checkout(client, market)
    assert page.status_code == 200
    assert "฿140" in page.text

    answer = place(client, market)

    assert answer.status_code == 303
    number = session.scalar(select(Order.number))
    assert answer.location.endswith(f"/orders/{number}")
    seen = client.get(answer.location)
    assert seen.status_code == 200
    assert number in seen.text
    assert number in client.get("/orders").text
    assert app.test_client().get(answer.location).status_code == 302
    assert number not in app.test_client().get("/orders").text
    assert reserved(session, market) == 2
    assert session.scalars(select(CartLine.id)).all() == []


def test_the_same_page_sent_twice_makes_one_order(client, session, market):
    add(client, market)
    _, hidden = open_checkout(client, market)
    sent = GUEST | hidden

    first = client.post(f"/checkout/{market.round_id}", data=sent)
    second = client.post(f"/checkout/{market.round_id}", data=sent)

    assert first.location == second.location
    assert orders(session) == 1


def test_another_browser_learns_nothing_from_a_copied_key(client, app, session, market):
    add(client, market)
    _, hidden = open_checkout(client, market)
    client.post(f"/checkout/{market.round_id}", data=GUEST | hidden)
    thief = app.test_client()
    add(thief, market, units="1")

    answer = thief.post(f"/checkout/{market.round_id}", data=GUEST | hidden | {"expected": "7000"})

    assert orders(session) == 2
    assert answer.location != session.scalar(select(Order.number).order_by(Order.id))


def test_a_parcel_is_found_by_part_of_a_name(client, session, market):
    add(client, market)

    found = client.get(f"/checkout/{market.round_id}?q=พระบรม").text
    answer = place(client, market, "?tambon=100101", pay="promptpay", address="1/2 ถนนหน้าพระลาน")

    assert "tambon=100101" in found
    assert answer.status_code == 303
    order = session.scalars(select(Order)).one()
    assert (order.address, order.delivery_fee_satang) == ("1/2 ถนนหน้าพระลาน", 6500)


def test_a_parcel_without_an_address_is_refused_beside_the_field(client, session, market):
    add(client, market)

    answer = place(client, market, "?tambon=100101", address="")

    assert answer.status_code == 422
    assert 'id="f-house_no-error"' in answer.text
    assert orders(session) == 0


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"name": ""}, 422),
        ({"name": "ก" * 10_000}, 422),
        ({"name": "\x00\x01"}, 422),
        ({"phone": "12"}, 422),
        ({"phone": "9" * 400}, 422),
        ({"email": "nobody"}, 422),
        ({"email": "ผู้ซื้อ@example.org"}, 422),
        ({"email": "a" * 300 + "@example.org"}, 422),
        ({"expected": "1"}, 409),
        ({"expected": "-14000"}, 422),
        ({"expected": "9" * 40}, 422),
        ({"expected": "฿140"}, 422),
        ({"key": "guess"}, 422),
        ({"key": ""}, 422),
        ({"point": "999999999999"}, 422),
        ({"point": "9" * 60}, 422),
        ({"point": "-1"}, 422),
        ({"point": "", "tambon": "999999", "address": "1"}, 422),
        ({"point": "", "tambon": "'; DROP", "address": "1"}, 422),
        ({"point": "", "address": "x" * 10_000, "tambon": "100101"}, 422),
    ],
)
def test_bad_input_is_refused_with_a_sentence_and_changes_nothing(
    client, session, market, fields, status
):
    add(client, market)

    answer = place(client, market, **fields)

    assert answer.status_code == status
    assert "card-top-lac" in answer.text or "field-error" in answer.text
    assert orders(session) == 0
    assert reserved(session, market) == 0
    assert session.scalar(select(CartLine.units)) == 2


def test_emoji_and_odd_spellings_of_a_name_are_kept(client, session, market):
    add(client, market)

    assert place(client, market, name="แม่ 🧺​ สมศรี").status_code == 303


@pytest.mark.parametrize(
    "units", ["0", "-1", "1.5", "1e3", "11", "99999999999999999999", "", "สอง", "🧺"]
)
def test_odd_quantities_do_not_enter_the_basket(client, session, market, units):
    answer = add(client, market, units=units)

    assert answer.status_code == 422
    assert session.scalars(select(CartLine.id)).all() == []


def test_thai_digits_are_numbers(client, session, market):
    add(client, market, units="๓")

    assert session.scalar(select(CartLine.units)) == 3


@pytest.mark.parametrize(
    "fields",
    [
        {"round_id": "99999999"},
        {"product_id": "99999999"},
        {"round_id": "x"},
        {"product_id": "9" * 30},
        {"maker": "only", "group_id": "99999999"},
        {"maker": "only", "group_id": ""},
    ],
)
def test_what_nobody_offers_does_not_enter_the_basket(client, session, market, fields):
    answer = add(client, market, **fields)

    assert answer.status_code == 422
    assert session.scalars(select(CartLine.id)).all() == []


def test_a_round_that_closed_meanwhile_is_refused(client, session, market):
    from market.rounds.models import Round

    add(client, market)
    _, hidden = open_checkout(client, market)
    session.get(Round, market.round_id).state = RoundState.CLOSED
    session.flush()

    answer = client.post(f"/checkout/{market.round_id}", data=GUEST | hidden)

    assert answer.status_code == 422
    assert orders(session) == 0
    assert add(client, market).status_code == 422
    assert client.get("/cart").status_code == 200


def test_a_basket_line_belongs_to_its_browser(client, app, session, market):
    add(client, market)
    line_id = session.scalar(select(CartLine.id))
    stranger = app.test_client()

    assert stranger.post(f"/cart/lines/{line_id}", data={"units": "0"}).status_code == 404
    stranger.post(f"/cart/rounds/{market.round_id}/if-short", data={"answer": "nothing"})
    session.expire_all()

    assert session.scalar(select(CartLine.units)) == 2
    assert session.scalar(select(CartLine.shortage)) == "fewer"
    assert client.post(f"/cart/lines/{line_id}", data={"units": "๔"}).status_code == 303
    assert client.post(f"/cart/lines/{line_id}", data={"units": "11"}).status_code == 422
    session.expire_all()
    assert session.scalar(select(CartLine.units)) == 4
    client.post(f"/cart/lines/{line_id}", data={"units": "0"})
    assert session.scalars(select(CartLine.id)).all() == []


def test_the_answer_for_the_basket_decides_maker_and_shortage(client, session, market):
    add(client, market, maker="only", group_id=str(market.group_ids[0]))

    for answer, maker, shortage in [
        ("other", MakerChoice.FIRST, "fewer"),
        ("nothing", MakerChoice.ONLY, "nothing"),
        ("fewer", MakerChoice.ONLY, "fewer"),
        ("nonsense", MakerChoice.ONLY, "fewer"),
    ]:
        client.post(f"/cart/rounds/{market.round_id}/if-short", data={"answer": answer})
        session.expire_all()
        line = session.scalars(select(CartLine)).one()
        assert (line.maker, line.shortage) == (maker, shortage)


def test_an_order_is_changed_and_cancelled_on_its_page(client, session, market):
    from market.orders.models import OrderLine

    add(client, market)
    place(client, market)
    number = session.scalar(select(Order.number))
    line_id = session.scalar(select(OrderLine.id))

    changed = client.post(f"/orders/{number}/lines", data={f"units-{line_id}": "๕", "version": "1"})
    stale = client.post(f"/orders/{number}/lines", data={f"units-{line_id}": "1", "version": "1"})
    odd = client.post(f"/orders/{number}/lines", data={f"units-{line_id}": "-1", "version": "2"})

    assert (changed.status_code, stale.status_code, odd.status_code) == (303, 409, 422)
    assert reserved(session, market) == 5
    assert client.post(f"/orders/{number}/cancel").status_code == 303
    assert reserved(session, market) == 0
    assert client.get(f"/orders/{number}").status_code == 200
    assert session.scalars(select(Reservation.units)).all() == []


def test_nobody_touches_another_ones_order(client, app, session, market):
    add(client, market)
    place(client, market)
    number = session.scalar(select(Order.number))
    stranger = app.test_client()

    assert stranger.post(f"/orders/{number}/cancel").status_code == 403
    assert stranger.post(f"/orders/{number}/lines", data={"version": "1"}).status_code == 403
    unknown = stranger.get("/orders/1-9999999")
    known = stranger.get(f"/orders/{number}")

    assert (unknown.status_code, known.status_code) == (302, 302)
    assert reserved(session, market) == 2


def test_the_final_post_and_the_journey_are_few_statements(client, session, market):
    group = session.get(type(make_group(session)), market.group_ids[0])
    products = [market.product_id]
    for _ in range(2):
        product = make_product(session)
        join(session, market, group, product, capacity=20, minutes_per_unit=1, shared_minutes=999)
        products.append(product.id)
    session.flush()

    with statements() as journey:
        for product_id in products:
            add(client, market, product_id=product_id)
            client.get("/cart")
        client.get(f"/checkout/{market.round_id}")
        _, hidden = open_checkout(client, market)
        with statements() as final:
            answer = client.post(f"/checkout/{market.round_id}", data=GUEST | hidden)
        client.get(answer.location)

    assert answer.status_code == 303
    assert len(real(final)) <= 15, "\n---\n".join(real(final))
    assert len(real(journey)) <= 80


def test_the_order_page_is_few_statements(client, session, market):
    add(client, market)
    answer = place(client, market)

    with statements() as sent:
        client.get(answer.location)

    assert len(real(sent)) <= 8


def test_empty_pages_have_a_way_on(client, session):
    assert 'href="/goods"' in client.get("/cart").text
    assert 'href="/goods"' in client.get("/orders").text
    assert client.get("/checkout/123").status_code == 303


def test_odd_addresses_are_no_faults(client, session, market):
    add(client, market)

    for query in (
        "?q=%00",
        "?q=" + "ก" * 5000,
        "?point=x",
        "?tambon=%00%27",
        "?q=🧺",
        "?page=9999",
    ):
        assert client.get(f"/checkout/{market.round_id}{query}").status_code in (200, 404, 422)
        assert client.get(f"/orders{query}").status_code in (200, 404)


def test_carts_are_kept_by_a_hash_only(client, session, market):
    add(client, market)

    with client.session_transaction() as kept:
        token = kept["cart"]

    assert session.scalar(select(Cart.token_hash)) != token
