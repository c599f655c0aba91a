"""Writes of notices: one in-app row, and one e-mail row where an address is known."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select, text, update
from sqlalchemy.orm import Session

from market.notices.models import Notice
from market.notices.rules import (
    CLAIM_SECONDS,
    MAX_ATTEMPTS,
    Channel,
    ClaimedNotice,
    NewNotice,
    NoticeState,
    next_attempt_at,
)

STUCK = "stuck"

#: Address and language come from the person's row at the time of writing. The unique
#: constraint makes a repeated call harmless.
_INSERT = text(
    """
    INSERT INTO notice (user_id, buyer_id, channel, address, language, event, subject, version,
                        payload, state, due_at, sent_at, created_at)
    SELECT r.user_id, r.buyer_id, way.channel,
           CASE way.channel WHEN 'email' THEN coalesce(u.email, b.email) END,
           coalesce(u.language, 'th'), r.event, r.subject, r.version, r.payload,
           way.state, :now, CASE way.channel WHEN 'inapp' THEN CAST(:now AS timestamptz) END, :now
      FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(
           user_id bigint, buyer_id bigint, event text, subject text, version bigint, payload jsonb)
      LEFT JOIN buyer b ON b.id = r.buyer_id
      LEFT JOIN "user" u ON u.id = coalesce(r.user_id, b.user_id)
     CROSS JOIN (VALUES ('inapp', 'sent'), ('email', 'due')) AS way(channel, state)
     WHERE way.channel = 'inapp' OR coalesce(u.email, b.email) IS NOT NULL
    ON CONFLICT ON CONSTRAINT uq_notice_once DO NOTHING
    """
)


def notify(
    session: Session,
    *,
    event: str,
    subject: str,
    payload: Mapping[str, Any],
    now: datetime,
    user_id: int | None = None,
    buyer_id: int | None = None,
    version: int = 1,
) -> None:
    """Tell one person (a user or a buyer) once; see ``NewNotice`` for the fields."""
    notice = NewNotice(
        event=event,
        subject=subject,
        payload=payload,
        user_id=user_id,
        buyer_id=buyer_id,
        version=version,
    )
    notify_many(session, [notice], now)


def notify_many(session: Session, rows: Sequence[NewNotice], now: datetime) -> None:
    """Tell many people in one statement; what was already told is left alone."""
    if not rows:
        return
    session.execute(_INSERT, {"rows": json.dumps([row.columns() for row in rows]), "now": now})


def post_letter(
    session: Session,
    *,
    user_id: int,
    address: str,
    subject: str,
    payload: Mapping[str, Any],
    language: str,
    now: datetime,
) -> None:
    """One e-mail about an account, to the given address; nothing appears in the inbox.

    The payload holds secrets (a code, a recovery link): it is emptied once sent.
    """
    session.add(
        Notice(
            user_id=user_id,
            channel=Channel.EMAIL,
            address=address,
            language=language,
            event="account.mail",
            subject=subject,
            payload=dict(payload),
            due_at=now,
            created_at=now,
        )
    )


def mark_seen(
    session: Session, *, user_id: int | None, buyer_ids: Collection[int], now: datetime
) -> None:
    """Everything in this person's inbox counts as read."""
    session.execute(
        update(Notice)
        .where(own(user_id, buyer_ids), Notice.channel == Channel.INAPP, Notice.seen_at.is_(None))
        .values(seen_at=now)
    )


def mark_one_seen(session: Session, notice_id: int, now: datetime) -> None:
    """This notice counts as read."""
    session.execute(
        update(Notice).where(Notice.id == notice_id, Notice.seen_at.is_(None)).values(seen_at=now)
    )


def own(user_id: int | None, buyer_ids: Collection[int]) -> Any:
    """The condition that a notice is this person's."""
    mine: list[Any] = [Notice.buyer_id.in_(buyer_ids)]
    if user_id is not None:
        mine.append(Notice.user_id == user_id)
    return or_(*mine)


def recover_stuck(session: Session, now: datetime) -> None:
    """Letters whose sender died: tried once more, then given up.

    Mail cannot be exactly-once. A rare double letter beats a lost one, an endless row of
    doubles does not.
    """
    stuck = (Notice.state == NoticeState.SENDING, Notice.claimed_until < now)
    session.execute(
        update(Notice)
        .where(*stuck, Notice.error == STUCK)
        .values(state=NoticeState.FAILED, claimed_until=None)
    )
    session.execute(
        update(Notice).where(*stuck).values(state=NoticeState.DUE, claimed_until=None, error=STUCK)
    )


def claim_due(session: Session, now: datetime, limit: int) -> list[ClaimedNotice]:
    """Take up to ``limit`` due letters for ourselves; several workers never take the same one."""
    due = (
        select(Notice.id)
        .where(Notice.state == NoticeState.DUE, Notice.due_at <= now)
        .order_by(Notice.due_at, Notice.id)
        .limit(limit)
        .with_for_update(key_share=True, skip_locked=True)
    )
    rows = session.execute(
        update(Notice)
        .where(Notice.id.in_(due.scalar_subquery()))
        .values(
            state=NoticeState.SENDING,
            claimed_until=now + timedelta(seconds=CLAIM_SECONDS),
            attempts=Notice.attempts + 1,
        )
        .returning(
            Notice.id, Notice.address, Notice.language, Notice.event, Notice.payload,
            Notice.attempts,
        )
    ).all()  # fmt: skip
    return sorted((ClaimedNotice(*row) for row in rows), key=lambda notice: notice.id)


def mark_sent(session: Session, notice_id: int, now: datetime) -> None:
    """The letter has left. Letters about accounts forget their secrets."""
    session.execute(
        text(
            "UPDATE notice SET state = 'sent', sent_at = :now, claimed_until = NULL, error = NULL,"
            " payload = CASE event WHEN 'account.mail' THEN '{}'::jsonb ELSE payload END"
            " WHERE id = :id AND state = 'sending'"
        ),
        {"id": notice_id, "now": now},
    )


def mark_unsent(session: Session, notice: ClaimedNotice, error: str, now: datetime) -> None:
    """The letter did not leave: try again later, or give up after the last attempt."""
    over = notice.attempts >= MAX_ATTEMPTS
    session.execute(
        update(Notice)
        .where(Notice.id == notice.id, Notice.state == NoticeState.SENDING)
        .values(
            state=NoticeState.FAILED if over else NoticeState.DUE,
            due_at=next_attempt_at(now, notice.attempts),
            claimed_until=None,
            error=error[:500],
        )
    )


def give_up(session: Session, notice_id: int, error: str) -> None:
    """The letter cannot be written at all; trying again would not help."""
    session.execute(
        update(Notice)
        .where(Notice.id == notice_id, Notice.state == NoticeState.SENDING)
        .values(state=NoticeState.FAILED, claimed_until=None, error=error[:500])
    )
