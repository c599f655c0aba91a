"""What workers need of the edge: a job's rows in a format and language, reports by name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import IO, Any

from flask_babel import force_locale

from market.db import reading
from market.reports.files.queries import JobView
from market.reports.kinds import BY_KEY
from market.reports.printing import write_file
from market.reports.queries import get_round, stage_of
from market.reports.rules import Asked


def write_job(
    job: JobView, asked: Asked, rows: Iterable[Sequence[Any]], file: IO[bytes], folder: str
) -> None:
    """The rows in the job's format."""
    with reading() as session:
        round_ = get_round(session, job.round_id) if job.round_id else None
        stage = stage_of(session, job.snapshot_id) if job.snapshot_id else None
    write_file(job.format, asked, (round_, stage), rows, (file, folder))


def titles_of(key: str) -> tuple[str, str]:
    """A report's name in Thai and in English."""
    with force_locale("th"):
        thai = str(BY_KEY[key].title)
    with force_locale("en"):
        return thai, str(BY_KEY[key].title)
