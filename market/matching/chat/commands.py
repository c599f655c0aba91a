"""Answers by chat and text message: who it is, which asks are meant, and once only."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.orm import Session

from market.accounts.models import User
from market.errors import MarketError
from market.matching.chat.rules import Heard, Intent, Outcome, read_intent
from market.matching.commands.answers import answer_ask
from market.matching.rules import Answer, AnswerReason
from market.notices.contacts import leave, meet, person_in_chat, use_code
from market.notices.models import ChatEvent as KeptEvent
from market.notices.rules import Channel, ChatEvent

Job = Row[*tuple[Any, ...]]


def hear(session: Session, channel: Channel, event: ChatEvent, *, now: datetime) -> Heard | None:
    """Do what a leader answers; None where the same event was heard before.

    The sender is believed to be who the channel says: LINE signs its messages, and a text
    message comes by a gateway that knows the secret.
    """
    fresh = session.execute(
        pg_insert(KeptEvent)
        .values(channel=channel, event_key=event.key, outcome="", at=now)
        .on_conflict_do_nothing()
        .returning(KeptEvent.event_key)
    ).one_or_none()
    if fresh is None:
        return None
    heard = _heard(session, channel, event, now)
    kept = session.get_one(KeptEvent, (channel, event.key))
    kept.outcome = heard.outcome
    return heard


def _heard(session: Session, channel: Channel, event: ChatEvent, now: datetime) -> Heard:
    if event.data in ("follow", "unfollow"):
        step = meet if event.data == "follow" else leave
        step(session, channel, event.sender, now=now)
        return Heard(outcome=Outcome.GREETED)
    if channel is not Channel.SMS:
        linked = use_code(session, channel, event.sender, event.text, now=now)
        if linked is not None:
            return Heard(outcome=Outcome.LINKED, language=linked.language,
                         data={"name": linked.name, "user_id": linked.id})  # fmt: skip
    person = person_in_chat(session, channel, event.sender)
    if person is None:
        return Heard(outcome=Outcome.UNKNOWN_PERSON)
    intent = read_intent(event.text, event.data)
    if intent is None:
        return Heard(outcome=Outcome.NOT_UNDERSTOOD, language=person.language)
    return _answered(session, channel, person, intent, now)


def _answered(
    session: Session, channel: Channel, person: User, intent: Intent, now: datetime
) -> Heard:
    jobs = _meant(session.execute(_JOBS, {"user_id": person.id, "now": now}).all(), intent, channel)
    waiting = [job for job in jobs if job.answer == Answer.WAITING]
    if not waiting:
        return _nothing_waits(person, jobs)
    if len({(job.round_id, job.group_id) for job in waiting}) > 1:
        return _reply(Outcome.ASK_WHICH, person, waiting, intent.answer)
    reason = intent.reason
    if intent.answer is Answer.NO and reason is None:
        if channel is not Channel.SMS:  # there a second message would cost another baht
            return _reply(Outcome.ASK_REASON, person, waiting, intent.answer)
        reason = AnswerReason.OTHER
    try:
        with session.begin_nested():
            for job in waiting:
                answer_ask(
                    session, job.ask_id, answer=intent.answer, reason=reason,
                    note=f"by {channel}", actor=f"user:{person.id}", now=now,
                )  # fmt: skip
    except MarketError as refusal:
        return Heard(
            outcome=Outcome.REFUSED, language=person.language,
            data={"code": refusal.code} | dict(refusal.data),
        )  # fmt: skip
    return _reply(Outcome.TAKEN, person, waiting, intent.answer)


#: What this leader's groups were asked lately, the newest first. job: the lowest ask of a group
#: in a round, which stays the same while its asks are answered; texted: the question went out by
#: text message.
_JOBS = text(
    """
    SELECT k.id AS ask_id, k.answer, k.confirmed_units, k.units, k.answer_by, b.round_id,
           r.number, b.group_id, g.name_th AS group_th, g.name_en AS group_en,
           p.name_th, p.name_en, p.unit_th, p.unit_en,
           r.delivery_on[b.delivery_index + 1] AS ready_on,
           min(k.id) OVER (PARTITION BY b.round_id, b.group_id) AS job,
           EXISTS (SELECT FROM notice n WHERE n.user_id = :user_id AND n.channel = 'sms'
                      AND n.state = 'sent' AND n.event IN ('batch.asked', 'batch.reminder')
                      AND n.subject = 'round:' || b.round_id || ':group:' || b.group_id) AS texted
      FROM ask k
      JOIN batch b ON b.id = k.batch_id
      JOIN round r ON r.id = b.round_id
      JOIN producer_group g ON g.id = b.group_id
      JOIN product p ON p.id = b.product_id
     WHERE k.kind = 'make' AND k.answer_by > CAST(:now AS timestamptz) - INTERVAL '7 days'
       AND EXISTS (SELECT FROM grant_ x WHERE x.user_id = :user_id
                      AND x.role = 'group_leader' AND x.group_id = b.group_id)
     ORDER BY k.answer_by DESC, k.id DESC
    """
)


def _meant(jobs: Sequence[Job], intent: Intent, channel: Channel) -> list[Job]:
    """What a message can be about: what it names; else all that waits, by text message what was
    asked by text message before the rest.
    """
    if intent.job is not None:
        return [job for job in jobs if job.job == intent.job]
    if intent.round_id is not None:
        place = (intent.round_id, intent.group_id)
        return [job for job in jobs if (job.round_id, job.group_id) == place]
    texted = [job for job in jobs if job.texted and job.answer == Answer.WAITING]
    return texted if channel is Channel.SMS and texted else list(jobs)


def _nothing_waits(person: User, jobs: Sequence[Job]) -> Heard:
    """The newest question was answered (or is over): say what stands."""
    if not jobs:
        return Heard(outcome=Outcome.NOTHING_WAITS, language=person.language)
    last = [
        job for job in jobs if (job.round_id, job.group_id) == (jobs[0].round_id, jobs[0].group_id)
    ]
    if any(job.answer == Answer.SILENT for job in last):
        return Heard(
            outcome=Outcome.REFUSED, language=person.language, data={"code": "ask_is_over"}
        )
    return _reply(Outcome.ALREADY, person, last, None)


def _reply(outcome: Outcome, person: User, jobs: Sequence[Job], answer: Answer | None) -> Heard:
    items = [dict(job._mapping) for job in reversed(jobs)]
    return Heard(
        outcome=outcome, language=person.language, data={"items": items, "answer": answer},
    )  # fmt: skip
