"""A large report as a file: have it made, see how far it is, take it, go on where it broke off."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, request

from market.accounts.trail import note_taken
from market.clock import utc_now
from market.db import browsing, reading, transaction
from market.doorbell import MAKE_REPORT, ring
from market.errors import NotFound, Refused
from market.limits import limit_files
from market.reports import asking
from market.reports.commands import ask_file
from market.reports.files.queries import JobView, find_job, jobs_of
from market.reports.kinds import BY_KEY
from market.reports.printing import pdf_is_missing
from market.reports.queries import count_rows, get_round
from market.reports.rules import PDF_ROWS, TYPES, XLSX_ROWS, Format
from market.reports.store import Kept, large_store_of
from market.web import Denied, allow, is_htmx, live, page, principal, see_other

bp = Blueprint("report_files", __name__)
PAUSE_SECONDS = 2


@bp.get("/reports/files")
@allow("report.list")
def index() -> Response:
    """The asker's own files of the last week."""
    with reading() as session:
        jobs = jobs_of(session, principal().user_id or 0)
    return page("reports/files.html", jobs=jobs, titles=_titles(), now=utc_now())


@bp.post("/reports/<report_key>/files")
@allow("report.list")
@limit_files
def make(report_key: str) -> Response:
    """Have it made; two taps make one."""
    format_ = request.form.get("format", "")
    if format_ not in set(Format):
        raise NotFound("not_found", what="format")
    with transaction() as session:
        found = asking.find(session, report_key)
        rows = count_rows(session, found.asked)
        _fits(format_, rows)
        job_id = ask_file(
            session, found.asked, format_, user_id=principal().user_id or 0, rows=rows,
            now=utc_now(),
        )  # fmt: skip
    ring(MAKE_REPORT, job_id)
    return see_other("report_files.show", report_job_id=job_id)


def _fits(format_: str, rows: int) -> None:
    """Raises Refused where the format does not hold so many rows."""
    if format_ == Format.PDF and pdf_is_missing():
        raise Refused("report_no_pdf", missing=pdf_is_missing())
    if format_ == Format.PDF and rows > PDF_ROWS:
        raise Refused("report_too_long_for_pdf", most=f"{PDF_ROWS:,}")
    if format_ == Format.XLSX and rows > XLSX_ROWS:
        raise Refused("report_too_long_for_xlsx", most=f"{XLSX_ROWS:,}")


@bp.get("/reports/files/<int:report_job_id>")
@allow("report.list")
def show(report_job_id: int) -> Response:
    """How far it is; renews itself until it is ready."""
    with reading() as session:
        job = _job(session, report_job_id)
        round_ = get_round(session, job.round_id) if job.round_id else None

    def view() -> Response:
        name = "reports/_file.html" if is_htmx() else "reports/file.html"
        return page(
            name, job=job, round=round_, title=BY_KEY[job.report].title, report=BY_KEY[job.report],
            pause=PAUSE_SECONDS,
        )  # fmt: skip

    return live(view, version=(job.state, job.rows_done, job.rows_expected))


@bp.get("/reports/files/<int:report_job_id>/take")
@allow("report.list")
def take(report_job_id: int) -> Response:
    """The file. A download that broke off goes on where it stopped (Range, If-Range)."""
    with browsing() as session:  # a slow reader must hold no connection
        job = _job(session, report_job_id)
    now = utc_now()
    if job.sha256 is None or job.expires_at is None or job.expires_at <= now:
        raise NotFound("report_no_file")
    store = large_store_of(current_app.extensions["market_config"])
    kept = Kept(store, job.sha256, job.size_bytes)
    next(iter(kept))  # a store that lost it says so now, not in the middle of the answer
    kept.seek(0)
    with transaction() as session:
        about = {"report": job.report, "format": job.format, "areas": job.areas}
        note_taken(session, f"report_file:{job.id}", actor=principal().actor(), now=now, data=about)
    answer = Response(kept, content_type=TYPES[Format(job.format)], direct_passthrough=True)
    answer.content_length = job.size_bytes
    answer.set_etag(job.sha256)
    answer.headers["Cache-Control"] = "private, no-cache, no-transform"
    name = f"{job.report}-{job.id}.{job.format}"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.make_conditional(request, accept_ranges=True, complete_length=job.size_bytes)
    return answer


def _job(session: Any, job_id: int) -> JobView:
    """A file that the asker may see now: the right is asked again each time."""
    job = find_job(session, job_id)
    report = BY_KEY.get(job.report)
    scope = asking.scope_for(principal(), report) if report else None
    if scope is None or not scope.holds(job.scope):
        raise Denied
    return job


def _titles() -> dict[str, Any]:
    return {key: report.title for key, report in BY_KEY.items()}
