"""What time does to a request: reminders, silence, ends, and the rest asked from others."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from market.errors import Conflict, Refused
from market.fulfilment.commands import start_making
from market.fulfilment.making import report_made
from market.made_to_order.commands import (
    Offered,
    Sender,
    Voice,
    add_group,
    advance_request,
    cannot_answer,
    drop_old_drafts,
    offer_answer,
    send_request,
    start_draft,
    withdraw_request,
    write_draft,
)
from market.made_to_order.models import GoodsRequest, RequestInvite
from market.made_to_order.queries.due import due_requests
from market.made_to_order.rules import InviteState, RequestState
from market.matching.models import Batch
from market.overviews.audit.queries import broken_promises
from tests.factories.matching import NOW, make_group, make_leader, make_product
from tests.factories.requests import (
    NEEDED_ON,
    READY_ON,
    TERMS,
    invites_of,
    make_agreed,
    make_asked,
    make_standing,
    say_yes,
    written,
)
from tests.made_to_order.test_agreeing import batches, pay

LATER = NOW + timedelta(hours=3)


def told(session, what) -> int:
    """How many people were told so."""
    query = "SELECT count(*) FROM notice WHERE channel = 'inapp' AND payload ->> 'what' = :what"
    return session.execute(text(query), {"what": what}).scalar_one()


def test_silent_groups_are_reminded_once_and_then_not_waited_for(session):
    asked = make_asked(session)
    say_yes(session, asked, 0, units=200, price=4000)
    request = asked.request
    near, over = request.answer_by - timedelta(hours=11), request.answer_by

    assert due_requests(session, NOW + timedelta(hours=2)) == []
    for now in (near, near, over, over):
        assert due_requests(session, now) == [request.id]
        advance_request(session, request.id, now=now)

    assert [i.state for i in invites_of(session, asked)] == [
        InviteState.OFFERED, InviteState.SILENT,
    ]  # fmt: skip
    assert (told(session, "reminder"), told(session, "answers")) == (1, 1)
    assert request.state is RequestState.ASKED


def test_where_nobody_can_the_request_ends_and_says_so(session):
    asked = make_asked(session)

    advance_request(session, asked.request.id, now=asked.request.answer_by)

    assert (asked.request.state, asked.request.closed_reason) == (RequestState.EXPIRED, "nobody")
    assert told(session, "expired") == 1


def test_what_is_not_chosen_in_time_frees_the_groups(session):
    asked = make_asked(session)
    say_yes(session, asked, 0, units=200, price=4000)

    advance_request(session, asked.request.id, now=asked.request.choose_by)

    assert asked.request.state is RequestState.EXPIRED
    assert invites_of(session, asked)[0].state is InviteState.PASSED
    assert told(session, "over") == 1


def test_the_buyer_hears_at_once_when_everybody_has_answered(session):
    asked = make_asked(session)
    say_yes(session, asked, 0, units=200, price=4000)
    assert told(session, "answers") == 0

    cannot_answer(
        session, asked.request.id, asked.groups[1].id, "time", "", Voice(actor="user:1"), now=LATER
    )

    assert told(session, "answers") == 1


def test_a_request_that_is_withdrawn_takes_no_answers(session):
    asked = make_asked(session)
    withdraw_request(session, asked.request.id, actor="user:1", now=LATER)
    withdraw_request(session, asked.request.id, actor="user:1", now=LATER)

    with pytest.raises(Refused, match="request_is_over"):
        say_yes(session, asked, 0, units=10, price=4000, now=LATER)
    assert told(session, "over") == 2


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"price_satang": 4501}, "above_buyers_price"),
        ({"units": 310}, "units_out_of_range"),
        ({"units": 15}, "not_whole_lots"),
        ({"ready_on": NEEDED_ON + timedelta(days=1)}, "ready_day_out_of_range"),
        ({"ready_on": READY_ON - timedelta(days=12)}, "ready_day_out_of_range"),
    ],
)
def test_an_answer_that_the_buyer_cannot_take_is_refused(session, changes, code):
    asked = make_asked(session)
    offer = {"price_satang": 4000, "units": 200, "ready_on": READY_ON} | changes

    with pytest.raises(Refused, match=code):
        offer_answer(
            session, asked.request.id, asked.groups[0].id, Offered(**offer), Voice(actor="user:1"),
            now=LATER,
        )  # fmt: skip
    assert invites_of(session, asked)[0].state is InviteState.WAITING


def test_only_groups_with_valid_papers_are_asked(session):
    asked = make_asked(session, groups=1)
    product = asked.product
    groups = [make_group(session) for _ in range(3)]
    for group, papers, expires_on in zip(
        groups,
        (("ORGTH",), ("ORGTH",), ("GAP",)),
        (NEEDED_ON, NEEDED_ON - timedelta(days=1), None),
        strict=True,
    ):
        make_standing(session, group, product, certificates=papers, expires_on=expires_on)
    request_id, _token = start_draft(
        session, written(asked.point, standards=["ORGTH"], point_id=None, address="1 ถนนทดสอบ"),
        now=NOW,
    )  # fmt: skip

    send_request(session, request_id, Sender(actor="user:1", user_id=asked.user.id), TERMS, now=NOW)

    found = session.scalars(
        select(RequestInvite.group_id).where(RequestInvite.request_id == request_id)
    ).all()
    assert found == [groups[0].id]


def test_the_market_adds_a_group_that_gets_there_and_asks_it_once(session):
    asked = make_asked(session)
    other = make_group(session, ships=True)
    make_leader(session, other)
    with pytest.raises(Refused, match="group_has_no_goods"):
        add_group(session, asked.request.id, other.id, actor="user:9", now=LATER)
    make_standing(session, other, make_product(session))

    for _ in range(2):
        add_group(session, asked.request.id, other.id, actor="user:9", now=LATER)

    invites = [i for i in invites_of(session, asked) if i.group_id == other.id]
    assert [(i.added_by, i.reasons) for i in invites] == [("user:9", ["added"])]


def test_what_a_chosen_group_does_not_make_is_asked_from_others_once(session):
    asked, number = make_agreed(session)
    spare = make_group(session)
    make_leader(session, spare)
    make_standing(session, spare, asked.product)
    pay(session, number, 366_000, "DEPOSIT1")
    start_making(session, asked.request.round_id, now=LATER)
    report_made(session, batches(session, asked)[1].id, 30, actor="user:1", now=LATER)

    for _ in range(2):
        advance_request(session, asked.request.id, now=LATER)

    rest = session.scalars(
        select(GoodsRequest).where(GoodsRequest.follows_id == asked.request.id)
    ).one()
    invited = session.scalars(
        select(RequestInvite.group_id).where(RequestInvite.request_id == rest.id)
    ).all()
    assert (rest.state, rest.units) == (RequestState.ASKED, 70)
    assert spare.id in invited
    assert asked.groups[1].id not in invited  # it has just failed
    assert told(session, "rest") == 1
    assert broken_promises(session) == ()


def test_nothing_is_missing_nothing_is_asked(session):
    asked, number = make_agreed(session)
    pay(session, number, 366_000, "DEPOSIT1")
    start_making(session, asked.request.round_id, now=LATER)

    advance_request(session, asked.request.id, now=LATER)

    assert session.scalars(select(GoodsRequest.id)).all() == [asked.request.id]


def test_the_rest_is_asked_for_once_when_all_is_made(session):
    asked, number = make_agreed(session)
    pay(session, number, 366_000, "DEPOSIT1")
    start_making(session, asked.request.round_id, now=LATER)
    advance_request(session, asked.request.id, now=LATER)
    assert told(session, "balance") == 0

    for batch in session.scalars(select(Batch)).all():
        report_made(session, batch.id, batch.to_make_units, actor="user:1", now=LATER)
    assert due_requests(session, LATER) == [asked.request.id]
    advance_request(session, asked.request.id, now=LATER)

    assert told(session, "balance") == 1
    assert due_requests(session, LATER) == []


def test_old_drafts_are_forgotten_and_sent_requests_are_not(session):
    asked = make_asked(session)
    draft_id, _token = start_draft(session, {"words": "ข้าว"}, now=NOW)

    drop_old_drafts(session, now=NOW + timedelta(days=15))

    assert session.scalars(select(GoodsRequest.id)).all() == [asked.request.id]
    assert draft_id != asked.request.id


def test_a_sent_request_is_written_no_more(session):
    asked = make_asked(session)

    with pytest.raises(Conflict, match="request_was_sent"):
        write_draft(session, asked.request.id, {"units": 1})
