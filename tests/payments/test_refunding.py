"""A refund's way: by the receipt it came with, as the buyer chooses, failing and going again."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from market.errors import Conflict, Refused
from market.orders.models import Order
from market.orders.rules import PayMethod
from market.payments.commands import (
    Incoming,
    Problem,
    choose_way,
    mark_failed,
    mark_refunded,
    raise_charges,
    receive,
    record_refund,
    refund_problem,
    spend,
    stop_batches,
)
from market.payments.credit import balance_of
from market.payments.lowering import Why
from market.payments.models import PaymentAttempt, Refund
from market.payments.queries.closing import todo
from market.payments.refunding import sendable, start_sending
from market.payments.rules import AccountKind, RefundState, ReleaseReason
from market.payments.sources import Source, split_refund
from market.payments.states import AttemptKind, AttemptState, RefundWay
from tests.factories.matching import NOW
from tests.factories.payments import (
    PRICE,
    Paying,
    add_order,
    charge_of,
    ledger,
    make_paying,
    pay,
)

TEN = 10 * PRICE
ACTOR = "user:1"


def one_refund(session: Session, *, card: bool = False) -> tuple[Paying, Refund]:
    paying = make_paying(session)
    order = add_order(session, paying, 10)
    order.pay_method = PayMethod.CARD if card else PayMethod.PROMPTPAY
    raise_charges(session, paying.round.id, now=NOW)
    if card:
        pay_by_card(session, order)
    else:
        pay(session, order)
    stop(session, paying)
    return paying, session.scalars(select(Refund)).one()


def pay_by_card(session: Session, order: Order) -> None:
    charge = charge_of(session, order)
    attempt = PaymentAttempt(
        charge_id=charge.id, kind=AttemptKind.CHECKOUT, method=PayMethod.CARD,
        state=AttemptState.SUCCEEDED, amount_satang=charge.amount_satang, created_at=NOW,
    )  # fmt: skip
    session.add(attempt)
    session.flush()
    money = Incoming(
        method=PayMethod.CARD, amount_satang=charge.amount_satang, account=AccountKind.PROVIDER,
        attempt_id=attempt.id,
    )  # fmt: skip
    receive(session, charge.id, money, actor="gateway", now=NOW)


def stop(session: Session, paying: Paying) -> None:
    why = Why(reason=ReleaseReason.STOPPED, actor="system", now=NOW)
    stop_batches(session, [paying.batch.id], why)


def test_a_transfer_waits_for_the_buyers_account(session: Session) -> None:
    _, refund = one_refund(session)
    assert (refund.state, refund.way) == (RefundState.NEEDS_DETAILS, None)
    choose_way(
        session, refund.id, RefundWay.BANK, promptpay="081-234-5678", name="สมศรี", actor=ACTOR,
        now=NOW,
    )  # fmt: skip
    assert (refund.state, refund.to_promptpay) == (RefundState.DUE, "0812345678")
    record_refund(session, refund.id, bank_reference="BACK1", actor=ACTOR, now=NOW)
    assert ledger(session) == {}


@pytest.mark.parametrize("number", ["", "12", "08123456789", "ก" * 10])
def test_a_number_that_promptpay_does_not_know_changes_nothing(
    session: Session, number: str
) -> None:
    _, refund = one_refund(session)
    with pytest.raises(Refused, match="promptpay_unreadable"):
        choose_way(
            session, refund.id, RefundWay.BANK, promptpay=number, name="สมศรี", actor=ACTOR, now=NOW
        )
    assert refund.state is RefundState.NEEDS_DETAILS


def test_store_credit_is_there_at_once_and_pays_the_next_order(session: Session) -> None:
    paying, refund = one_refund(session)
    choose_way(session, refund.id, RefundWay.CREDIT, actor=ACTOR, now=NOW)
    choose_way(session, refund.id, RefundWay.CREDIT, actor=ACTOR, now=NOW)
    buyer = session.get_one(Order, refund.order_id).buyer_id
    assert balance_of(session, buyer) == TEN
    other = make_paying(session)
    order = add_order(session, other, 12)
    order.buyer_id = buyer
    raise_charges(session, other.round.id, now=NOW)
    charge = charge_of(session, order)
    spend(session, charge.id, actor=ACTOR, now=NOW)
    assert (charge.received_satang, balance_of(session, buyer)) == (TEN, 0)
    with pytest.raises(Refused, match="no_credit"):
        spend(session, charge.id, actor=ACTOR, now=NOW)
    assert paying.round.id != other.round.id


def test_what_credit_paid_is_credit_again(session: Session) -> None:
    _, refund = one_refund(session)
    choose_way(session, refund.id, RefundWay.CREDIT, actor=ACTOR, now=NOW)
    other = make_paying(session)
    order = add_order(session, other, 10)
    order.buyer_id = buyer = session.get_one(Order, refund.order_id).buyer_id
    raise_charges(session, other.round.id, now=NOW)
    spend(session, charge_of(session, order).id, actor=ACTOR, now=NOW)
    stop(session, other)
    assert balance_of(session, buyer) == TEN


def test_a_card_is_paid_back_by_the_provider_once(session: Session) -> None:
    _, refund = one_refund(session, card=True)
    assert (refund.state, refund.way) == (RefundState.DUE, RefundWay.SOURCE)
    assert sendable(session) == [refund.id]
    assert start_sending(session, refund.id, now=NOW)
    assert sendable(session) == []
    with pytest.raises(Conflict, match="refund_on_its_way"):
        record_refund(session, refund.id, bank_reference="BACK1", actor=ACTOR, now=NOW)
    for _ in range(2):
        mark_refunded(session, refund.id, gateway_refund_id="re_1", actor="gateway", now=NOW)
    assert ledger(session) == {}


def test_a_card_is_no_way_to_cash_until_the_provider_could_not(session: Session) -> None:
    """A stolen card would be turned into money, and its owner's bank takes it back from us."""
    _, refund = one_refund(session, card=True)
    number = {"promptpay": "081-234-5678", "name": "สมศรี", "actor": ACTOR, "now": NOW}
    with pytest.raises(Refused, match="refund_to_card_first"):
        choose_way(session, refund.id, RefundWay.BANK, **number)
    assert (refund.state, refund.way, refund.to_promptpay) == (
        RefundState.DUE, RefundWay.SOURCE, None,
    )  # fmt: skip
    mark_failed(session, refund.id, "expired_card", now=NOW)
    for _ in range(2):  # a wrong number may be put right
        choose_way(session, refund.id, RefundWay.BANK, **number)
    assert (refund.state, refund.way) == (RefundState.DUE, RefundWay.BANK)


def test_a_refund_that_fails_after_all_is_owed_again(session: Session) -> None:
    _, refund = one_refund(session, card=True)
    start_sending(session, refund.id, now=NOW)
    mark_refunded(session, refund.id, gateway_refund_id="re_1", actor="gateway", now=NOW)
    mark_failed(session, refund.id, "expired_card", now=NOW)
    assert refund.state is RefundState.FAILED
    assert ledger(session) == {"provider": TEN, "refund": -TEN}
    choose_way(session, refund.id, RefundWay.SOURCE, actor=ACTOR, now=NOW)
    start_sending(session, refund.id, now=NOW)
    mark_refunded(session, refund.id, gateway_refund_id="re_2", actor="gateway", now=NOW)
    assert ledger(session) == {}


def test_a_transfer_cannot_go_back_through_the_provider(session: Session) -> None:
    _, refund = one_refund(session)
    with pytest.raises(Refused, match="refund_not_to_source"):
        choose_way(session, refund.id, RefundWay.SOURCE, actor=ACTOR, now=NOW)


def test_bad_goods_come_out_of_what_the_group_will_earn(session: Session) -> None:
    paying = make_paying(session)
    order = add_order(session, paying, 10)
    raise_charges(session, paying.round.id, now=NOW)
    pay(session, order)
    problem = Problem(order_id=order.id, batch_id=paying.batch.id, amount_satang=PRICE)
    refund_problem(session, problem, actor=ACTOR, now=NOW)
    refund_problem(session, problem, actor=ACTOR, now=NOW)
    assert ledger(session) == {"bank": TEN, "held": -8 * PRICE, "refund": -2 * PRICE}
    too_much = Problem(order_id=order.id, batch_id=paying.batch.id, amount_satang=9 * PRICE)
    with pytest.raises(Refused, match="refund_too_large"):
        refund_problem(session, too_much, actor=ACTOR, now=NOW)


def test_real_money_goes_back_before_credit() -> None:
    credit = Source(receipt_id=1, method=PayMethod.CREDIT, left_satang=300)
    card = Source(receipt_id=2, method=PayMethod.CARD, left_satang=200)
    cash = Source(receipt_id=3, method=PayMethod.CASH, left_satang=100)
    pieces = split_refund(450, [credit, card, cash])
    assert [(p.source.receipt_id, p.amount_satang) for p in pieces] == [
        (2, 200),
        (3, 100),
        (1, 150),
    ]
    assert sum(p.amount_satang for p in split_refund(1000, [credit, card, cash])) == 1000


def test_the_promise_starts_when_the_buyer_has_said_where_to(session: Session) -> None:
    _, refund = one_refund(session)
    later = NOW + timedelta(days=30)
    assert todo(session, now=later).refunds_late == 0
    choose_way(
        session, refund.id, RefundWay.BANK, promptpay="081-234-5678", name="สมศรี", actor=ACTOR,
        now=later,
    )  # fmt: skip
    assert refund.promised_by == later + timedelta(hours=24)
    assert todo(session, now=later + timedelta(hours=25)).refunds_late == 1
