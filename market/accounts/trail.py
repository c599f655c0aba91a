"""Who took what out of the market: one row a person, thing and day, however often it is fetched."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from market.accounts.commands import record
from market.accounts.models import AuditEvent
from market.clock import bangkok_date, bangkok_moment

TAKEN = "file.taken"


def note_taken(
    session: Session, subject: str, *, actor: str, now: datetime,
    data: Mapping[str, Any] | None = None,
) -> None:  # fmt: skip
    """Put a download into the trail, once on a day in Thailand.

    A download that broke off comes again in pieces, each of which is a request. Two that begin in
    the same instant may leave two rows, which says nothing wrong.
    """
    noted = select(AuditEvent.id).where(
        AuditEvent.subject == subject,
        AuditEvent.event == TAKEN,
        AuditEvent.actor == actor,
        AuditEvent.at >= bangkok_moment(bangkok_date(now), time()),
    )
    if session.scalar(noted.limit(1)) is None:
        record(session, actor=actor, subject=subject, event=TAKEN, at=now, data=data)
