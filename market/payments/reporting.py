"""Buyers report goods that were not right; a person decides what goes back, and says why.

A report is taken within the time that was promised after receiving; later a person is called.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.orm import Session

from market.accounts.commands import record
from market.db import lock
from market.errors import Conflict, NotFound, Refused
from market.money import format_baht
from market.payments.models import Charge, ProblemReport
from market.payments.problems import Problem, refund_problem
from market.payments.queries.complaints import goods_of, price_left
from market.payments.states import ProblemKind, ProblemState
from market.payments.tell import News, tell_buyers
from market.payments.telling_staff import tell_staff

MOST_REPORTS = 4  # about the same goods: whoever is not content with an answer calls
MOST_WORDS = 500


@dataclass(frozen=True, kw_only=True)
class NewReport:
    """What a buyer says about the goods of a line that one batch brought.

    call_note: who called and what was said, where somebody of the market writes it down.
    """

    line_id: int
    batch_id: int
    kind: ProblemKind
    words: str
    file_hash: str | None = None
    call_note: str | None = None


def report_problem(
    session: Session, number: str, report: NewReport, *, actor: str, now: datetime
) -> bool:
    """Write a buyer's report down; False where one about these goods is open already.

    Raises NotFound for goods that this order did not receive; Refused without words, after the
    promised time (a call is never too late, but is noted), or when too many were made. The
    coordinator of the place and the group are told.
    """
    goods = next(
        (g for g in goods_of(session, number)
         if (g.line_id, g.batch_id) == (report.line_id, report.batch_id)),
        None,
    )  # fmt: skip
    if goods is None:
        raise NotFound("not_found", what="goods")
    if report.call_note is None and not goods.may_report(now):
        raise Refused("problem_too_late")
    if report.call_note == "":
        raise Refused("call_note_missing")
    if not report.words:
        raise Refused("problem_words_missing")
    _refuse_flood(session, report)
    problem_id = _insert(session, goods.order_id, report, goods.answer_by(now), actor, now)
    if problem_id is None:
        return False
    record(
        session, actor=actor, subject=f"problem:{problem_id}", event="problem.reported", at=now,
        to_state="open",
        data={"order_id": goods.order_id, "batch_id": report.batch_id, "kind": str(report.kind),
              "file": report.file_hash, "call_note": report.call_note},
    )  # fmt: skip
    tell_staff(session, problem_id, now=now)
    return True


def _refuse_flood(session: Session, report: NewReport) -> None:
    made = session.scalar(
        select(func.count()).where(
            ProblemReport.line_id == report.line_id, ProblemReport.batch_id == report.batch_id
        )
    )
    if (made or 0) >= MOST_REPORTS:
        raise Refused("too_many_problems")


def _insert(
    session: Session,
    order_id: int,
    report: NewReport,
    promised_by: datetime,
    actor: str,
    now: datetime,
) -> int | None:
    statement = (
        pg_insert(ProblemReport)
        .values(order_id=order_id, **vars(report), state=ProblemState.OPEN, reported_at=now,
                reported_by=actor, promised_by=promised_by)
        .on_conflict_do_nothing(index_elements=["line_id", "batch_id"],
                                index_where=text("state = 'open'"))
        .returning(ProblemReport.id)
    )  # fmt: skip
    return session.scalar(statement)


def agree_problem(
    session: Session, problem_id: int, amount_satang: int, answer: str, *, actor: str, now: datetime
) -> None:
    """Give back all or a part of what the goods cost. The same again changes nothing.

    Less than all needs a sentence to the buyer. Refused above their price; Conflict when it was
    decided otherwise.
    """
    problem = _locked(session, problem_id)
    if problem.state is ProblemState.AGREED and problem.amount_satang == amount_satang:
        return
    _refuse_decided(problem)
    left = price_left(session, problem_id)
    if not 0 < amount_satang <= left:
        raise Refused("refund_too_large", most=format_baht(left))
    if amount_satang < left and not answer:
        raise Refused("problem_answer_missing")
    _decide(session, problem, ProblemState.AGREED, amount_satang, answer, actor, now)
    given = Problem(
        order_id=problem.order_id, batch_id=problem.batch_id, line_id=problem.line_id,
        amount_satang=amount_satang, answer=answer,
    )  # fmt: skip
    refund_problem(session, given, actor=actor, now=now)


def decline_problem(
    session: Session, problem_id: int, answer: str, *, actor: str, now: datetime
) -> None:
    """Give nothing back, and tell the buyer why. Declined before: nothing changes.

    Refused without the sentence; Conflict when money was agreed.
    """
    problem = _locked(session, problem_id)
    if problem.state is ProblemState.DECLINED:
        return
    _refuse_decided(problem)
    if not answer:
        raise Refused("problem_answer_missing")
    _decide(session, problem, ProblemState.DECLINED, None, answer, actor, now)
    news = News(
        order_id=problem.order_id, event="problem.declined", subject=f"problem:{problem_id}",
        data={"answer": answer},
    )  # fmt: skip
    tell_buyers(session, [news], now=now)


def _locked(session: Session, problem_id: int) -> ProblemReport:
    """The report, the order's charge locked before it, as everywhere."""
    charge_id = session.scalar(
        select(Charge.id)
        .join(ProblemReport, ProblemReport.order_id == Charge.order_id)
        .where(ProblemReport.id == problem_id)
    )
    if charge_id is not None:
        lock(session, Charge, charge_id)
    return lock(session, ProblemReport, problem_id)


def _refuse_decided(problem: ProblemReport) -> None:
    if problem.state is not ProblemState.OPEN:
        raise Conflict("problem_decided")


def _decide(
    session: Session,
    problem: ProblemReport,
    state: ProblemState,
    amount_satang: int | None,
    answer: str,
    actor: str,
    now: datetime,
) -> None:
    problem.state, problem.amount_satang = state, amount_satang
    problem.answer = answer or None
    problem.decided_at, problem.decided_by = now, actor
    session.flush()
    record(
        session, actor=actor, subject=f"problem:{problem.id}", event=f"problem.{state}", at=now,
        from_state="open", to_state=str(state), reason=answer or None,
        data={"amount_satang": amount_satang, "order_id": problem.order_id},
    )  # fmt: skip
