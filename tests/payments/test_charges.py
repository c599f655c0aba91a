"""Charges raised once for what was confirmed, and what may pay them."""

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from market.errors import Conflict, NotFound, Refused
from market.notices.models import Notice
from market.orders.rules import ShortageChoice
from market.payments.commands import raise_charges, record_receipt, take_cash
from market.payments.models import Charge, LedgerEntry, PricePart, Receipt
from market.payments.rules import ChargeState
from market.rounds.commands import Terms, set_terms
from market.rounds.rules import RoundState
from tests.factories.matching import NOW
from tests.factories.payments import (
    PRICE,
    add_order,
    charge_of,
    ledger,
    live_units,
    make_paying,
    pay,
)


def count(session: Session, model: type) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


def test_an_order_is_charged_for_what_was_confirmed_and_the_fee(session: Session) -> None:
    paying = make_paying(session)
    order = add_order(session, paying, 10, confirmed=8, parcel=True)
    assert raise_charges(session, paying.round.id, now=NOW) == 1
    charge = charge_of(session, order)
    assert (charge.goods_satang, charge.fee_satang) == (8 * PRICE, 4000)
    assert charge.amount_satang == 8 * PRICE + 4000
    assert live_units(session, order) == 8
    assert session.scalars(select(PricePart.amount_satang)).all() == [8 * PRICE]


def test_an_order_of_which_nothing_was_confirmed_is_not_charged_its_fee(session: Session) -> None:
    paying = make_paying(session)
    add_order(session, paying, 10, confirmed=0, parcel=True)
    assert raise_charges(session, paying.round.id, now=NOW) == 0


def test_raising_twice_charges_and_tells_once(session: Session) -> None:
    paying = make_paying(session)
    add_order(session, paying, 10)
    raise_charges(session, paying.round.id, now=NOW)
    told = count(session, Notice)
    assert raise_charges(session, paying.round.id, now=NOW) == 0
    assert count(session, Charge) == 1
    assert count(session, Notice) == told == 2  # in-app and e-mail


def test_the_notice_carries_amount_time_and_a_way_in(session: Session) -> None:
    paying = make_paying(session)
    add_order(session, paying, 10)
    raise_charges(session, paying.round.id, now=NOW)
    notice = session.scalars(select(Notice).where(Notice.channel == "email")).first()
    assert notice is not None
    assert notice.event == "order.pay"
    assert notice.payload["amount_satang"] == 10 * PRICE
    assert notice.payload["link"].startswith("/l/")
    assert notice.payload["pay_by"] == paying.round.pay_by.isoformat()


def test_nothing_is_raised_before_the_round_is_paying(session: Session) -> None:
    paying = make_paying(session)
    add_order(session, paying, 10)
    paying.round.state = RoundState.CONFIRMING
    session.flush()
    assert raise_charges(session, paying.round.id, now=NOW) == 0
    assert count(session, Charge) == 0


def test_an_all_or_nothing_line_that_fell_short_costs_nothing(session: Session) -> None:
    paying = make_paying(session)
    order = add_order(session, paying, 10, confirmed=9, shortage=ShortageChoice.NOTHING)
    assert raise_charges(session, paying.round.id, now=NOW) == 0
    assert live_units(session, order) == 0


def test_a_receipt_pays_the_charge_and_is_in_the_books(session: Session) -> None:
    paying = make_paying(session)
    order = add_order(session, paying, 10)
    raise_charges(session, paying.round.id, now=NOW)
    pay(session, order)
    assert charge_of(session, order).state is ChargeState.PAID
    assert ledger(session) == {"bank": 10 * PRICE, "held": -10 * PRICE}


def test_the_same_receipt_twice_is_one(session: Session) -> None:
    paying = make_paying(session)
    order = add_order(session, paying, 10)
    raise_charges(session, paying.round.id, now=NOW)
    pay(session, order)
    pay(session, order)
    assert count(session, Receipt) == count(session, LedgerEntry) == 1


def refuse_receipt(session: Session, charge: Charge, **values: object) -> str:
    """The code of the refusal, which leaves the charge due and the books empty."""
    arguments = {"bank_reference": "KB1234", "amount_satang": charge.amount_satang}
    before = (count(session, Receipt), count(session, LedgerEntry), charge.state)
    with pytest.raises((Refused, Conflict)) as refusal:
        record_receipt(
            session,
            charge.id,
            actor="user:1",
            now=NOW,
            **(arguments | values),  # type: ignore[arg-type]
        )
    assert (count(session, Receipt), count(session, LedgerEntry), charge.state) == before
    return refusal.value.code


@pytest.mark.parametrize("difference", [-1, 1, 10**12, -10 * PRICE, -20 * PRICE])
def test_another_amount_is_refused_with_both_numbers(session: Session, difference: int) -> None:
    paying = make_paying(session)
    order = add_order(session, paying, 10)
    raise_charges(session, paying.round.id, now=NOW)
    charge = charge_of(session, order)
    assert (
        refuse_receipt(session, charge, amount_satang=charge.amount_satang + difference)
        == "amount_differs"
    )


@pytest.mark.parametrize("reference", ["", "x", "ก" * 9, "🙂" * 5, "a" * 10_000])
def test_a_reference_that_cannot_be_one_is_refused(session: Session, reference: str) -> None:
    paying = make_paying(session)
    order = add_order(session, paying, 10)
    raise_charges(session, paying.round.id, now=NOW)
    assert (
        refuse_receipt(session, charge_of(session, order), bank_reference=reference)
        == "bank_reference_unreadable"
    )


def test_a_reference_pays_once_ever(session: Session) -> None:
    paying = make_paying(session)
    first, second = add_order(session, paying, 10), add_order(session, paying, 10)
    raise_charges(session, paying.round.id, now=NOW)
    pay(session, first)
    assert (
        refuse_receipt(session, charge_of(session, second), bank_reference=f"ref-{first.id:06d}")
        == "bank_reference_used"
    )


def test_thai_digits_are_the_same_reference(session: Session) -> None:
    paying = make_paying(session)
    first, second = add_order(session, paying, 10), add_order(session, paying, 10)
    raise_charges(session, paying.round.id, now=NOW)
    charge = charge_of(session, first)
    record_receipt(
        session, charge.id, bank_reference="KB๑๒๓๔", amount_satang=charge.amount_satang,
        actor="user:1", now=NOW,
    )  # fmt: skip
    assert (
        refuse_receipt(session, charge_of(session, second), bank_reference="kb 1234")
        == "bank_reference_used"
    )


def test_a_second_receipt_for_a_paid_charge_conflicts(session: Session) -> None:
    paying = make_paying(session)
    order = add_order(session, paying, 10)
    raise_charges(session, paying.round.id, now=NOW)
    pay(session, order)
    assert refuse_receipt(session, charge_of(session, order)) == "charge_already_paid"


def test_an_expired_charge_takes_no_money(session: Session) -> None:
    paying = make_paying(session)
    order = add_order(session, paying, 10)
    raise_charges(session, paying.round.id, now=NOW)
    charge = charge_of(session, order)
    charge.state = ChargeState.EXPIRED
    session.flush()
    assert refuse_receipt(session, charge) == "charge_expired"


def test_cash_is_taken_once_and_lies_at_the_point(session: Session) -> None:
    paying = make_paying(session)
    order = add_order(session, paying, 10, cash=True)
    raise_charges(session, paying.round.id, now=NOW)
    assert take_cash(session, order.id, actor="user:1", now=NOW) == 10 * PRICE
    owner = session.scalar(text("SELECT owner FROM posting WHERE kind = 'cash'"))
    assert owner == f"point:{paying.point.id}"
    with pytest.raises(Conflict):
        take_cash(session, order.id, actor="user:1", now=NOW)
    assert ledger(session) == {"cash": 10 * PRICE, "held": -10 * PRICE}


def test_cash_is_refused_for_a_transfer_and_for_another_amount(session: Session) -> None:
    paying = make_paying(session)
    transfer = add_order(session, paying, 10)
    cash = add_order(session, paying, 10, cash=True)
    raise_charges(session, paying.round.id, now=NOW)
    with pytest.raises(Refused, match="charge_other_method"):
        take_cash(session, transfer.id, actor="user:1", now=NOW)
    with pytest.raises(Refused, match="amount_differs"):
        take_cash(session, cash.id, actor="user:1", now=NOW, amount_satang=PRICE)
    refuse_receipt(session, charge_of(session, cash))
    assert ledger(session) == {}


def test_an_order_without_a_charge_has_nothing_to_take_cash_for(session: Session) -> None:
    paying = make_paying(session)
    order = add_order(session, paying, 10, confirmed=0, cash=True)
    with pytest.raises(NotFound):
        take_cash(session, order.id, actor="user:1", now=NOW)


def test_a_groups_price_change_while_orders_are_open_changes_nothing(session: Session) -> None:
    paying = make_paying(session)
    order = add_order(session, paying, 10)
    with pytest.raises(Conflict, match="terms_are_frozen"):
        set_terms(
            session, paying.offer.id, Terms(capacity_units=100, price_satang=9 * PRICE),
            actor="user:1", now=NOW,
        )  # fmt: skip
    session.execute(text("UPDATE offer SET price_satang = price_satang * 9"))
    raise_charges(session, paying.round.id, now=NOW)
    assert charge_of(session, order).goods_satang == 10 * PRICE
