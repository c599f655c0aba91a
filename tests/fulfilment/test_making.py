"""A paid round starts making; what groups report is believed once."""

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from market.accounts.models import AuditEvent
from market.errors import Conflict, Refused
from market.fulfilment.commands import hand_over, report_made, report_packed, start_making
from market.fulfilment.rules import ConsignmentState, lot_code, tracking_number
from market.matching.models import Ask
from market.matching.rules import Answer, AskKind, BatchState
from market.notices.models import Notice
from market.orders.rules import ShortageChoice
from market.payments.commands import expire_charges, raise_charges
from market.payments.models import Refund
from market.rounds.rules import RoundState
from tests.factories.fulfilment import ACTOR, boxes, make_packed, make_producing
from tests.factories.matching import NOW
from tests.factories.payments import (
    PRICE,
    add_order,
    charge_of,
    live_units,
    make_paying,
    pay,
    raise_and_pay,
    state_of,
)


def told(session: Session, event: str) -> int:
    query = select(func.count()).select_from(Notice).where(
        Notice.event == event, Notice.channel == "inapp"
    )  # fmt: skip
    return session.scalar(query) or 0


def test_a_paid_round_starts_making_once(session: Session) -> None:
    paying = make_paying(session)
    add_order(session, paying, 6)
    add_order(session, paying, 4, cash=True)
    add_order(session, paying, 10, parcel=True)
    make_producing(session, paying)
    session.refresh(paying.batch)
    assert state_of(session, paying.round) == RoundState.PRODUCING
    assert (paying.batch.state, paying.batch.to_make_units) == (BatchState.TO_MAKE, 20)
    assert paying.batch.lot_code == lot_code(paying.round.number, paying.batch.id)
    assert sorted((box.units, box.point_id is None) for box in boxes(session)) == [
        (10, False), (10, True),
    ]  # fmt: skip
    assert told(session, "batch.to_make") == 1
    assert start_making(session, paying.round.id, now=NOW) is False


def test_a_round_waits_for_unpaid_charges(session: Session) -> None:
    paying = make_paying(session)
    add_order(session, paying, 10)
    assert start_making(session, paying.round.id, now=NOW) is False
    raise_charges(session, paying.round.id, now=NOW)
    assert start_making(session, paying.round.id, now=NOW) is False
    assert state_of(session, paying.round) == RoundState.PAYING


def test_a_round_waits_for_a_group_that_was_asked(session: Session) -> None:
    paying = make_paying(session)
    paid = add_order(session, paying, 8)
    add_order(session, paying, 2)
    raise_charges(session, paying.round.id, now=NOW)
    pay(session, paid)
    expire_charges(session, paying.round.id, now=paying.after_pay_by)
    assert start_making(session, paying.round.id, now=paying.after_pay_by) is False
    ask = session.scalars(select(Ask).where(Ask.kind == AskKind.SHRINK)).one()
    ask.answer, ask.confirmed_units, ask.answered_at = Answer.ALL, 8, NOW
    session.flush()
    assert start_making(session, paying.round.id, now=paying.after_pay_by) is True
    session.refresh(paying.batch)
    assert paying.batch.to_make_units == 8


def test_a_round_of_which_nothing_was_paid_goes_on_without_batches(session: Session) -> None:
    paying = make_paying(session)
    add_order(session, paying, 10)
    raise_charges(session, paying.round.id, now=NOW)
    expire_charges(session, paying.round.id, now=paying.after_pay_by)
    assert start_making(session, paying.round.id, now=paying.after_pay_by) is True
    assert boxes(session) == []


def test_all_made_and_packed(session: Session) -> None:
    paying = make_paying(session)
    add_order(session, paying, 10)
    make_producing(session, paying)
    make_packed(session, paying.batch)
    assert state_of(session, paying.batch) == BatchState.PACKED
    before = session.scalar(select(func.count()).select_from(AuditEvent))
    report_packed(session, paying.batch.id, actor=ACTOR, now=NOW)
    assert session.scalar(select(func.count()).select_from(AuditEvent)) == before


def test_fewer_made_pays_back_those_served_last(session: Session) -> None:
    paying = make_paying(session)
    first, last = add_order(session, paying, 6), add_order(session, paying, 4, parcel=True)
    make_producing(session, paying)
    report_made(session, paying.batch.id, 8, actor=ACTOR, now=NOW)
    report_made(session, paying.batch.id, 8, actor=ACTOR, now=NOW)
    assert (live_units(session, first), live_units(session, last)) == (6, 2)
    assert session.scalars(select(Refund.amount_satang)).all() == [2 * PRICE]
    assert [box.units for box in boxes(session)] == [6, 2]
    assert told(session, "order.short") == 1


def test_an_all_or_nothing_order_that_falls_short_gets_its_fee_back_too(session: Session) -> None:
    paying = make_paying(session)
    add_order(session, paying, 6)
    whole = add_order(session, paying, 4, parcel=True, shortage=ShortageChoice.NOTHING)
    make_producing(session, paying)
    report_made(session, paying.batch.id, 9, actor=ACTOR, now=NOW)
    assert live_units(session, whole) == 0
    assert session.scalars(select(Refund.amount_satang)).all() == [4 * PRICE + 4000]
    assert [box.state for box in boxes(session)] == [
        ConsignmentState.WAITING, ConsignmentState.CANCELLED,
    ]  # fmt: skip


def test_nothing_made_stops_the_batch(session: Session) -> None:
    paying = make_paying(session)
    order = add_order(session, paying, 10, cash=True)
    make_producing(session, paying)
    report_made(session, paying.batch.id, 0, actor=ACTOR, now=NOW)
    assert state_of(session, paying.batch) == BatchState.STOPPED
    assert charge_of(session, order).state == "void"


@pytest.mark.parametrize("units", [-1, 11, 10**9])
def test_a_number_that_cannot_be_is_refused(session: Session, units: int) -> None:
    paying = make_paying(session)
    order = add_order(session, paying, 10)
    make_producing(session, paying)
    with pytest.raises(Refused, match="made_out_of_range"):
        report_made(session, paying.batch.id, units, actor=ACTOR, now=NOW)
    assert state_of(session, paying.batch) == BatchState.TO_MAKE
    assert live_units(session, order) == 10


def test_steps_cannot_be_jumped(session: Session) -> None:
    paying = make_paying(session)
    add_order(session, paying, 10)
    raise_and_pay(session, paying)
    with pytest.raises(Conflict):
        report_made(session, paying.batch.id, 10, actor=ACTOR, now=NOW)
    with pytest.raises(Conflict):
        report_packed(session, paying.batch.id, actor=ACTOR, now=NOW)
    with pytest.raises(Conflict):
        hand_over(session, paying.batch.id, actor=ACTOR, now=NOW)
    assert state_of(session, paying.batch) == BatchState.CONFIRMED


def test_another_number_after_the_report_conflicts(session: Session) -> None:
    paying = make_paying(session)
    add_order(session, paying, 10)
    make_producing(session, paying)
    report_made(session, paying.batch.id, 9, actor=ACTOR, now=NOW)
    with pytest.raises(Conflict):
        report_made(session, paying.batch.id, 10, actor=ACTOR, now=NOW)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("ef 1234-5678 9 th", "EF123456789TH"), ("", None), ("<b>", None), ("ก" * 9, None),
     ("x" * 31, None)],
)  # fmt: skip
def test_a_tracking_number_is_kept_in_one_spelling(typed: str, kept: str | None) -> None:
    assert tracking_number(typed) == kept
