"""How long files and rows of imports are kept: each step may be the last before a crash."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, text

from market.db import browsing, lock, transaction
from market.files import Store, drop_file, forget_file
from market.imports.models import SheetImport
from market.imports.rules import MOVES, ImportState


def drop_sheet(import_id: int, store: Store) -> None:
    """The bytes are needed no more: rows hold what undoing needs."""
    with transaction() as session:
        found = lock(session, SheetImport, import_id)
        sha256, found.kept_file = found.kept_file, None
        session.flush()
        if sha256 is not None:
            forget_file(session, sha256)
    if sha256 is not None:
        drop_file(store, sha256)


def end_old(store: Store, now: datetime) -> int:
    """Take the file and the rows of imports whose time is over; how many."""
    with browsing() as session:
        ids = session.scalars(
            select(SheetImport.id)
            .where(SheetImport.expires_at <= now, SheetImport.emptied_at.is_(None))
            .order_by(SheetImport.id)
            .limit(500)
        ).all()
    for import_id in ids:
        _empty(import_id, now)
        drop_sheet(import_id, store)
    return len(ids)


def _empty(import_id: int, now: datetime) -> None:
    with transaction() as session:
        found = lock(session, SheetImport, import_id)
        if ImportState.DROPPED in MOVES[found.state]:
            found.move(ImportState.DROPPED)
        session.execute(text("DELETE FROM sheet_row WHERE import_id = :id"), {"id": import_id})
        found.emptied_at, found.heads, found.columns = now, [], {}
