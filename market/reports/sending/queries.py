"""Who may get a report, who gets which, and what is due to be sent."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.clock import BANGKOK, bangkok_date, bangkok_moment
from market.policy import REPORT_ROLES
from market.principals import Right
from market.reports.rules import Report, Scope, first_of_last_month, scope_of

MORNING = time(6)
_STAFF = text(
    """
    SELECT u.id, u.name, u.email, g.role, g.area_code, g.group_id
      FROM "user" u JOIN grant_ g ON g.user_id = u.id
     WHERE u.active AND u.deleted_at IS NULL AND g.role = ANY(:roles)
     ORDER BY thai_order(u.name), u.id
    """
)
_RIGHTS = text(
    """
    SELECT g.user_id, g.role, g.area_code, g.group_id
      FROM grant_ g JOIN "user" u ON u.id = g.user_id
     WHERE g.user_id = ANY(:users) AND u.active AND u.deleted_at IS NULL
    """
)
_MINE = text(
    """
    SELECT s.id, s.user_id, s.report, s.format, s.occasion, u.name AS maker,
           (SELECT string_agg(p.name, ', ' ORDER BY thai_order(p.name))
              FROM report_recipient c JOIN "user" p ON p.id = c.user_id
             WHERE c.schedule_id = s.id AND c.stopped_at IS NULL) AS recipients,
           EXISTS (SELECT 1 FROM report_recipient c WHERE c.schedule_id = s.id
                      AND c.user_id = :user_id AND c.stopped_at IS NULL) AS gets,
           EXISTS (SELECT 1 FROM report_recipient c WHERE c.schedule_id = s.id
                      AND c.user_id = :user_id AND c.stopped_at IS NOT NULL) AS has_left,
           (SELECT max(d.sent_at) FROM report_sending d
             WHERE d.schedule_id = s.id AND d.outcome = 'told') AS sent_at
      FROM report_schedule s JOIN "user" u ON u.id = s.user_id
     WHERE s.stopped_at IS NULL AND (s.user_id = :user_id OR EXISTS (
           SELECT 1 FROM report_recipient c WHERE c.schedule_id = s.id AND c.user_id = :user_id))
     ORDER BY s.id DESC
    """
)
#: Occasions of the last days that came after the schedule was made and were not told yet.
#: A delivery day that has passed is not told: nobody loads yesterday's truck.
_DUE = text(
    """
    WITH live AS (
        SELECT s.*, c.user_id AS recipient FROM report_schedule s
          JOIN report_recipient c ON c.schedule_id = s.id AND c.stopped_at IS NULL
         WHERE s.stopped_at IS NULL
    ), due AS (
        SELECT l.id, l.recipient, l.report, l.format, r.id AS round_id,
               'round:' || r.id || ':' || l.occasion AS occurrence
          FROM live l JOIN report_snapshot f
            ON f.stage = CASE l.occasion WHEN 'closed' THEN 'closed' ELSE 'paying' END
           AND f.version = 1 AND f.due_at >= greatest(l.made_at, :since)
          JOIN round r ON r.id = f.round_id AND NOT r.private
         WHERE l.occasion IN ('closed', 'confirmed')
        UNION ALL
        SELECT l.id, l.recipient, l.report, l.format, r.id,
               'round:' || r.id || ':day:' || CAST(:today AS date)
          FROM live l JOIN round r ON CAST(:today AS date) = ANY(r.delivery_on) AND NOT r.private
           AND r.state IN ('paying', 'producing', 'delivering')
         WHERE l.occasion = 'delivery_day' AND :now >= :morning AND l.made_at < :now
        UNION ALL
        SELECT l.id, l.recipient, l.report, l.format, NULL, 'month:' || CAST(:month AS date)
          FROM live l WHERE l.occasion = 'monthly' AND l.made_at < :month_at AND :now >= :month_at
    )
    SELECT due.*, u.language FROM due JOIN "user" u ON u.id = due.recipient
     WHERE NOT EXISTS (SELECT 1 FROM report_sending d WHERE d.schedule_id = due.id
                          AND d.user_id = due.recipient AND d.occurrence = due.occurrence)
     ORDER BY due.id, due.recipient LIMIT 200
    """
)


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """Somebody who may get a report; in_group: for their group's rows."""

    id: int
    name: str
    in_group: bool


@dataclass(frozen=True, kw_only=True)
class ScheduleView:
    """A schedule in the list of its maker, or of somebody who gets it or left it."""

    id: int
    user_id: int
    report: str
    format: str
    occasion: str
    maker: str
    recipients: str | None
    gets: bool
    has_left: bool
    sent_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class DueSending:
    """An occasion that one person is to be told of."""

    schedule_id: int
    user_id: int
    report: str
    format: str
    round_id: int | None
    occurrence: str
    language: str
    month_on: date

    @property
    def key(self) -> tuple[int, int, str]:
        """What makes it the only one."""
        return self.schedule_id, self.user_id, self.occurrence


def candidates(session: Session, report: Report, scope: Scope) -> list[Candidate]:
    """People with the right whose rows all lie within those of whoever chooses."""
    rights: dict[int, list[Right]] = defaultdict(list)
    names: dict[int, str] = {}
    for row in session.execute(_STAFF, {"roles": sorted(REPORT_ROLES[report.right])}):
        rights[row.id].append(_right(row))
        names[row.id] = row.name
    found = []
    for user_id, held in rights.items():
        theirs = scope_of(held, REPORT_ROLES[report.right], country=report.country)
        if theirs is not None and scope.holds(theirs):
            found.append(Candidate(id=user_id, name=names[user_id], in_group=not theirs.areas))
    return found


def _right(row: Any) -> Right:
    return Right(role=row.role, area=row.area_code, group_id=row.group_id)


def rights_now(session: Session, user_ids: list[int]) -> dict[int, list[Right]]:
    """What these people may be today, in one statement."""
    rights: dict[int, list[Right]] = defaultdict(list)
    for row in session.execute(_RIGHTS, {"users": sorted(set(user_ids))}):
        rights[row.user_id].append(_right(row))
    return rights


def schedules_of(session: Session, user_id: int) -> list[ScheduleView]:
    """What somebody made, and what they get."""
    rows = session.execute(_MINE, {"user_id": user_id}).mappings()
    return [ScheduleView(**row) for row in rows]


def due_sendings(session: Session, now: datetime, since: datetime) -> list[DueSending]:
    """What is to be told now."""
    today = bangkok_date(now)
    month = today.replace(day=1)
    asked = {
        "now": now, "since": since, "today": today, "morning": bangkok_moment(today, MORNING),
        "month": month, "month_at": bangkok_moment(month, MORNING),
    }  # fmt: skip
    return [
        DueSending(
            schedule_id=row.id, user_id=row.recipient, report=row.report, format=row.format,
            round_id=row.round_id, occurrence=row.occurrence, language=row.language,
            month_on=first_of_last_month(now.astimezone(BANGKOK).date()),
        )
        for row in session.execute(_DUE, asked)
    ]  # fmt: skip
