"""Closing the books: counts, sums that agree, files that open without harm."""

import csv
import zipfile
from io import BytesIO, StringIO

import pytest
from sqlalchemy import event, select, text

from market.accounts.rules import Role
from market.fulfilment.commands import arrive_at_point, hand_over, receive_order, settle_round
from market.orders.models import Order
from market.payments.cases import open_case
from market.payments.exports import TABLES, csv_of
from market.payments.models import MoneyCase, Payout, Refund
from market.payments.payouts import record_payout
from market.payments.queries import books_of
from market.payments.queries.closing import closing_of, todo
from market.payments.refunding import choose_way, record_refund
from market.payments.states import CaseKind, RefundWay
from tests.factories.accounts import browser_of, make_grant, make_user
from tests.factories.fulfilment import make_packed, make_producing
from tests.factories.matching import NOW
from tests.factories.payments import PRICE, add_order, make_paying, raise_and_pay
from tests.factories.renewing import asked_twice


def finance(app, session):
    user = make_user(session)
    make_grant(session, user, Role.FINANCE, area="")
    return browser_of(app, user)


def whole_round(session):
    """Paid, one unit short and paid back, delivered, paid out."""
    paying = make_paying(session)
    add_order(session, paying, 10)
    make_producing(session, paying)
    make_packed(session, paying.batch, units=9)
    refund = session.scalars(select(Refund)).one()
    record_refund(session, refund.id, bank_reference="BACK1", actor="user:1", now=NOW)
    hand_over(session, paying.batch.id, actor="user:1", now=NOW)
    arrive_at_point(session, paying.point.id, actor="user:1", now=NOW)
    receive_order(session, paying.point.id, paying.orders[0].pickup_code, actor="user:1", now=NOW)
    settle_round(session, paying.round.id, now=NOW)
    payout = session.scalars(select(Payout)).one()
    return paying, payout


def test_a_round_is_closed_when_nothing_is_open_and_all_agrees(session):
    paying, payout = whole_round(session)
    before = closing_of(session, paying.round.id, now=NOW)
    assert before.agrees
    assert not before.done
    assert (before.open.payouts, before.open.payouts_satang) == (1, 63000)
    record_payout(session, payout.id, bank_reference="OUT1", actor="user:1", now=NOW)

    after = closing_of(session, paying.round.id, now=NOW)

    assert after.done, after
    assert [(row.method, row.taken_satang) for row in after.methods] == [("promptpay", 70000)]
    assert sum(account.satang for account in after.accounts) == 0
    assert sum(part.satang for part in after.parts) == 63000
    assert books_of(session, paying.round.id).adds_up


def test_a_difference_of_one_satang_is_seen(session):
    paying = make_paying(session)
    add_order(session, paying, 10)
    raise_and_pay(session, paying)
    assert closing_of(session, paying.round.id, now=NOW).agrees
    session.execute(text("UPDATE receipt SET amount_satang = amount_satang - 1"))

    closing = closing_of(session, paying.round.id, now=NOW)

    assert {check.name for check in closing.checks if not check.agrees} == {"receipts", "charges"}


def test_the_desk_counts_what_waits(app, session):
    paying, _payout = whole_round(session)
    open_case(session, CaseKind.SLIP_REUSED, "x:1", amount_satang=1, now=NOW)
    waits = todo(session, now=NOW)
    assert type(waits.payouts_satang) is int, "a sum that is a Decimal is not shown with satang"
    assert (waits.payouts, waits.cases, waits.slips, waits.refunds) == (1, 1, 0, 0)
    browser = finance(app, session)
    assert browser.get("/money").status_code == 200
    live, again = asked_twice(browser, "/money")
    assert "<html" not in live.text
    assert again.status_code == 304
    shown = browser.get(f"/money/{paying.round.id}").text
    assert "books.xlsx" in shown
    assert " style=" not in shown


def test_pages_need_as_many_statements_for_many_rows(app, session):
    browser, counts = finance(app, session), []
    paying = make_paying(session)
    for size in (1, 12):
        for _ in range(size):
            add_order(session, paying, 10)
        raise_and_pay(session, paying)
        seen, connection = [], session.connection()

        def note(*args, seen=seen):
            seen.append(args[2])

        event.listen(connection, "before_cursor_execute", note)
        for path in ("/money", f"/money/{paying.round.id}", "/money/cases"):
            assert browser.get(path).status_code == 200
        event.remove(connection, "before_cursor_execute", note)
        counts.append(len(seen))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("table", sorted(TABLES))
def test_every_table_is_a_csv_that_excel_reads(app, session, table):
    paying, _payout = whole_round(session)
    answer = finance(app, session).get(f"/money/{paying.round.id}/{table}.csv")
    assert answer.data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(StringIO(answer.data.decode("utf-8-sig"), newline="")))
    assert len(rows) > 1
    assert len({len(row) for row in rows}) == 1


def test_no_name_becomes_a_formula(app, session):
    paying = make_paying(session)
    order = add_order(session, paying, 10)
    session.execute(
        text("UPDATE buyer SET name = :name WHERE id = :id"),
        {"name": '=HYPERLINK("http://x","y")', "id": order.buyer_id},
    )
    raise_and_pay(session, paying)
    lines = "".join(csv_of(session, "charges", paying.round.id))
    (row,) = list(csv.DictReader(StringIO(lines.lstrip("\ufeff"), newline="")))
    assert row["buyer"].startswith("'=")
    assert row["amount_baht"] == "700.00"
    number = session.get_one(Order, order.id).number
    assert row["order_number"] == number

    answer = finance(app, session).get(f"/money/{paying.round.id}/books.xlsx")
    with zipfile.ZipFile(BytesIO(answer.data)) as book:
        sheets = [name for name in book.namelist() if name.startswith("xl/worksheets/sheet")]
        written = "".join(book.read(name).decode() for name in sheets)
    assert len(sheets) == len(TABLES)
    assert "<f>" not in written
    assert "700" in written


def test_a_case_is_decided_once(app, session):
    open_case(session, CaseKind.SLIP_REUSED, "x:1", amount_satang=100, now=NOW)
    case, browser = session.scalars(select(MoneyCase)).one(), finance(app, session)
    path = f"/money/cases/{case.id}"
    assert browser.get("/money/cases").text.count(path) == 1
    for wrong in ("", "look_again", "drop table"):
        assert browser.post(path, data={"remedy": wrong}).status_code == 422
    assert browser.post(path, data={"remedy": "accept"}).status_code == 303
    assert browser.post(path, data={"remedy": "accept"}).status_code == 303
    session.refresh(case)
    assert case.state == "closed"


def test_refunds_stand_with_where_they_go_and_are_recorded_once(app, session):
    paying = make_paying(session)
    add_order(session, paying, 10)
    make_producing(session, paying)
    make_packed(session, paying.batch, units=9)
    refund, browser = session.scalars(select(Refund)).one(), finance(app, session)
    choose_way(
        session, refund.id, RefundWay.BANK, promptpay="081-234-5678", name="สมศรี ใจดี",
        actor="guest", now=NOW,
    )  # fmt: skip
    shown = browser.get("/money/refunds").text
    assert "สมศรี ใจดี" in shown
    assert browser.get(f"/money/refunds/{refund.id}/qr.png").data.startswith(b"\x89PNG")
    path = f"/money/refunds/{refund.id}/paid"
    assert browser.post(path, data={"bank_reference": "!"}).status_code == 422
    assert browser.post(path, data={"bank_reference": "BACK 9"}).status_code == 303
    assert browser.post(path, data={"bank_reference": "back9"}).status_code == 303
    assert browser.post(path, data={"bank_reference": "OTHER1"}).status_code == 409
    assert browser.get(f"/money/refunds/{refund.id}/qr.png").status_code == 404
    session.refresh(refund)
    assert (refund.state, refund.bank_reference) == ("paid", "BACK9")
    assert refund.amount_satang == PRICE
