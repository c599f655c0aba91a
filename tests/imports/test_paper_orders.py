"""Orders from paper: placed by the same rules as any other, one per phone and point."""

import pytest
from sqlalchemy import select

from market.accounts.models import Buyer
from market.accounts.rules import Role
from market.catalogue.models import Product
from market.clock import utc_now
from market.orders.models import Order, OrderLine, Reservation
from market.places.models import PickupPoint
from market.rounds.models import Round
from market.rounds.rules import RoundState
from tests.factories.accounts import browser_of, make_grant, make_user, move_grant
from tests.factories.catalogue import make_group, make_product
from tests.factories.places import make_lane, make_point, make_tambon
from tests.factories.rounds import make_round, offer_in_round
from tests.factories.sheets import carry_out, counts, send, stands, xlsx

HEADS = ["ชื่อผู้สั่ง", "เบอร์โทร", "จุดรับ", "สินค้า", "จำนวน", "จ่ายเงินสดที่จุดรับ"]


@pytest.fixture
def world(session, app):
    """An open round with rice (room for 20) and oil, a point that is reached, a coordinator."""

    class World:
        round_id = make_round(session, now=utc_now())
        group_id = make_group(session)
        rice = session.get_one(Product, make_product(session, name="ข้าวหอม"))
        oil = session.get_one(Product, make_product(session, name="น้ำมัน"))
        point = session.get_one(PickupPoint, make_point(session, name="ศาลาวัด"))
        elsewhere = session.get_one(PickupPoint, make_point(session, tambon_code=None, name="จุดอื่น"))
        user = make_user(session)

    offer_in_round(session, World.round_id, World.group_id, World.rice.id, capacity=20)
    offer_in_round(session, World.round_id, World.group_id, World.oil.id, capacity=20)
    make_lane(session, World.group_id, World.point.id)
    make_grant(session, World.user, Role.TAMBON_COORDINATOR, area="320502")
    World.staff = browser_of(app, World.user)
    return World


def paper(*rows):
    return xlsx(HEADS, *rows)


def test_rows_of_one_phone_become_one_order_and_refused_lines_say_why(session, world):
    sheet = paper(
        ["นางมาลี", 812345678, "ศาลาวัด", "ข้าวหอม", "๕", "ใช่"],
        ["นางมาลี", "081-234-5678", "ศาลาวัด", world.oil.code, 2, "ใช่"],
        ["นายดำ", "0898887777", world.point.code, "ข้าวหอม", 16, "ไม่"],
        ["นายแดง", "12345", "ศาลาวัด", "ข้าวหอม", 1, ""],
        ["นายเขียว", "0811111111", "วัดที่ไม่มี", "ข้าวหอม", 1, ""],
        ["นายขาว", "0822222222", "จุดอื่น", "ข้าวหอม", 1, ""],
    )
    import_id = send(world.staff, "orders", sheet, round=world.round_id)

    assert counts(session, import_id) == ("checked", 2, 0, 0, 4)  # 5 + 16 are more than 20
    assert session.scalars(select(Order.id)).all() == []
    assert session.scalars(select(Reservation.units)).all() == []
    carry_out(world.staff, import_id, good_only=1)

    order = session.scalars(select(Order)).one()
    assert (order.pay_method, order.point_id) == ("cash", world.point.id)
    lines = session.scalars(select(OrderLine.units).order_by(OrderLine.units)).all()
    assert lines == [2, 5]
    assert session.scalars(select(Buyer.phone)).one() == "+66812345678"
    assert sum(session.scalars(select(Reservation.units))) == 7


def test_sent_or_pressed_twice_orders_once_and_the_same_paper_is_known(session, world):
    row = ["นางมาลี", "0812345678", "ศาลาวัด", "ข้าวหอม", 5, "ใช่"]
    sheet = paper(row)
    import_id = send(world.staff, "orders", sheet, round=world.round_id)
    carry_out(world.staff, import_id)
    carry_out(world.staff, import_id)
    assert send(world.staff, "orders", sheet, round=world.round_id) == import_id

    again = send(
        world.staff, "orders", paper(row, [*row[:3], "น้ำมัน", 1, "ใช่"][:6]), round=world.round_id
    )
    assert counts(session, again) == ("checked", 1, 0, 0, 1)  # the new line only
    third = send(world.staff, "orders", paper(row, ["", ""], [" "]), round=world.round_id)
    assert counts(session, third) == ("checked", 0, 0, 0, 1)
    assert len(session.scalars(select(Order.id)).all()) == 1

    carry_out(world.staff, again, good_only=1)
    assert len(session.scalars(select(Order.id)).all()) == 2
    assert len(session.scalars(select(Buyer.id)).all()) == 1  # one buyer per phone


def test_what_is_gone_meanwhile_is_refused_line_by_line(session, world):
    first = send(
        world.staff, "orders",
        paper(["ก", "0812345678", "ศาลาวัด", "ข้าวหอม", 15, ""],
              ["ก", "0812345678", "ศาลาวัด", "น้ำมัน", 1, ""]), round=world.round_id,
    )  # fmt: skip
    second = send(
        world.staff, "orders", paper(["ข", "0899999999", "ศาลาวัด", "ข้าวหอม", 15, ""]),
        round=world.round_id,
    )  # fmt: skip
    carry_out(world.staff, second)
    carry_out(world.staff, first)

    assert stands(session, first).state == "applied"
    assert sorted(session.scalars(select(OrderLine.units))) == [1, 15]
    page = world.staff.get(f"/imports/{first}").get_data(as_text=True)
    assert "ข้าวหอม" in page


def test_orders_are_cancelled_together_until_the_cut_off(session, world):
    import_id = send(
        world.staff, "orders",
        paper(["ก", "0812345678", "ศาลาวัด", "ข้าวหอม", 5, ""],
              ["ข", "0899999999", "ศาลาวัด", "ข้าวหอม", 5, ""]), round=world.round_id,
    )  # fmt: skip
    carry_out(world.staff, import_id)
    first = session.scalars(select(Order).order_by(Order.id)).first()
    first.version = 2  # the buyer changed it
    session.flush()

    world.staff.post(f"/imports/{import_id}/undo")

    session.expire_all()
    states = session.scalars(select(Order.state).order_by(Order.id)).all()
    assert states == ["placed", "cancelled"]
    assert sum(session.scalars(select(Reservation.units))) == 5


def test_a_closed_round_and_another_province_take_nothing(session, world, app):
    stranger = make_user(session)
    make_grant(session, stranger, Role.PROVINCE_COORDINATOR, area="45")
    row = ["ก", "0812345678", "ศาลาวัด", "ข้าวหอม", 5, ""]
    other = send(browser_of(app, stranger), "orders", paper(row), round=world.round_id)
    assert counts(session, other) == ("checked", 0, 0, 0, 1)

    session.get_one(Round, world.round_id).state = RoundState.CLOSED
    session.flush()
    refused = send(world.staff, "orders", paper(row), round=world.round_id)
    assert refused.status_code == 422


def test_points_beyond_the_reach_of_today_take_no_order_and_keep_theirs(session, world):
    next_door = make_tambon(session, "320503")
    near = session.get_one(PickupPoint, make_point(session, tambon_code=next_door, name="บ้านใกล้"))
    make_lane(session, world.group_id, near.id)
    make_grant(session, world.user, Role.TAMBON_COORDINATOR, area="320503")
    rows = (["ก", "0812345678", "บ้านใกล้", "ข้าวหอม", 5, ""],
            ["ข", "0899999999", "ศาลาวัด", "ข้าวหอม", 5, ""])  # fmt: skip
    done = send(world.staff, "orders", paper(*rows), round=world.round_id)
    carry_out(world.staff, done)
    due = send(
        world.staff, "orders", paper(["ค", "0811111111", "บ้านใกล้", "น้ำมัน", 1, ""]),
        round=world.round_id,
    )  # fmt: skip
    move_grant(session, world.user, "320502")

    carry_out(world.staff, due)
    world.staff.post(f"/imports/{done}/undo")

    session.expire_all()
    states = session.execute(select(Order.point_id, Order.state)).all()
    assert set(states) == {(near.id, "placed"), (world.point.id, "cancelled")}
    assert "ไม่อยู่ในความดูแล" in world.staff.get(f"/imports/{due}").get_data(as_text=True)
