"""What an address asks for: the report, its round or month, and who asks. Part of the edge."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import request
from sqlalchemy.orm import Session

from market.clock import bangkok_date, utc_now
from market.errors import NotFound, Refused
from market.intake import row_number
from market.policy import REPORT_ROLES, allowed
from market.principals import Principal
from market.reports.kinds import BY_KEY, REPORTS
from market.reports.queries import RoundChoice, StageView, ask, list_rounds
from market.reports.rules import Asked, Report, Scope, Source, Stage, scope_of
from market.reports.words import sheet_of
from market.web import Denied, language, principal

OVER = frozenset({"completed", "cancelled"})
#: Codes of provinces, amphoes and tambons.
_AREA = re.compile(r"[0-9]{2}|[0-9]{4}|[0-9]{6}")


@dataclass(frozen=True, kw_only=True)
class Found:
    """What was asked for and what stands beside it on its page."""

    asked: Asked
    round: RoundChoice | None
    stage: StageView | None
    area: str | None = None  # narrower than what the asker may see

    @property
    def report(self) -> Report:
        """The report itself."""
        return self.asked.report

    @property
    def stage_name(self) -> str | None:
        """The round's state at which the figures were frozen."""
        return self.stage.stage if self.stage else None

    @property
    def about(self) -> tuple[RoundChoice | None, str | None]:
        """What a sheet's notes are made of."""
        return self.round, self.stage_name

    def sheet(self) -> Any:
        """The report's words in the reader's language."""
        return sheet_of(self.asked, *self.about)

    def query(self) -> dict[str, Any]:
        """The same again, as an address's query."""
        month = self.asked.month_on
        said = {
            "round": self.asked.round_id,
            "stage": self.stage_name,
            "month": month.strftime("%Y-%m") if month else None,
            "area": self.area,
        }
        return {key: value for key, value in said.items() if value is not None}


def scope_for(who: Principal, report: Report) -> Scope | None:
    """Which rows of it this person sees; None where the report is not theirs."""
    if not allowed(who, report.right):
        return None
    return scope_of(who.rights, REPORT_ROLES[report.right], country=report.country)


def reports_for(who: Principal) -> list[Report]:
    """The reports that are this person's."""
    return [report for report in REPORTS if scope_for(who, report) is not None]


def report_of(key: str) -> tuple[Report, Scope]:
    """A report and the asker's rows. Raises NotFound for none, Denied for one of others."""
    report = BY_KEY.get(key)
    if report is None:
        raise NotFound("not_found", what="report")
    scope = scope_for(principal(), report)
    if scope is None:
        raise Denied
    return report, scope


def find(session: Session, key: str, *, now: datetime | None = None) -> Found:
    """The report as the address (or the form) asks for it.

    Raises Refused to a group that wants the addresses of a round that is over: what was to be
    sent has been.
    """
    report, scope = report_of(key)
    said = request.values
    area, scope = _narrowed(report, scope, said.get("area", ""))
    now = now or utc_now()
    round_id = said.get("round", type=row_number)
    if round_id is None and report.source not in (Source.MONTH, Source.NOW):
        round_id = _newest(session, report)
    asked, round_, stage = ask(
        session, report, scope, round_id=round_id, stage=said.get("stage", "")[:20],
        month_on=month_of(said.get("month", ""), now), language=language(), now=now,
    )  # fmt: skip
    if report.people and not scope.areas and round_ is not None and round_.state in OVER:
        raise Refused("report_people_over")
    return Found(asked=asked, round=round_, stage=stage, area=area)


def _narrowed(report: Report, scope: Scope, area: str) -> tuple[str | None, Scope]:
    """Only a province, amphoe or tambon of what the asker may see anyway."""
    wanted = Scope(areas=(area,))
    if report.country or not _AREA.fullmatch(area) or not scope.holds(wanted):
        return None, scope
    return area, wanted


def _newest(session: Session, report: Report) -> int | None:
    rounds = list_rounds(session)
    later = report.since is not Stage.OPEN
    closed = later or report.source is Source.BOOKS  # money comes when groups have confirmed
    fit = [one for one in rounds if not (closed and one.state == Stage.OPEN)] or rounds
    return fit[0].id if fit else None


def month_of(text: str, now: datetime) -> date:
    """``2026-11`` as its first day; this month for anything else."""
    try:
        return datetime.strptime(text[:7], "%Y-%m").date()  # noqa: DTZ007  a month has no zone
    except ValueError:
        return bangkok_date(now).replace(day=1)
