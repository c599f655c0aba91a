"""Telling people of their reports: one transaction each, whose row makes it happen once."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from market.db import browsing, transaction
from market.errors import MarketError
from market.notices.commands import notify
from market.policy import REPORT_ROLES
from market.principals import Right
from market.reports.commands import ask_file
from market.reports.kinds import BY_KEY
from market.reports.queries import RoundChoice, ask, count_rows
from market.reports.rules import Scope, scope_of
from market.reports.sending.commands import note_outcome, note_sending
from market.reports.sending.queries import DueSending, due_sendings, rights_now

#: After a longer outage than this, what closed before it is not told any more.
LATE = timedelta(days=3)
#: Where the report itself can be read; a page needs no file.
PAGE = "page"
Clock = Callable[[], datetime]
Titles = Callable[[str], tuple[str, str]]  # a report's name, in Thai and in English
logger = logging.getLogger(__name__)


def send_due(clock: Clock, titles: Titles) -> list[int]:
    """Tell everybody whose occasion has come; the files to make for them."""
    now = clock()
    with browsing() as session:
        due = due_sendings(session, now, now - LATE)
        rights = rights_now(session, [one.user_id for one in due])
    made = [_send(one, rights.get(one.user_id, []), clock, titles) for one in due]
    return [job_id for job_id in made if job_id is not None]


def _send(due: DueSending, rights: list[Right], clock: Clock, titles: Titles) -> int | None:
    try:
        with transaction() as session:
            return _tell(session, due, rights, clock(), titles)
    except MarketError as failure:
        logger.warning("report %s is not sent yet: %s", due.key, failure.code)
        return None


def _tell(
    session: Session, due: DueSending, rights: list[Right], now: datetime, titles: Titles
) -> int | None:
    """Take the occasion, ask the right again, make the file, tell: all or nothing of it."""
    if not note_sending(session, *due.key, now=now):
        return None
    report = BY_KEY.get(due.report)
    scope = None
    if report is not None:
        scope = scope_of(rights, REPORT_ROLES[report.right], country=report.country)
    if report is None or scope is None:
        note_outcome(session, due.key, "no_right", None)
        return None
    job_id, round_, query = _file(session, due, scope, now)
    title_th, title_en = titles(report.key)
    link = f"/reports/files/{job_id}" if job_id else f"/reports/{report.key}?{query}"
    payload = {
        "title_th": title_th, "title_en": title_en, "link": link, "stop_path": "/reports/schedules",
        "round_number": round_.number if round_ else None,
        "round_th": round_.name_th if round_ else "", "round_en": round_.name_en if round_ else "",
    }  # fmt: skip
    notify(
        session, event="report.ready", subject=f"schedule:{due.schedule_id}:{due.occurrence}",
        payload=payload, now=now, user_id=due.user_id,
    )  # fmt: skip
    note_outcome(session, due.key, "told", job_id)
    return job_id


def _file(
    session: Session, due: DueSending, scope: Scope, now: datetime
) -> tuple[int | None, RoundChoice | None, str]:
    """The file, if one is wanted, and the address of the page that says the same."""
    asked, round_, stage = ask(
        session, BY_KEY[due.report], scope, round_id=due.round_id, stage="",
        month_on=due.month_on, language=due.language, now=now,
    )  # fmt: skip
    query = f"month={asked.month_on:%Y-%m}" if asked.month_on else f"round={due.round_id or ''}"
    if stage:
        query += f"&stage={stage.stage}"
    if due.format == PAGE:
        return None, round_, query
    rows = count_rows(session, asked)
    job_id = ask_file(session, asked, due.format, user_id=due.user_id, rows=rows, now=now)
    return job_id, round_, query
