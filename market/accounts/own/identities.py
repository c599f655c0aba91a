"""Ways to sign in that come from elsewhere. A LINE account opens one account here, and only by
its holder's own act: it is never matched to an account by e-mail or name.
"""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from market.accounts.commands import record
from market.accounts.line.rules import LinePerson
from market.accounts.models import User
from market.accounts.own.models import Identity
from market.db import lock
from market.errors import Conflict, NotFound, Refused

LINE = "line"


def find_line_user(session: Session, subject: str) -> int | None:
    """The user whom this LINE account signs in; None when it is linked to nobody."""
    return session.scalar(
        select(Identity.user_id).where(Identity.provider == LINE, Identity.subject == subject)
    )


def line_name_of(session: Session, user_id: int) -> str | None:
    """The name on the linked LINE account; None where none is linked."""
    found = session.execute(
        select(Identity.display_name).where(Identity.user_id == user_id, Identity.provider == LINE)
    ).one_or_none()
    return None if found is None else found.display_name or "LINE"


def join_with_line(session: Session, person: LinePerson, *, language: str, now: datetime) -> int:
    """A new account that LINE signs in; the one it already opens, where there is one."""
    known = find_line_user(session, person.subject)
    if known is not None:
        return known
    user = User(
        name=person.name, active=True, fs_uniquifier=secrets.token_hex(16),
        language=language, created_at=now, confirmed_at=now,
    )  # fmt: skip
    session.add(user)
    session.flush()
    link_line(session, user.id, person, now=now)
    return user.id


def link_line(session: Session, user_id: int, person: LinePerson, *, now: datetime) -> bool:
    """Let this LINE account sign in here; doing it twice does it once. Was it new?

    Raises Conflict where it opens another account, or this one has another LINE account.
    """
    added = session.scalar(
        upsert(Identity)
        .values(
            user_id=user_id, provider=LINE, subject=person.subject,
            display_name=person.name or None, linked_at=now,
        )
        .on_conflict_do_nothing()
        .returning(Identity.id)
    )  # fmt: skip
    holder = find_line_user(session, person.subject)
    if holder is None:
        raise Conflict("line_other_linked")
    if holder != user_id:
        raise Conflict("line_opens_another")
    if added is not None:
        who = f"user:{user_id}"
        record(session, actor=who, subject=who, event="line.linked", at=now)
    return added is not None


def unlink_line(session: Session, user_id: int, *, now: datetime) -> None:
    """Take the way by LINE away. Raises Refused where nothing else signs in, NotFound."""
    user = lock(session, User, user_id)
    if not (user.email or user.us_phone_number):
        raise Refused("line_is_the_only_way")
    gone = session.scalar(
        delete(Identity)
        .where(Identity.user_id == user_id, Identity.provider == LINE)
        .returning(Identity.id)
    )
    if gone is None:
        raise NotFound("not_found", what="identity")
    record(
        session, actor=f"user:{user_id}", subject=f"user:{user_id}", event="line.unlinked", at=now
    )
