"""A round's pages, over HTTP."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from market.accounts.rules import NewGrant, Role
from market.accounts.sample import NewSampleUser, create_sample_users
from market.clock import bangkok_date, utc_now
from market.money import format_baht
from market.rounds.models import Round, RoundOffer
from market.rounds.parts import part_rules
from market.rounds.rules import RoundState
from tests.factories.catalogue import make_group, make_offer, make_product
from tests.factories.rounds import make_round, offer_in_round, times
from tests.stories.visitor import InProcess, Visitor

PASSWORD = "ผ้าผืนฟ้า-2569"


@pytest.fixture
def enter(app: Flask, session):
    """enter(role, area_code= or group_id=): somebody signed in with that one right."""

    def sign_in(role: Role, **where: object) -> Visitor:
        email = f"{role}@talad.example"
        grant = NewGrant(role, **where)
        person = NewSampleUser(email=email, name=str(role), grants=(grant,))
        create_sample_users(session, [person], password=PASSWORD, now=utc_now())
        session.commit()
        return Visitor(InProcess(app)).sign_in(email, PASSWORD)

    return sign_in


def test_a_round_is_planned_joined_and_opened(session, enter):
    make_offer(session, make_group(session), make_product(session))
    marketing = enter(Role.MARKETING, area_code="")
    today = bangkok_date(utc_now())
    marketing.go("/rounds/new").send(
        "/rounds/new", name_th="รอบวันพุธ", name_en="Wednesday", cycle="weekly",
        opens_on=str(today - timedelta(days=1)), closes_on=str(today + timedelta(days=2)),
        closes_time="18:00", delivery_on=str(today + timedelta(days=20)),
    )  # fmt: skip
    round_ = session.scalars(select(Round)).one()
    assert round_.state is RoundState.DRAFT

    marketing.send("/open")
    session.refresh(round_)
    assert round_.state is RoundState.OPEN


def test_a_timetable_that_does_not_fit_is_refused_with_what_was_typed(session, enter):
    marketing = enter(Role.MARKETING, area_code="")
    today = bangkok_date(utc_now())
    marketing.go("/rounds/new").send(
        "/rounds/new", 422, name_th="รอบที่ไม่ทัน", name_en="Too soon", cycle="weekly",
        opens_on=str(today), closes_on=str(today + timedelta(days=2)), closes_time="18:00",
        delivery_on=str(today + timedelta(days=3)),
    )  # fmt: skip
    assert "รอบที่ไม่ทัน" in marketing.html
    assert session.scalars(select(Round)).all() == []


def test_a_leader_sets_numbers_stays_out_and_takes_part(session, enter):
    group = make_group(session)
    round_id = make_round(
        session, state=RoundState.DRAFT, now=utc_now(), timetable=times(utc_now())
    )
    offer = offer_in_round(session, round_id, group, make_product(session))
    leader = enter(Role.GROUP_LEADER, group_id=group)
    page = f"/group/{group}/offers/{round_id}"
    goods = f"{page}/goods/{offer}"

    leader.go(goods).send(goods, capacity="๖๐")
    leader.send(goods, price="72.50")
    cost = session.get_one(RoundOffer, offer).unit_cost_satang
    assert format_baht(7250 - cost) in leader.html, "what is left over"
    leader.send(page)
    row = session.get_one(RoundOffer, offer)
    session.refresh(row)
    assert (row.capacity_units, row.price_satang) == (60, 7250)

    sure = f"{goods}?capacity=60&price=72.50"
    leader.go(sure).send(page, 422, capacity="61", price="72.50")
    leader.go(sure).send(page, 422, capacity="-10", price="1e9")
    leader.go(goods).send(goods, 422, capacity="61")
    leader.go(f"{goods}?capacity=60").send(goods, 422, price="1.234")
    session.refresh(row)
    assert row.capacity_units == 60

    leader.go(page).send("/withdraw")
    assert session.scalars(select(RoundOffer)).all() == []
    leader.send("/join")
    assert len(session.scalars(select(RoundOffer)).all()) == 1


def test_a_leader_cannot_touch_another_groups_offer(session, enter):
    mine, other = make_group(session), make_group(session)
    round_id = make_round(
        session, state=RoundState.DRAFT, now=utc_now(), timetable=times(utc_now())
    )
    product = make_product(session)
    offer_in_round(session, round_id, mine, product)
    theirs = offer_in_round(session, round_id, other, product)
    leader = enter(Role.GROUP_LEADER, group_id=mine)
    page = f"/group/{mine}/offers/{round_id}"
    own = session.scalars(select(RoundOffer.id).where(RoundOffer.group_id == mine)).one()
    sure = f"{page}/goods/{own}?capacity=20&price=70"
    leader.go(sure).send(page, 422, offer_id=str(theirs), capacity="20", price="1")
    leader.go(page).send("/withdraw", 422, offer_id=str(theirs))
    row = session.get_one(RoundOffer, theirs)
    session.refresh(row)
    assert (row.capacity_units, row.price_satang) == (100, 7000)


def test_a_draft_chooses_when_and_how_it_is_paid(session, enter):
    round_id = make_round(session, now=utc_now(), timetable=times(utc_now()))
    round_ = session.get_one(Round, round_id)
    round_.state = RoundState.DRAFT
    session.flush()
    marketing = enter(Role.MARKETING, area_code="")
    marketing.go(f"/rounds/{round_id}").send("/payment", policy="upfront", method="promptpay")
    session.refresh(round_)
    assert (round_.pay_policy, round_.pay_methods) == ("upfront", ["promptpay"])
    marketing.send("/payment", 422, policy="upfront", method="cash")
    session.refresh(round_)
    assert round_.pay_methods == ["promptpay"]


def test_marketing_says_what_each_part_of_a_price_gets(session, enter):
    marketing = enter(Role.MARKETING, area_code="")
    marketing.go("/prices/parts")
    post = marketing.network.post
    post("/prices/parts", {"category": "", "transport": "3.5", "packing": "๖"})
    rules = {rule.part: rule.basis_points for rule in part_rules(session)}
    assert rules == {"transport": 350, "packing": 600}
    post("/prices/parts", {"category": "", "transport": "99"})
    assert {rule.part: rule.basis_points for rule in part_rules(session)} == rules
