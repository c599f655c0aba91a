"""Reads of goods that were not right: the buyer's, the desk's, the group's. Satang."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.errors import NotFound
from market.payments.sources import time_for
from market.principals import Thing

SHOWN_PROBLEMS = 60
SHOWN_DECIDED = 20
TOLD_GROUP_FOR = timedelta(days=14)

_GOODS = text(
    """
    SELECT o.id AS order_id, l.id AS line_id, b.id AS batch_id, p.code,
           p.category_key AS category, p.name_th, p.name_en, p.unit_th, p.unit_en, p.storage,
           g.name_th AS group_th, g.name_en AS group_en,
           sum(a.received_units)::bigint AS units, max(a.received_at) AS received_at,
           EXISTS (SELECT 1 FROM problem_report r WHERE r.line_id = l.id AND r.batch_id = b.id
                      AND r.state = 'open') AS is_reported
      FROM orders o
      JOIN order_line l ON l.order_id = o.id
      JOIN assignment a ON a.line_id = l.id AND a.received_units > 0
      JOIN batch b ON b.id = a.batch_id
      JOIN product p ON p.id = b.product_id
      JOIN producer_group g ON g.id = b.group_id
     WHERE o.number = :number AND a.received_at IS NOT NULL
     GROUP BY o.id, l.id, b.id, p.id, g.id ORDER BY l.id, b.id
    """
)
_REPORTS = text(
    """
    SELECT r.id, r.kind, r.words, r.state, r.amount_satang, r.answer, r.reported_at,
           r.promised_by, r.decided_at, p.name_th, p.name_en
      FROM problem_report r
      JOIN orders o ON o.id = r.order_id
      JOIN batch b ON b.id = r.batch_id JOIN product p ON p.id = b.product_id
     WHERE o.number = :number ORDER BY r.id DESC LIMIT 20
    """
)
# What the goods of the line cost, less what went back for them already.
_LEFT = """
    coalesce((SELECT sum(x.amount_satang) FROM assignment a
                JOIN price_part x ON x.assignment_id = a.id
               WHERE a.line_id = r.line_id AND a.batch_id = r.batch_id), 0)
  - coalesce((SELECT sum(f.amount_satang) FROM refund f WHERE f.line_id = r.line_id
      AND f.cause LIKE 'problem:batch:' || r.batch_id || ':order:' || r.order_id || ':%'), 0)
"""
_DESK = text(
    f"""
    SELECT r.id, r.kind, r.words, r.state, r.amount_satang, r.answer, r.reported_at,
           r.promised_by, r.decided_at, r.file_hash IS NOT NULL AS has_picture, r.call_note,
           o.number,
           y.name AS buyer, y.phone, o.tambon_code AS area, p.name_th, p.name_en, p.unit_th,
           p.unit_en, g.name_th AS group_th, g.name_en AS group_en,
           (SELECT sum(a.live_units) FROM assignment a
             WHERE a.line_id = r.line_id AND a.batch_id = r.batch_id)::bigint AS units,
           ({_LEFT})::bigint AS left_satang, count(*) OVER () AS found
      FROM problem_report r
      JOIN orders o ON o.id = r.order_id
      JOIN buyer y ON y.id = o.buyer_id
      JOIN batch b ON b.id = r.batch_id
      JOIN product p ON p.id = b.product_id
      JOIN producer_group g ON g.id = b.group_id
     WHERE (r.state = 'open') = :open AND o.tambon_code LIKE ANY(:areas)
     ORDER BY CASE WHEN :open THEN r.promised_by END, r.decided_at DESC, r.id LIMIT :limit
    """  # noqa: S608  our own text alone
)
_COUNT = text(
    """
    SELECT count(*) FROM problem_report r JOIN orders o ON o.id = r.order_id
     WHERE r.state = 'open' AND o.tambon_code LIKE ANY(:areas)
    """
)
_PRICE = text(f"SELECT ({_LEFT})::bigint FROM problem_report r WHERE r.id = :id")  # noqa: S608
_THING = text(
    """
    SELECT o.tambon_code, o.id AS order_id, o.round_id, r.file_hash
      FROM problem_report r JOIN orders o ON o.id = r.order_id WHERE r.id = :id
    """
)
_OF_GROUP = text(
    """
    SELECT o.number, p.code AS product_code, p.name_th, p.name_en, r.kind, r.state,
           r.amount_satang, r.reported_at
      FROM problem_report r
      JOIN batch b ON b.id = r.batch_id
      JOIN product p ON p.id = b.product_id
      JOIN orders o ON o.id = r.order_id
     WHERE b.group_id = :group_id AND (r.state = 'open' OR r.decided_at > :since)
       AND (b.round_id = ANY(:rounds) OR CAST(:rounds AS bigint[]) IS NULL)
     ORDER BY r.state <> 'open', r.id DESC LIMIT 20
    """
)


@dataclass(frozen=True, kw_only=True)
class GoodsReceived:
    """Goods of a line that one batch brought. Units; storage decides how long one may report."""

    order_id: int
    line_id: int
    batch_id: int
    code: str
    category: str
    name_th: str
    name_en: str
    unit_th: str
    unit_en: str
    storage: str
    group_th: str
    group_en: str
    units: int
    received_at: datetime
    is_reported: bool

    @property
    def report_by(self) -> datetime:
        """Until when a problem is taken."""
        return time_for(self.storage, self.received_at)

    def may_report(self, now: datetime) -> bool:
        """Is there still time?"""
        return now <= self.report_by

    def answer_by(self, now: datetime) -> datetime:
        """When a report of this moment is promised an answer."""
        return time_for(self.storage, now)


@dataclass(frozen=True, kw_only=True)
class ReportSeen:
    """A report as its buyer sees it."""

    id: int
    kind: str
    words: str
    state: str
    amount_satang: int | None
    answer: str | None
    reported_at: datetime
    promised_by: datetime
    decided_at: datetime | None
    name_th: str
    name_en: str


@dataclass(frozen=True, kw_only=True)
class ProblemRow(ReportSeen):
    """A report on the desk. left_satang: the most that can go back."""

    has_picture: bool
    call_note: str | None
    number: str
    buyer: str
    phone: str | None
    area: str
    unit_th: str
    unit_en: str
    group_th: str
    group_en: str
    units: int
    left_satang: int
    found: int


@dataclass(frozen=True, kw_only=True)
class GroupProblem:
    """A report as the group sees it: no name, the order's number alone."""

    number: str
    product_code: str
    name_th: str
    name_en: str
    kind: str
    state: str
    amount_satang: int | None
    reported_at: datetime


def goods_of(session: Session, number: str) -> tuple[GoodsReceived, ...]:
    """What the buyer of an order has received; one statement."""
    return _rows(session, _GOODS, GoodsReceived, {"number": number})


def reports_of(session: Session, number: str) -> tuple[ReportSeen, ...]:
    """What was reported about an order, the latest first; one statement."""
    return _rows(session, _REPORTS, ReportSeen, {"number": number})


def open_problems(session: Session, areas: Sequence[str]) -> tuple[ProblemRow, ...]:
    """What waits for a decision in these areas ('': everywhere), the oldest promise first."""
    return _desk(session, areas, is_open=True, limit=SHOWN_PROBLEMS)


def count_open(session: Session, areas: Sequence[str]) -> int:
    """How many wait for a decision in these areas."""
    wanted = {"areas": [f"{area}%" for area in areas]}
    return int(session.execute(_COUNT, wanted).scalar_one())


def decided_problems(session: Session, areas: Sequence[str]) -> tuple[ProblemRow, ...]:
    """What was decided lately, the last one first."""
    return _desk(session, areas, is_open=False, limit=SHOWN_DECIDED)


def price_left(session: Session, problem_id: int) -> int:
    """What the goods of a report cost, less what went back for them already."""
    return int(session.execute(_PRICE, {"id": problem_id}).scalar_one())


def problem_thing(session: Session, problem_id: int) -> Thing:
    """Whose order was reported. Raises NotFound."""
    row = _row(session, problem_id)
    return Thing(area=row.tambon_code, order_id=row.order_id, round_id=row.round_id)


def problem_picture(session: Session, problem_id: int) -> str:
    """The hash of a report's picture. Raises NotFound, also where there is none."""
    found: str | None = _row(session, problem_id).file_hash
    if found is None:
        raise NotFound("not_found", what="file")
    return found


def problems_of_group(
    session: Session, group_id: int, *, now: datetime, round_ids: Collection[int] | None
) -> tuple[GroupProblem, ...]:
    """What buyers said of a group's goods: open, or decided in the last days; one statement."""
    wanted = {
        "group_id": group_id,
        "since": now - TOLD_GROUP_FOR,
        "rounds": None if round_ids is None else sorted(round_ids),
    }
    return _rows(session, _OF_GROUP, GroupProblem, wanted)


def _desk(
    session: Session, areas: Sequence[str], *, is_open: bool, limit: int
) -> tuple[ProblemRow, ...]:
    prefixes = [f"{area}%" for area in areas]
    return _rows(session, _DESK, ProblemRow, {"open": is_open, "areas": prefixes, "limit": limit})


def _row(session: Session, problem_id: int) -> Any:
    row = session.execute(_THING, {"id": problem_id}).one_or_none()
    if row is None:
        raise NotFound("not_found", what="problem")
    return row


def _rows(session: Session, query: Any, kind: Any, wanted: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(kind(**row._mapping) for row in session.execute(query, wanted))
