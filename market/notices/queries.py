"""Reads of notices: a person's inbox."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from market.errors import NotFound
from market.notices.commands import own
from market.notices.models import ContactWay, Notice, PushSubscription
from market.notices.rules import OWN_WAYS, Channel, Screen
from market.principals import Thing


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
    link = str(payload.get("link") or _page_of(payload))
    ours = link.startswith("/") and not link.startswith(("//", "/\\"))
    return link if ours else "/"


def _page_of(payload: Mapping[str, Any]) -> str:
    """Where somebody goes who needs no signed link."""
    if "number" in payload:
        return f"/orders/{payload['number']}"
    return f"/group/{payload['group_id']}" if "group_id" in payload else "/"


def screens_of(session: Session, user_id: int) -> list[Screen]:
    """The browsers that show this person's notices."""
    rows = session.execute(
        select(
            PushSubscription.endpoint, PushSubscription.p256dh, PushSubscription.auth,
            PushSubscription.refused,
        )
        .where(PushSubscription.user_id == user_id)
        .order_by(PushSubscription.id)
    )  # fmt: skip
    return [Screen(*row) for row in rows]


def own_ways(session: Session, user_id: int) -> tuple[Channel, ...]:
    """This person's ways in their order; the usual ones where nothing was ever chosen."""
    rows = session.execute(
        select(ContactWay.channel, ContactWay.position).where(ContactWay.user_id == user_id)
    ).all()
    if not rows:
        return OWN_WAYS
    placed = [(row.position, row.channel) for row in rows if row.position is not None]
    return tuple(channel for _position, channel in sorted(placed))
