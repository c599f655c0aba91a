"""Writes of questions: ask, answer, report, hide."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.orm import Session

from market import thai
from market.accounts.commands import record
from market.catalogue.models import Offer, ProducerGroup, Product
from market.db import lock
from market.errors import Conflict, NotFound, Refused
from market.stories.models import Question
from market.stories.rules import ANSWER, LINE, QUESTION, needed_words

MOST_WAITING = 5  # questions of one asker that a group has not answered yet


@dataclass(frozen=True, kw_only=True)
class NewQuestion:
    """What somebody asks. name: how they want to be called, '' for not at all."""

    group_code: str
    product_code: str | None
    words: str
    name: str


def ask_group(
    session: Session, new: NewQuestion, *, user_id: int | None, buyer_id: int | None,
    actor: str, now: datetime,
) -> int:  # fmt: skip
    """Keep a question for a group. The same words again are the same question.

    Raises Refused for no words, too many words or too many open questions, NotFound.
    """
    words = needed_words(new.words, QUESTION)
    group_id = _group(session, new.group_code)
    if user_id is None and buyer_id is None:
        raise Refused("question_needs_order")
    product_id = _product(session, group_id, new.product_code)
    mine = or_(Question.user_id == user_id, Question.buyer_id == buyer_id)  # NULL is nobody
    same = session.scalar(
        select(Question.id).where(
            mine, Question.group_id == group_id, Question.words == words,
            Question.product_id.is_not_distinct_from(product_id),
        )
    )  # fmt: skip
    if same is not None:
        return same
    _refuse_too_many(session, mine)
    question = Question(
        group_id=group_id, product_id=product_id, user_id=user_id, buyer_id=buyer_id,
        name=thai.normalise(new.name)[:LINE], words=words, asked_at=now,
    )  # fmt: skip
    session.add(question)
    session.flush()
    _record(session, question, "question.asked", actor, now)
    return question.id


def answer_question(
    session: Session, question_id: int, typed: str, *, actor: str, now: datetime
) -> None:
    """Answer, or better an answer; from then on both are shown. Raises Refused, Conflict."""
    words = needed_words(typed, ANSWER)
    question = lock(session, Question, question_id)
    if question.hidden_at is not None:
        raise Conflict("question_hidden")
    question.answer, question.answered_at, question.answered_by = words, now, actor
    session.flush()
    _record(session, question, "question.answered", actor, now)


def report_question(session: Session, question_id: int, *, actor: str, now: datetime) -> None:
    """Somebody finds it wrong to be here: a coordinator looks. Only what is shown."""
    found = session.scalar(
        update(Question)
        .where(
            Question.id == question_id,
            Question.answer.is_not(None),
            Question.hidden_at.is_(None),
        )
        .values(reports=Question.reports + 1)
        .returning(Question.id)
    )
    if found is None:
        raise NotFound("not_found", what="question")
    record(
        session, actor=actor, subject=f"question:{question_id}", event="question.reported", at=now
    )


def hide_question(
    session: Session, question_id: int, typed: str, *, actor: str, now: datetime
) -> None:
    """Show it to nobody, with a reason; hidden before, the first reason stays."""
    reason = needed_words(typed, LINE, lines=False)
    question = lock(session, Question, question_id)
    if question.hidden_at is not None:
        return
    question.hidden_at, question.hidden_reason = now, reason
    session.flush()
    record(
        session, actor=actor, subject=f"question:{question_id}", event="question.hidden", at=now,
        reason=reason,
    )  # fmt: skip


def keep_question(session: Session, question_id: int, *, actor: str, now: datetime) -> None:
    """A coordinator looked at a reported question and finds it right."""
    question = lock(session, Question, question_id)
    question.reports = 0
    session.flush()
    _record(session, question, "question.kept", actor, now)


def _group(session: Session, code: str) -> int:
    found = session.scalar(
        select(ProducerGroup.id).where(ProducerGroup.code == code, ProducerGroup.active)
    )
    if found is None:
        raise NotFound("group_not_found")
    return found


def _refuse_too_many(session: Session, mine: ColumnElement[bool]) -> None:
    waiting = session.scalar(
        select(func.count())
        .select_from(Question)
        .where(mine, Question.answer.is_(None), Question.hidden_at.is_(None))
    )
    if (waiting or 0) >= MOST_WAITING:
        raise Refused("question_too_many", limit=MOST_WAITING)


def _product(session: Session, group_id: int, code: str | None) -> int | None:
    """The product asked about, if this group makes it."""
    if not code:
        return None
    found = session.scalar(
        select(Product.id)
        .join(Offer, Offer.product_id == Product.id)
        .where(Product.code == code, Offer.group_id == group_id)
    )
    if found is None:
        raise NotFound("product_not_found")
    return found


def _record(session: Session, question: Question, event: str, actor: str, now: datetime) -> None:
    record(
        session, actor=actor, subject=f"question:{question.id}", event=event, at=now,
        data={"group": question.group_id},
    )  # fmt: skip
