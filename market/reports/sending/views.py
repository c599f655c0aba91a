"""Reports by mail: what I get, what I had sent, and stopping it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request
from flask_babel import gettext as _

from market.clock import utc_now
from market.db import reading, transaction
from market.errors import MarketError
from market.reports import asking
from market.reports.kinds import BY_KEY
from market.reports.printing import pdf_is_missing
from market.reports.rules import Format, Report, occasions_of
from market.reports.sending.commands import (
    NewSchedule,
    add_schedule,
    leave_schedule,
    rejoin_schedule,
    schedule_thing,
    stop_schedule,
)
from market.reports.sending.flows import PAGE
from market.reports.sending.queries import candidates, schedules_of
from market.reports.words import OCCASIONS
from market.web import allow, carry_out, page, principal, say, see_other, sentence, status_of

bp = Blueprint("report_sending", __name__)


@bp.get("/reports/schedules")
@allow("report.list")
def index() -> Response:
    """Everything that is sent to me or by me, each with its way to stop."""
    with reading() as session:
        schedules = schedules_of(session, _me())
    titles = {key: report.title for key, report in BY_KEY.items()}
    return page(
        "reports/schedules.html", schedules=schedules, titles=titles, occasions=OCCASIONS, me=_me()
    )


@bp.get("/reports/<report_key>/schedule")
@allow("report.list")
def new(report_key: str) -> Response:
    """When, how, to whom."""
    return _form(report_key)


@bp.post("/reports/<report_key>/schedule")
@allow("report.list")
def add(report_key: str) -> Response:
    """Have it sent; only people with the right to its rows can be chosen."""
    report, scope = asking.report_of(report_key)

    def act(session: Any) -> str:
        known = {one.id for one in candidates(session, report, scope)}
        wanted = NewSchedule(
            user_id=_me(), report=report.key, format=_format(report),
            occasion=_occasion(report, request.form.get("occasion", "")),
            recipients=[one for one in request.form.getlist("to", type=int) if one in known],
        )  # fmt: skip
        add_schedule(session, wanted, now=utc_now())
        return str(_("It is sent from now on. Each letter has a link; the file is behind it."))

    return carry_out(
        act, then=see_other("report_sending.index"), again=lambda error: _form(report_key, error)
    )


def _format(report: Report) -> str:
    typed = request.form.get("format", PAGE)
    return typed if typed in set(Format) else PAGE


def _occasion(report: Report, typed: str) -> str:
    return typed if typed in {str(one) for one in occasions_of(report)} else ""


def _form(report_key: str, refusal: MarketError | None = None) -> Response:
    report, scope = asking.report_of(report_key)
    with reading() as session:
        people = candidates(session, report, scope)
    return page(
        "reports/schedule.html", report=report, people=people, me=_me(),
        occasions=[(str(one), OCCASIONS[one]) for one in occasions_of(report)],
        formats=_formats(), error=sentence(refusal),
        status=status_of(refusal),
    )  # fmt: skip


def _formats() -> list[tuple[str, str]]:
    pdf = [] if pdf_is_missing() else [("pdf", "PDF")]
    return [(PAGE, _("Page in the browser")), ("xlsx", "Excel (XLSX)"), ("csv", "CSV"), *pdf]


@bp.post("/reports/schedules/<int:schedule_id>/stop")
@allow("report.own", schedule_thing)
def stop(schedule_id: int) -> Response:
    """Nobody gets it any more."""
    with transaction() as session:
        stop_schedule(session, schedule_id, user_id=_me(), now=utc_now())
    say(_("Stopped. Nobody gets it any more."))
    return see_other("report_sending.index")


@bp.post("/reports/schedules/<int:schedule_id>/leave")
@allow("report.list")
def leave(schedule_id: int) -> Response:
    """I get it no more."""
    with transaction() as session:
        leave_schedule(session, schedule_id, user_id=_me(), now=utc_now())
    say(_("Stopped. You get it no more."))
    return see_other("report_sending.index")


@bp.post("/reports/schedules/<int:schedule_id>/rejoin")
@allow("report.list")
def rejoin(schedule_id: int) -> Response:
    """I left it, and get it again."""
    with transaction() as session:
        rejoin_schedule(session, schedule_id, user_id=_me())
    say(_("It is sent to you again."))
    return see_other("report_sending.index")


def _me() -> int:
    return principal().user_id or 0
