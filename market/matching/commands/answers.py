"""A group's answer to an ask: all, part or no, once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from market.accounts.commands import record
from market.db import lock
from market.errors import Conflict, NotFound, Refused
from market.matching.commands.shares import confirm_shares
from market.matching.models import Ask, Batch
from market.matching.queries.asks import AskView, get_ask
from market.matching.resolving.withdrawing import withdraw_offers
from market.matching.rules import (
    NOTE_LENGTH,
    Answer,
    AnswerReason,
    AskKind,
    BatchState,
    check_part,
)
from market.notices.commands import settle
from market.rounds.models import Round
from market.rounds.rules import RoundState
from market.thai import normalise

GIVEN = (Answer.ALL, Answer.PART, Answer.NO)
#: An ask can be answered while its round is in this state.
ANSWERED_IN = {AskKind.MAKE: RoundState.CONFIRMING, AskKind.SHRINK: RoundState.PAYING}


@dataclass(frozen=True, kw_only=True)
class _Word:
    """An answer that passed every check; units is what the group confirms."""

    answer: Answer
    units: int
    reason: AnswerReason | None
    note: str | None


def answer_ask(
    session: Session,
    ask_id: int,
    *,
    answer: Answer | str,
    units: int | None = None,
    reason: AnswerReason | str | None = None,
    note: str | None = None,
    actor: str,
    on_behalf: bool = False,
    now: datetime,
) -> AskView:
    """Take a group's answer and give its units to the lines; the same answer again is fine.

    units: for a part, in whole lots. reason: needed unless the answer is all. note: needed on
    behalf of a group (what was said on the phone). Raises Conflict when something else was
    answered, Refused after the deadline or once the round has moved on.
    """
    ask, batch, round_ = _locked(session, ask_id)
    answer = _known_answer(answer)
    if ask.answer is not Answer.WAITING and ask.answer is not Answer.SILENT:
        _check_repeat(ask, answer, units)
        return get_ask(session, ask_id, now=now)
    if round_.state is not ANSWERED_IN[ask.kind] or ask.answer is Answer.SILENT:
        raise Refused("ask_is_over")
    if now >= ask.answer_by:
        raise Refused("ask_too_late", answer_by=ask.answer_by.isoformat())
    word = _checked(session, ask, answer, units, reason, note, on_behalf)
    _write(session, ask, batch, word, actor=actor, on_behalf=on_behalf, now=now)
    withdraw_offers(session, round_, batch.id, now=now)
    return get_ask(session, ask_id, now=now)


def _locked(session: Session, ask_id: int) -> tuple[Ask, Batch, Round]:
    """Round (shared: answers do not wait for each other), batch, ask."""
    found = session.execute(
        select(Batch.id, Batch.round_id).join(Ask, Ask.batch_id == Batch.id).where(Ask.id == ask_id)
    ).one_or_none()
    if found is None:
        raise NotFound("ask_not_found")
    round_ = session.scalars(
        select(Round)
        .where(Round.id == found.round_id)
        .with_for_update(read=True)
        .execution_options(populate_existing=True)
    ).one()
    batch = lock(session, Batch, found.id)
    return lock(session, Ask, ask_id), batch, round_


def _known_answer(answer: Answer | str) -> Answer:
    if answer not in GIVEN:
        raise Refused("answer_not_known")
    return Answer(answer)


def _check_repeat(ask: Ask, answer: Answer, units: int | None) -> None:
    same_part = answer is not Answer.PART or units == ask.confirmed_units
    if ask.answer is not answer or not same_part:
        raise Conflict("ask_answered", answer=str(ask.answer), units=ask.confirmed_units)


def _checked(
    session: Session, ask: Ask, answer: Answer, units: int | None,
    reason: AnswerReason | str | None, note: str | None, on_behalf: bool,
) -> _Word:  # fmt: skip
    note = normalise(note or "") or None
    if note is not None and len(note) > NOTE_LENGTH:
        raise Refused("note_too_long", high=NOTE_LENGTH)
    if on_behalf and note is None:
        raise Refused("call_note_missing")
    return _Word(
        answer=answer,
        units=_units(session, ask, answer, units),
        reason=_known_reason(answer, reason),
        note=note,
    )


def _units(session: Session, ask: Ask, answer: Answer, units: int | None) -> int:
    if answer is Answer.NO:
        return 0
    if answer is Answer.ALL:
        return ask.units
    return check_part(units, get_ask(session, ask.id, now=ask.asked_at).parts)


def _known_reason(answer: Answer, reason: AnswerReason | str | None) -> AnswerReason | None:
    if answer is Answer.ALL:
        return None
    if reason is None or reason not in tuple(AnswerReason):
        raise Refused("reason_missing")
    return AnswerReason(reason)


def _write(
    session: Session, ask: Ask, batch: Batch, word: _Word, *, actor: str, on_behalf: bool,
    now: datetime,
) -> None:  # fmt: skip
    ask.answer, ask.confirmed_units = word.answer, word.units
    ask.reason, ask.note = word.reason and str(word.reason), word.note
    ask.answered_at, ask.answered_by, ask.on_behalf = now, actor, on_behalf
    if ask.kind is AskKind.MAKE:
        batch.confirmed_units += word.units
        batch.to_make_units = batch.confirmed_units
        _settle_batch(batch)
        session.flush()
        confirm_shares(session, batch, word.units, run_id=ask.run_id)
    session.flush()
    _settle_notices(session, ask, batch)
    record(
        session, actor=actor, subject=f"ask:{ask.id}", event="ask.answered", at=now,
        from_state=Answer.WAITING, to_state=word.answer, reason=ask.reason,
        data={"units": word.units, "asked": ask.units, "batch_id": batch.id,
              "on_behalf": on_behalf, "note": word.note},
    )  # fmt: skip


def _settle_notices(session: Session, ask: Ask, batch: Batch) -> None:
    """Nobody is reminded, texted or called about a group that has answered everything."""
    settle(session, f"ask:{ask.id}")
    waits = session.scalar(
        select(Ask.id)
        .join(Batch, Batch.id == Ask.batch_id)
        .where(
            Batch.round_id == batch.round_id, Batch.group_id == batch.group_id,
            Ask.answer == Answer.WAITING,
        )
        .limit(1)
    )  # fmt: skip
    if waits is None:
        settle(session, f"round:{batch.round_id}:group:{batch.group_id}")


def _settle_batch(batch: Batch) -> None:
    """A batch that somebody confirmed once stays confirmed, whatever a later ask brings."""
    made = batch.confirmed_units > 0
    batch.move(BatchState.CONFIRMED if made else BatchState.DECLINED)
