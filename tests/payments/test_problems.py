"""Goods that were not right: reported in time, decided once, paid back, told to the group."""

from datetime import datetime, timedelta
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from market.accounts.models import AuditEvent
from market.accounts.rules import Role
from market.clock import utc_now
from market.errors import Conflict, NotFound, Refused
from market.files import StoredFile
from market.fulfilment.commands import receive_order, settle_round
from market.matching.rules import BatchState
from market.notices.models import Notice
from market.overviews.desk.queries import get_desk
from market.payments.charges import raise_charges
from market.payments.models import ProblemReport, Refund
from market.payments.queries.closing import todo
from market.payments.queries.complaints import open_problems
from market.payments.reporting import (
    MOST_REPORTS,
    NewReport,
    agree_problem,
    decline_problem,
    report_problem,
)
from market.payments.states import ProblemKind, ProblemState
from tests.factories.accounts import browser_of, make_grant, make_user
from tests.factories.fulfilment import make_arrived, make_producing
from tests.factories.matching import NOW, TAMBON
from tests.factories.payments import PRICE, Paying, add_order, ledger, make_paying, pay, state_of

ACTOR = "user:1"
TEN = 10 * PRICE


def received(session: Session, *, at: datetime = NOW, storage: str = "ambient") -> Paying:
    """An order of ten that its buyer has paid and taken home."""
    paying = make_paying(session, storage=storage)
    add_order(session, paying, 10)
    raise_charges(session, paying.round.id, now=NOW)
    pay(session, paying.orders[0])
    session.execute(
        text("UPDATE assignment SET received_units = live_units, received_at = :at"), {"at": at}
    )
    return paying


def told(session: Session, paying: Paying, *, now: datetime = NOW, words: str = "แตก") -> bool:
    report = NewReport(
        line_id=paying.lines[0].id, batch_id=paying.batch.id, kind=ProblemKind.DAMAGED, words=words
    )
    return report_problem(session, paying.orders[0].number, report, actor="guest", now=now)


def the_report(session: Session) -> ProblemReport:
    query = select(ProblemReport).order_by(ProblemReport.id.desc()).limit(1)
    return session.scalars(query.execution_options(populate_existing=True)).one()


def events(session: Session) -> list[str]:
    query = select(AuditEvent.event).where(AuditEvent.event.like("problem.%"))
    return list(session.scalars(query.order_by(AuditEvent.id)))


def letters(session: Session, event: str) -> list[dict]:
    query = select(Notice.payload).where(Notice.event == event, Notice.channel == "inapp")
    return list(session.scalars(query)) or list(
        session.scalars(select(Notice.payload).where(Notice.event == event))
    )


def test_all_goes_back_and_comes_out_of_the_groups_part(session: Session) -> None:
    paying = received(session)
    assert told(session, paying)
    agree_problem(session, the_report(session).id, TEN, "", actor=ACTOR, now=NOW)
    refund = session.scalars(select(Refund)).one()
    assert (refund.amount_satang, refund.line_id) == (TEN, paying.lines[0].id)
    assert ledger(session) == {"bank": TEN, "refund": -TEN}
    assert events(session) == ["problem.reported", "problem.agreed"]
    assert letters(session, "refund.owed")[0]["reason"] == "problem"


def test_the_same_decision_again_changes_nothing_and_another_is_refused(session: Session) -> None:
    paying = received(session)
    told(session, paying)
    report = the_report(session)
    for _ in range(2):
        agree_problem(session, report.id, PRICE, "หนึ่งใบ", actor=ACTOR, now=NOW)
    with pytest.raises(Conflict, match="problem_decided"):
        agree_problem(session, report.id, 2 * PRICE, "สองใบ", actor=ACTOR, now=NOW)
    with pytest.raises(Conflict, match="problem_decided"):
        decline_problem(session, report.id, "ไม่", actor=ACTOR, now=NOW)
    assert ledger(session)["refund"] == -PRICE
    assert events(session) == ["problem.reported", "problem.agreed"]


def test_less_than_all_needs_a_sentence_and_more_is_refused(session: Session) -> None:
    told(session, received(session))
    report = the_report(session)
    with pytest.raises(Refused, match="problem_answer_missing"):
        agree_problem(session, report.id, PRICE, "", actor=ACTOR, now=NOW)
    with pytest.raises(Refused, match="problem_answer_missing"):
        decline_problem(session, report.id, "", actor=ACTOR, now=NOW)
    for amount in (0, -1, TEN + 1):
        with pytest.raises(Refused, match="refund_too_large"):
            agree_problem(session, report.id, amount, "ขอโทษ", actor=ACTOR, now=NOW)
    assert the_report(session).state is ProblemState.OPEN
    assert ledger(session) == {"bank": TEN, "held": -TEN}


def test_nothing_goes_back_and_the_buyer_hears_why(session: Session) -> None:
    told(session, received(session))
    report = the_report(session)
    for _ in range(2):
        decline_problem(session, report.id, "เก็บในที่ร้อน", actor=ACTOR, now=NOW)
    assert report.state is ProblemState.DECLINED
    assert letters(session, "problem.declined")[0]["answer"] == "เก็บในที่ร้อน"
    assert ledger(session) == {"bank": TEN, "held": -TEN}
    assert events(session) == ["problem.reported", "problem.declined"]


def test_what_went_back_before_is_not_given_again(session: Session) -> None:
    paying = received(session)
    told(session, paying)
    agree_problem(session, the_report(session).id, 4 * PRICE, "สี่", actor=ACTOR, now=NOW)
    assert told(session, paying)
    report = the_report(session)
    with pytest.raises(Refused, match="refund_too_large"):
        agree_problem(session, report.id, 7 * PRICE, "เจ็ด", actor=ACTOR, now=NOW)
    agree_problem(session, report.id, 6 * PRICE, "", actor=ACTOR, now=NOW)
    assert ledger(session) == {"bank": TEN, "refund": -TEN}


@pytest.mark.parametrize(
    ("storage", "window"), [("fresh", timedelta(hours=24)), ("ambient", timedelta(days=7))]
)
def test_there_is_time_to_report_and_it_ends(
    session: Session, storage: str, window: timedelta
) -> None:
    paying = received(session, storage=storage)
    with pytest.raises(Refused, match="problem_too_late"):
        told(session, paying, now=NOW + window + timedelta(seconds=1))
    assert session.scalars(select(ProblemReport)).all() == []
    assert told(session, paying, now=NOW + window)
    assert the_report(session).promised_by == NOW + 2 * window


def test_one_report_is_open_at_a_time_and_there_is_an_end(session: Session) -> None:
    paying = received(session)
    assert told(session, paying)
    assert not told(session, paying)
    assert events(session) == ["problem.reported"]
    for _ in range(MOST_REPORTS - 1):
        decline_problem(session, the_report(session).id, "ไม่", actor=ACTOR, now=NOW)
        told(session, paying)
    decline_problem(session, the_report(session).id, "ไม่", actor=ACTOR, now=NOW)
    with pytest.raises(Refused, match="too_many_problems"):
        told(session, paying)


def test_the_database_holds_one_open_report_for_the_same_goods(session: Session) -> None:
    told(session, received(session))
    same = (
        "INSERT INTO problem_report (order_id, line_id, batch_id, kind, words, state,"
        " reported_at, reported_by, promised_by) SELECT order_id, line_id, batch_id, kind, words,"
        " state, reported_at, reported_by, promised_by FROM problem_report"
    )
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(text(same))


def test_goods_of_others_and_goods_not_received_cannot_be_reported(session: Session) -> None:
    paying = received(session)
    other = received(session)
    report = NewReport(
        line_id=other.lines[0].id, batch_id=other.batch.id, kind=ProblemKind.OTHER, words="x"
    )
    with pytest.raises(NotFound):
        report_problem(session, paying.orders[0].number, report, actor="guest", now=NOW)
    session.execute(text("UPDATE assignment SET received_units = 0, received_at = NULL"))
    with pytest.raises(NotFound):
        told(session, paying)


def test_a_report_says_something(session: Session) -> None:
    paying = received(session)
    with pytest.raises(Refused, match="problem_words_missing"):
        told(session, paying, words="")
    assert session.scalars(select(ProblemReport)).all() == []


def test_a_batch_with_an_undecided_problem_is_not_paid_out(session: Session) -> None:
    paying = make_paying(session)
    order = add_order(session, paying, 10)
    make_producing(session, paying)
    make_arrived(session, paying)
    receive_order(session, paying.point.id, order.pickup_code, actor=ACTOR, now=NOW)
    told(session, paying)
    settle_round(session, paying.round.id, now=NOW)
    assert state_of(session, paying.batch) == BatchState.HANDED_OVER
    agree_problem(session, the_report(session).id, TEN - PRICE, "เก้า", actor=ACTOR, now=NOW)
    settle_round(session, paying.round.id, now=NOW)
    assert state_of(session, paying.batch) in (BatchState.DELIVERED, BatchState.PAID_OUT)
    owed = session.scalar(text("SELECT sum(amount_satang) FROM payout"))
    assert owed == PRICE


def staff(app: Flask, session: Session, role: Role, area: str = "") -> FlaskClient:
    user = make_user(session)
    make_grant(session, user, role, area=area)
    return browser_of(app, user)


def buyer(app: Flask, paying: Paying) -> FlaskClient:
    return browser_of(app, buyer_ids=[paying.orders[0].buyer_id])


def photo() -> BytesIO:
    sent = BytesIO()
    Image.new("RGB", (60, 40), "brown").save(sent, "JPEG")
    sent.seek(0)
    return sent


def test_from_the_order_page_to_the_answer(app: Flask, session: Session) -> None:
    paying = received(session, at=utc_now())
    number, browser = paying.orders[0].number, buyer(app, paying)
    path = f"/orders/{number}/problems"
    assert path in browser.get(f"/orders/{number}").text
    sent = browser.post(
        path,
        data={"line_id": paying.lines[0].id, "batch_id": paying.batch.id, "kind": "spoiled",
              "words": "<b>บูด</b> สองถุง", "picture": (photo(), "a.jpg")},
    )  # fmt: skip
    assert sent.status_code == 303
    report = the_report(session)
    assert session.get(StoredFile, report.file_hash) is not None
    desk = staff(app, session, Role.FINANCE)
    shown = desk.get("/money/problems").text
    assert "&lt;b&gt;บูด" in shown
    assert number in shown
    assert desk.get(f"/money/problems/{report.id}/picture").mimetype == "image/webp"
    assert "/money/problems" in desk.get("/money").text
    assert todo(session, now=utc_now()).problems == 1
    done = desk.post(
        f"/money/problems/{report.id}",
        data={"decision": "agree", "amount": "140", "answer": "คืนสองถุง"},
    )
    assert done.status_code == 303
    page = browser.get(f"/orders/{number}").text
    assert "คืนสองถุง" in page
    assert "฿140" in page
    assert todo(session, now=utc_now()).problems == 0


def test_a_refusal_keeps_what_was_typed(app: Flask, session: Session) -> None:
    paying = received(session, at=utc_now())
    told(session, paying, now=utc_now())
    desk, report = staff(app, session, Role.FINANCE), the_report(session)
    answer = desk.post(
        f"/money/problems/{report.id}", data={"amount": "9,999", "answer": "ข้อความยาว"}
    )
    assert answer.status_code == 422
    assert "9,999" in answer.text
    assert "ข้อความยาว" in answer.text
    number = paying.orders[0].number
    late = received(session, at=utc_now() - timedelta(days=8))
    answer = buyer(app, late).post(
        f"/orders/{late.orders[0].number}/problems",
        data={"line_id": late.lines[0].id, "batch_id": late.batch.id, "words": "แตก"},
    )
    assert answer.status_code == 422
    assert "tel:" in answer.text
    stranger = buyer(app, late).get(f"/orders/{number}/problems")
    assert stranger.status_code == 302


def test_a_coordinator_sees_and_decides_about_the_own_area(app: Flask, session: Session) -> None:
    paying = received(session, at=utc_now())
    told(session, paying, now=utc_now())
    report, number = the_report(session), paying.orders[0].number
    here = staff(app, session, Role.TAMBON_COORDINATOR, TAMBON)
    away = staff(app, session, Role.TAMBON_COORDINATOR, "99")
    assert number in here.get("/money/problems").text
    assert number not in away.get("/money/problems").text
    answer = {"decision": "decline", "answer": "ไม่"}
    assert away.post(f"/money/problems/{report.id}", data=answer).status_code == 403
    assert here.post(f"/money/problems/{report.id}", data=answer).status_code == 303


def test_the_oldest_promise_stands_first(session: Session) -> None:
    keeping, fresh = received(session), received(session, storage="fresh")
    told(session, keeping)
    told(session, fresh)
    shown = [problem.number for problem in open_problems(session, [""])]
    assert shown == [fresh.orders[0].number, keeping.orders[0].number]


def test_the_group_sees_the_number_and_no_name(session: Session) -> None:
    paying = received(session)
    told(session, paying, words="ชื่อ มาลี")
    desk = get_desk(session, paying.group.id, now=NOW)
    assert [problem.number for problem in desk.problems] == [paying.orders[0].number]
    assert not any("มาลี" in str(value) for value in vars(desk.problems[0]).values())
    assert get_desk(session, paying.group.id, now=NOW, round_ids=[0]).problems == ()
