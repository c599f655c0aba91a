"""Schedules: made, stopped by whoever made them or gets them, and each occasion noted once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from market.accounts.commands import record
from market.errors import NotFound, Refused
from market.principals import Thing
from market.reports.models import ReportRecipient, ReportSchedule, ReportSending
from market.reports.rules import Occasion


@dataclass(frozen=True, kw_only=True)
class NewSchedule:
    """A schedule to make; format is a Format or ``page``."""

    user_id: int
    report: str
    format: str
    occasion: str
    recipients: Sequence[int]


def _schedule_id(session: Session, key: dict[str, Any], now: datetime) -> int:
    """The new schedule, or the one that stands."""
    made: int | None = session.scalar(
        insert(ReportSchedule)
        .values(made_at=now, **key)
        .on_conflict_do_nothing()
        .returning(ReportSchedule.id)
    )
    if made is not None:
        return made
    live = select(ReportSchedule.id).filter_by(**key)
    return session.scalars(live.where(ReportSchedule.stopped_at.is_(None))).one()


def add_schedule(session: Session, wanted: NewSchedule, *, now: datetime) -> int:
    """Make it; the same again only adds recipients. Raises Refused where something is missing.

    Who said stop is not signed up again by another; only the maker comes back by making it again.
    """
    if wanted.occasion not in set(Occasion):
        raise Refused("report_occasion")
    if not wanted.recipients:
        raise Refused("report_no_recipient")
    key = {
        "user_id": wanted.user_id, "report": wanted.report, "format": wanted.format,
        "occasion": wanted.occasion,
    }  # fmt: skip
    schedule_id = _schedule_id(session, key, now)
    rows = [{"schedule_id": schedule_id, "user_id": one} for one in sorted(set(wanted.recipients))]
    session.execute(insert(ReportRecipient).values(rows).on_conflict_do_nothing())
    if wanted.user_id in wanted.recipients:
        rejoin_schedule(session, schedule_id, user_id=wanted.user_id)
    record(
        session, actor=f"user:{wanted.user_id}", subject=f"schedule:{schedule_id}",
        event="report.scheduled", at=now, data=dict(key) | {"to": sorted(set(wanted.recipients))},
    )  # fmt: skip
    return schedule_id


def schedule_thing(session: Session, schedule_id: int) -> Thing:
    """Whose schedule it is. Raises NotFound."""
    user_id = session.scalar(select(ReportSchedule.user_id).where(ReportSchedule.id == schedule_id))
    if user_id is None:
        raise NotFound("not_found", what="schedule")
    return Thing(user_id=user_id)


def stop_schedule(session: Session, schedule_id: int, *, user_id: int, now: datetime) -> None:
    """Nobody gets it any more. Twice stops once."""
    stopped = session.scalar(
        update(ReportSchedule)
        .where(ReportSchedule.id == schedule_id, ReportSchedule.stopped_at.is_(None))
        .values(stopped_at=now)
        .returning(ReportSchedule.id)
    )
    if stopped is None:
        return
    record(
        session, actor=f"user:{user_id}", subject=f"schedule:{schedule_id}",
        event="report.stopped", at=now,
    )  # fmt: skip


def leave_schedule(session: Session, schedule_id: int, *, user_id: int, now: datetime) -> None:
    """This person gets it no more; none of their own is as good."""
    session.execute(
        update(ReportRecipient)
        .where(ReportRecipient.schedule_id == schedule_id, ReportRecipient.user_id == user_id)
        .values(stopped_at=now)
    )


def rejoin_schedule(session: Session, schedule_id: int, *, user_id: int) -> None:
    """Whoever left gets it again, from the next occasion on; nobody else is signed up by this."""
    session.execute(
        update(ReportRecipient)
        .where(ReportRecipient.schedule_id == schedule_id, ReportRecipient.user_id == user_id)
        .values(stopped_at=None)
    )


def note_sending(
    session: Session, schedule_id: int, user_id: int, occurrence: str, *, now: datetime
) -> bool:
    """Take this occasion for this person; False when it was taken before. Nothing is sent yet."""
    taken = session.scalar(
        insert(ReportSending)
        .values(
            schedule_id=schedule_id, user_id=user_id, occurrence=occurrence, sent_at=now,
            outcome="told",
        )
        .on_conflict_do_nothing()
        .returning(ReportSending.user_id)
    )  # fmt: skip
    return taken is not None


_OUTCOME = text(
    "UPDATE report_sending SET outcome = :outcome, job_id = :job_id WHERE schedule_id = :schedule"
    " AND user_id = :user AND occurrence = :occurrence"
)


def note_outcome(
    session: Session, sending: tuple[int, int, str], outcome: str, job_id: int | None
) -> None:
    """What became of it."""
    schedule, user, occurrence = sending
    session.execute(
        _OUTCOME,
        {"schedule": schedule, "user": user, "occurrence": occurrence, "outcome": outcome,
         "job_id": job_id},
    )  # fmt: skip
