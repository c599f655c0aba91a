"""Locks that do not stop what only refers to a row."""

import threading

from flask import Flask

from market.db import lock, transaction
from market.payments.ledger import debit_credit, post_entry
from market.payments.rules import AccountKind
from market.rounds.models import Round
from tests.factories.rounds import NOON, make_round


def test_money_is_booked_while_a_sweep_holds_its_round(committed: Flask) -> None:
    with transaction() as session:
        round_id = make_round(session)
    booked = threading.Event()

    def book() -> None:
        with committed.app_context(), transaction() as session:
            legs = debit_credit(AccountKind.BANK, AccountKind.HELD, 100, credit_owner="order:1")
            post_entry(session, "receipt:1", legs, at=NOON, memo="received", round_id=round_id)
        booked.set()

    with transaction() as session:
        lock(session, Round, round_id)
        person = threading.Thread(target=book)
        person.start()
        assert booked.wait(10), "the entry waits for the round's lock: a deadlock with the sweep"
    person.join()
