"""Two coordinators publish, two phones answer, an answer meets its deadline: all at once."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from market.accounts.models import AuditEvent
from market.db import db, transaction
from market.matching.commands import answer_ask, publish_run, settle_answers
from market.matching.flows import match_round
from market.matching.models import Ask, Assignment, Batch, MatchRun
from market.matching.rules import Answer, RunState
from market.notices.models import Notice
from tests.factories.matching import (
    NOW,
    make_group,
    make_leader,
    make_offer,
    make_order,
    make_product,
    make_round,
)
from tests.payments.test_races import at_once

UNITS = 20


def solved() -> int:
    """A closed round with one group's match that waits to be published; the round's id."""
    with transaction() as session:
        round_, product, group = make_round(session), make_product(session), make_group(session)
        make_leader(session, group)
        make_offer(session, round_, group, product)
        make_order(session, round_, product, UNITS)
        round_id = round_.id
    assert match_round(round_id, now=NOW)
    return round_id


def publish(session: Session) -> bool:
    """Press the button."""
    run_id = session.scalars(select(MatchRun.id).where(MatchRun.state != RunState.FAILED)).one()
    return publish_run(session, run_id, actor="user:1", now=NOW)


def reply(answer: Answer, *, now=NOW):
    """A phone that answers the only ask there is."""

    def job(session: Session) -> None:
        ask_id = session.scalars(select(Ask.id)).one()
        answer_ask(session, ask_id, answer=answer, reason="rain", actor="user:2", now=now)

    return job


def confirmed() -> tuple[Ask, int, int]:
    """The ask, the units its batch promised, and the units promised to lines."""
    db.session.expire_all()
    ask = db.session.scalars(select(Ask)).one()
    batch = db.session.scalars(select(Batch)).one()
    given = db.session.scalar(select(func.sum(Assignment.confirmed_units)))
    return ask, batch.confirmed_units, int(given or 0)


def events(name: str) -> int:
    """How often the trail has an event."""
    return db.session.scalar(
        select(func.count()).select_from(AuditEvent).where(AuditEvent.event == name)
    )


def test_two_coordinators_at_once_publish_once(committed: Flask) -> None:
    solved()

    assert at_once(committed, [publish, publish, publish]) == ["done"] * 3

    assert len(db.session.scalars(select(Ask)).all()) == 1
    assert len(db.session.scalars(select(Notice)).all()) == 3  # inbox, mail, last a call
    assert events("batch.asked") == 1


def test_two_tabs_at_once_give_one_answer(committed: Flask) -> None:
    solved()
    with transaction() as session:
        publish(session)

    results = at_once(committed, [reply(Answer.ALL), reply(Answer.NO)] * 2)

    ask, promised, given = confirmed()
    assert results == ["ask_answered"] * 2 + ["done"] * 2
    assert promised == given == (UNITS if ask.answer is Answer.ALL else 0)
    assert events("ask.answered") == 1


def test_an_answer_and_its_deadline_at_once_agree(committed: Flask) -> None:
    round_id = solved()
    with transaction() as session:
        publish(session)
        answer_by = session.scalars(select(Ask.answer_by)).one()
    last_moment = answer_by - timedelta(seconds=1)

    results = at_once(
        committed,
        [
            reply(Answer.ALL, now=last_moment),
            lambda session: settle_answers(session, round_id, now=answer_by),
        ],
    )

    ask, promised, given = confirmed()
    assert "died" not in results
    if ask.answer is Answer.ALL:
        assert (results, promised, given) == (["done", "done"], UNITS, UNITS)
    else:
        assert (results, promised, given) == (["ask_is_over", "done"], 0, 0)
