"""Notes of thanks to the makers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.orm import Session

from market.accounts.commands import record
from market.errors import Refused
from market.voices.commands.reviews import refuse_long
from market.voices.models import Thanks
from market.voices.queries.goods import makers_of
from market.voices.rules import MOST_NOTE


@dataclass(frozen=True, kw_only=True)
class NewThanks:
    """Words or a picture for a group; is_public and show_name are the sender's consents."""

    group_id: int
    words: str = ""
    file_hash: str | None = None
    is_public: bool = False
    show_name: bool = False


def send_thanks(
    session: Session, number: str, note: NewThanks, *, actor: str, now: datetime
) -> bool:
    """Thank a group for an order's goods; False where it was thanked already.

    Refused for a group that brought nothing of this order, and for nothing said.
    """
    mine = [maker for maker in makers_of(session, number) if maker.group_id == note.group_id]
    if not mine:
        raise Refused("thanks_not_received")
    if not note.words and note.file_hash is None:
        raise Refused("thanks_empty")
    refuse_long(note.words, MOST_NOTE)
    thanks_id = session.scalar(
        pg_insert(Thanks)
        .values(order_id=mine[0].order_id, sent_at=now, **vars(note))
        .on_conflict_do_nothing(index_elements=["order_id", "group_id"])
        .returning(Thanks.id)
    )
    if thanks_id is None:
        return False
    record(
        session, actor=actor, subject=f"thanks:{thanks_id}", event="thanks.sent", at=now,
        data={"order_id": mine[0].order_id, "group_id": note.group_id},
    )  # fmt: skip
    return True


def mark_heard(session: Session, group_id: int, *, now: datetime) -> None:
    """The group has read, or listened to, all its thanks."""
    session.execute(
        update(Thanks)
        .where(Thanks.group_id == group_id, Thanks.seen_at.is_(None))
        .values(seen_at=now)
    )
