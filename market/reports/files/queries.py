"""Reading files of reports: how far one is, whose they are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from market.errors import NotFound
from market.files import StoredFile
from market.reports.models import ReportJob
from market.reports.rules import Scope


@dataclass(frozen=True, kw_only=True)
class JobView:
    """A file as its readers and its maker see it."""

    id: int
    report: str
    format: str
    language: str
    round_id: int | None
    snapshot_id: int | None
    as_of: datetime
    month_on: date | None
    areas: list[str]
    group_ids: list[int]
    asked_by: int
    asked_at: datetime
    state: str
    rows_done: int
    rows_expected: int
    tries: int
    sha256: str | None
    expires_at: datetime | None
    size_bytes: int = 0

    @property
    def scope(self) -> Scope:
        """Whose rows are in it."""
        return Scope(tuple(self.areas), tuple(self.group_ids))


def find_job(session: Session, job_id: int) -> JobView:
    """A file, whatever became of it. Raises NotFound."""
    row = session.get(ReportJob, job_id, populate_existing=True)
    if row is None:
        raise NotFound("not_found", what="report")
    size = select(StoredFile.size_bytes).where(StoredFile.sha256 == row.sha256)
    return _view(row, (session.scalar(size) or 0) if row.sha256 else 0)


def jobs_of(session: Session, user_id: int) -> list[JobView]:
    """The files somebody asked for last, newest first."""
    rows = session.scalars(
        select(ReportJob)
        .where(ReportJob.asked_by == user_id, ReportJob.state != "expired")
        .order_by(ReportJob.id.desc())
        .limit(20)
    )
    return [_view(row) for row in rows]


def _view(row: ReportJob, size_bytes: int = 0) -> JobView:
    names = set(JobView.__dataclass_fields__) - {"size_bytes"}
    return JobView(**{name: getattr(row, name) for name in names}, size_bytes=size_bytes)
