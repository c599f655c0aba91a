"""Offers of a round brought in: rights by area and group, the rules of joining, undo."""

import pytest
from sqlalchemy import select

from market.accounts.rules import Role
from market.catalogue.models import Offer, ProducerGroup, Product
from market.clock import utc_now
from market.rounds.models import Round, RoundOffer
from market.rounds.rules import RoundState
from tests.factories.accounts import browser_of, make_grant, make_user, move_grant
from tests.factories.catalogue import make_group, make_offer, make_product
from tests.factories.rounds import make_round
from tests.factories.sheets import carry_out, counts, send, xlsx

HEADS = ["รหัสกลุ่ม", "รหัสสินค้า", "ทำได้ (หน่วย)", "ขั้นต่ำ (หน่วย)", "ทำทีละ (หน่วย)", "ราคา (บาท)",
         "ต้นทุน (บาท)", "กล้ากินกล้าใช้เอง"]  # fmt: skip


@pytest.fixture
def world(session, app):
    """A planned round, a group at home, one next door and one far away, all with an offer."""

    class World:
        round_id = make_round(session, state=RoundState.DRAFT, now=utc_now())
        home = session.get_one(ProducerGroup, make_group(session))
        near = session.get_one(ProducerGroup, make_group(session, tambon_code="320503"))
        far = session.get_one(ProducerGroup, make_group(session, tambon_code="450101"))
        rice = session.get_one(Product, make_product(session))

    for group in (World.home, World.near, World.far):
        make_offer(session, group.id, World.rice.id)
    World.leader_user, World.staff_user, World.province_user = (
        make_user(session) for _ in range(3)
    )
    make_grant(session, World.leader_user, Role.GROUP_LEADER, group=World.home.id)
    make_grant(session, World.staff_user, Role.TAMBON_COORDINATOR, area="320502")
    make_grant(session, World.province_user, Role.PROVINCE_COORDINATOR, area="32")
    World.leader = browser_of(app, World.leader_user)
    World.staff = browser_of(app, World.staff_user)
    World.province = browser_of(app, World.province_user)
    return World


def rows_for(world, *more):
    return xlsx(
        HEADS,
        *([group.code, world.rice.code, 40, 20, 20, "75.50"]
          for group in (world.home, world.near, world.far)), *more,
    )  # fmt: skip


@pytest.mark.parametrize(("who", "good"), [("leader", 1), ("staff", 1), ("province", 2)])
def test_everybody_brings_in_rows_of_their_own_area_only(session, world, who, good):
    browser = getattr(world, who)
    import_id = send(browser, "offers", rows_for(world), round=world.round_id)

    assert counts(session, import_id) == ("checked", good, 0, 0, 3 - good)
    carry_out(browser, import_id, good_only=1)

    joined = session.scalars(select(RoundOffer).order_by(RoundOffer.group_id)).all()
    assert [offer.group_id for offer in joined] == [world.home.id, world.near.id][:good]
    assert {(o.capacity_units, o.min_batch_units, o.lot_units, o.price_satang) for o in joined} == {
        (40, 20, 20, 7550)
    }
    assert {offer.max_per_order for offer in joined} == {40}


def test_wrong_rows_hold_up_the_whole_unless_only_the_good_are_wanted(session, world):
    import_id = send(world.staff, "offers", rows_for(world), round=world.round_id)

    refused = carry_out(world.staff, import_id)

    assert refused.status_code == 422
    assert session.scalars(select(RoundOffer.id)).all() == []


def test_a_first_offer_is_made_and_the_rules_of_joining_hold(session, world):
    oil = session.get_one(Product, make_product(session))
    late = session.get_one(Product, make_product(session, cycle="monthly"))
    sheet = xlsx(
        HEADS,
        [world.home.code, oil.code, 50, "", 10, 70, 40, "ใช่"],
        [world.home.code, late.code, 50, "", 10, 70, 40, "ใช่"],
        [world.home.code, world.rice.code, 45, 20, 10, 70, "", ""],
        ["ไม่มีกลุ่มนี้", oil.code, 50, "", 10, 70, 40, "ใช่"],
    )
    import_id = send(world.staff, "offers", sheet, round=world.round_id)
    assert counts(session, import_id) == ("checked", 1, 0, 0, 3)
    page = world.staff.get(f"/imports/{import_id}").get_data(as_text=True)
    assert "ไม่มีกลุ่มนี้" in page

    carry_out(world.staff, import_id, good_only=1)
    made = session.scalars(select(Offer).where(Offer.product_id == oil.id)).one()
    assert (made.unit_cost_satang, made.own_use, made.min_batch_units) == (4000, True, 10)
    assert session.scalar(select(RoundOffer.price_satang)) == 7000


def test_terms_are_given_back_while_the_round_is_planned_and_not_after(session, world):
    first = send(world.staff, "offers", rows_for(world), round=world.round_id)
    carry_out(world.staff, first, good_only=1)
    dearer = xlsx(HEADS, [world.home.code, world.rice.code, 40, 20, 20, 80])
    second = send(world.staff, "offers", dearer, round=world.round_id)
    assert counts(session, second) == ("checked", 0, 1, 0, 0)
    carry_out(world.staff, second)

    world.staff.post(f"/imports/{second}/undo")
    session.expire_all()
    assert session.scalar(select(RoundOffer.price_satang)) == 7550

    session.get_one(Round, world.round_id).state = RoundState.OPEN
    session.flush()
    world.staff.post(f"/imports/{first}/undo")
    assert counts(session, first)[0] == "applied"
    page = world.staff.get(f"/imports/{first}").get_data(as_text=True)
    assert 'role="alert"' in page
    assert session.scalars(select(RoundOffer.price_satang)).all() == [7550]


def test_what_somebody_changed_meanwhile_is_shown_again_and_not_overwritten(session, world):
    first = send(world.staff, "offers", rows_for(world), round=world.round_id)
    carry_out(world.staff, first, good_only=1)
    dearer = xlsx(HEADS, [world.home.code, world.rice.code, 40, 20, 20, 80])
    second = send(world.staff, "offers", dearer, round=world.round_id)
    offer = session.scalars(select(RoundOffer)).one()
    offer.price_satang = 7777
    session.flush()

    carry_out(world.staff, second)

    assert counts(session, second) == ("checked", 0, 1, 0, 0)
    session.refresh(offer)
    assert offer.price_satang == 7777
    assert carry_out(world.staff, second, version=1).status_code == 409  # the old page
    carry_out(world.staff, second, version=2)
    session.refresh(offer)
    assert offer.price_satang == 8000

    offer.price_satang = 8100
    session.flush()
    world.staff.post(f"/imports/{second}/undo")
    session.refresh(offer)
    assert offer.price_satang == 8100


def test_rights_taken_away_meanwhile_count(session, world, app):
    import_id = send(world.leader, "offers", rows_for(world), round=world.round_id)
    from sqlalchemy import delete

    from market.accounts.models import Grant

    session.execute(delete(Grant).where(Grant.user_id == world.leader_user.id))
    session.flush()

    carry_out(world.leader, import_id, good_only=1)

    assert counts(session, import_id)[0] == "checked"
    assert session.scalars(select(RoundOffer.id)).all() == []


def test_a_part_of_the_area_taken_away_is_left_alone_when_undone(session, world):
    sheet = rows_for(world)
    import_id = send(world.province, "offers", sheet, round=world.round_id)
    carry_out(world.province, import_id, good_only=1)
    move_grant(session, world.province_user, "320502")

    world.province.post(f"/imports/{import_id}/undo")

    assert session.scalars(select(RoundOffer.group_id)).all() == [world.near.id]
    page = world.province.get(f"/imports/{import_id}").get_data(as_text=True)
    assert "ไม่อยู่ในความดูแลของคุณแล้ว" in page
