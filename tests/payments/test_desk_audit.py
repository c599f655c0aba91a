"""The audit sees what a hand-written UPDATE broke on the desk."""

import pytest
from sqlalchemy import select, text

from market.overviews.audit.desk import DESK_CHECKS
from market.overviews.audit.queries import broken_promises
from market.payments.bank_files import Layout, finish_bank_file, make_bank_file
from market.payments.drafts import receipts_due, statements_due
from market.payments.group_accounts import NewAccount, confirm_account, enter_account
from market.payments.member_shares import Member, choose_rule, confirm_shares, set_members
from market.payments.models import BankLine, BankStatement, Payout, Receipt, Slip
from market.payments.papers import issue_many
from market.payments.states import PaperKind, ShareRule
from tests.factories.matching import NOW
from tests.factories.payments import make_paying
from tests.payments.test_payouts import ACCOUNT, owed

ALL = {"actor": "user:1", "now": NOW}


def worked(session):
    """A payout by file with its shares and papers, a slip and a line of the payment before it."""
    payout: Payout = owed(session)
    account = enter_account(session, payout.group_id, NewAccount(**vars(ACCOUNT)), **ALL)
    confirm_account(session, account, actor="user:2", now=NOW)
    layout = Layout(columns=(("no", "account"), ("baht", "amount")))
    file_id = make_bank_file(session, [payout.id], layout, **ALL)
    finish_bank_file(session, file_id, bank_reference="BATCH7", **ALL)
    choose_rule(session, payout.id, ShareRule.EQUAL, **ALL)
    set_members(session, payout.id, [Member(name=n, weight=1) for n in "กขค"], **ALL)
    confirm_shares(session, payout.id, **ALL)
    issue_many(session, PaperKind.RECEIPT, receipts_due(session, 10), **ALL)
    issue_many(session, PaperKind.STATEMENT, statements_due(session, 10), **ALL)
    receipt = session.scalars(select(Receipt)).one()
    statement = BankStatement(
        file_hash="1", name="s.csv", lines=1, imported_at=NOW, imported_by="user:1"
    )
    session.add(statement)
    session.flush()
    session.add_all(
        [
            Slip(charge_id=receipt.charge_id, file_hash="1" * 64, sent_at=NOW, state="matched",
                 receipt_id=receipt.id),
            BankLine(statement_id=statement.id, row=2, booked_on=NOW.date(), state="matched",
                     amount_satang=receipt.amount_satang, reference="X1",
                     receipt_id=receipt.id),
        ]
    )  # fmt: skip
    session.flush()


BREAK = {
    "papers are numbered without a gap": "UPDATE paper SET serial = 3 WHERE kind = 'receipt'",
    "a receipt's lines add up to its sum":
        "UPDATE paper SET content = jsonb_set(content, '{amount_satang}', '1')"
        " WHERE kind = 'receipt'",
    "a statement's lines add up to what was paid out":
        "UPDATE paper SET content = jsonb_set(content, '{amount_satang}', '1')"
        " WHERE kind = 'statement'",
    "an accepted slip is one receipt of its charge":
        "UPDATE slip SET group_id = (SELECT min(id) FROM producer_group)",
    "a matched bank line is a receipt of the same amount": "UPDATE bank_line SET amount_satang = 1",
    "a bank file is as it was made, and holds its payouts":
        "UPDATE bank_file SET content = content || 'x'",
    "confirmed shares of members add up to the payout":
        "UPDATE member_share SET amount_satang = amount_satang + 1"
        " WHERE id = (SELECT min(id) FROM member_share)",
    "what was agreed about bad goods is owed back":
        "INSERT INTO problem_report (order_id, line_id, batch_id, kind, words, state,"
        " amount_satang, reported_at, reported_by, promised_by, decided_at, decided_by)"
        " SELECT l.order_id, l.id, a.batch_id, 'other', 'x', 'agreed', 1, now(), 'guest', now(),"
        " now(), 'user:1' FROM assignment a JOIN order_line l ON l.id = a.line_id LIMIT 1",
    "no payout went to an account that one person alone wrote down":
        "UPDATE group_account SET confirmed_by = NULL",
}  # fmt: skip


def test_every_check_has_something_that_breaks_it():
    assert set(BREAK) == set(DESK_CHECKS)


@pytest.mark.parametrize("check", BREAK)
def test_the_audit_sees_it(session, check):
    make_paying(session)
    worked(session)
    before = {broken.check for broken in broken_promises(session)}
    assert not before & set(DESK_CHECKS)
    session.execute(text("ALTER TABLE paper DISABLE TRIGGER paper_append_only"))

    session.execute(text(BREAK[check]))

    assert check in {broken.check for broken in broken_promises(session)}
