"""Leaving: asked for, thought over for seven days, done once nothing runs any more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from market.accounts.commands import record
from market.accounts.models import User
from market.accounts.own.models import AccountDeletion
from market.accounts.own.rules import COOLING
from market.db import lock
from market.errors import NotFound

_OPEN = AccountDeletion.cancelled_at.is_(None) & AccountDeletion.done_at.is_(None)


@dataclass(frozen=True)
class DeletionView:
    """A request that stands."""

    asked_at: datetime
    due_at: datetime


def ask_deletion(session: Session, user_id: int, *, now: datetime) -> None:
    """Ask to be forgotten in seven days; asking again changes nothing."""
    asked = session.scalar(
        upsert(AccountDeletion)
        .values(user_id=user_id, asked_at=now, due_at=now + COOLING)
        .on_conflict_do_nothing()
        .returning(AccountDeletion.id)
    )
    if asked is not None:
        who = f"user:{user_id}"
        record(session, actor=who, subject=who, event="deletion.asked", at=now)


def cancel_deletion(session: Session, user_id: int, *, now: datetime) -> None:
    """Stay after all. Raises NotFound when nothing was asked or it is done."""
    stopped = session.scalar(
        update(AccountDeletion)
        .where(AccountDeletion.user_id == user_id, _OPEN)
        .values(cancelled_at=now)
        .returning(AccountDeletion.id)
    )
    if stopped is None:
        raise NotFound("not_found", what="deletion")
    who = f"user:{user_id}"
    record(session, actor=who, subject=who, event="deletion.cancelled", at=now)


def find_deletion(session: Session, user_id: int) -> DeletionView | None:
    """The request that stands; None without one."""
    row = session.execute(
        select(AccountDeletion.asked_at, AccountDeletion.due_at).where(
            AccountDeletion.user_id == user_id, _OPEN
        )
    ).one_or_none()
    return None if row is None else DeletionView(row.asked_at, row.due_at)


def deletions_due(session: Session, now: datetime) -> list[int]:
    """The users whose seven days are over."""
    return list(
        session.scalars(
            select(AccountDeletion.user_id)
            .where(_OPEN, AccountDeletion.due_at <= now)
            .order_by(AccountDeletion.id)
        )
    )


def lock_due(session: Session, user_id: int, now: datetime) -> bool:
    """Lock the user; is the deletion still wanted, and due?"""
    lock(session, User, user_id)
    found = session.scalar(
        select(AccountDeletion.id).where(
            AccountDeletion.user_id == user_id, _OPEN, AccountDeletion.due_at <= now
        )
    )
    return found is not None


def note_deleted(session: Session, user_id: int, *, now: datetime) -> None:
    """It is done."""
    session.execute(
        update(AccountDeletion).where(AccountDeletion.user_id == user_id, _OPEN).values(done_at=now)
    )
    record(
        session, actor="system", subject=f"user:{user_id}", event="deletion.done", at=now
    )  # fmt: skip
