"""From a wish to an order that is made, paid in two parts, handed over and paid out."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from market.errors import Conflict, Refused
from market.fulfilment.commands import (
    arrive_at_point,
    hand_over,
    receive_order,
    settle_round,
    start_making,
)
from market.fulfilment.making import report_made, report_packed
from market.made_to_order.commands import (
    Choice,
    Voice,
    advance_request,
    agree,
    cannot_answer,
    withdraw_request,
)
from market.made_to_order.rules import InviteState, RequestState
from market.matching.models import Assignment, Batch
from market.matching.rules import BatchState
from market.orders.models import Order
from market.overviews.audit.queries import broken_promises
from market.payments.charges import raise_charges
from market.payments.models import Charge, Payout, Refund
from market.payments.recording import record_receipt
from market.payments.releases import expire_charges, unwind_cancelled
from market.payments.rules import ChargeState
from market.rounds.models import Round
from market.rounds.queries import list_rounds, next_number
from market.rounds.rules import RoundState
from tests.factories.matching import NOW
from tests.factories.requests import (
    WAY,
    choose,
    invites_of,
    make_agreed,
    make_asked,
    say_yes,
)

LATER = NOW + timedelta(hours=3)


def the_charge(session, number: str) -> Charge:
    query = select(Charge).join(Order, Order.id == Charge.order_id).where(Order.number == number)
    return session.scalars(query.execution_options(populate_existing=True)).one()


def the_round(session, asked) -> Round:
    session.expire_all()
    return session.get_one(Round, asked.request.round_id)


def batches(session, asked) -> list[Batch]:
    query = select(Batch).where(Batch.round_id == asked.request.round_id).order_by(Batch.id)
    return list(session.scalars(query.execution_options(populate_existing=True)))


def pay(session, number: str, amount: int, reference: str, now=LATER) -> None:
    record_receipt(
        session, the_charge(session, number).id, bank_reference=reference, amount_satang=amount,
        actor="user:1", now=now,
    )  # fmt: skip


def test_a_choice_becomes_one_order_with_a_deposit_and_confirmed_batches(session):
    asked, number = make_agreed(session)

    charge = the_charge(session, number)
    assert (charge.amount_satang, charge.asked_satang) == (1_220_000, 366_000)
    assert [(b.state, b.confirmed_units) for b in batches(session, asked)] == [
        (BatchState.CONFIRMED, 200), (BatchState.CONFIRMED, 100),
    ]  # fmt: skip
    prices = session.scalars(select(Assignment.price_satang).order_by(Assignment.id)).all()
    assert prices == [4000, 4200]
    assert asked.request.state is RequestState.AGREED
    assert broken_promises(session) == ()


def test_the_round_of_an_agreement_is_counted_and_listed_apart(session):
    before = next_number(session)
    asked, _number = make_agreed(session)

    assert next_number(session) == before
    assert asked.request.round_id not in [round_.id for round_ in list_rounds(session)]


def test_choosing_twice_is_one_order_and_choosing_otherwise_a_conflict(session):
    asked, number = make_agreed(session)

    assert choose(session, asked, {0: 200, 1: 100}, 1_220_000) == number
    with pytest.raises(Conflict, match="request_agreed_otherwise"):
        choose(session, asked, {0: 100}, 400_000)
    assert session.scalars(select(Order.number)).all() == [number]


@pytest.mark.parametrize(
    ("units", "expected", "code"),
    [
        ({}, 0, "nothing_chosen"),
        ({0: 210}, 840_000, "more_than_offered"),
        ({0: 15}, 60_000, "not_whole_lots"),
        ({0: 200, 1: 150}, 1_430_000, "more_than_wanted"),
        ({0: 200}, 799_999, "request_total_changed"),
    ],
)
def test_a_choice_that_does_not_fit_the_answers_leaves_no_trace(session, units, expected, code):
    asked = make_asked(session)
    say_yes(session, asked, 0, units=200, price=4000)
    say_yes(session, asked, 1, units=150, price=4200)

    with pytest.raises((Refused, Conflict), match=code):
        choose(session, asked, units, expected)

    assert session.scalars(select(Order)).all() == []
    assert {i.state for i in invites_of(session, asked)} == {InviteState.OFFERED}


def test_an_answer_that_was_taken_back_cannot_be_chosen(session):
    asked = make_asked(session)
    say_yes(session, asked, 0, units=200, price=4000)
    cannot_answer(
        session, asked.request.id, asked.groups[0].id, "time", "", Voice(actor="user:1"), now=LATER
    )

    with pytest.raises(Conflict, match="answer_is_gone"):
        choose(session, asked, {0: 200}, 800_000, now=LATER)
    assert session.scalars(select(Order)).all() == []


def test_a_group_that_was_chosen_cannot_take_its_word_back(session):
    asked, _number = make_agreed(session)

    with pytest.raises(Refused, match="request_is_over"):
        cannot_answer(
            session, asked.request.id, asked.groups[0].id, "time", "", Voice(actor="user:1"),
            now=LATER,
        )  # fmt: skip
    assert invites_of(session, asked)[0].state is InviteState.CHOSEN


def test_nothing_is_made_before_the_deposit_and_nothing_leaves_before_the_rest(session):
    asked, number = make_agreed(session)
    round_id = asked.request.round_id

    raise_charges(session, round_id, now=LATER)
    assert not start_making(session, round_id, now=LATER)
    pay(session, number, 366_000, "DEPOSIT1")
    assert start_making(session, round_id, now=LATER)

    for batch in batches(session, asked):
        report_made(session, batch.id, batch.to_make_units, actor="user:1", now=LATER)
        report_packed(session, batch.id, actor="user:1", now=LATER)
    with pytest.raises(Refused, match="balance_not_paid"):
        hand_over(session, batches(session, asked)[0].id, actor="user:1", now=LATER)
    assert batches(session, asked)[0].state is BatchState.PACKED
    pay(session, number, 854_000, "BALANCE1")
    hand_over(session, batches(session, asked)[0].id, actor="user:1", now=LATER)
    assert batches(session, asked)[0].state is BatchState.HANDED_OVER


def test_an_agreed_order_goes_all_the_way_and_the_books_are_whole(session):
    asked, number = make_agreed(session)
    round_id = asked.request.round_id
    pay(session, number, 366_000, "DEPOSIT1")
    start_making(session, round_id, now=LATER)
    pay(session, number, 854_000, "BALANCE1")
    for batch in batches(session, asked):
        report_made(session, batch.id, batch.to_make_units, actor="user:1", now=LATER)
        report_packed(session, batch.id, actor="user:1", now=LATER)
        hand_over(session, batch.id, actor="user:1", now=LATER)
    arrive_at_point(session, asked.point.id, actor="user:1", now=LATER)
    code = session.scalars(select(Order.pickup_code).where(Order.number == number)).one()
    receive_order(session, asked.point.id, code, actor="user:1", now=LATER)
    settle_round(session, round_id, now=LATER + timedelta(days=8))

    owed = session.scalars(select(Payout.amount_satang).order_by(Payout.group_id)).all()
    assert sum(owed) == 1_220_000  # no part rules here: all of it is the makers'
    assert broken_promises(session) == ()


def test_a_group_that_fails_gives_its_part_back_and_the_rest_goes_on(session):
    asked, number = make_agreed(session)
    pay(session, number, 366_000, "DEPOSIT1")
    start_making(session, asked.request.round_id, now=LATER)
    first, second = batches(session, asked)

    report_made(session, first.id, 200, actor="user:1", now=LATER)
    report_made(session, second.id, 0, actor="user:1", now=LATER)

    charge = the_charge(session, number)
    assert (charge.amount_satang, charge.asked_satang) == (800_000, 434_000)
    assert batches(session, asked)[1].state is BatchState.STOPPED
    assert broken_promises(session) == ()


def test_both_groups_failing_gives_the_deposit_back(session):
    asked, number = make_agreed(session)
    pay(session, number, 366_000, "DEPOSIT1")
    start_making(session, asked.request.round_id, now=LATER)

    for batch in batches(session, asked):
        report_made(session, batch.id, 0, actor="user:1", now=LATER)

    assert the_charge(session, number).state is ChargeState.VOID
    assert sum(session.scalars(select(Refund.amount_satang))) == 366_000
    assert broken_promises(session) == ()


def test_an_unpaid_deposit_lapses_and_the_groups_hear_of_it(session):
    asked, _number = make_agreed(session)
    pay_by = the_round(session, asked).pay_by
    advance_request(session, asked.request.id, now=pay_by)
    assert asked.request.state is RequestState.AGREED  # payments says when it is too late

    expire_charges(session, asked.request.round_id, now=pay_by)
    advance_request(session, asked.request.id, now=pay_by)
    unwind_cancelled(session, asked.request.round_id, now=pay_by)

    session.expire_all()
    assert asked.request.state is RequestState.LAPSED
    assert the_round(session, asked).state is RoundState.CANCELLED
    assert {b.state for b in batches(session, asked)} == {BatchState.STOPPED}
    told = session.scalars(
        text("SELECT count(*) FROM notice WHERE subject LIKE '%lapsed%' AND channel = 'inapp'")
    ).one()
    assert told == 3  # two leaders and the buyer
    assert broken_promises(session) == ()


def test_money_after_the_lapse_goes_back(session):
    asked, number = make_agreed(session)
    pay_by = the_round(session, asked).pay_by
    expire_charges(session, asked.request.round_id, now=pay_by)
    advance_request(session, asked.request.id, now=pay_by)

    record_receipt(
        session, the_charge(session, number).id, bank_reference="LATE1", amount_satang=366_000,
        actor="user:1", now=pay_by, sure=True,
    )  # fmt: skip

    assert session.scalars(select(Refund.amount_satang)).all() == [366_000]
    assert broken_promises(session) == ()


def test_everything_may_be_paid_at_once(session):
    asked, number = make_agreed(session)

    pay(session, number, 1_220_000, "ALL1")

    assert the_charge(session, number).state is ChargeState.PAID
    assert start_making(session, asked.request.round_id, now=LATER)


def test_the_deposit_in_two_transfers_counts_when_it_is_whole(session):
    asked, number = make_agreed(session)
    record_receipt(
        session, the_charge(session, number).id, bank_reference="HALF1", amount_satang=100_000,
        actor="user:1", now=LATER, sure=True,
    )  # fmt: skip
    assert not start_making(session, asked.request.round_id, now=LATER)

    pay(session, number, 266_000, "HALF2")

    assert start_making(session, asked.request.round_id, now=LATER)
    assert the_charge(session, number).pay_by == the_charge(session, number).balance_by


def test_an_agreed_request_is_an_order_and_not_withdrawn(session):
    asked, _number = make_agreed(session)

    with pytest.raises(Refused, match="request_is_an_order"):
        withdraw_request(session, asked.request.id, actor="user:1", now=LATER)


def test_choosing_after_the_time_is_refused(session):
    asked = make_asked(session)
    say_yes(session, asked, 0, units=200, price=4000)

    with pytest.raises(Refused, match="choose_too_late"):
        agree(
            session, asked.request.id,
            Choice(units={asked.groups[0].id: 200}, expected_satang=800_000), WAY,
            actor="user:1", now=asked.request.choose_by,
        )  # fmt: skip
