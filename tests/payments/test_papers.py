"""Papers: frozen, gapless, adding up; genuine or not at a glance."""

import threading
from datetime import UTC, datetime

import pytest
from sqlalchemy import select, text

from market.db import db, transaction
from market.fulfilment.commands import receive_order, report_made, settle_round
from market.money import baht_words
from market.payments.charges import raise_charges
from market.payments.drafts import receipts_due, refund_notes_due, statements_due
from market.payments.models import Paper, Payout, Refund
from market.payments.papers import Draft, issue, issue_many
from market.payments.payouts import record_payout
from market.payments.refunding import record_refund
from market.payments.states import PaperKind
from tests.factories.accounts import browser_of
from tests.factories.fulfilment import make_arrived, make_producing
from tests.factories.matching import NOW
from tests.factories.payments import add_order, make_paying, raise_and_pay


def papers(session):
    return session.scalars(select(Paper).order_by(Paper.id)).all()


def issue_due(session, kind, due):
    return issue_many(session, kind, due(session, 100), actor="system", now=NOW)


def test_numbers_run_without_a_gap_within_kind_and_buddhist_year(session):
    new_year = datetime(2026, 12, 31, 17, 0, tzinfo=UTC)  # midnight in Bangkok
    numbers = [
        issue(session, PaperKind.RECEIPT, f"charge:{n}", {}, actor="system", now=NOW)
        for n in (7, 5, 7, 9)
    ]
    numbers.append(issue(session, PaperKind.STATEMENT, "payout:1", {}, actor="x", now=NOW))
    numbers.append(issue(session, PaperKind.RECEIPT, "charge:10", {}, actor="x", now=new_year))

    year = NOW.year + 543
    assert numbers == [
        f"R{year}-000001", f"R{year}-000002", f"R{year}-000001", f"R{year}-000003",
        f"S{year}-000001", "R2570-000001",
    ]  # fmt: skip


def test_two_at_once_and_a_failure_leave_no_gap(committed):
    go = threading.Barrier(4)

    def work(which):
        with committed.app_context():
            go.wait()
            try:
                with transaction() as session:
                    drafts = [Draft(subject=f"charge:{n}", content={}) for n in range(which, 40)]
                    issue_many(session, PaperKind.RECEIPT, drafts, actor="x", now=NOW)
                    if which == 3:
                        raise RuntimeError("power cut")
            except RuntimeError:
                assert which == 3
            finally:
                db.session.remove()

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    rows = db.session.execute(select(Paper.serial, Paper.subject).order_by(Paper.serial)).all()
    assert [row.serial for row in rows] == list(range(1, 41))
    assert len({row.subject for row in rows}) == 40


def test_a_paid_order_has_one_receipt_that_adds_up(session):
    paying = make_paying(session)
    add_order(session, paying, 20)
    raise_and_pay(session, paying)

    issued = issue_due(session, PaperKind.RECEIPT, receipts_due)
    assert issue_due(session, PaperKind.RECEIPT, receipts_due) == {}

    (paper,) = papers(session)
    assert list(issued.values()) == [paper.number]
    lines = sum(line["units"] * line["price_satang"] for line in paper.content["lines"])
    assert lines + paper.content["fee_satang"] == paper.content["amount_satang"] == 140_000
    assert paper.content["words"] == "หนึ่งพันสี่ร้อยบาทถ้วน"
    assert paper.content["lines"][0]["group_th"] == paying.group.name_th


def test_unpaid_orders_have_none(session):
    paying = make_paying(session)
    add_order(session, paying, 10)
    raise_charges(session, paying.round.id, now=NOW)
    assert receipts_due(session, 10) == []


def test_what_went_back_has_a_note_that_names_the_receipt(session):
    paying = make_paying(session)
    add_order(session, paying, 10)
    make_producing(session, paying)
    issue_due(session, PaperKind.RECEIPT, receipts_due)
    report_made(session, paying.batch.id, 9, actor="user:1", now=NOW)
    refund = session.scalars(select(Refund)).one()
    assert refund_notes_due(session, 10) == []
    record_refund(session, refund.id, bank_reference="BACK1", actor="user:1", now=NOW)

    issue_due(session, PaperKind.CREDIT_NOTE, refund_notes_due)

    receipt, note = papers(session)
    assert note.corrects_id == receipt.id
    assert note.content["receipt_number"] == receipt.number
    assert note.content["words"] == baht_words(refund.amount_satang)


def test_a_statement_is_what_the_books_say_the_group_earned(session):
    paying = make_paying(session)
    add_order(session, paying, 10)
    make_producing(session, paying)
    make_arrived(session, paying)
    receive_order(session, paying.point.id, paying.orders[0].pickup_code, actor="user:1", now=NOW)
    settle_round(session, paying.round.id, now=NOW)
    payout = session.scalars(select(Payout)).one()
    record_payout(session, payout.id, bank_reference="OUT1", actor="user:1", now=NOW)

    issue_due(session, PaperKind.STATEMENT, statements_due)

    (paper,) = papers(session)
    assert sum(line["satang"] for line in paper.content["lines"]) == payout.amount_satang
    assert paper.content["lines"][0]["units"] == 10
    assert paper.group_id == paying.group.id


def test_papers_are_never_changed(session):
    issue(session, PaperKind.RECEIPT, "charge:1", {"amount_satang": 1}, actor="x", now=NOW)
    for statement in ("UPDATE paper SET number = 'R1'", "DELETE FROM paper"):
        with pytest.raises(Exception, match="append-only"), session.begin_nested():
            session.execute(text(statement))


def test_a_buyer_prints_the_receipt_and_anybody_may_check_it(app, session):
    paying = make_paying(session)
    order = add_order(session, paying, 10)
    raise_and_pay(session, paying)
    issue_due(session, PaperKind.RECEIPT, receipts_due)
    (paper,) = papers(session)
    buyer, stranger = browser_of(app, buyer_ids=[order.buyer_id]), app.test_client()

    assert paper.number in buyer.get(f"/pay/{order.number}").text
    shown = buyer.get(f"/papers/{paper.number}/print")
    assert "เจ็ดร้อยบาทถ้วน" in shown.text
    assert " style=" not in shown.text
    assert stranger.get(f"/papers/{paper.number}/print").status_code == 302

    checked = stranger.get(f"/papers/{paper.number}?c={paper.check_code.lower()}")
    assert "฿700" in checked.text
    assert paper.content["buyer"] not in checked.text
    for code in ("", "WRONGCODE2", "%00", "x" * 5000, "ก"):
        answer = stranger.get(f"/papers/{paper.number}", query_string={"c": code})
        assert answer.status_code == 200
        assert "฿700" not in answer.text
    assert stranger.get("/papers/R1999-000001?c=A").status_code == 200
