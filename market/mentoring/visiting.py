"""Visits to groups: planned, recorded answer by answer, done; and what was agreed comes due."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from market.accounts.commands import record
from market.catalogue.models import ProducerGroup
from market.db import lock
from market.errors import Conflict, NotFound, Refused
from market.mentoring.models import Visit, VisitPhoto
from market.mentoring.rules import (
    MOST_ADVICE,
    MOST_PHOTOS,
    MOST_PURPOSE,
    VisitState,
    check_next,
    check_optional,
    check_plan,
    check_words,
    known_looked,
)
from market.mentoring.telling import tell_advice
from market.snapshots import KeptSnapshot


def plan_visit(
    session: Session, group_id: int, planned_on: date, purpose: str, *, actor: str, now: datetime
) -> int:
    """Plan a visit; the same day again is the same visit. Returns its id."""
    if session.get(ProducerGroup, group_id) is None:
        raise NotFound("not_found", what="group")
    check_plan(planned_on, now)
    purpose = check_optional(purpose, MOST_PURPOSE)
    made = session.scalar(
        insert(Visit)
        .values(
            group_id=group_id, state=VisitState.PLANNED, planned_on=planned_on, planned_by=actor,
            purpose=purpose,
        )
        .on_conflict_do_nothing()
        .returning(Visit.id)
    )  # fmt: skip
    if made is None:
        same = (Visit.group_id == group_id) & (Visit.planned_on == planned_on)
        return int(session.scalars(select(Visit.id).where(same, _PLANNED)).one())
    _record(session, made, "visit.planned", actor, now)
    return int(made)


def note_looked(session: Session, visit_id: int, ticked: Collection[str]) -> None:
    """What the mentor looked at."""
    _planned(session, visit_id).looked_at = list(known_looked(ticked))


def note_advice(session: Session, visit_id: int, advice: str) -> None:
    """What the mentor said to do. The group reads it."""
    _planned(session, visit_id).advice = check_words(advice, MOST_ADVICE)


def note_next(
    session: Session, visit_id: int, step: str, on: date | None, *, now: datetime
) -> None:
    """What was agreed, and by when; nothing is an answer too."""
    visit = _planned(session, visit_id)
    visit.next_step, visit.next_on = check_next(step, on, now)


def add_photos(session: Session, visit_id: int, kept: Sequence[KeptSnapshot]) -> None:
    """Pictures of the visit; the same picture again is the same."""
    _planned(session, visit_id)
    there = select(func.count()).select_from(VisitPhoto).where(VisitPhoto.visit_id == visit_id)
    rows = [
        {"visit_id": visit_id, "file_hash": one.file_hash, "width": one.width,
         "height": one.height}
        for one in kept
    ]  # fmt: skip
    if rows:
        session.execute(insert(VisitPhoto).values(rows).on_conflict_do_nothing())
    if (session.scalar(there) or 0) > MOST_PHOTOS:
        raise Refused("visit_photos_full", most=MOST_PHOTOS)


def finish_visit(session: Session, visit_id: int, *, actor: str, now: datetime) -> None:
    """The visit is recorded: from now on the group reads the advice, and its leaders are told.

    Twice is as good as once.
    """
    visit = lock(session, Visit, visit_id)
    if visit.state is VisitState.DONE:
        return
    visit.must_be(VisitState.PLANNED)
    if not visit.advice:
        raise Refused("visit_without_advice")
    visit.state, visit.done_at, visit.done_by = VisitState.DONE, now, actor
    _record(session, visit_id, "visit.done", actor, now, before="planned")
    tell_advice(session, visit, now=now)


def cancel_visit(
    session: Session, visit_id: int, reason: str, *, actor: str, now: datetime
) -> None:
    """It will not take place, and why. Twice is as good as once."""
    visit = lock(session, Visit, visit_id)
    if visit.state is VisitState.CANCELLED:
        return
    visit.must_be(VisitState.PLANNED)
    reason = check_words(reason, MOST_PURPOSE)
    visit.state = VisitState.CANCELLED
    _record(session, visit_id, "visit.cancelled", actor, now, before="planned", reason=reason)


def finish_step(session: Session, visit_id: int, *, actor: str, now: datetime) -> None:
    """What was agreed at a visit is done. Twice is as good as once."""
    visit = lock(session, Visit, visit_id)
    visit.must_be(VisitState.DONE)
    if visit.next_on is None:
        raise Conflict("visit_has_no_step")
    if visit.next_done_at is None:
        visit.next_done_at = now
        _record(session, visit_id, "visit.step_done", actor, now)


def read_advice(session: Session, group_id: int, *, actor: str, now: datetime) -> int:
    """The group has read what it was advised; how many visits that were new."""
    read = session.scalars(
        update(Visit)
        .where(Visit.group_id == group_id, Visit.state == VisitState.DONE, Visit.seen_at.is_(None))
        .values(seen_at=now)
        .returning(Visit.id)
    ).all()
    for visit_id in read:
        _record(session, visit_id, "visit.read", actor, now)
    return len(read)


_PLANNED = Visit.state == VisitState.PLANNED


def _planned(session: Session, visit_id: int) -> Visit:
    visit = lock(session, Visit, visit_id)
    visit.must_be(VisitState.PLANNED)
    return visit


def _record(
    session: Session, visit_id: int, event: str, actor: str, now: datetime,
    *, before: str | None = None, reason: str | None = None,
) -> None:  # fmt: skip
    record(
        session, actor=actor, subject=f"visit:{visit_id}", event=event, at=now,
        from_state=before, to_state=event.partition(".")[2], reason=reason,
    )  # fmt: skip
