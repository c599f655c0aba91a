"""A buyer called: a problem written down by the market, late or not, and who hears of problems."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from market.accounts.rules import Role
from market.errors import Refused
from market.payments.models import ProblemReport
from market.payments.reporting import NewReport, report_problem
from market.payments.states import ProblemKind
from tests.factories.accounts import browser_of, make_grant, make_user
from tests.factories.matching import NOW, TAMBON
from tests.voices.test_reviews import received

LATE = NOW + timedelta(days=30)


def told(session: Session, paying, note: str | None, now=LATE) -> bool:
    report = NewReport(
        line_id=paying.lines[0].id, batch_id=paying.batch.id, kind=ProblemKind.SPOILED,
        words="ขึ้นรา", call_note=note,
    )  # fmt: skip
    return report_problem(session, paying.orders[0].number, report, actor="user:2", now=now)


def test_a_call_is_never_too_late_but_is_noted(session):
    paying = received(session)
    with pytest.raises(Refused, match="problem_too_late"):
        told(session, paying, None)
    with pytest.raises(Refused, match="call_note_missing"):
        told(session, paying, "")

    assert told(session, paying, "คุณสมศรีโทรมา 9:15")
    assert not told(session, paying, "โทรอีก")

    assert session.scalars(select(ProblemReport)).one().call_note == "คุณสมศรีโทรมา 9:15"


def test_the_nearest_coordinator_and_the_group_hear_of_a_problem(session):
    paying = received(session)
    here, province, elsewhere = make_user(session), make_user(session), make_user(session)
    make_grant(session, here, Role.TAMBON_COORDINATOR, area=TAMBON)
    make_grant(session, province, Role.PROVINCE_COORDINATOR, area=TAMBON[:2])
    make_grant(session, elsewhere, Role.TAMBON_COORDINATOR, area="999999")

    told(session, paying, None, now=NOW)

    rows = session.execute(
        text("SELECT user_id, event, payload FROM notice"
             " WHERE event LIKE 'problem.%' AND channel = 'inapp'")
    ).all()  # fmt: skip
    assert {(row.user_id, row.event) for row in rows} == {
        (here.id, "problem.reported"), (paying.leader.id, "problem.of_group"),
    }  # fmt: skip
    assert not any("name" in row.payload for row in rows), "the group learns no name"


def test_a_coordinator_writes_a_call_down_and_the_menu_counts_it(app: Flask, session: Session):
    paying = received(session)
    coordinator = make_user(session)
    make_grant(session, coordinator, Role.TAMBON_COORDINATOR, area=TAMBON)
    desk, where = browser_of(app, coordinator), f"/orders/{paying.orders[0].number}/problems/call"
    form = {
        "line_id": paying.lines[0].id, "batch_id": paying.batch.id, "kind": "spoiled",
        "words": "ขึ้นรา", "call_note": "",
    }  # fmt: skip
    assert where in desk.get(f"/orders/{paying.orders[0].number}").text
    assert desk.get(where).status_code == 200
    assert desk.post(where, data=form).status_code == 422
    done = desk.post(where, data=form | {"call_note": "โทรมาเช้านี้"})
    assert done.status_code == 303
    shown = desk.get(done.location)
    assert "โทรมาเช้านี้" in shown.text
    assert "ปัญหา 1" in shown.text

    buyer = browser_of(app, buyer_ids=[paying.orders[0].buyer_id])
    assert buyer.post(where, data=form).status_code == 403
    other = make_user(session)
    make_grant(session, other, Role.TAMBON_COORDINATOR, area="999999")
    assert browser_of(app, other).get(where).status_code == 403
