"""Finding a report, reading it, printing it, taking a small one at once."""

from __future__ import annotations

import io
from typing import Any

from flask import Blueprint, Response, request
from flask_babel import gettext as _

from market.accounts.trail import note_taken
from market.clock import bangkok_date, utc_now
from market.db import reading, transaction
from market.doorbell import FREEZE_REPORTS, ring
from market.errors import NotFound, Refused
from market.intake import row_number
from market.reports import asking
from market.reports.commands import note_taking
from market.reports.files.views import bp as files
from market.reports.freezing import freeze_again
from market.reports.kinds import REPORTS
from market.reports.printing import paper, pdf_is_missing, shown, without_repeats, write_file
from market.reports.queries import (
    count_rows,
    list_provinces,
    list_rounds,
    some_rows,
    stages_of,
    stream,
)
from market.reports.rules import AT_ONCE_ROWS, PAGE_ROWS, PDF_ROWS, TYPES, Format, Job, Source
from market.reports.sending.views import bp as sending
from market.reports.sheets import NUMBERS
from market.reports.words import JOBS, STAGES, as_month
from market.rounds.queries import round_thing
from market.web import Denied, allow, page, principal, say, see_other

bp = Blueprint("reports", __name__)
BLUEPRINTS = (bp, files, sending)
MONTHS_BACK = 12
MOST_PAGES = 10**6  # beyond lies nothing, and the database counts no further


@bp.get("/reports")
@allow("report.list")
def index() -> Response:
    """Every report of the asker's, by what they are doing, for a round they choose."""
    mine = asking.reports_for(principal())
    with reading() as session:
        rounds = list_rounds(session)
    wanted = request.args.get("round", type=row_number)
    chosen = next((one for one in rounds if one.id == wanted), rounds[0] if rounds else None)
    now = _job_of(chosen)
    jobs = [
        (job, JOBS[job], [one for one in REPORTS if one.job is job and one in mine]) for job in Job
    ]
    return page(
        "reports/index.html", rounds=rounds, chosen=chosen, Source=Source, now_job=now,
        jobs=sorted((job for job in jobs if job[2]), key=lambda job: job[0] is not now),
    )  # fmt: skip


def _job_of(round_: Any) -> Job:
    """What is done in a round of this state."""
    state = round_.state if round_ else ""
    return {
        "open": Job.CUT_OFF, "closed": Job.CUT_OFF, "matched": Job.CUT_OFF,
        "confirming": Job.MAKING, "paying": Job.MAKING, "producing": Job.MAKING,
        "delivering": Job.DELIVERY,
    }.get(state, Job.MONEY)  # fmt: skip


@bp.get("/reports/<report_key>")
@allow("report.list")
def show(report_key: str) -> Response:
    """The first rows, page by page, and every way to take the rest."""
    at = min(max(0, request.args.get("page", 1, type=row_number) - 1), MOST_PAGES)
    # May freeze on the spot, where nobody came to do it yet.
    with transaction() as session:
        found = asking.find(session, report_key)
        rows_in_all = count_rows(session, found.asked)
        rows = some_rows(session, found.asked, start=at * PAGE_ROWS, most=PAGE_ROWS)
        rounds = list_rounds(session)
        stages = stages_of(session, found.round.id) if found.round else []
        _report, scope = asking.report_of(report_key)
        areas = list_provinces(session) if scope.everything and not found.report.country else []
    sheet = found.sheet()
    told = without_repeats(shown(sheet, rows))
    lines = [line for line in told if rows_in_all <= PAGE_ROWS or line[0] != "total"]
    return page(
        "reports/show.html", found=found, report=found.report, sheet=sheet, lines=lines,
        rows_in_all=rows_in_all, rounds=rounds, stages=stages, at=at,
        pages=-(-rows_in_all // PAGE_ROWS),
        numbers=NUMBERS, at_once=AT_ONCE_ROWS, pdf_rows=PDF_ROWS, no_pdf=pdf_is_missing(),
        stage_words=STAGES, areas=areas, months=_months(), as_month=as_month,
        first=at * PAGE_ROWS + 1,
    )  # fmt: skip


def _months() -> list[Any]:
    """This month and those before it."""
    day = bangkok_date(utc_now()).replace(day=1)
    found = []
    for _month in range(MONTHS_BACK):
        found.append(day)
        day = day.replace(year=day.year - (day.month == 1), month=(day.month - 2) % 12 + 1)
    return found


@bp.get("/reports/<report_key>/print")
@allow("report.list")
def print_page(report_key: str) -> Response:
    """All of a small report on paper: heads on each page, page numbers, Thai days."""
    with transaction() as session:
        found = asking.find(session, report_key)
        _small_enough(session, found)
        rows = list(stream(session, found.asked))
        _note(session, found, "print")
    return Response(paper(found.sheet(), rows, file=False))


@bp.get("/reports/<report_key>.<any(csv, xlsx):extension>")
@allow("report.list")
def take(report_key: str, extension: str) -> Response:
    """A small report as a file, in this request."""
    file = io.BytesIO()  # small: what is larger than AT_ONCE_ROWS is made by the workers
    with transaction() as session:
        found = asking.find(session, report_key)
        _small_enough(session, found)
        write_file(extension, found.asked, found.about, stream(session, found.asked), (file, ""))
        _note(session, found, extension)
    answer = Response(file.getvalue(), content_type=TYPES[Format(extension)])
    name = file_name(found, extension)
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _small_enough(session: Any, found: asking.Found) -> None:
    if count_rows(session, found.asked) > AT_ONCE_ROWS:
        raise Refused("report_large")


def _note(session: Any, found: asking.Found, format_: str) -> None:
    """What leaves the market is in the trail: people's names and numbers each time, sums once a
    day.
    """
    actor, now = principal().actor(), utc_now()
    if found.report.people:
        note_taking(session, found.asked, format_, actor=actor, now=now)
    else:
        data = {"format": format_, "round": found.asked.round_id}
        note_taken(session, f"report:{found.report.key}", actor=actor, now=now, data=data)


def file_name(found: asking.Found, extension: str) -> str:
    """The report's name in the reader's language, with the round's number."""
    number = f"-{found.round.number}" if found.round else ""
    return f"{found.report.title}{number}.{extension}"


@bp.post("/reports/<report_key>/anew")
@allow("report.list")
def anew(report_key: str) -> Response:
    """Figures as they are now, as a new version of the round's present state.

    The page written next makes them, unless a worker hears the bell first. It costs as much as
    the round is large: groups read what is frozen, or what their coordinator has taken anew.
    """
    report, scope = asking.report_of(report_key)
    round_id = request.form.get("round", type=row_number)
    if report.source is not Source.FROZEN or round_id is None:
        raise NotFound("not_found", what="round")
    if not scope.areas:
        raise Denied
    with transaction() as session:
        round_thing(session, round_id)
        freeze_again(session, round_id, now=utc_now())
    ring(FREEZE_REPORTS)
    say(_("These are the figures of now."))
    return see_other("reports.show", report_key=report_key, round=round_id)
