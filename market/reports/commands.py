"""Writes of reports: a file to make, who makes it, what became of it."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any

from sqlalchemy import select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from market.accounts.commands import record
from market.reports.files.queries import JobView, find_job
from market.reports.models import ReportJob
from market.reports.rules import FILE_KEPT, JOB_LEASE, JOB_TRIES, Asked

_CLAIM = text(
    """
    UPDATE report_job SET claimed_until = :until, tries = tries + 1, rows_done = 0
     WHERE id = :id AND state = 'asked' AND tries < :tries
       AND (claimed_until IS NULL OR claimed_until < :now)
    RETURNING id, tries
    """
)
_DUE = text(
    "SELECT id FROM report_job WHERE state = 'asked'"
    " AND (claimed_until IS NULL OR claimed_until < :now) ORDER BY id LIMIT 100"
)
_GIVE_UP = text(
    "UPDATE report_job SET state = 'failed' WHERE state = 'asked' AND tries >= :tries"
    " AND claimed_until < :now"
)


def fingerprint(asked: Asked, format_: str) -> str:
    """What a file is made of; the same again is the same file."""
    made_of = {
        "report": asked.report.key, "format": format_, "language": asked.language,
        "round": asked.round_id, "snapshot": asked.snapshot_id, "as_of": asked.as_of.isoformat(),
        "month": str(asked.month_on), "areas": asked.scope.areas, "groups": asked.scope.group_ids,
    }  # fmt: skip
    return hashlib.sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()


def ask_file(
    session: Session, asked: Asked, format_: str, *, user_id: int, rows: int, now: datetime
) -> int:
    """The job that makes this file; tapped twice, or asked for by two, it is one."""
    key = fingerprint(asked, format_)
    job_id = session.scalar(
        insert(ReportJob)
        .values(
            fingerprint=key, report=asked.report.key, format=format_, language=asked.language,
            round_id=asked.round_id, snapshot_id=asked.snapshot_id, as_of=asked.as_of,
            month_on=asked.month_on, areas=list(asked.scope.areas),
            group_ids=list(asked.scope.group_ids), asked_by=user_id, asked_at=now,
            rows_expected=rows,
        )
        .on_conflict_do_nothing()
        .returning(ReportJob.id)
    )  # fmt: skip
    if job_id is None:
        live = ReportJob.state.in_(("asked", "ready"))
        return session.scalars(select(ReportJob.id).where(ReportJob.fingerprint == key, live)).one()
    note_taking(session, asked, format_, actor=f"user:{user_id}", now=now)
    return int(job_id)


def note_taking(session: Session, asked: Asked, format_: str, *, actor: str, now: datetime) -> None:
    """Who took whose data out of the market, in the trail."""
    record(
        session, actor=actor, subject=f"report:{asked.report.key}", event="report.taken", at=now,
        data={"format": format_, "round": asked.round_id, "areas": list(asked.scope.areas),
              "groups": list(asked.scope.group_ids)},
    )  # fmt: skip


def claim_job(session: Session, job_id: int, *, now: datetime) -> JobView | None:
    """Take a job for the length of a lease; None when it is taken, made, or given up."""
    values = {"id": job_id, "now": now, "until": now + JOB_LEASE, "tries": JOB_TRIES}
    if session.execute(_CLAIM, values).one_or_none() is None:
        return None
    return find_job(session, job_id)


def note_rows(session: Session, job: JobView, done: int, *, now: datetime) -> bool:
    """How far it is, and that its maker lives. False when another has taken it over."""
    return _change(session, job, {"rows_done": done, "claimed_until": now + JOB_LEASE})


def finish_job(session: Session, job: JobView, sha256: str, rows: int, *, now: datetime) -> bool:
    """It can be taken for a week. False when another has taken it over."""
    values = {
        "state": "ready", "sha256": sha256, "rows_done": rows, "rows_expected": rows,
        "ready_at": now, "expires_at": now + FILE_KEPT,
    }  # fmt: skip
    return _change(session, job, values)


def fail_job(session: Session, job: JobView) -> bool:
    """It cannot be made, however often it is tried."""
    return _change(session, job, {"state": "failed"})


def _change(session: Session, job: JobView, values: dict[str, Any]) -> bool:
    """Only by whoever holds it: the number of the try is the fence."""
    changed = session.scalar(
        update(ReportJob)
        .where(ReportJob.id == job.id, ReportJob.state == "asked", ReportJob.tries == job.tries)
        .values(**values)
        .returning(ReportJob.id)
        .execution_options(synchronize_session=False)
    )
    return changed is not None


def jobs_to_make(session: Session, now: datetime) -> list[int]:
    """Those that nobody makes; what failed too often is given up."""
    session.execute(_GIVE_UP, {"tries": JOB_TRIES, "now": now})
    return list(session.scalars(_DUE, {"now": now}))


def jobs_over(session: Session, now: datetime) -> list[tuple[int, str]]:
    """Files whose week has passed."""
    rows = session.execute(
        select(ReportJob.id, ReportJob.sha256).where(
            ReportJob.state == "ready", ReportJob.expires_at <= now
        )
    )
    return [(row.id, row.sha256) for row in rows if row.sha256]


def end_job(session: Session, job_id: int) -> None:
    """It is over, and names no file any more."""
    session.execute(
        update(ReportJob)
        .where(ReportJob.id == job_id)
        .values(state="expired", sha256=None)
        .execution_options(synchronize_session=False)
    )
