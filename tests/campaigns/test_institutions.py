"""Orders of institutions: entered, quoted, split in thought, asked line by line."""

import re
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, update

from market.accounts.models import AuditEvent
from market.accounts.rules import Role
from market.campaigns.institutions.commands import (
    NewInstitution,
    NewLine,
    accept,
    ask_next,
    quote,
    take_back,
    write_institution,
    write_order,
)
from market.campaigns.institutions.fates import end_orders
from market.campaigns.institutions.models import Institution, InstitutionLine, InstitutionOrder
from market.campaigns.institutions.queries import get_institution, get_order
from market.campaigns.institutions.rules import Able, BulkState, split
from market.campaigns.institutions.splits import see_splits
from market.campaigns.personal import PERSONAL
from market.clock import utc_now
from market.errors import Conflict, Refused
from market.made_to_order.asking import Terms
from market.made_to_order.drafting import start_draft
from market.made_to_order.ending import withdraw_request
from market.made_to_order.models import GoodsRequest, RequestInvite
from market.made_to_order.rules import RequestState
from market.matching.models import Assignment
from market.overviews.my_data.queries import forget, person_of, read_part
from market.rounds.models import Round
from market.rounds.rules import RoundState
from tests.factories.accounts import browser_of, make_grant, make_user
from tests.factories.catalogue import make_group, make_offer, make_product
from tests.factories.payments import add_order, make_paying
from tests.factories.places import make_lane, make_point, make_tambon
from tests.factories.rounds import NOON
from tests.factories.shop import statements

WHO = {"actor": "user:1", "now": NOON}
TERMS = Terms(answer_hours=48, deposit_basis_points=3000)
DAY = NOON.date() + timedelta(days=40)


@pytest.fixture
def hospital(session):
    """A hospital at a point that two groups with 100 bags of rice each drive to."""
    rice = make_product(session)
    groups = [make_group(session), make_group(session, members=40)]
    point = make_point(session, tambon_code="320502")
    for group in groups:
        make_offer(session, group, rice)
        make_lane(session, group, point)
    new = NewInstitution(
        name="โรงพยาบาล", contact="คุณสมร", phone="+66441234567", billing_words="แผนกโภชนาการ",
        tambon_code="320502", point_id=point, email="kitchen@talad.example",
    )  # fmt: skip
    return write_institution(session, new, **WHO), rice, groups


def line(product, units=120, days=0):
    return NewLine(
        product_id=product, units=units, price_satang=7500, needed_on=DAY + timedelta(days=days)
    )


def test_an_order_is_quoted_split_and_asked_once_a_line(session, hospital):
    institution, rice, groups = hospital
    lines = [line(rice), line(rice, 40, days=7)]
    order = write_order(session, institution, "PO-7", lines, key="k", **WHO)
    assert write_order(session, institution, "PO-7", lines, key="k", **WHO) == order
    with pytest.raises(Conflict):
        write_order(session, institution, "PO-8", lines, key="k", **WHO)
    write_order(session, institution, "PO-8", lines, key="k", version=1, **WHO)
    view = get_order(session, order)
    proposal = see_splits(session, view)[view.lines[0].id]
    assert sum(share.units for share in proposal.shares) == 120
    assert len(proposal.shares) == 2
    assert proposal.missing_units == 0

    with pytest.raises(Refused):
        accept(session, order, answer_hours=48, **WHO)
    number = quote(session, order, 15, **WHO)
    assert quote(session, order, 15, **WHO) == number
    with pytest.raises(Conflict):
        write_order(session, institution, "PO-9", lines, key="k", version=2, **WHO)
    accept(session, order, answer_hours=48, **WHO)
    asked = []
    while (request := ask_next(session, order, TERMS, **WHO)) is not None:
        asked.append(request)

    assert len(asked) == 2
    wishes = session.scalars(select(GoodsRequest).where(GoodsRequest.id.in_(asked))).all()
    assert {wish.state for wish in wishes} == {RequestState.ASKED}
    assert sorted(wish.units for wish in wishes) == [40, 120]
    assert {wish.org_name for wish in wishes} == {"โรงพยาบาล"}
    invited = select(RequestInvite.group_id).where(RequestInvite.request_id == asked[0])
    assert set(session.scalars(invited)) == set(groups)
    assert ask_next(session, order, TERMS, **WHO) is None


def test_the_desk_chooses_whom_to_ask_and_the_proposal_is_the_start(session, app, hospital):
    institution, rice, groups = hospital
    now = utc_now()  # as the pages have it
    gone = (now - NOON).days + 1
    lines = [line(rice, 80, gone), line(rice, 20, gone + 7)]
    order = write_order(session, institution, None, lines, key="k", actor="user:1", now=now)
    quote(session, order, 60, actor="user:1", now=now)
    one, two = get_order(session, order).lines
    user = make_user(session)
    make_grant(session, user, Role.MARKETING, area="")
    desk, path = browser_of(app, user, language="en"), f"/market/bulk/{order}"
    assert desk.get(path).get_data(as_text=True).count('name="ask"') == 4
    foreign = f"{two.id}:999999"

    refused = desk.post(f"{path}/ask", data={"ask": [f"{one.id}:{groups[1]}", foreign]})

    assert refused.status_code == 422
    assert "Tick at least one group for" in refused.get_data(as_text=True)
    assert session.get_one(InstitutionOrder, order).state is BulkState.QUOTED
    ticks = [f"{one.id}:{groups[1]}", f"{two.id}:{groups[0]}", f"{two.id}:{groups[1]}"]
    assert desk.post(f"{path}/ask", data={"ask": ticks}).status_code == 303
    asked = [row.request_id for row in get_order(session, order).lines]
    invited = [
        set(session.scalars(select(RequestInvite.group_id).where(RequestInvite.request_id == one)))
        for one in asked
    ]
    assert invited == [{groups[1]}, set(groups)]


def test_the_split_of_many_lines_takes_no_more_statements(session, hospital):
    institution, rice, groups = hospital
    other = make_product(session)
    make_offer(session, groups[0], other)
    days = range(20)
    few = write_order(session, institution, None, [line(rice)], key="few", **WHO)
    lines = [line(product, 10, days=n) for n in days for product in (rice, other)]
    many = write_order(session, institution, None, lines, key="many", **WHO)
    views = [get_order(session, order) for order in (few, many)]

    with statements() as one:
        see_splits(session, views[0])
    with statements() as forty:
        splits = see_splits(session, views[1])

    assert len(forty) == len(one) == 3
    assert all(seen.missing_units == 0 for seen in splits.values())
    assert {len(splits[row.id].shares) for row in views[1].lines if row.product_id == other} == {1}


def test_a_quotation_that_ran_out_is_not_taken_and_its_number_not_given_again(session, hospital):
    institution, rice, _groups = hospital
    order = write_order(session, institution, None, [line(rice)], key="k", **WHO)
    first = quote(session, order, 7, **WHO)
    late = {"actor": "user:1", "now": NOON + timedelta(days=8)}

    with pytest.raises(Refused) as refusal:
        accept(session, order, answer_hours=48, **late)

    assert refusal.value.code == "quotation_ran_out"
    take_back(session, order, **late)
    assert session.get_one(InstitutionOrder, order).state is BulkState.DRAFT
    assert quote(session, order, 7, **late) != first
    assert session.scalar(select(func.count(InstitutionLine.request_id))) == 0


def test_the_same_goods_twice_on_a_day_are_refused(session, hospital):
    institution, rice, _groups = hospital
    for lines in ([], [line(rice), line(rice)]):
        with pytest.raises(Refused):
            write_order(session, institution, None, lines, key="k", **WHO)
    assert session.scalar(select(func.count(InstitutionOrder.id))) == 0


def asked_order(session, hospital):
    """An order of two lines that the groups were asked for; its requests."""
    institution, rice, _groups = hospital
    order = write_order(session, institution, None, [line(rice), line(rice, 40, 7)], key="k", **WHO)
    quote(session, order, 15, **WHO)
    accept(session, order, answer_hours=48, **WHO)
    while ask_next(session, order, TERMS, **WHO) is not None:
        pass
    first, second = get_order(session, order).lines
    return order, first.request_id, second.request_id


def states_of(session, order) -> list[list[str]]:
    """By line, the states of its requests and of what became of those."""
    return [
        [str(fate.round_state or fate.state) for fate in line.fates]
        for line in get_order(session, order).lines
    ]


def agree(session, request_id, state=RoundState.PRODUCING):
    """The request as it is once a group was chosen: an order in a round of its own."""
    request = session.get_one(GoodsRequest, request_id)
    placed = add_order(session, make_paying(session), 10)
    request.state, request.order_id = RequestState.AGREED, placed.id
    request.round_id = placed.round_id
    round_ = session.get_one(Round, placed.round_id)
    round_.state = state
    session.flush()
    session.execute(update(Assignment).values(live_units=10))
    return round_


def test_an_order_ends_by_itself_once_its_last_line_is_over(session, hospital):
    order, first, second = asked_order(session, hospital)
    withdraw_request(session, first, **WHO)
    assert end_orders(session, now=NOON) == 0, "the second line is still asked for"
    round_ = agree(session, second)
    assert end_orders(session, now=NOON) == 0
    assert states_of(session, order) == [["withdrawn"], ["producing"]]
    round_.state = RoundState.COMPLETED
    session.flush()

    assert end_orders(session, now=NOON) == 1

    ended = session.get_one(InstitutionOrder, order)
    session.refresh(ended)
    assert (ended.state, ended.ended_at) == (BulkState.CLOSED, NOON)
    assert end_orders(session, now=NOON) == 0
    trail = select(func.count()).where(AuditEvent.event == "bulk.closed")
    assert session.scalar(trail) == 1


def test_an_order_of_which_nothing_was_made_is_declined(session, hospital):
    order, first, second = asked_order(session, hospital)
    withdraw_request(session, first, **WHO)
    session.get_one(GoodsRequest, second).state = RequestState.EXPIRED
    rest = start_draft(session, {"words": "ข้าว", "units": 5}, now=NOON)[0]
    session.get_one(GoodsRequest, rest).follows_id = second
    session.flush()
    assert end_orders(session, now=NOON) == 0, "others are asked for the rest"
    session.get_one(GoodsRequest, rest).state = RequestState.WITHDRAWN
    session.flush()

    assert end_orders(session, now=NOON) == 1

    assert get_order(session, order).institution.name == "โรงพยาบาล"
    assert session.scalar(select(InstitutionOrder.state)) is BulkState.DECLINED
    assert states_of(session, order) == [["withdrawn"], ["expired", "withdrawn"]]


def test_whom_to_call_is_told_and_forgotten_and_then_asked_for_anew(session, hospital):
    institution, rice, _groups = hospital
    order = write_order(session, institution, None, [line(rice)], key="k", **WHO)
    quote(session, order, 15, **WHO)
    stranger = make_user(session, email="kitchen@talad.example", confirmed=False)
    theirs = make_user(session, phone="+66441234567")
    (part,) = (told for told in PERSONAL.told if told.name == "institutions")

    assert read_part(session, part, person_of(session, stranger.id)).rows == ()
    (row,) = read_part(session, part, person_of(session, theirs.id)).rows
    assert row[:4] == ("โรงพยาบาล", "คุณสมร", "+66441234567", "kitchen@talad.example")
    forget(session, stranger.id, now=NOON)
    assert get_institution(session, institution).contact == "คุณสมร"
    before = get_institution(session, institution).version
    for _again in range(2):
        forget(session, theirs.id, now=NOON)

    kept = get_institution(session, institution)
    assert (kept.contact, kept.phone, kept.email) == ("–", "–", None)
    assert (kept.name, kept.billing_words) == ("โรงพยาบาล", "แผนกโภชนาการ")
    assert kept.version == before + 1
    with pytest.raises(Refused) as refusal:
        accept(session, order, answer_hours=48, **WHO)
    assert refusal.value.code == "institution_has_no_contact"
    assert session.get_one(InstitutionOrder, order).state is BulkState.QUOTED


ABLE = st.builds(
    Able, group_id=st.integers(1, 9), capacity_units=st.integers(1, 300),
    lot_units=st.integers(1, 20), weight=st.integers(1, 1000),
    distance_m=st.none() | st.integers(0, 10**6),
)  # fmt: skip


@settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(ABLE, max_size=6, unique_by=lambda able: able.group_id), st.integers(1, 500))
def test_a_split_is_whole_lots_within_capacity_and_never_more_than_wanted(able, units):
    shares = split(able, units)
    by_id = {group.group_id: group for group in able}

    assert sum(shares.values()) <= units
    for group_id, share in shares.items():
        group = by_id[group_id]
        assert 0 < share <= group.capacity_units
        assert share % group.lot_units == 0


def test_a_place_that_several_are_called_is_asked_back_and_stays_when_edited(app, session):
    user = make_user(session)
    make_grant(session, user, Role.MARKETING, area="")
    for code, name in (("320103", "ในเมือง"), ("320104", "ในเมืองใต้")):
        make_tambon(session, code, name=name)
    desk = browser_of(app, user)
    form = {
        "name": "โรงเรียน", "contact": "ครูใหญ่", "phone": "044 123 456", "point": "",
        "billing_words": "งานพัสดุ", "address": "1 ถนนหลัก", "version": "0",
    }  # fmt: skip

    unclear = desk.post("/market/institutions/new", data=form | {"tambon": "ในเมือง"})
    assert unclear.status_code == 422
    assert "หมายถึงที่ไหน ในเมือง" in unclear.text
    clear = desk.post("/market/institutions/new", data=form | {"tambon": "ในเมืองใต้"})
    assert clear.status_code == 303

    shown = desk.get(clear.location).text
    place = re.search(r'name="tambon"[^>]*value="([^"]+)"', shown)
    assert place is not None
    assert "044-123-456" in shown
    renamed = form | {"tambon": place[1], "name": "โรงเรียนวัด", "version": "1"}
    again = desk.post(clear.location, data=renamed)
    assert again.status_code == 303
    assert session.scalars(select(Institution.tambon_code)).one() == "320104"
