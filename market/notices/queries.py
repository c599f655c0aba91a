"""Reads of notices: a person's inbox."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from market.errors import NotFound
from market.notices.commands import own
from market.notices.models import Notice
from market.notices.rules import Channel
from market.policy import Thing


@dataclass(frozen=True)
class InboxItem:
    """One notice in an inbox; the words come from its event's template and the payload."""

    id: int
    event: str
    payload: dict[str, Any]
    at: datetime
    seen: bool


def inbox_of(
    session: Session, user_id: int | None, buyer_ids: Collection[int], limit: int
) -> tuple[InboxItem, ...]:
    """This person's newest notices, unread ones first. Nobody's inbox is empty."""
    if user_id is None and not buyer_ids:
        return ()
    rows = session.execute(
        select(Notice.id, Notice.event, Notice.payload, Notice.created_at, Notice.seen_at)
        .where(own(user_id, buyer_ids), Notice.channel == Channel.INAPP)
        .order_by(Notice.seen_at.is_not(None), Notice.id.desc())
        .limit(limit)
    )
    return tuple(
        InboxItem(row.id, row.event, row.payload, row.created_at, row.seen_at is not None)
        for row in rows
    )


def count_unread(session: Session, user_id: int | None, buyer_ids: Collection[int]) -> int:
    """How many notices this person has not seen."""
    if user_id is None and not buyer_ids:
        return 0
    return (
        session.scalar(
            select(func.count())
            .select_from(Notice)
            .where(
                own(user_id, buyer_ids), Notice.channel == Channel.INAPP, Notice.seen_at.is_(None)
            )
        )
        or 0
    )


def notice_thing(session: Session, notice_id: int) -> Thing:
    """Whose notice it is. Raises NotFound."""
    row = session.execute(
        select(Notice.user_id, Notice.buyer_id).where(
            Notice.id == notice_id, Notice.channel == Channel.INAPP
        )
    ).one_or_none()
    if row is None:
        raise NotFound("not_found", what="notice")
    return Thing(user_id=row.user_id, buyer_id=row.buyer_id)


def link_of(session: Session, notice_id: int) -> str:
    """The path that the notice points to; home when it has none, or one that is not ours."""
    payload = session.scalar(select(Notice.payload).where(Notice.id == notice_id)) or {}
    link = str(payload.get("link") or "/")
    ours = link.startswith("/") and not link.startswith(("//", "/\\"))
    return link if ours else "/"
