"""Days without work: public holidays, less those on which the market works, plus its own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from market.accounts.commands import record
from market.errors import Refused
from market.rounds.planning.holidays import LAST_YEAR, holidays_between
from market.rounds.planning.models import MarketDay


@dataclass(frozen=True, kw_only=True)
class DayOff:
    """A day that has a name. own: the market's; works: the market works all the same."""

    day: date
    name_th: str
    name_en: str
    own: bool
    works: bool


def days_off(session: Session, first: date, last: date) -> tuple[DayOff, ...]:
    """Holidays and the market's own days, in order; also those on which it works all the same."""
    public = holidays_between(first, last)
    said = {
        row.day: row
        for row in session.scalars(select(MarketDay).where(MarketDay.day.between(first, last)))
    }
    found = [_day(day, public.get(day), said.get(day)) for day in sorted({*public, *said})]
    return tuple(day for day in found if day is not None)


def _day(day: date, public: tuple[str, str] | None, said: MarketDay | None) -> DayOff | None:
    if said is not None and not said.works:
        return DayOff(day=day, name_th=said.name_th, name_en=said.name_en, own=True, works=False)
    if public is None:
        return None  # works on a day that is no holiday any more
    return DayOff(day=day, name_th=public[0], name_en=public[1], own=False, works=said is not None)


def closed_days(session: Session, first: date, last: date) -> frozenset[date]:
    """The days on which nothing is closed, gathered or delivered."""
    return frozenset(found.day for found in days_off(session, first, last) if not found.works)


def close_day(
    session: Session, day: date, names: tuple[str, str], *, actor: str, now: datetime
) -> None:
    """The market has a day off, or is off on this holiday again. Refused without a name."""
    if not all(names) or day.year > LAST_YEAR:
        raise Refused("day_needs_name")
    _say(session, day, works=False, names=names)
    _trail(session, day, "day.closed", actor, now)


def work_on(session: Session, day: date, *, actor: str, now: datetime) -> None:
    """The market works on this day: its own day off is gone, a holiday does not count."""
    public = holidays_between(day, day).get(day)
    session.execute(delete(MarketDay).where(MarketDay.day == day))
    if public is not None:
        _say(session, day, works=True, names=public)
    _trail(session, day, "day.works", actor, now)


def as_announced(session: Session, day: date, *, actor: str, now: datetime) -> None:
    """Back to what the calendar of holidays says."""
    session.execute(delete(MarketDay).where(MarketDay.day == day))
    _trail(session, day, "day.announced", actor, now)


def _say(session: Session, day: date, *, works: bool, names: tuple[str, str]) -> None:
    row = {"works": works, "name_th": names[0], "name_en": names[1]}
    session.execute(
        insert(MarketDay)
        .values(day=day, **row)
        .on_conflict_do_update(index_elements=["day"], set_=row)
    )


def _trail(session: Session, day: date, event: str, actor: str, now: datetime) -> None:
    record(session, actor=actor, subject=f"day:{day.isoformat()}", event=event, at=now)
