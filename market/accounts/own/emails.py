"""A new e-mail for an account: nothing changes until the letter that went there is answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from itsdangerous import BadSignature, URLSafeTimedSerializer
from sqlalchemy import select
from sqlalchemy.orm import Session

from market.accounts.commands import record
from market.accounts.models import User
from market.db import lock
from market.errors import Conflict, NotFound, Refused

DAY_SECONDS = 86400
_SALT = "new-e-mail"


@dataclass(frozen=True, kw_only=True)
class EmailChange:
    """Whether it changed just now, and which address has to hear of that: the one before."""

    done: bool
    former: str | None = None


def email_token(secret: str, user_id: int, email: str, uniquifier: str) -> str:
    """What the letter's link holds. It ends with a day, with another e-mail and with sessions."""
    return URLSafeTimedSerializer(secret, salt=_SALT).dumps([user_id, email, uniquifier])


def read_token(secret: str, token: str) -> tuple[int, str, str]:
    """User, address and uniquifier. Raises Refused("email_link_over")."""
    try:
        said: Any = URLSafeTimedSerializer(secret, salt=_SALT).loads(token, max_age=DAY_SECONDS)
        user_id, email, uniquifier = said
    except (BadSignature, ValueError, TypeError) as wrong:
        raise Refused("email_link_over") from wrong
    return int(user_id), str(email), str(uniquifier)


def uniquifier_of(session: Session, user_id: int) -> str:
    """The secret of a user's sessions. Raises NotFound."""
    found = session.scalar(select(User.fs_uniquifier).where(User.id == user_id))
    if found is None:
        raise NotFound("not_found", what="user")
    return found


def change_email(
    session: Session, user_id: int, email: str, *, uniquifier: str, now: datetime
) -> EmailChange:
    """The address is proved: it becomes the account's. Twice does it once.

    Raises Refused where the link is over, Conflict where the address signs somebody else in.
    """
    user = lock(session, User, user_id)
    if user.fs_uniquifier != uniquifier or not user.active:
        raise Refused("email_link_over")
    holder = session.scalar(select(User.id).where(User.email == email))
    if holder not in (None, user_id):
        raise Conflict("email_opens_another")
    if user.email == email:
        return EmailChange(done=False)
    former = user.email
    user.email, user.confirmed_at = email, user.confirmed_at or now
    session.flush()
    who = f"user:{user_id}"
    record(session, actor=who, subject=who, event="email.changed", at=now)
    return EmailChange(done=True, former=former)
