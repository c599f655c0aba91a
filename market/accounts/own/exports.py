"""A person's export: asked for, made by the worker, kept for a week, then gone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from market.accounts.commands import record
from market.accounts.own.models import DataExport
from market.accounts.own.rules import EXPORT_KEPT, EXPORT_LEASE, EXPORT_TRIES, ExportState
from market.errors import NotFound
from market.principals import Thing

_CLAIM = text(
    """
    UPDATE data_export SET claimed_until = :until, tries = tries + 1, parts_done = 0,
           parts_total = :parts
     WHERE id = :id AND state = 'asked' AND (claimed_until IS NULL OR claimed_until < :now)
       AND tries < :tries
    RETURNING user_id
    """
)
_GIVE_UP = text(
    "UPDATE data_export SET state = 'failed' WHERE state = 'asked' AND tries >= :tries"
    " AND claimed_until < :now"
)
_DUE = text(
    "SELECT id FROM data_export WHERE state = 'asked'"
    " AND (claimed_until IS NULL OR claimed_until < :now) ORDER BY id"
)


@dataclass(frozen=True)
class ExportView:
    """What the person sees of it."""

    id: int
    state: str
    asked_at: datetime
    parts_done: int
    parts_total: int
    expires_at: datetime | None


def ask_export(session: Session, user_id: int, *, now: datetime) -> int | None:
    """Ask for everything; None while one is being made already."""
    export_id = session.scalar(
        upsert(DataExport)
        .values(user_id=user_id, state=ExportState.ASKED, asked_at=now)
        .on_conflict_do_nothing()
        .returning(DataExport.id)
    )
    if export_id is not None:
        who = f"user:{user_id}"
        record(session, actor=who, subject=who, event="data.asked", at=now)
    return export_id


def newest_export(session: Session, user_id: int) -> ExportView | None:
    """The last one asked for; None when none ever was."""
    row = session.scalars(
        select(DataExport)
        .where(DataExport.user_id == user_id)
        .order_by(DataExport.id.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    return ExportView(
        row.id, row.state, row.asked_at, row.parts_done, row.parts_total, row.expires_at
    )


def export_thing(session: Session, export_id: int) -> Thing:
    """Whose export it is. Raises NotFound."""
    user_id = session.scalar(select(DataExport.user_id).where(DataExport.id == export_id))
    if user_id is None:
        raise NotFound("not_found", what="export")
    return Thing(user_id=user_id)


def ready_file(session: Session, export_id: int, now: datetime) -> str:
    """The hash of an export's file. Raises NotFound unless it is ready and not over."""
    sha256 = session.scalar(
        select(DataExport.sha256).where(
            DataExport.id == export_id,
            DataExport.state == ExportState.READY,
            DataExport.expires_at > now,
        )
    )
    if sha256 is None:
        raise NotFound("export_over")
    return sha256


def exports_to_make(session: Session, now: datetime) -> list[int]:
    """Those asked for that nobody is making; what failed too often is given up."""
    session.execute(_GIVE_UP, {"tries": EXPORT_TRIES, "now": now})
    return list(session.scalars(_DUE, {"now": now}))


def claim_export(session: Session, export_id: int, *, parts: int, now: datetime) -> int | None:
    """The user whose export to make now; None when somebody makes it or it is made."""
    asked = {
        "id": export_id, "parts": parts, "now": now, "until": now + EXPORT_LEASE,
        "tries": EXPORT_TRIES,
    }  # fmt: skip
    user_id: int | None = session.scalar(_CLAIM, asked)
    return user_id


def note_part(session: Session, export_id: int, done: int) -> None:
    """How far it is."""
    session.execute(
        update(DataExport).where(DataExport.id == export_id).values(parts_done=done)
    )  # fmt: skip


def finish_export(session: Session, export_id: int, sha256: str, *, now: datetime) -> bool:
    """It is ready for a week. False when it is no longer wanted: the account is going."""
    done = session.scalar(
        update(DataExport)
        .where(DataExport.id == export_id, DataExport.state == ExportState.ASKED)
        .values(
            state=ExportState.READY, sha256=sha256, ready_at=now, expires_at=now + EXPORT_KEPT
        )
        .returning(DataExport.id)
    )  # fmt: skip
    return done is not None


def exports_over(session: Session, now: datetime) -> list[tuple[int, str]]:
    """Ready ones whose week has passed, with their files."""
    rows = session.execute(
        select(DataExport.id, DataExport.sha256)
        .where(DataExport.state == ExportState.READY, DataExport.expires_at <= now)
        .order_by(DataExport.id)
    )
    return [(row.id, row.sha256) for row in rows if row.sha256]


def exports_of(session: Session, user_id: int) -> list[tuple[int, str]]:
    """The ready ones of a user, with their files."""
    rows = session.execute(
        select(DataExport.id, DataExport.sha256).where(
            DataExport.user_id == user_id, DataExport.state == ExportState.READY
        )
    )
    return [(row.id, row.sha256) for row in rows if row.sha256]


def end_export(session: Session, export_id: int) -> None:
    """It is over, and names no file any more."""
    session.execute(
        update(DataExport)
        .where(DataExport.id == export_id)
        .values(state=ExportState.EXPIRED, sha256=None)
    )
