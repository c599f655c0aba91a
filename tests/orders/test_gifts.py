"""A gift: the recipient sees the code and no price; ordering again; addresses kept."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from market.clock import utc_now
from market.errors import NotFound, Refused
from market.orders.addresses import commands as addresses
from market.orders.addresses.queries import addresses_of
from market.orders.addresses.rules import AddressParts, address_parts
from market.orders.again.commands import order_again
from market.orders.again.extras import extras_of
from market.orders.again.queries import look_again
from market.orders.cart_queries import CartOwner, cart_of
from market.orders.gifts import gift_token, open_gift, write_gift
from market.orders.models import Order, SavedAddress
from tests.factories.orders import CUT_OFF, NOON, make_market, make_round, order
from tests.orders.test_standing import close_all, later_round, make_user

SECRET = "s" * 40
OWNER = CartOwner(token="secret")


def test_the_link_of_a_gift_opens_the_code_and_guesses_open_nothing(session):
    market = make_market(session)
    placed = order(session, market)
    write_gift(session, placed.order_id, "สุขสันต์", secret=SECRET)
    token = gift_token(SECRET, placed.order_id)

    seen = open_gift(session, token, now=NOON)

    assert seen.pickup_code == session.scalar(select(Order.pickup_code))
    assert not {"price", "satang", "phone", "buyer"} & set(vars(seen))
    extras = extras_of(session, placed.number, secret=SECRET)
    assert (extras.gift.words, extras.gift.token) == ("สุขสันต์", token)
    for wrong in ("guess", gift_token("t" * 40, placed.order_id), gift_token(SECRET, 999)):
        with pytest.raises(NotFound):
            open_gift(session, wrong, now=NOON)
    with pytest.raises(NotFound):
        open_gift(session, token, now=CUT_OFF + timedelta(days=61))


@pytest.fixture
def fresh(session):
    """A market that is open now, with somebody's basket in the browser."""
    now = utc_now()
    return make_market(session, opens_at=now - timedelta(days=1), closes_at=now + timedelta(days=1))


def checkout(client, market, **other):
    client.post(
        "/cart/lines",
        data={"round_id": market.round_id, "product_id": market.product_id, "units": "2"},
    )
    usual = {
        "name": "สมศรี", "phone": "๐๘๑-๒๓๔-๕๖๗๘", "point": market.point_id, "key": "a" * 32,
        "expected": "14000", "pay": "promptpay",
    }  # fmt: skip
    return client.post(f"/checkout/{market.round_id}", data=usual | other)


def test_a_gift_goes_to_the_recipient_and_its_page_shows_no_price(client, session, fresh):
    answer = checkout(
        client, fresh, gift_name="ยายทองใบ", gift_phone="0891112222", gift_words="<b>รัก</b>"
    )
    number = answer.location.rsplit("/", 1)[1]

    placed = session.scalars(select(Order)).one()
    assert (placed.recipient, placed.phone) == ("ยายทองใบ", "+66891112222")
    page = client.get(f"/orders/{number}").get_data(as_text=True)
    token = page.split("/gift/")[1].split('"')[0]
    gift = client.get(f"/gift/{token}")
    words = gift.get_data(as_text=True)
    assert gift.headers["Cache-Control"] == "no-store"
    assert "&lt;b&gt;รัก&lt;/b&gt;" in words
    assert "฿" not in words.split("<main")[1].split("</main>")[0]
    assert "สมศรี" not in words
    assert client.get("/gift/guessed-token").status_code == 404


@pytest.mark.parametrize(
    "half", [{"gift_words": "รัก"}, {"gift_name": "ยาย"}, {"gift_name": "ยาย", "gift_phone": "12"}]
)
def test_half_a_gift_is_refused_beside_its_field_and_orders_nothing(client, session, fresh, half):
    answer = checkout(client, fresh, **half)

    assert answer.status_code == 422
    assert session.scalar(select(func.count()).select_from(Order)) == 0
    assert half.get("gift_words", "ยาย") in answer.get_data(as_text=True)


def test_guesses_at_links_are_slowed_down(client):
    statuses = [client.get(f"/together/guess-{n}").status_code for n in range(31)]

    assert set(statuses[:30]) == {404}
    assert statuses[30] == 429


def test_ordering_again_takes_what_is_offered_now_and_names_the_rest(session):
    market = make_market(session)
    placed = order(session, market, units=9)
    close_all(session)

    assert [m.product_id for m in look_again(session, placed.order_id, now=NOON).missing] == [
        market.product_id
    ]
    assert order_again(session, OWNER, placed.order_id, now=NOON).put == 0

    week = later_round(session, market, 7)
    assert order_again(session, OWNER, placed.order_id, now=week).put == 1
    assert order_again(session, OWNER, placed.order_id, now=week).put == 1

    (part,) = cart_of(session, OWNER, now=week)
    assert [(line.units, line.seen_satang) for line in part.lines] == [(9, 7000)]
    assert make_round(session).id != part.round_id


def given(house="99/1", **other):
    usual = {
        "recipient": "สมศรี", "phone": "+66812345678", "tambon_code": "100101",
        "parts": AddressParts(house_no=house),
    }  # fmt: skip
    return addresses.NewAddress(**usual | other)


def test_addresses_are_kept_once_with_one_usual_and_only_for_their_owner(session):
    make_market(session)
    mine, other = make_user(session), make_user(session, "อื่น")
    first = addresses.save_address(session, mine, given(), now=NOON)
    assert addresses.save_address(session, mine, given(), now=NOON) == first
    second = addresses.save_address(session, mine, given("5"), now=NOON)

    addresses.make_usual(session, mine, second)

    assert [(a.id, a.usual) for a in addresses_of(session, mine)] == [
        (second, True), (first, False),
    ]  # fmt: skip
    assert addresses_of(session, other) == addresses_of(session, None) == ()
    with pytest.raises(NotFound):
        addresses.make_usual(session, other, first)
    addresses.forget_address(session, other, first)
    assert len(addresses_of(session, mine)) == 2
    addresses.forget_address(session, mine, first)
    assert [a.id for a in addresses_of(session, mine)] == [second]


def test_too_many_addresses_and_one_without_a_house_are_refused(session):
    make_market(session)
    mine = make_user(session)
    with pytest.raises(Refused):
        addresses.save_address(session, mine, given(""), now=NOON)
    for number in range(addresses.MOST_ADDRESSES):
        addresses.save_address(session, mine, given(str(number + 1)), now=NOON)

    with pytest.raises(Refused) as refusal:
        addresses.save_address(session, mine, given("999"), now=NOON)

    assert refusal.value.code == "too_many_addresses"
    assert session.scalar(select(func.count()).select_from(SavedAddress)) == 20


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        ({"house_no": "๙๙/๑", "moo": "หมู่ที่ ๕", "soi": "ซอยสุขใจ ๓", "road": "ถ.พหลโยธิน"},
         "99/1 หมู่ 5 ซอยสุขใจ 3 ถนนพหลโยธิน"),
        ({"house_no": "บ้านเลขที่ 7", "village": "หมู่บ้านร่มเย็น"}, "7 หมู่บ้านร่มเย็น"),
        ({"house_no": "12"}, "12"),
    ],
)  # fmt: skip
def test_an_address_is_written_once_whatever_words_were_typed(typed, line):
    assert address_parts(typed).line() == line
