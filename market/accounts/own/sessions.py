"""Sessions hold a secret of the user; a new one ends them all."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from market.accounts.commands import record
from market.accounts.models import User
from market.db import lock


def end_sessions(session: Session, user_id: int, *, uniquifier: str, now: datetime) -> User:
    """Sign the user out everywhere; also letters under way for a new e-mail are over."""
    user = lock(session, User, user_id)
    user.fs_uniquifier = uniquifier
    session.flush()
    who = f"user:{user_id}"
    record(session, actor=who, subject=who, event="sessions.ended", at=now)
    return user
