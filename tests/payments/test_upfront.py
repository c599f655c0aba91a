"""Rounds paid with the order: the ceiling first, what it did not cost goes back unasked."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from market.errors import Refused
from market.matching.commands import start_run
from market.orders.commands import cancel_order, change_lines
from market.orders.models import Order, OrderLine
from market.orders.rules import PayMethod
from market.payments.commands import advance_upfront, raise_charges
from market.payments.models import Refund
from market.payments.rules import ChargeState
from market.rounds.models import RoundOffer
from market.rounds.rules import RoundState
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

CEILING = 9000


def make_upfront(session: Session) -> Paying:
    """An OPEN round that is paid with the order."""
    paying = make_paying(session)
    paying.round.pay_policy = "upfront"
    paying.round.pay_methods = ["promptpay"]
    paying.round.state = RoundState.OPEN
    paying.round.closes_at = NOW + timedelta(hours=12)
    session.flush()
    return paying


def order_of(session: Session, paying: Paying, units: int, confirmed: int) -> Order:
    order = add_order(session, paying, units, confirmed=confirmed)
    offer = session.get_one(RoundOffer, paying.offer.id)
    offer.reserved_units += units
    session.flush()
    session.execute(
        text("INSERT INTO reservation VALUES (:line, :offer, :units)"),
        {"line": paying.lines[-1].id, "offer": offer.id, "units": units},
    )
    return order


def confirm(session: Session, paying: Paying) -> None:
    paying.round.state = RoundState.PAYING
    session.flush()
    raise_charges(session, paying.round.id, now=NOW)


def reserved(session: Session, paying: Paying) -> int:
    return (
        session.scalar(select(RoundOffer.reserved_units).where(RoundOffer.id == paying.offer.id))
        or 0
    )


def test_the_ceiling_is_charged_with_the_order_and_the_rest_goes_back(session: Session) -> None:
    paying = make_upfront(session)
    order = order_of(session, paying, 10, confirmed=8)
    advance_upfront(session, paying.round.id, now=NOW)
    charge = charge_of(session, order)
    assert (charge.amount_satang, charge.state) == (10 * CEILING, ChargeState.DUE)
    assert charge.pay_by == NOW + timedelta(hours=1)
    pay(session, order)
    confirm(session, paying)
    back = 10 * CEILING - 8 * PRICE
    assert session.scalars(select(Refund.amount_satang)).all() == [back]
    assert ledger(session) == {
        "bank": 10 * CEILING, "held": -8 * PRICE, "refund": -back,
    }  # fmt: skip


def test_an_order_of_which_nothing_is_made_gets_all_of_it_back(session: Session) -> None:
    paying = make_upfront(session)
    order = order_of(session, paying, 10, confirmed=0)
    advance_upfront(session, paying.round.id, now=NOW)
    pay(session, order)
    confirm(session, paying)
    assert ledger(session) == {"bank": 10 * CEILING, "refund": -10 * CEILING}
    confirm(session, paying)
    assert len(session.scalars(select(Refund)).all()) == 1


def test_who_does_not_pay_in_time_gives_the_units_back(session: Session) -> None:
    paying = make_upfront(session)
    order = order_of(session, paying, 10, confirmed=0)
    advance_upfront(session, paying.round.id, now=NOW)
    assert reserved(session, paying) == 10
    advance_upfront(session, paying.round.id, now=NOW + timedelta(hours=2))
    session.refresh(order)
    assert order.state == "cancelled"
    assert charge_of(session, order).state is ChargeState.EXPIRED
    assert reserved(session, paying) == 0


def test_an_unpaid_order_takes_no_part_in_the_match(session: Session) -> None:
    paying = make_upfront(session)
    paid, unpaid = (order_of(session, paying, 10, confirmed=0) for _ in range(2))
    advance_upfront(session, paying.round.id, now=NOW)
    pay(session, paid)
    session.execute(text("UPDATE match_run SET state = 'failed'"))
    paying.round.state = RoundState.CLOSED
    session.flush()
    assert start_run(session, paying.round.id, params={}, now=NOW) is not None
    assert session.scalar(text("SELECT sum(units) FROM demand_cell")) == 10
    session.refresh(unpaid)
    session.refresh(paid)
    assert (unpaid.state, paid.state) == ("cancelled", "placed")


def test_money_that_comes_after_the_match_began_goes_back_whole(session: Session) -> None:
    paying = make_upfront(session)
    order = order_of(session, paying, 10, confirmed=0)
    advance_upfront(session, paying.round.id, now=NOW)
    session.execute(text("UPDATE match_run SET state = 'failed'"))
    paying.round.state = RoundState.CLOSED
    session.flush()
    start_run(session, paying.round.id, params={}, now=NOW)
    pay(session, order)
    advance_upfront(session, paying.round.id, now=NOW)
    assert ledger(session) == {"bank": 10 * CEILING, "refund": -10 * CEILING}


@pytest.mark.parametrize("how", ["order", "round"])
def test_what_is_cancelled_before_the_match_is_paid_back(session: Session, how: str) -> None:
    paying = make_upfront(session)
    order = order_of(session, paying, 10, confirmed=0)
    advance_upfront(session, paying.round.id, now=NOW)
    pay(session, order)
    if how == "order":
        cancel_order(session, order.id, actor="user:1", now=NOW)
    else:
        paying.round.state = RoundState.CANCELLED
        session.flush()
    for _ in range(2):
        advance_upfront(session, paying.round.id, now=NOW)
    assert ledger(session) == {"bank": 10 * CEILING, "refund": -10 * CEILING}


def test_a_paid_order_is_not_changed_any_more(session: Session) -> None:
    paying = make_upfront(session)
    order = order_of(session, paying, 10, confirmed=0)
    advance_upfront(session, paying.round.id, now=NOW)
    pay(session, order)
    session.refresh(order)
    line = session.scalars(select(OrderLine).where(OrderLine.order_id == order.id)).one()
    with pytest.raises(Refused, match="order_is_paid"):
        change_lines(session, order.id, {line.id: 2}, version=order.version, actor="x", now=NOW)
    assert order.pay_method is PayMethod.PROMPTPAY
