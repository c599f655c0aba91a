"""What a person hears about their data and their leaving."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from market.accounts.own.deletions import find_deletion
from market.notices.commands import notify


def tell_leaving(session: Session, user_id: int, *, now: datetime) -> None:
    """The day on which they will be forgotten; also in case it was somebody else at their phone."""
    deletion = find_deletion(session, user_id)
    if deletion is None:
        return
    notify(
        session, event="account.leaving", subject=f"deletion:{deletion.asked_at.timestamp():.0f}",
        payload={"due_at": deletion.due_at.isoformat(), "link": "/account/leave"},
        now=now, user_id=user_id,
    )  # fmt: skip


def tell_ready(session: Session, user_id: int, export_id: int, *, now: datetime) -> None:
    """The archive is there."""
    notify(
        session, event="account.data_ready", subject=f"export:{export_id}",
        payload={"link": "/account/data"}, now=now, user_id=user_id,
    )  # fmt: skip
