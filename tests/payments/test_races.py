"""Two treasurers at once, two desks at once: real threads, real commits."""

from __future__ import annotations

import threading
from collections.abc import Callable

from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from market.db import db, transaction
from market.errors import MarketError
from market.fulfilment.commands import receive_order
from market.orders.rules import PayMethod
from market.payments.commands import Incoming, raise_charges, receive, record_receipt, spend
from market.payments.ledger import debit_credit, post_entry
from market.payments.rules import AccountKind
from tests.factories.fulfilment import make_arrived, make_producing
from tests.factories.matching import NOW
from tests.factories.payments import PRICE, Paying, add_order, charge_of, make_paying


def at_once(app: Flask, jobs: list[Callable[[Session], object]]) -> list[str]:
    """Run the jobs in threads that start together; each one's refusal, or 'done'."""
    gate, results = threading.Barrier(len(jobs)), ["died"] * len(jobs)

    def run(index: int, job: Callable[[Session], object]) -> None:
        with app.app_context():
            try:
                with transaction() as session:
                    session.execute(text("SELECT 1"))
                    gate.wait(10)
                    job(session)
                results[index] = "done"
            except MarketError as refusal:
                results[index] = refusal.code
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return sorted(results)


def one(query: str) -> int:
    with transaction() as session:
        return int(session.execute(text(query)).scalar_one())


def two_due(*, cash: bool = False) -> tuple[Paying, list[int]]:
    with transaction() as session:
        paying = make_paying(session)
        for _ in range(2):
            add_order(session, paying, 10, cash=cash)
        raise_charges(session, paying.round.id, now=NOW)
        return paying, [charge_of(session, order).id for order in paying.orders]


def receipt(charge_id: int, reference: str) -> Callable[[Session], object]:
    return lambda session: record_receipt(
        session, charge_id, bank_reference=reference, amount_satang=10 * PRICE,
        actor="user:1", now=NOW,
    )  # fmt: skip


def test_one_reference_at_once_for_two_charges_pays_one(committed: Flask) -> None:
    _, (first, second) = two_due()
    results = at_once(committed, [receipt(first, "KB1234"), receipt(second, "KB1234")])
    assert results == ["bank_reference_used", "done"]
    assert one("SELECT count(*) FROM receipt") == 1
    assert one("SELECT sum(amount_satang) FROM posting WHERE kind = 'bank'") == 10 * PRICE


def test_two_treasurers_at_once_on_one_charge_record_once(committed: Flask) -> None:
    _, (first, _) = two_due()
    results = at_once(committed, [receipt(first, "KB1234"), receipt(first, "KB9999")])
    assert results == ["charge_already_paid", "done"]
    assert one("SELECT count(*) FROM receipt") == 1


def test_two_desks_at_once_hand_an_order_out_once(committed: Flask) -> None:
    paying, _ = two_due(cash=True)
    with transaction() as session:
        make_producing(session, paying)
        make_arrived(session, paying)
    point, code = paying.point.id, paying.orders[0].pickup_code

    def take(session: Session) -> object:
        return receive_order(session, point, code, actor="user:1", now=NOW)

    assert at_once(committed, [take, take]) == ["already_received", "done"]
    assert one("SELECT sum(amount_satang) FROM posting WHERE kind = 'cash'") == 10 * PRICE


def test_the_last_two_orders_taken_at_once_close_their_box(committed: Flask) -> None:
    paying, _ = two_due(cash=True)
    with transaction() as session:
        make_producing(session, paying)
        make_arrived(session, paying)
    point = paying.point.id
    codes = [order.pickup_code for order in paying.orders]
    jobs = [
        lambda session, code=code: receive_order(session, point, code, actor="user:1", now=NOW)
        for code in codes
    ]
    assert at_once(committed, jobs) == ["done", "done"]
    assert one("SELECT count(*) FROM consignment WHERE state = 'received'") == 1


def test_two_windows_cannot_spend_one_credit_twice(committed: Flask) -> None:
    paying, charges = two_due()
    with transaction() as session:
        buyer = paying.orders[0].buyer_id
        session.execute(
            text("UPDATE orders SET buyer_id = :buyer WHERE id = :id"),
            {"buyer": buyer, "id": paying.orders[1].id},
        )
        legs = debit_credit(
            AccountKind.LOSS, AccountKind.CREDIT, 10 * PRICE, credit_owner=f"buyer:{buyer}"
        )
        post_entry(session, "gift:1", legs, at=NOW, memo="gift", round_id=None)
    jobs = [
        lambda session, charge=charge: spend(session, charge, actor="user:1", now=NOW)
        for charge in charges
    ]
    assert at_once(committed, jobs) == ["done", "no_credit"]
    assert one("SELECT sum(amount_satang) FROM posting WHERE kind = 'credit'") == 0


def test_one_transfer_seen_by_two_at_once_is_received_once(committed: Flask) -> None:
    _, (first, _) = two_due()
    money = Incoming(
        method=PayMethod.PROMPTPAY, amount_satang=10 * PRICE, account=AccountKind.BANK,
        bank_reference="KB1234",
    )  # fmt: skip
    jobs = [lambda session: receive(session, first, money, actor="user:1", now=NOW)] * 2
    assert at_once(committed, jobs) == ["done", "done"]
    assert one("SELECT count(*) FROM receipt") == 1
