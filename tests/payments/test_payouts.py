"""Payouts: two people for an account, one file that never changes, money that leaves once."""

import csv
import threading
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from market.accounts.rules import Role
from market.db import db, transaction
from market.errors import Conflict, MarketError, Refused
from market.fulfilment.commands import receive_order, settle_round
from market.payments.bank_files import Layout, finish_bank_file, make_bank_file
from market.payments.group_accounts import NewAccount, confirm_account, enter_account
from market.payments.layouts import baht, bank_csv, safe_cell
from market.payments.member_shares import Member, choose_rule, confirm_shares, set_members
from market.payments.models import BankFile, GroupAccount, MemberShare, Payout
from market.payments.payouts import record_payout
from market.payments.rules import PayoutState
from market.payments.states import ShareRule
from tests.factories.accounts import browser_of, make_grant, make_user
from tests.factories.fulfilment import make_arrived, make_producing
from tests.factories.matching import NOW
from tests.factories.payments import add_order, ledger, make_paying

COLUMNS = Layout(columns=(("bank", "bank_code"), ("no", "account"), ("who", "name"),
                          ("baht", "amount"), ("ref", "reference")))  # fmt: skip
ACCOUNT = NewAccount(bank_code="004", account_number="123-4-56789-0", account_name="กลุ่มทอผ้า",
                     promptpay_id="081-234-5678")  # fmt: skip


def owed(session):
    """A payout that is due, its money in the bank."""
    paying = make_paying(session)
    add_order(session, paying, 10)
    make_producing(session, paying)
    make_arrived(session, paying)
    receive_order(session, paying.point.id, paying.orders[0].pickup_code, actor="user:1", now=NOW)
    settle_round(session, paying.round.id, now=NOW)
    return session.scalars(select(Payout).where(Payout.round_id == paying.round.id)).one()


def confirmed(session, group_id, **changes):
    account_id = enter_account(
        session, group_id, NewAccount(**(vars(ACCOUNT) | changes)), actor="user:1", now=NOW
    )
    confirm_account(session, account_id, actor="user:2", now=NOW)
    return account_id


def fresh(session, payout):
    session.refresh(payout)
    return payout


def treasurer(app, session):
    user = make_user(session)
    make_grant(session, user, Role.FINANCE, area="")
    return browser_of(app, user)


def test_nobody_confirms_what_they_entered(session):
    payout = owed(session)
    account_id = enter_account(session, payout.group_id, ACCOUNT, actor="user:1", now=NOW)
    with pytest.raises(Refused, match="account_same_person"):
        confirm_account(session, account_id, actor="user:1", now=NOW)
    with pytest.raises(Conflict, match="payouts_not_ready"):
        make_bank_file(session, [payout.id], COLUMNS, actor="user:1", now=NOW)
    confirm_account(session, account_id, actor="user:2", now=NOW)
    make_bank_file(session, [payout.id], COLUMNS, actor="user:1", now=NOW)


def test_the_old_account_counts_until_the_new_one_is_confirmed(session):
    payout = owed(session)
    first = confirmed(session, payout.group_id)
    enter_account(
        session, payout.group_id, NewAccount(**(vars(ACCOUNT) | {"account_number": "9" * 10})),
        actor="user:3", now=NOW,
    )  # fmt: skip
    file_id = make_bank_file(session, [payout.id], COLUMNS, actor="user:1", now=NOW)
    assert "1234567890" in session.get_one(BankFile, file_id).content
    assert fresh(session, payout).account_id == first


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"bank_code": "999"}, "bank_unknown"),
        ({"account_number": "12345"}, "account_number_wrong"),
        ({"account_number": "=1+1"}, "account_number_wrong"),
        ({"account_name": " "}, "account_name_wrong"),
        ({"promptpay_id": "12"}, "promptpay_wrong"),
    ],
)
def test_an_account_that_cannot_be_is_refused(session, changes, code):
    payout = owed(session)
    with pytest.raises(Refused, match=code):
        enter_account(
            session, payout.group_id, NewAccount(**(vars(ACCOUNT) | changes)), actor="u", now=NOW
        )
    assert session.scalars(select(GroupAccount)).all() == []


def test_a_file_is_frozen_and_pays_once(app, session):
    payout = owed(session)
    confirmed(session, payout.group_id)
    desk = treasurer(app, session)
    assert desk.post("/money/payouts/file", data={"id": payout.id}).status_code == 303
    assert desk.post("/money/payouts/file", data={"id": payout.id}).status_code == 409
    file = session.scalars(select(BankFile)).one()

    first = desk.get(f"/money/payouts/files/{file.id}.csv").data
    confirmed(session, payout.group_id, account_number="9" * 10)
    assert desk.get(f"/money/payouts/files/{file.id}.csv").data == first
    assert first.startswith(b"\xef\xbb\xbf")
    assert b"700.00" in first

    with pytest.raises(Conflict, match="payout_in_file"):
        record_payout(session, payout.id, bank_reference="OUT1", actor="user:1", now=NOW)
    for _ in range(2):
        done = desk.post(f"/money/payouts/files/{file.id}/done", data={"bank_reference": "BATCH7"})
        assert done.status_code == 303
    assert fresh(session, payout).state is PayoutState.PAID
    assert payout.bank_reference == f"BATCH7/{payout.id}"
    assert ledger(session) == {}


def test_what_the_bank_did_not_carry_out_is_due_again(session):
    one, two = owed(session), owed(session)
    for payout in (one, two):
        confirmed(session, payout.group_id)
    file_id = make_bank_file(session, [one.id, two.id], COLUMNS, actor="user:1", now=NOW)
    paid = finish_bank_file(
        session, file_id, bank_reference="BATCH7", failed=[two.id], actor="user:1", now=NOW
    )
    assert paid == 1
    assert fresh(session, one).state is PayoutState.PAID
    assert fresh(session, two).state is PayoutState.DUE
    assert two.bank_file_id is None
    make_bank_file(session, [two.id], COLUMNS, actor="user:1", now=NOW)


def test_two_treasurers_at_once_make_one_file(committed):
    with transaction() as session:
        payout = owed(session)
        confirmed(session, payout.group_id)
        payout_id = payout.id
    go, made = threading.Barrier(2), []

    def press():
        with committed.app_context():
            go.wait()
            try:
                with transaction() as session:
                    make_bank_file(session, [payout_id], COLUMNS, actor="user:1", now=NOW)
                made.append(True)
            except MarketError as refusal:
                made.append(refusal.code)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=press) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(map(str, made)) == ["True", "payouts_not_ready"]


def test_the_qr_pays_a_confirmed_account_only(app, session):
    payout = owed(session)
    desk, path = treasurer(app, session), f"/money/payouts/{payout.id}/qr.png"
    account_id = enter_account(session, payout.group_id, ACCOUNT, actor="user:1", now=NOW)
    assert desk.get(path).status_code == 404
    confirm_account(session, account_id, actor="user:2", now=NOW)
    assert desk.get(path).data.startswith(b"\x89PNG")


@pytest.mark.parametrize(
    "typed",
    ["=cmd|'/c calc'!A1", "+66", "-2+3", "@SUM(A1)", "\t=1", "\r=1", " =1", "%0A=1", "＝1+1"],
)
def test_no_cell_is_a_formula(typed):
    assert safe_cell(typed).startswith("'")


@given(st.lists(st.text(max_size=20), min_size=1, max_size=5), st.integers(-(10**9), 10**12))
def test_a_bank_file_reads_back_as_it_was_meant(names, amount):
    rows = [{"name": name, "amount": baht(amount)} for name in names]
    text = bank_csv((("who", "name"), ("baht", "amount")), rows)
    assert text == bank_csv((("who", "name"), ("baht", "amount")), rows)
    read = list(csv.reader(StringIO(text, newline="")))
    assert len(read) == len(names) + 1
    for row in read[1:]:
        assert row[1] == baht(amount)
        assert not row[0].startswith(("=", "+", "-", "@"))


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=30), st.integers(1, 10**9))
def test_amounts_read_as_banks_do(weights, amount):
    assert baht(amount) == f"{amount / 100:.2f}" or amount > 10**14


def test_shares_add_up_to_the_payout_and_are_frozen(session):
    payout = owed(session)
    choose_rule(session, payout.id, ShareRule.HOURS, actor="user:1", now=NOW)
    people = [Member(name=f"คน {n}", weight=weight) for n, weight in enumerate((90, 60, 45))]
    set_members(session, payout.id, people, actor="user:1", now=NOW)
    set_members(session, payout.id, people, actor="user:1", now=NOW)
    shares = session.scalars(select(MemberShare.amount_satang).order_by(MemberShare.id)).all()
    assert shares == [32308, 21538, 16154]
    assert sum(shares) == payout.amount_satang == 70000
    confirm_shares(session, payout.id, actor="user:1", now=NOW)
    confirm_shares(session, payout.id, actor="user:1", now=NOW)
    with pytest.raises(Conflict, match="shares_confirmed"):
        set_members(session, payout.id, people, actor="user:1", now=NOW)


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ([], "members_missing"),
        ([Member(name=" ", weight=1)], "members_missing"),
        ([Member(name="ก", weight=1), Member(name="ก ", weight=1)], "member_twice"),
        ([Member(name="ก", weight=0)], "no_work_at_all"),
        ([Member(name="ก", weight=-1)], "weight_wrong"),
        ([Member(name="ก", weight=10**10)], "weight_wrong"),
        ([Member(name=str(n), weight=1) for n in range(201)], "members_missing"),
    ],
)
def test_shares_that_cannot_be_are_refused(session, members, code):
    payout = owed(session)
    choose_rule(session, payout.id, ShareRule.UNITS, actor="user:1", now=NOW)
    with pytest.raises(Refused, match=code):
        set_members(session, payout.id, members, actor="user:1", now=NOW)
    assert session.scalars(select(MemberShare)).all() == []


def test_a_group_treasurer_answers_one_question_a_screen(app, session):
    payout = owed(session)
    user = make_user(session)
    make_grant(session, user, Role.TREASURER, group=payout.group_id)
    browser, base = browser_of(app, user), f"/payouts/{payout.id}/shares"
    assert browser.get(f"/group/{payout.group_id}/money").status_code == 200
    assert 'value="hours"' in browser.get(base).text
    assert browser.post(f"{base}/rule", data={"rule": "hours"}).status_code == 303
    assert 'name="weight"' in browser.get(base).text
    wrong = browser.post(f"{base}/members", data={"name": ["นก"], "weight": ["x"]})
    assert wrong.status_code == 422
    assert "นก" in wrong.text
    typed = {"name": ["นก", "", "ไก่"], "weight": ["๗.๕", "", "2.5"]}
    assert browser.post(f"{base}/members", data=typed).status_code == 303
    shown = browser.get(base).text
    assert "฿525" in shown
    assert "฿175" in shown
    assert browser.post(f"{base}/confirm").status_code == 303
    assert browser.post(f"{base}/rule", data={"rule": "equal"}).status_code == 409


def test_the_desk_needs_as_many_statements_for_many_payouts(app, session):
    from sqlalchemy import event

    desk, counts = treasurer(app, session), []
    for _ in range(2):
        payout = owed(session)
        confirmed(session, payout.group_id)
        seen = []
        connection = session.connection()

        def note(*args, seen=seen):
            seen.append(args[2])

        event.listen(connection, "before_cursor_execute", note)
        assert desk.get("/money/payouts").status_code == 200
        event.remove(connection, "before_cursor_execute", note)
        counts.append(len(seen))
    assert counts[0] == counts[1]
