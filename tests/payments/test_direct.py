"""Groups that buyers pay directly: shares that add up, and no second payout."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from market.errors import Refused
from market.matching.rules import BatchState
from market.orders.models import Order
from market.payments.commands import (
    earn_delivered,
    net_direct,
    owe_payouts,
    raise_charges,
    record_receipt,
    spend,
)
from market.payments.drops import stop_batches
from market.payments.lowering import Why
from market.payments.models import ChargeShare, Receipt, Refund
from market.payments.refunding import choose_way
from market.payments.rules import ChargeState, ReleaseReason
from market.payments.states import RefundWay
from tests.factories.matching import NOW
from tests.factories.payments import PRICE, Paying, add_order, charge_of, ledger, make_paying

TEN = 10 * PRICE
FEE = 4000


def make_direct(session: Session) -> tuple[Paying, Order]:
    paying = make_paying(session)
    paying.round.payee = "groups"
    order = add_order(session, paying, 10, parcel=True)
    raise_charges(session, paying.round.id, now=NOW)
    return paying, order


def transfer(
    session: Session, order: Order, reference: str, amount: int, group: int | None
) -> None:
    record_receipt(
        session, charge_of(session, order).id, bank_reference=reference, amount_satang=amount,
        group_id=group, actor="user:1", now=NOW,
    )  # fmt: skip


def test_a_charge_is_shared_between_the_groups_and_the_market(session: Session) -> None:
    paying, _ = make_direct(session)
    rows = session.execute(select(ChargeShare.group_id, ChargeShare.amount_satang)).all()
    assert dict(map(tuple, rows)) == {paying.group.id: TEN, None: FEE}


def test_it_is_paid_when_every_share_is(session: Session) -> None:
    paying, order = make_direct(session)
    transfer(session, order, "GRP1", TEN, paying.group.id)
    assert charge_of(session, order).state is ChargeState.DUE
    with pytest.raises(Refused, match="amount_differs"):
        transfer(session, order, "GRP2", TEN, paying.group.id)
    transfer(session, order, "MKT1", FEE, None)
    assert charge_of(session, order).state is ChargeState.PAID
    assert ledger(session) == {"with_group": TEN, "bank": FEE, "held": -TEN - FEE}


def test_what_a_group_has_is_not_paid_out_again(session: Session) -> None:
    paying, order = make_direct(session)
    transfer(session, order, "GRP1", TEN, paying.group.id)
    transfer(session, order, "MKT1", FEE, None)
    paying.batch.state = BatchState.DELIVERED
    session.flush()
    earn_delivered(session, [paying.batch.id], now=NOW)
    assert net_direct(session, paying.round.id, now=NOW) == 1
    assert net_direct(session, paying.round.id, now=NOW) == 0
    assert owe_payouts(session, paying.round.id, now=NOW) == 0
    assert ledger(session) == {"bank": FEE, "held": -FEE}


def test_what_a_group_has_is_no_store_credit_of_the_market(session: Session) -> None:
    paying, order = make_direct(session)
    transfer(session, order, "GRP1", TEN, paying.group.id)
    transfer(session, order, "MKT1", FEE, None)
    why = Why(reason=ReleaseReason.STOPPED, actor="system", now=NOW)
    stop_batches(session, [paying.batch.id], why)
    held_by = {
        session.get_one(Receipt, refund.receipt_id or 0).group_id: refund
        for refund in session.scalars(select(Refund))
    }
    with pytest.raises(Refused, match="refund_with_group"):
        choose_way(session, held_by[paying.group.id].id, RefundWay.CREDIT, actor="guest", now=NOW)
    assert "credit" not in ledger(session)
    choose_way(session, held_by[None].id, RefundWay.CREDIT, actor="guest", now=NOW)
    assert ledger(session)["credit"] == -FEE


def test_store_credit_cannot_pay_somebody_elses_group(session: Session) -> None:
    _, order = make_direct(session)
    with pytest.raises(Refused, match="credit_not_with_groups"):
        spend(session, charge_of(session, order).id, actor="user:1", now=NOW)
