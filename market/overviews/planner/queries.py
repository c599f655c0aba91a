"""Reading what lies on the calendar. A fixed number of statements, however much there is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time, timedelta

from sqlalchemy import and_, cast, func, select, text
from sqlalchemy.orm import Session
from sqlalchemy.types import Date

from market.campaigns.queries import CampaignRow, campaigns_between
from market.clock import bangkok_date, bangkok_moment
from market.overviews.planner.rules import Stretch
from market.rounds.models import Round
from market.rounds.planning.days import DayOff, days_off
from market.rounds.rules import RoundState


@dataclass(frozen=True, kw_only=True)
class CalendarRound:
    """A round as it lies on the calendar. hits: days off that its cut-off or delivery meets."""

    id: int
    number: int
    name_th: str
    name_en: str
    state: RoundState
    opens_on: date
    closes_on: date
    pay_on: date
    delivery_on: tuple[date, ...]
    repeats: bool
    hits: tuple[DayOff, ...]

    def stretches(self) -> tuple[Stretch, ...]:
        """Open for orders, then answers and payment, made, and the days of delivery."""
        making = (self.pay_on + timedelta(days=1), self.delivery_on[0] - timedelta(days=1))
        return (
            Stretch(first=self.opens_on, last=self.closes_on, weave="open"),
            Stretch(first=self.closes_on + timedelta(days=1), last=self.pay_on, weave="part"),
            Stretch(first=making[0], last=making[1], weave="stripe"),
            Stretch(first=self.delivery_on[0], last=self.delivery_on[-1], weave="certain"),
        )


@dataclass(frozen=True, kw_only=True)
class SeasonCount:
    """How many goods that have a season are made in a month (1 to 12); some of their names."""

    month: int
    goods: int
    names_th: tuple[str, ...]
    names_en: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """All that lies on the calendar between two days."""

    rounds: tuple[CalendarRound, ...]
    days: tuple[DayOff, ...]
    campaigns: tuple[CampaignRow, ...]
    seasons: dict[int, SeasonCount]


def read_plan(session: Session, first: date, last: date) -> Plan:
    """Rounds, campaigns and days off from ``first`` to ``last``; the seasons of all months."""
    days = days_off(session, first, last)
    return Plan(
        rounds=_rounds(session, first, last, days), days=days,
        campaigns=campaigns_between(session, first, last), seasons=_seasons(session),
    )  # fmt: skip


def _rounds(
    session: Session, first: date, last: date, days: tuple[DayOff, ...]
) -> tuple[CalendarRound, ...]:
    ends_on = Round.delivery_on[func.cardinality(Round.delivery_on)]
    rows = session.execute(
        select(
            Round.id, Round.number, Round.name_th, Round.name_en, Round.state, Round.opens_at,
            Round.closes_at, Round.pay_by, Round.delivery_on, Round.template_id,
        )
        .where(
            ~Round.private, Round.state != RoundState.CANCELLED,
            and_(Round.opens_at < bangkok_moment(last + timedelta(days=1), time()),
                 cast(ends_on, Date) >= first),
        )
        .order_by(Round.opens_at, Round.id)
    ).all()  # fmt: skip
    closed = {day.day: day for day in days if not day.works}
    return tuple(
        CalendarRound(
            id=row.id, number=row.number, name_th=row.name_th, name_en=row.name_en,
            state=row.state, opens_on=bangkok_date(row.opens_at),
            closes_on=bangkok_date(row.closes_at), pay_on=bangkok_date(row.pay_by),
            delivery_on=tuple(row.delivery_on), repeats=row.template_id is not None,
            hits=tuple(closed[day] for day in (bangkok_date(row.closes_at), *row.delivery_on)
                       if day in closed),
        )
        for row in rows
    )  # fmt: skip


_SEASONS = text(
    """
    SELECT month, count(*) AS goods,
           (array_agg(name_th ORDER BY sort_key))[1:6] AS names_th,
           (array_agg(name_en ORDER BY sort_key))[1:6] AS names_en
      FROM (SELECT p.name_th, p.name_en, p.sort_key,
                   unnest(coalesce(f.months, p.season_months)) AS month
              FROM product p LEFT JOIN product_facet f ON f.product_id = p.id
             WHERE p.active
               AND cardinality(coalesce(f.months, p.season_months)) BETWEEN 1 AND 11) seasonal
     GROUP BY month ORDER BY month
    """
)


def _seasons(session: Session) -> dict[int, SeasonCount]:
    return {
        row.month: SeasonCount(
            month=row.month, goods=row.goods, names_th=tuple(row.names_th),
            names_en=tuple(row.names_en),
        )
        for row in session.execute(_SEASONS)
    }  # fmt: skip
