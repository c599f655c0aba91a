"""Files and snapshots, step by step; each step may be the last before a crash."""

from __future__ import annotations

import logging
import shutil
import tempfile
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from sqlalchemy.exc import DBAPIError

from market.db import beside, browsing, transaction
from market.errors import MarketError, NotFound, Refused
from market.files import drop_file, forget_file, note_file
from market.reports import commands, freezing
from market.reports.files.queries import JobView
from market.reports.kinds import BY_KEY
from market.reports.queries import stream
from market.reports.rules import Asked
from market.reports.store import LargeStore, hash_of
from market.reports.writing import ticking

Rows = Iterable[Sequence[Any]]
#: Writes a job's rows into a file in the job's format and language; the folder is for scraps.
Write = Callable[[JobView, Asked, Rows, IO[bytes], str], None]
Clock = Callable[[], datetime]
KIND = "application/octet-stream"
logger = logging.getLogger(__name__)


def make_file(job_id: int, store: LargeStore, write: Write, clock: Clock, scraps: Path) -> bool:
    """Make one file. Safe to run twice, and beside itself: the row says who is at it.

    A worker that dies leaves a lease that runs out, and scraps that its successor removes; each
    try has a folder of its own, so that a slow one that lost its lease removes only its own. The
    file itself has no name until it is whole.
    """
    with transaction() as session:
        job = commands.claim_job(session, job_id, now=clock())
    if job is None:
        return False
    for left in scraps.glob(f"report-{job_id}-*"):
        shutil.rmtree(left, ignore_errors=True)
    folder = scraps / f"report-{job_id}-{job.tries}"
    folder.mkdir(parents=True, mode=0o700)
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            rows = _write(job, write, file, clock, str(folder))
            return _keep(job, store, file, rows, clock)
    except (Refused, NotFound):
        with transaction() as session:
            commands.fail_job(session, job)
        raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _write(job: JobView, write: Write, file: IO[bytes], clock: Clock, folder: str) -> int:
    """All rows into the file; how many they were."""
    asked, done = asked_of(job), 0
    transaction_beside = beside()

    def tick(rows: int) -> None:
        nonlocal done
        done = rows
        with transaction_beside() as session:
            if not commands.note_rows(session, job, rows, now=clock()):
                raise Refused("report_taken_over")

    with browsing() as session:
        write(job, asked, ticking(stream(session, asked), tick), file, folder)
    return done


def _keep(job: JobView, store: LargeStore, file: IO[bytes], rows: int, clock: Clock) -> bool:
    sha256, size_bytes = hash_of(file)
    store.put_file(sha256, file, size_bytes)
    with transaction() as session:
        note_file(session, sha256, size_bytes, kind=KIND, owner=f"report:{job.report}", now=clock())
        store.read(sha256, 0, 1)  # the same file of an older job may have been dropped meanwhile
        kept = commands.finish_job(session, job, sha256, rows, now=clock())
        if not kept:
            forget_file(session, sha256)
    if not kept:
        drop_file(store, sha256)
    return kept


def asked_of(job: JobView) -> Asked:
    """What the job's file is about. Raises NotFound for a report that there is no more."""
    report = BY_KEY.get(job.report)
    if report is None:
        raise NotFound("not_found", what="report")
    return Asked(
        report=report, scope=job.scope, as_of=job.as_of, round_id=job.round_id,
        snapshot_id=job.snapshot_id, month_on=job.month_on, language=job.language,
    )  # fmt: skip


def freeze_due(clock: Clock) -> int:
    """Write every snapshot that is due, each in a transaction of its own; how many."""
    with transaction() as session:
        freezing.note_changes(session, now=clock())
    with browsing() as session:
        due = freezing.due_snapshots(session)
    frozen = sum(_freeze(snapshot_id, clock) for snapshot_id in due)
    with transaction() as session:
        freezing.drop_old(session)
    return frozen


def _freeze(snapshot_id: int, clock: Clock) -> bool:
    """One that fails stays due, is logged each time, and holds up no other round."""
    try:
        with transaction() as session:
            return freezing.freeze(session, snapshot_id, now=clock())
    except DBAPIError:
        logger.exception("figures of snapshot %s are not frozen", snapshot_id)
        return False


def end_old_files(store: LargeStore, now: datetime) -> int:
    """Delete files whose week is over; how many. A store that does not answer is asked again."""
    with browsing() as session:
        over = commands.jobs_over(session, now)
    for job_id, sha256 in over:
        try:
            with transaction() as session:
                commands.end_job(session, job_id)
                forget_file(session, sha256)
            drop_file(store, sha256)
        except MarketError:
            return 0
    return len(over)
