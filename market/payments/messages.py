"""The provider's messages: kept once, tried until they are understood, then shown to a person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.orm import Session

from market.payments.cases import open_case
from market.payments.models import GatewayEvent
from market.payments.provider import Message
from market.payments.states import CaseKind

#: 30 seconds, a minute, two ... then every six hours: in all about two days.
MOST_TRIES = 16
LONGEST_WAIT = timedelta(hours=6)
LEASE = timedelta(minutes=5)


def keep_message(session: Session, message: Message, *, now: datetime) -> bool:
    """Keep it, once by its id; False when it came before. One statement."""
    kept = session.scalar(
        pg_insert(GatewayEvent)
        .values(
            id=message.id, kind=message.kind, object_id=message.object_id,
            livemode=message.livemode, received_at=now, try_at=now,
        )
        .on_conflict_do_nothing(index_elements=["id"])
        .returning(GatewayEvent.id)
    )  # fmt: skip
    return kept is not None


def claim_messages(session: Session, *, now: datetime, most: int = 50) -> Sequence[Message]:
    """Messages to look into now; a worker that dies gives them back after a while."""
    rows = session.scalars(
        select(GatewayEvent)
        .where(GatewayEvent.done_at.is_(None), GatewayEvent.try_at <= now)
        .order_by(GatewayEvent.received_at)
        .limit(most)
        .with_for_update(skip_locked=True)
    ).all()
    for row in rows:
        row.tries += 1
        row.try_at = now + max(LEASE, wait_after(row.tries))
    session.flush()
    return [
        Message(id=row.id, kind=row.kind, object_id=row.object_id, livemode=row.livemode)
        for row in rows
    ]


def wait_after(tries: int) -> timedelta:
    """How long after that many tries the next one comes."""
    return min(LONGEST_WAIT, timedelta(seconds=15 * 2 ** min(tries, 12)))


def finish_message(
    session: Session, message_id: str, *, now: datetime, note: str | None = None
) -> None:
    """Understood, or of no concern to us (``note`` says why)."""
    row = lock_message(session, message_id)
    row.done_at, row.error = now, note


def retry_message(session: Session, message_id: str, error: str, *, now: datetime) -> None:
    """Not yet; the last try makes it a case."""
    row = lock_message(session, message_id)
    row.error = error[:200]
    row.try_at = now + wait_after(row.tries)
    if row.tries < MOST_TRIES:
        return
    row.done_at = now
    open_case(
        session, CaseKind.LOST_MESSAGE, f"event:{row.id}", amount_satang=0, now=now,
        detail={"kind": row.kind, "object": row.object_id, "error": row.error},
    )  # fmt: skip


def lock_message(session: Session, message_id: str) -> GatewayEvent:
    """The row of a message, locked. Raises NoResultFound for an unknown one."""
    return session.scalars(
        select(GatewayEvent).where(GatewayEvent.id == message_id).with_for_update()
    ).one()
