"""The sweep of papers: each kind in a transaction of its own, in the order things happened."""

from __future__ import annotations

from datetime import datetime

from market.db import transaction
from market.payments.drafts import receipts_due, refund_notes_due, statements_due
from market.payments.papers import issue_many
from market.payments.states import PaperKind

PAPERS_AT_ONCE = 500


def issue_due_papers(*, now: datetime) -> int:
    """Receipts of what was paid, notes of what went back, statements of what was paid out; how
    many were issued. A second run finds nothing.
    """
    issued = 0
    for kind, due in (
        (PaperKind.RECEIPT, receipts_due),
        (PaperKind.CREDIT_NOTE, refund_notes_due),
        (PaperKind.STATEMENT, statements_due),
    ):
        with transaction() as session:
            drafts = due(session, PAPERS_AT_ONCE)
            issue_many(session, kind, drafts, actor="system", now=now)
            issued += len(drafts)
    return issued
