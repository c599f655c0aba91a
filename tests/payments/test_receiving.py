"""The one door for money: nothing that has arrived is refused, nothing counts twice."""

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from market.errors import Refused
from market.orders.rules import PayMethod
from market.payments.commands import Incoming, raise_charges, receive, record_receipt
from market.payments.ledger import reverse_entry
from market.payments.models import Charge, Receipt, Refund
from market.payments.receiving import Outcome
from market.payments.rules import AccountKind, ChargeState, RefundState
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


def one_due(session: Session) -> tuple[Paying, Charge]:
    paying = make_paying(session)
    order = add_order(session, paying, 10)
    raise_charges(session, paying.round.id, now=NOW)
    return paying, charge_of(session, order)


def bank(amount: int, reference: str = "KB1234") -> Incoming:
    return Incoming(
        method=PayMethod.PROMPTPAY, amount_satang=amount, account=AccountKind.BANK,
        bank_reference=reference,
    )  # fmt: skip


def come_in(session: Session, charge: Charge, amount: int, reference: str = "KB1234") -> str:
    received = receive(session, charge.id, bank(amount, reference), actor="user:1", now=NOW)
    session.refresh(charge)
    return str(received.outcome)


def count(session: Session, model: type) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


def test_two_transfers_pay_one_charge(session: Session) -> None:
    _, charge = one_due(session)
    assert come_in(session, charge, 3 * PRICE, "A111") == Outcome.PARTLY
    assert (charge.state, charge.received_satang) == (ChargeState.DUE, 3 * PRICE)
    assert come_in(session, charge, 7 * PRICE, "A222") == Outcome.PAID
    assert (charge.state, charge.received_satang) == (ChargeState.PAID, TEN)
    assert ledger(session) == {"bank": TEN, "held": -TEN}


def test_the_same_money_again_changes_nothing(session: Session) -> None:
    _, charge = one_due(session)
    come_in(session, charge, TEN)
    before = ledger(session), count(session, Receipt)
    assert come_in(session, charge, TEN) == Outcome.AGAIN
    assert (ledger(session), count(session, Receipt)) == before


def test_too_much_is_owed_back_at_once(session: Session) -> None:
    _, charge = one_due(session)
    assert come_in(session, charge, TEN + 500) == Outcome.PAID
    refund = session.scalars(select(Refund)).one()
    assert (refund.amount_satang, refund.state) == (500, RefundState.NEEDS_DETAILS)
    assert refund.promised_by is not None
    assert ledger(session) == {"bank": TEN + 500, "held": -TEN, "refund": -500}


@pytest.mark.parametrize("state", [ChargeState.EXPIRED, ChargeState.VOID])
def test_money_for_a_charge_that_is_over_is_booked_and_owed_back(
    session: Session, state: ChargeState
) -> None:
    _, charge = one_due(session)
    charge.state = state
    session.flush()
    assert come_in(session, charge, TEN) == Outcome.EXCESS
    assert charge.state is state
    assert ledger(session) == {"bank": TEN, "refund": -TEN}


def test_paid_twice_by_two_transfers_is_owed_back_once(session: Session) -> None:
    _, charge = one_due(session)
    come_in(session, charge, TEN, "A111")
    assert come_in(session, charge, TEN, "A222") == Outcome.EXCESS
    assert come_in(session, charge, TEN, "A222") == Outcome.AGAIN
    assert session.scalars(select(Refund.amount_satang)).all() == [TEN]


@pytest.mark.parametrize("amount", [0, -1, -TEN, 10**12])
def test_what_is_no_money_is_refused(session: Session, amount: int) -> None:
    _, charge = one_due(session)
    with pytest.raises(Refused, match="not_an_amount"):
        come_in(session, charge, amount)
    assert ledger(session) == {}
    assert count(session, Receipt) == 0


def test_a_person_who_is_sure_records_late_money(session: Session) -> None:
    _, charge = one_due(session)
    charge.state = ChargeState.EXPIRED
    session.flush()
    record_receipt(
        session, charge.id, bank_reference="LATE1", amount_satang=TEN, actor="user:1", now=NOW,
        sure=True,
    )  # fmt: skip
    assert ledger(session) == {"bank": TEN, "refund": -TEN}


def test_an_entry_is_undone_by_its_mirror_once(session: Session) -> None:
    paying, _ = one_due(session)
    pay(session, paying.orders[0])
    cause = f"receipt:{session.scalar(select(Receipt.id))}"
    assert reverse_entry(session, cause, "typed wrong", at=NOW) is not None
    assert reverse_entry(session, cause, "typed wrong", at=NOW) is None
    assert ledger(session) == {}
