"""Exports and deletions, step by step; each step may be the last before a crash."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from market.accounts.own import deletions, exports
from market.db import reading, transaction
from market.errors import MarketError
from market.files import Store, drop_file, drop_forgotten, forget_file, keep_file
from market.overviews.my_data.archive import Page, build
from market.overviews.my_data.queries import (
    Part,
    files_of,
    forget,
    language_of,
    person_of,
    read_part,
    what_holds,
)
from market.overviews.my_data.subjects import told
from market.overviews.my_data.telling import tell_ready

Pages = Callable[[str], Page]
Clock = Callable[[], datetime]
ZIP = "application/zip"
logger = logging.getLogger(__name__)


def make_export(export_id: int, store: Store, pages: Pages, clock: Clock) -> None:
    """Make one archive, part by part. Safe to run twice: the row says who is at it.

    A worker that dies leaves a lease that runs out; the next one starts from the first part.
    """
    parts = told()
    with transaction() as session:
        user_id = exports.claim_export(session, export_id, parts=len(parts), now=clock())
    if user_id is None:
        return
    found = _read(export_id, user_id)
    with reading() as session:
        page = pages(language_of(session, user_id))
    data = build(found, page)
    with transaction() as session:
        sha256 = keep_file(session, store, data, kind=ZIP, owner=f"user:{user_id}", now=clock())
        wanted = exports.finish_export(session, export_id, sha256, now=clock())
        if wanted:
            tell_ready(session, user_id, export_id, now=clock())
        else:
            forget_file(session, sha256)
    if not wanted:
        drop_file(store, sha256)


def _read(export_id: int, user_id: int) -> list[Part]:
    with reading() as session:
        person = person_of(session, user_id)
    found = []
    for done, part in enumerate(told(), start=1):
        with transaction() as session:  # each part by itself: the person sees how far it is
            found.append(read_part(session, part, person))
            exports.note_part(session, export_id, done)
    return found


def end_old_exports(store: Store, now: datetime) -> int:
    """Delete the files of exports whose week is over; how many."""
    with reading() as session:
        over = exports.exports_over(session, now)
    for export_id, sha256 in over:
        _end(export_id, sha256, store)
    return len(over)


def _end(export_id: int, sha256: str, store: Store) -> None:
    with transaction() as session:
        exports.end_export(session, export_id)
        forget_file(session, sha256)
    drop_file(store, sha256)


def forget_due(store: Store, clock: Clock) -> int:
    """Forget everybody whose seven days are over and for whom nothing runs any more; how many.

    One who cannot be forgotten now is tried again by the next sweep and holds up nobody.
    """
    with reading() as session:
        due = deletions.deletions_due(session, clock())
    return sum(_forget_one(user_id, store, clock) for user_id in due)


def _forget_one(user_id: int, store: Store, clock: Clock) -> bool:
    try:
        return forget_person(user_id, store, clock)
    except MarketError as failure:
        logger.warning("user %s is not forgotten yet: %s", user_id, failure.code)
        return False


def forget_person(user_id: int, store: Store, clock: Clock) -> bool:
    """Forget one person whose time has come. False where something still runs, or they stayed.

    Archives go first, each in its own step, then all rows in one transaction, then the files
    that these named. It is done when those are gone: killed anywhere, the next run finds what
    is left.
    """
    with transaction() as session:
        wanted = deletions.lock_due(session, user_id, clock()) and not what_holds(session, user_id)
        kept = exports.exports_of(session, user_id) if wanted else []
    for export_id, sha256 in kept:
        _end(export_id, sha256, store)
    with transaction() as session:
        if not deletions.lock_due(session, user_id, clock()) or what_holds(session, user_id):
            return False
        hashes = files_of(session, user_id)
        forget(session, user_id, now=clock())
        for sha256 in hashes:
            forget_file(session, sha256)
    drop_forgotten(store)
    with transaction() as session:
        if deletions.lock_due(session, user_id, clock()):  # nobody else was quicker
            deletions.note_deleted(session, user_id, now=clock())
    return True
