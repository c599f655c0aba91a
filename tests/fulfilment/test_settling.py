"""Delivered goods become money for their makers, and the round comes to its end."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from market.errors import Conflict, Refused
from market.fulfilment.commands import (
    arrive_at_point,
    receive_order,
    report_made,
    settle_round,
)
from market.fulfilment.models import RoundSummary
from market.matching.rules import BatchState
from market.notices.models import Notice
from market.payments.commands import deposit_cash, record_payout, record_refund
from market.payments.models import Payout, Refund
from market.payments.queries import books_of
from market.payments.rules import PayoutState, RefundState
from market.rounds.rules import RoundState
from tests.factories.fulfilment import (
    ACTOR,
    boxes,
    make_arrived,
    make_handed_over,
    make_producing,
)
from tests.factories.matching import NOW
from tests.factories.payments import (
    PRICE,
    Paying,
    add_batch,
    add_line,
    add_order,
    charge_of,
    ledger,
    live_units,
    make_paying,
    state_of,
)

COST = 4500


def settle(session: Session, paying: Paying, after: timedelta = timedelta(0)) -> None:
    settle_round(session, paying.round.id, now=NOW + after)


def collect(session: Session, paying: Paying) -> None:
    for order in paying.orders:
        receive_order(session, paying.point.id, order.pickup_code, actor=ACTOR, now=NOW)


def delivered(session: Session, *, cash: bool = False) -> Paying:
    paying = make_paying(session)
    add_order(session, paying, 10, cash=cash)
    make_producing(session, paying)
    make_arrived(session, paying)
    collect(session, paying)
    settle(session, paying)
    return paying


def payout(session: Session) -> Payout:
    return session.scalars(select(Payout).execution_options(populate_existing=True)).one()


def test_what_everybody_took_is_delivered_at_once(session: Session) -> None:
    paying = delivered(session)
    assert state_of(session, paying.batch) == BatchState.DELIVERED
    assert state_of(session, paying.round) == RoundState.DELIVERING
    assert (payout(session).amount_satang, payout(session).state) == (10 * PRICE, PayoutState.DUE)
    assert ledger(session) == {"bank": 10 * PRICE, "group": -10 * PRICE}
    settle(session, paying)
    assert session.scalar(select(func.count()).select_from(Payout)) == 1


def test_the_round_completes_when_the_groups_are_paid(session: Session) -> None:
    paying = delivered(session)
    record_payout(session, payout(session).id, bank_reference="OUT1234", actor=ACTOR, now=NOW)
    record_payout(session, payout(session).id, bank_reference="out 1234", actor=ACTOR, now=NOW)
    assert state_of(session, paying.batch) == BatchState.PAID_OUT
    settle(session, paying)
    assert state_of(session, paying.round) == RoundState.COMPLETED
    summary = session.scalars(select(RoundSummary)).one()
    assert (summary.planned_units, summary.made_units, summary.delivered_units) == (10, 10, 10)
    assert summary.income_satang == 10 * PRICE
    assert summary.surplus_satang == 10 * (PRICE - COST)
    assert ledger(session) == {}
    books = books_of(session, paying.round.id)
    assert books.adds_up
    assert (books.taken, books.earned, books.paid_out) == (10 * PRICE,) * 3
    query = select(func.count()).select_from(Notice).where(Notice.event == "payout.paid")
    assert session.scalar(query) == 2  # in-app and e-mail


def test_fetched_goods_wait_for_their_window(session: Session) -> None:
    paying = make_paying(session, storage="chilled")
    add_order(session, paying, 10)
    make_producing(session, paying)
    make_arrived(session, paying)
    settle(session, paying, timedelta(hours=23))
    assert state_of(session, paying.batch) == BatchState.HANDED_OVER
    assert state_of(session, paying.round) == RoundState.DELIVERING
    settle(session, paying, timedelta(hours=24))
    assert state_of(session, paying.batch) == BatchState.DELIVERED


def test_goods_that_keep_wait_a_week(session: Session) -> None:
    paying = make_paying(session)
    add_order(session, paying, 10)
    make_producing(session, paying)
    make_arrived(session, paying)
    settle(session, paying, timedelta(days=6))
    assert state_of(session, paying.batch) == BatchState.HANDED_OVER
    settle(session, paying, timedelta(days=7))
    assert state_of(session, paying.batch) == BatchState.DELIVERED


def test_a_box_that_never_arrived_is_not_delivered(session: Session) -> None:
    paying = make_paying(session)
    add_order(session, paying, 10)
    make_producing(session, paying)
    make_handed_over(session, paying.batch)
    settle(session, paying, timedelta(days=60))
    assert state_of(session, paying.batch) == BatchState.HANDED_OVER


def test_a_parcel_counts_as_received_after_a_week(session: Session) -> None:
    paying = make_paying(session)
    add_order(session, paying, 10, parcel=True)
    make_producing(session, paying)
    make_handed_over(session, paying.batch)
    settle(session, paying, timedelta(days=6))
    assert boxes(session)[0].state == "handed_over"
    settle(session, paying, timedelta(days=7))
    assert boxes(session)[0].state == "received"
    assert ledger(session) == {
        "bank": 10 * PRICE + 4000, "group": -10 * PRICE, "delivery": -4000,
    }  # fmt: skip


def test_cash_nobody_brought_is_no_income(session: Session) -> None:
    paying = make_paying(session)
    order = add_order(session, paying, 10, cash=True)
    make_producing(session, paying)
    make_arrived(session, paying)
    settle(session, paying, timedelta(days=7))
    assert charge_of(session, order).state == "void"
    assert live_units(session, order) == 0
    assert state_of(session, paying.batch) == BatchState.PAID_OUT
    assert state_of(session, paying.round) == RoundState.COMPLETED
    assert ledger(session) == {}


def test_cash_for_goods_still_coming_is_waited_for(session: Session) -> None:
    paying = make_paying(session)
    order = add_order(session, paying, 10, cash=True)
    add_line(session, paying, order, add_batch(session, paying), 5)
    make_producing(session, paying)
    make_arrived(session, paying)
    settle(session, paying, timedelta(days=30))
    assert state_of(session, paying.batch) == BatchState.HANDED_OVER
    assert charge_of(session, order).state == "due"


def test_a_group_is_paid_once_for_all_its_batches(session: Session) -> None:
    paying = make_paying(session)
    order = add_order(session, paying, 10)
    second = add_batch(session, paying)
    second.group_id = paying.group.id
    add_line(session, paying, order, second, 5)
    make_producing(session, paying)
    make_arrived(session, paying)
    collect(session, paying)
    settle(session, paying)
    assert session.scalar(select(func.count()).select_from(Payout)) == 0
    make_handed_over(session, second)
    paying.batch = second
    arrive_at_point(session, paying.point.id, actor=ACTOR, now=NOW)
    collect(session, paying)
    settle(session, paying)
    assert payout(session).amount_satang == 15 * PRICE


def test_cash_must_reach_the_bank_before_it_is_paid_out(session: Session) -> None:
    paying = delivered(session, cash=True)
    with pytest.raises(Refused, match="bank_too_low"):
        record_payout(session, payout(session).id, bank_reference="OUT1234", actor=ACTOR, now=NOW)
    assert payout(session).state is PayoutState.DUE
    with pytest.raises(Refused, match="cash_not_there"):
        deposit(session, paying, 10 * PRICE + 1)
    deposit(session, paying, 10 * PRICE)
    deposit(session, paying, 10 * PRICE)
    assert ledger(session) == {"bank": 10 * PRICE, "group": -10 * PRICE}
    record_payout(session, payout(session).id, bank_reference="OUT1234", actor=ACTOR, now=NOW)
    assert ledger(session) == {}


def deposit(session: Session, paying: Paying, amount: int) -> None:
    deposit_cash(
        session, point_id=paying.point.id, amount_satang=amount, bank_reference="DEP1234",
        actor=ACTOR, now=NOW,
    )  # fmt: skip


def test_another_reference_for_a_paid_payout_conflicts(session: Session) -> None:
    delivered(session)
    record_payout(session, payout(session).id, bank_reference="OUT1234", actor=ACTOR, now=NOW)
    with pytest.raises(Conflict, match="already_paid_out"):
        record_payout(session, payout(session).id, bank_reference="OUT9999", actor=ACTOR, now=NOW)
    assert payout(session).bank_reference == "OUT1234"


def test_a_refund_goes_back_once_and_is_told(session: Session) -> None:
    paying = make_paying(session)
    add_order(session, paying, 10)
    make_producing(session, paying)
    report_made(session, paying.batch.id, 8, actor=ACTOR, now=NOW)
    refund = session.scalars(select(Refund)).one()
    record_refund(session, refund.id, bank_reference="BACK1234", actor=ACTOR, now=NOW)
    record_refund(session, refund.id, bank_reference="BACK1234", actor=ACTOR, now=NOW)
    assert refund.state is RefundState.PAID
    assert ledger(session) == {"bank": 8 * PRICE, "held": -8 * PRICE}
    assert books_of(session, paying.round.id).adds_up


def test_two_refunds_never_share_a_reference(session: Session) -> None:
    paying = make_paying(session)
    add_order(session, paying, 5)
    add_order(session, paying, 5)
    make_producing(session, paying)
    report_made(session, paying.batch.id, 0, actor=ACTOR, now=NOW)
    first, second = session.scalars(select(Refund).order_by(Refund.id)).all()
    record_refund(session, first.id, bank_reference="BACK1234", actor=ACTOR, now=NOW)
    with pytest.raises(Refused, match="bank_reference_used"):
        record_refund(session, second.id, bank_reference="BACK1234", actor=ACTOR, now=NOW)
    session.refresh(second)
    assert second.state is not RefundState.PAID
    assert ledger(session) == {"bank": 5 * PRICE, "refund": -5 * PRICE}
