"""Two people at the desk at once: one transfer is one receipt, whoever presses first."""

import threading

import pytest
from sqlalchemy import select, text

from market.db import db, transaction
from market.errors import MarketError
from market.payments.bank_lines import accept_line
from market.payments.charges import raise_charges
from market.payments.models import BankLine, BankStatement, Receipt, Slip
from market.payments.reporting import (
    NewReport,
    agree_problem,
    decline_problem,
    report_problem,
)
from market.payments.slips import accept_slip
from market.payments.states import ProblemKind
from tests.factories.matching import NOW
from tests.factories.payments import add_order, charge_of, make_paying
from tests.payments.test_problems import received, the_report, told

DESK = {"actor": "user:1", "now": NOW}


def prepared():
    """A due order with a slip, and a bank line that carries the slip's reference."""
    with transaction() as session:
        paying = make_paying(session)
        order = add_order(session, paying, 10)
        raise_charges(session, paying.round.id, now=NOW)
        charge_id = charge_of(session, order).id
        slip = Slip(charge_id=charge_id, file_hash="1" * 64, trans_ref="KB777", sent_at=NOW)
        statement = BankStatement(
            file_hash="1", name="s.csv", lines=1, imported_at=NOW, imported_by="user:1"
        )
        session.add_all([slip, statement])
        session.flush()
        line = BankLine(
            statement_id=statement.id, row=2, booked_on=NOW.date(), amount_satang=70000,
            reference="KB777",
        )  # fmt: skip
        session.add(line)
        session.flush()
        return charge_id, slip.id, line.id


def at_once(app, *acts):
    """Each act in a thread and a transaction of its own; what became of them."""
    go, ended = threading.Barrier(len(acts)), []

    def run(act):
        with app.app_context():
            go.wait()
            try:
                with transaction() as session:
                    act(session)
                ended.append("done")
            except MarketError as refusal:
                ended.append(refusal.code)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return sorted(ended)


@pytest.mark.parametrize("kind", ["two slips", "slip and line", "two lines"])
def test_one_transfer_is_one_receipt(committed, kind):
    charge_id, slip_id, line_id = prepared()

    def slip(session):
        accept_slip(session, slip_id, amount_satang=70000, **DESK)

    def line(session):
        accept_line(session, line_id, charge_id, **DESK)

    acts = {"two slips": (slip, slip), "slip and line": (slip, line), "two lines": (line, line)}

    assert at_once(committed, *acts[kind]) == ["done", "done"]

    assert len(db.session.scalars(select(Receipt)).all()) == 1
    bank = db.session.scalar(text("SELECT sum(amount_satang) FROM posting WHERE kind = 'bank'"))
    assert bank == 70000


@pytest.mark.parametrize("amounts", [(7000, None), (7000, 14000), (7000, 7000)])
def test_one_problem_is_decided_once(committed, amounts):
    with transaction() as session:
        paying = received(session)
        told(session, paying)
        problem_id = the_report(session).id

    def decide(amount):
        if amount is None:
            return lambda session: decline_problem(session, problem_id, "ไม่", **DESK)
        return lambda session: agree_problem(session, problem_id, amount, "ส่วนหนึ่ง", **DESK)

    ended = at_once(committed, *map(decide, amounts))

    same = amounts[0] == amounts[1]
    assert ended == (["done", "done"] if same else ["done", "problem_decided"])
    given = db.session.scalar(text("SELECT coalesce(sum(amount_satang), 0) FROM refund"))
    agreed = db.session.scalar(
        text("SELECT coalesce(sum(amount_satang), 0) FROM problem_report WHERE state = 'agreed'")
    )
    assert given == agreed


def test_a_report_sent_twice_at_once_is_one(committed):
    with transaction() as session:
        paying = received(session)
        number, line, batch = paying.orders[0].number, paying.lines[0].id, paying.batch.id
    report = NewReport(line_id=line, batch_id=batch, kind=ProblemKind.OTHER, words="แตก")

    def send(session):
        report_problem(session, number, report, actor="guest", now=NOW)

    assert at_once(committed, send, send) == ["done", "done"]

    assert db.session.scalar(text("SELECT count(*) FROM problem_report")) == 1
