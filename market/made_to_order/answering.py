"""What groups say: yes with price and day, no with a reason, a question back, or never mind."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from market.accounts.commands import record
from market.clock import bangkok_date
from market.errors import Conflict, NotFound, Refused
from market.made_to_order.drafting import weekday_of
from market.made_to_order.models import GoodsRequest, RequestInvite, RequestQuestion
from market.made_to_order.rules import (
    ANSWERABLE,
    DEPOSIT_WITHIN,
    MOST_QUESTIONS,
    NOTE_LENGTH,
    CannotReason,
    InviteState,
    RequestState,
    last_ready_on,
)
from market.made_to_order.telling import tell_buyer, tell_groups
from market.money import format_baht
from market.thai import normalise


@dataclass(frozen=True, kw_only=True)
class Offered:
    """A group's yes: at most so many units, at this price each, ready that day."""

    price_satang: int
    units: int
    ready_on: date
    words: str = ""


@dataclass(frozen=True, kw_only=True)
class Voice:
    """Who answers; call_note: on the group's behalf, what was said on the phone."""

    actor: str
    on_behalf: bool = False
    call_note: str | None = None


def offer_answer(
    session: Session, request_id: int, group_id: int, answer: Offered, voice: Voice, *,
    now: datetime,
) -> None:  # fmt: skip
    """The group can make it. It may change its answer until it is chosen or the time is over.

    Refused above the buyer's price, beyond what is asked for, for parts of a lot, and for a day
    too early to be possible or too late for the buyer.
    """
    request, invite = _open_invite(session, request_id, group_id, voice, now)
    _check(session, request, invite, answer)
    words = _words(answer.words)
    same = (invite.price_satang, invite.units, invite.ready_on, invite.words) == (
        answer.price_satang, answer.units, answer.ready_on, words,
    )  # fmt: skip
    if invite.state is InviteState.OFFERED and same:
        return
    invite.price_satang, invite.units = answer.price_satang, answer.units
    invite.ready_on, invite.words, invite.cannot_reason = answer.ready_on, words, None
    _write(session, invite, InviteState.OFFERED, voice, now)
    _tell_when_all_said(session, request, now)


def cannot_answer(
    session: Session, request_id: int, group_id: int, reason: str, words: str, voice: Voice, *,
    now: datetime,
) -> None:  # fmt: skip
    """The group cannot, and why. What it offered before is taken back."""
    if reason not in tuple(CannotReason):
        raise Refused("cannot_reason_missing")
    request, invite = _open_invite(session, request_id, group_id, voice, now)
    said = _words(words)
    if invite.state is InviteState.CANNOT and (invite.cannot_reason, invite.words) == (
        reason, said,
    ):  # fmt: skip
        return
    took_back = invite.state is InviteState.OFFERED
    invite.cannot_reason, invite.words = reason, said
    _write(session, invite, InviteState.CANNOT, voice, now)
    if took_back:
        tell_buyer(session, request, "taken_back", now=now, mark=f":{invite.id}:{invite.version}")
    _tell_when_all_said(session, request, now)


def ask_buyer(
    session: Session, request_id: int, group_id: int, question: str, voice: Voice, *, now: datetime
) -> None:
    """The group wants to know something first. The same question again is one question."""
    request, invite = _open_invite(session, request_id, group_id, voice, now)
    words = _words(question)
    if not words:
        raise Refused("question_missing")
    asked = session.scalars(
        select(RequestQuestion.question).where(RequestQuestion.invite_id == invite.id)
    ).all()
    if words in asked:
        return
    if len(asked) >= MOST_QUESTIONS:
        raise Refused("too_many_questions", most=MOST_QUESTIONS)
    question_row = RequestQuestion(invite_id=invite.id, question=words, asked_at=now)
    session.add(question_row)
    session.flush()
    record(
        session, actor=voice.actor, subject=f"invite:{invite.id}", event="request.question",
        at=now, data={"question_id": question_row.id},
    )  # fmt: skip
    tell_buyer(
        session, request, "question", now=now, mark=f":{question_row.id}",
        data={"question": words},
    )  # fmt: skip


def answer_question(
    session: Session, request_id: int, question_id: int, answer: str, *, actor: str, now: datetime
) -> None:
    """The buyer answers a group's question; only that group is told. Conflict when it stands."""
    question, group_id = _locked(session, request_id, question_id)
    words = _words(answer)
    if not words:
        raise Refused("answer_missing")
    if question.answer == words:
        return
    if question.answer is not None:
        raise Conflict("question_answered")
    question.answer, question.answered_at = words, now
    session.flush()
    record(
        session, actor=actor, subject=f"request:{request_id}", event="request.replied", at=now,
        data={"question_id": question_id},
    )  # fmt: skip
    request = session.get_one(GoodsRequest, request_id)
    tell_groups(
        session, request, "replied", [group_id], now=now, mark=f":{question_id}",
        data={"reply": words},
    )  # fmt: skip


def _locked(session: Session, request_id: int, question_id: int) -> tuple[RequestQuestion, int]:
    """A group's question about this request, and which group asks."""
    row = session.execute(
        select(RequestQuestion, RequestInvite.group_id)
        .join(RequestInvite, RequestInvite.id == RequestQuestion.invite_id)
        .where(RequestQuestion.id == question_id, RequestInvite.request_id == request_id)
        .with_for_update(key_share=True, of=RequestQuestion)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        raise NotFound("not_found", what="question")
    return row.RequestQuestion, row.group_id


def earliest_ready_on(choose_by: datetime) -> date:
    """The day after the buyer's deposit is there at the latest."""
    return bangkok_date(choose_by + DEPOSIT_WITHIN + timedelta(days=1))


def _open_invite(
    session: Session, request_id: int, group_id: int, voice: Voice, now: datetime
) -> tuple[GoodsRequest, RequestInvite]:
    """The request (shared: groups do not wait for each other), then the group's own row."""
    request = session.get(
        GoodsRequest, request_id, with_for_update={"read": True}, populate_existing=True
    )
    if request is None:
        raise NotFound("not_found", what="request")
    invite = session.scalars(
        select(RequestInvite)
        .where(RequestInvite.request_id == request_id, RequestInvite.group_id == group_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if invite is None:
        raise NotFound("not_found", what="request")
    if request.state is not RequestState.ASKED or invite.state not in ANSWERABLE:
        raise Refused("request_is_over")
    if request.answer_by is None or now >= _until(request, invite):
        raise Refused("answer_too_late")
    if voice.on_behalf and not _words(voice.call_note or ""):
        raise Refused("call_note_missing")
    return request, invite


def _until(request: GoodsRequest, invite: RequestInvite) -> datetime:
    """Who has answered may still take it back while the buyer chooses."""
    first = request.answer_by or request.created_at
    last = request.choose_by or first
    return first if invite.state is InviteState.WAITING else last


def _check(session: Session, request: GoodsRequest, invite: RequestInvite, answer: Offered) -> None:
    most = request.units or 0
    if not 0 < answer.price_satang <= (request.max_price_satang or 0):
        raise Refused("above_buyers_price", most=format_baht(request.max_price_satang or 0))
    if not 0 < answer.units <= most:
        raise Refused("units_out_of_range", high=most)
    if answer.units % invite.lot_units:
        raise Refused("not_whole_lots", lot=invite.lot_units)
    last = last_ready_on(request.needed_on or answer.ready_on, weekday_of(session, request))
    first = earliest_ready_on(request.choose_by or request.created_at)
    if not first <= answer.ready_on <= last:
        raise Refused(
            "ready_day_out_of_range", first_on=first.isoformat(),
            last_on=last.isoformat(),
        )  # fmt: skip


def _write(
    session: Session, invite: RequestInvite, state: InviteState, voice: Voice, now: datetime
) -> None:
    before, invite.state = invite.state, state
    invite.version += 1
    invite.answered_at, invite.answered_by = now, voice.actor
    invite.on_behalf = voice.on_behalf
    invite.call_note = _words(voice.call_note or "") or None
    session.flush()
    record(
        session, actor=voice.actor, subject=f"invite:{invite.id}", event=f"request.{state}",
        at=now, from_state=before, to_state=state,
        data={"price_satang": invite.price_satang, "units": invite.units,
              "reason": invite.cannot_reason, "on_behalf": voice.on_behalf,
              "note": invite.call_note},
    )  # fmt: skip


def _tell_when_all_said(session: Session, request: GoodsRequest, now: datetime) -> None:
    """The buyer need not wait for the deadline when nobody is waited for."""
    waiting, offers = session.execute(
        select(
            func.count().filter(RequestInvite.state == InviteState.WAITING),
            func.count().filter(RequestInvite.state == InviteState.OFFERED),
        ).where(RequestInvite.request_id == request.id)
    ).one()
    if not waiting and offers:
        tell_buyer(session, request, "answers", now=now, data={"offers": offers})


def _words(text: str) -> str:
    return normalise(text)[:NOTE_LENGTH]
