"""Which drafts meet a day off, where they would go, and which points a draft delivers to."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from market.clock import BANGKOK, bangkok_date
from market.errors import Refused
from market.rounds.joining import count_misfits
from market.rounds.models import Round
from market.rounds.planning.days import closed_days
from market.rounds.planning.models import RoundPoint, RoundTemplate
from market.rounds.planning.rules import FURTHEST_MOVE, HolidayRule, Pace, Step, occurrence
from market.rounds.rules import RoundState, Timetable

MOST_DELIVERY_DAYS = 7
MOST_DAYS_BEFORE = 120


@dataclass(frozen=True, kw_only=True)
class Move:
    """A draft that meets a day off. at: its first delivery now; to None: nowhere near.

    fits: it can be moved, for its cut-off would still be ahead. misfits: how many of its offers
    have no season or no papers then and would leave it.
    """

    round_id: int
    number: int
    name_th: str
    name_en: str
    times: Timetable
    at: date
    to: date | None
    met: date
    fits: bool
    misfits: int = 0

    @property
    def cut_off(self) -> datetime:
        """When it would close."""
        return self.times.closes_at + self.by

    @property
    def by(self) -> timedelta:
        """How far it goes."""
        return (self.to or self.at) - self.at


def pace_like(round_: Round, holidays: HolidayRule, *, first_on: date) -> Pace:
    """A round's timetable counted back from its first delivery. Refused where that is too long."""
    times, first = round_.timetable(), round_.delivery_on[0]

    def step(moment: datetime) -> Step:
        days = (first - bangkok_date(moment)).days
        if not 0 <= days <= MOST_DAYS_BEFORE:
            raise Refused("round_is_no_pattern")
        return Step(days_before=days, at=moment.astimezone(BANGKOK).time())

    days = (times.delivery_on[-1] - first).days + 1
    if not 0 < days <= MOST_DELIVERY_DAYS:
        raise Refused("round_is_no_pattern")
    return Pace(
        cycle=round_.cycle, first_on=first_on, delivery_days=days, holidays=holidays,
        opens=step(times.opens_at), closes=step(times.closes_at), answer=step(times.answer_by),
        pay=step(times.pay_by), answer_hours=times.answer_hours, rematch_limit=times.rematch_limit,
    )  # fmt: skip


def rounds_to_move(
    session: Session, now: datetime, *, only: Collection[int] | None = None
) -> tuple[Move, ...]:
    """Drafts whose cut-off or delivery meets a day off, by their template's rule; those planned
    by hand go later. At most four statements. Drafts whose cut-off is past are no matter.
    """
    query = (
        select(Round, RoundTemplate.holidays)
        .outerjoin(RoundTemplate, RoundTemplate.id == Round.template_id)
        .where(Round.state == RoundState.DRAFT, ~Round.private, Round.closes_at > now)
        .order_by(Round.closes_at, Round.id)
    )
    if only is not None:
        query = query.where(Round.id.in_(only))
    rows = session.execute(query.execution_options(populate_existing=True)).all()
    if not rows:
        return ()
    around = timedelta(days=2 * FURTHEST_MOVE)
    last = max(round_.delivery_on[-1] for round_, _rule in rows)
    closed = closed_days(session, bangkok_date(now) - around, last + around)
    found = (_move(round_, rule or HolidayRule.AFTER, closed, now) for round_, rule in rows)
    moves = [move for move in found if move is not None]
    gone = count_misfits(session, {m.round_id: m.cut_off for m in moves if m.fits}, now=now)
    return tuple(replace(move, misfits=gone.get(move.round_id, 0)) for move in moves)


def _move(
    round_: Round, rule: HolidayRule, closed: frozenset[date], now: datetime
) -> Move | None:  # fmt: skip
    days = (*round_.delivery_on, bangkok_date(round_.closes_at))
    met = next((day for day in days if day in closed), None)
    if met is None:
        return None
    at = round_.delivery_on[0]
    try:
        pace = pace_like(round_, rule, first_on=at)
        to = occurrence(pace, round_.due_on or at, closed).delivery_on
    except Refused:  # its steps are no template's: somebody has to look at it
        to = None
    closes_at = round_.closes_at + ((to or at) - at)
    return Move(
        round_id=round_.id, number=round_.number, name_th=round_.name_th, name_en=round_.name_en,
        times=round_.timetable(), at=at, to=to, met=met,
        fits=to is not None and closes_at > now,
    )  # fmt: skip


def points_of(session: Session, round_id: int) -> frozenset[int]:
    """The points a round delivers to; none: every one."""
    query = select(RoundPoint.point_id).where(RoundPoint.round_id == round_id)
    return frozenset(session.scalars(query))
