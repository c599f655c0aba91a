"""Every report in every format: whose rows, what they say, and that they add up with the books."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import openpyxl
import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from market.accounts.models import Buyer
from market.accounts.rules import Role
from market.clock import utc_now
from market.fulfilment.commands import arrive_at_point
from market.orders.models import Order, OrderLine
from market.policy import REPORT_ROLES, Right
from market.reports.freezing import due_snapshots, freeze, freeze_again, note_changes
from market.reports.kinds import BY_KEY, REPORTS
from market.reports.queries import ask, some_rows, stages_of, sums
from market.reports.rules import Scope, Source, scope_of, short_person
from tests.factories.accounts import browser_of, make_grant, make_user
from tests.factories.fulfilment import ACTOR, make_handed_over, make_producing
from tests.factories.matching import AMPHOE, NOW, PROVINCE, TAMBON
from tests.factories.payments import add_line, add_batch, add_order, make_paying

EVERYTHING = Scope(areas=("",))
LATER = NOW + timedelta(days=9)


@pytest.fixture
def paying(session: Session):
    """A round with three orders of two groups on the way, one more cancelled, all paid."""
    paying = make_paying(session)
    add_order(session, paying, 20)
    add_order(session, paying, 10, cash=True)
    add_order(session, paying, 10, parcel=True, confirmed=0)
    other = add_batch(session, paying)
    add_line(session, paying, paying.orders[0], other, 5)
    gone = add_order(session, paying, 10, confirmed=0)
    gone.state, gone.cancelled_at = "cancelled", NOW
    session.flush()
    make_producing(session, paying)
    make_handed_over(session, paying.batch)
    arrive_at_point(session, paying.point.id, actor=ACTOR, now=NOW)
    session.flush()
    return paying


def rows_of(session, key, paying, *, scope=EVERYTHING, stage="", now=LATER):
    """The rows of a report by the names of its columns."""
    report = BY_KEY[key]
    asked, _round, _stage = ask(
        session, report, scope, round_id=paying.round.id, stage=stage,
        month_on=NOW.date().replace(day=1), language="th", now=now,
    )  # fmt: skip
    names = [column.key for column in report.columns]
    found = some_rows(session, asked, start=0, most=1000)
    return [dict(zip(names, row, strict=True)) for row in found], sums(session, asked)


@pytest.mark.parametrize("key", BY_KEY)
def test_every_report_says_its_columns_in_their_order(session, paying, key):
    report = BY_KEY[key]
    asked, _round, _stage = ask(
        session, report, EVERYTHING, round_id=paying.round.id, stage="",
        month_on=NOW.date().replace(day=1), language="th", now=LATER,
    )  # fmt: skip
    from market.reports.queries import parameters

    found = session.execute(text(report.sql), parameters(asked))

    assert list(found.keys()) == [column.key for column in report.columns]
