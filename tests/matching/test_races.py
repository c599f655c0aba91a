"""Two coordinators publish, two phones answer, an answer meets its deadline: all at once."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from market.accounts.models import AuditEvent, User
from market.accounts.own.models import Identity
from market.db import db, transaction
from market.matching.chat.commands import hear
from market.matching.chat.words import reply_to
from market.matching.commands import answer_ask, publish_run, settle_answers
from market.matching.flows import match_round
from market.matching.models import Ask, Assignment, Batch, MatchRun
from market.matching.rules import Answer, RunState
from market.notices.models import Notice
from market.notices.rules import Channel, ChatEvent
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


def by_message(channel: Channel, sender: str, words: str, heard: list[str]):
    """The same leader answers in the chat, or by text message."""

    def job(session: Session) -> None:
        event = ChatEvent(key=channel, sender=sender, text=words)
        told = hear(session, channel, event, now=NOW)
        assert told is not None
        assert reply_to(told, event.key, channel).text  # whatever became of it is said in words
        heard.append(str(told.outcome))

    return job


def test_link_chat_text_message_and_telephone_at_once_are_one_answer(committed: Flask) -> None:
    solved()
    with transaction() as session:
        publish(session)
        leader = session.scalars(select(User)).one()
        leader.us_phone_number = "+66812345678"
        session.add(Identity(user_id=leader.id, provider="line", subject="U1", linked_at=NOW))

    def on_behalf(session: Session) -> None:
        ask_id = session.scalars(select(Ask.id)).one()
        answer_ask(session, ask_id, answer=Answer.PART, units=10, reason="rain", actor="user:9",
                   note="โทรแล้ว", on_behalf=True, now=NOW)  # fmt: skip

    heard: list[str] = []
    results = at_once(
        committed,
        [
            reply(Answer.NO), on_behalf, by_message(Channel.LINE, "U1", "1", heard),
            by_message(Channel.SMS, "+66812345678", "2", heard),
        ],
    )  # fmt: skip

    ask, promised, given = confirmed()
    assert set(results) <= {"done", "ask_answered"}
    assert len(heard) == 2
    assert set(heard) <= {"taken", "refused", "already"}
    assert promised == given == {Answer.ALL: UNITS, Answer.PART: 10, Answer.NO: 0}[ask.answer]
    assert events("ask.answered") == 1
    left = db.session.scalars(select(Notice.state).where(Notice.channel != Channel.INAPP))
    assert set(left) == {"skipped"}  # nobody is asked again, nor called


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
