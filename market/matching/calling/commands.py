"""Notes of calls, written once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from market.accounts.commands import record
from market.errors import NotFound, Refused
from market.matching.calling.models import CallNote
from market.matching.calling.rules import PERSON_LENGTH, PHONE_LENGTH, Outcome, call_again_at
from market.matching.rules import NOTE_LENGTH
from market.notices import calls as ladder
from market.rounds.models import RoundGroup
from market.thai import normalise

#: The same words by the same caller within this time are one call: a second tap.
TWICE = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class Call:
    """What a caller typed. again_hours: when to call next, where the group asked for that."""

    outcome: Outcome
    person: str = ""
    phone: str = ""
    words: str = ""
    again_hours: int | None = None
    ask_id: int | None = None


def log_call(
    session: Session, round_id: int, group_id: int, call: Call, *, actor: str, now: datetime
) -> CallNote:
    """Keep a call to a group of the round; a second tap within a minute is the same call.

    A call that answered an ask is one, however often it is sent; the caller holds that ask.

    Raises Refused where something was agreed but no words say what, NotFound for a group that
    takes no part in the round.
    """
    words = normalise(call.words)
    if call.outcome is Outcome.REACHED and not words:
        raise Refused("call_note_missing")
    if len(words) > NOTE_LENGTH:
        raise Refused("note_too_long", high=NOTE_LENGTH)
    if call.ask_id is None:
        _lock(session, round_id, group_id)
    note = CallNote(
        group_id=group_id, round_id=round_id, ask_id=call.ask_id, outcome=call.outcome,
        person=normalise(call.person)[:PERSON_LENGTH], phone=normalise(call.phone)[:PHONE_LENGTH],
        words=words, call_again_at=call_again_at(call.outcome, call.again_hours, now),
        called_by=actor, called_at=now,
    )  # fmt: skip
    return _same(session, note) or _add(session, note)


def _lock(session: Session, round_id: int, group_id: int) -> None:
    row = select(RoundGroup.id).where(
        RoundGroup.round_id == round_id, RoundGroup.group_id == group_id
    )
    if session.scalar(row.with_for_update(key_share=True)) is None:
        raise NotFound("not_found", what="group")


def _same(session: Session, note: CallNote) -> CallNote | None:
    if note.ask_id is not None:
        return session.scalar(select(CallNote).where(CallNote.ask_id == note.ask_id))
    alike = (
        CallNote.group_id == note.group_id, CallNote.round_id == note.round_id,
        CallNote.called_by == note.called_by, CallNote.outcome == note.outcome,
        CallNote.words == note.words, CallNote.ask_id.is_(None),
        CallNote.called_at > note.called_at - TWICE,
    )  # fmt: skip
    return session.scalar(select(CallNote).where(*alike).limit(1))


def _add(session: Session, note: CallNote) -> CallNote:
    session.add(note)
    session.flush()
    record(
        session, actor=note.called_by, subject=f"group:{note.group_id}", event="group.called",
        at=note.called_at, to_state=note.outcome, data={"round_id": note.round_id, "id": note.id},
    )  # fmt: skip
    return note


def rest_calls(
    session: Session, round_id: int, group_id: int, call: Call, *, actor: str, now: datetime
) -> None:
    """What the ladder of channels wants called about this round rests for a while too."""
    for due in ladder.calls_waiting(session, now, [group_id]):
        if due.round_id == round_id:
            note = (normalise(call.words) or call.outcome)[: ladder.NOTE_LENGTH]
            ladder.note_call(session, due.notice_id, note=note, actor=actor, now=now)
