"""When a template's rounds happen: counted back from delivery, moved off days off. Pure."""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from market.clock import bangkok_moment
from market.rounds.rules import Cycle, Timetable

#: An occurrence that meets days without work is moved at most this far, else left out.
FURTHEST_MOVE = 7
#: A 29th, 30th or 31st exists in some months only: a fifth weekday counts as the last one.
LAST_WEEK = 4


class HolidayRule(StrEnum):
    """What happens to a round whose cut-off or delivery meets a day without work."""

    BEFORE = "before"
    AFTER = "after"
    SKIP = "skip"


@dataclass(frozen=True, kw_only=True)
class Step:
    """A moment of the timetable: so many days before the first delivery, at a Thai time."""

    days_before: int
    at: time


@dataclass(frozen=True, kw_only=True)
class Pace:
    """A template's timetable, counted back from the first delivery date.

    first_on: the first delivery of the first round; its weekday, and for monthly ones its week
    of the month, is that of all. delivery_days: so many days in a row.
    """

    cycle: Cycle
    first_on: date
    delivery_days: int
    opens: Step
    closes: Step
    answer: Step
    pay: Step
    answer_hours: int
    rematch_limit: int
    holidays: HolidayRule


@dataclass(frozen=True, kw_only=True)
class Occurrence:
    """One round of a template: due_on names it for ever, delivery_on is the day after moving.

    delivery_on None: left out. met: the day without work that moved it or left it out.
    """

    due_on: date
    delivery_on: date | None
    met: date | None = None


def timetable_on(pace: Pace, delivery_on: date) -> Timetable:
    """The moments of the round whose first delivery is this day."""

    def moment(step: Step) -> datetime:
        return bangkok_moment(delivery_on - timedelta(days=step.days_before), step.at)

    return Timetable(
        opens_at=moment(pace.opens),
        closes_at=moment(pace.closes),
        answer_by=moment(pace.answer),
        answer_hours=pace.answer_hours,
        rematch_limit=pace.rematch_limit,
        pay_by=moment(pace.pay),
        delivery_on=delivery_days(pace, delivery_on),
    )


def delivery_days(pace: Pace, first: date) -> tuple[date, ...]:
    """The days on which a round's goods come."""
    return tuple(first + timedelta(days=day) for day in range(pace.delivery_days))


def due_days(pace: Pace, since: date) -> Iterator[date]:
    """The days on which deliveries are due, from ``since`` on, without an end."""
    if pace.cycle is Cycle.MONTHLY:
        yield from (day for day in _months(pace.first_on) if day >= since)
        return
    every = 7 if pace.cycle is Cycle.WEEKLY else 14
    missed = max(0, -(-(since - pace.first_on).days // every))
    day = pace.first_on + timedelta(days=every * missed)
    while True:
        yield day
        day += timedelta(days=every)


def _months(first: date) -> Iterator[date]:
    """The same weekday of the same week of each month; a fifth one is the last one."""
    week, year, month = (first.day - 1) // 7, first.year, first.month
    while True:
        yield nth_weekday(year, month, first.weekday(), week)
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)


def nth_weekday(year: int, month: int, weekday: int, week: int) -> date:
    """The weekday (0 Monday) of a week (0 the first, 4 the last) of a month."""
    if week >= LAST_WEEK:
        last = date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
        return last - timedelta(days=(last.weekday() - weekday) % 7)
    start = date(year, month, 1)
    return start + timedelta(days=(weekday - start.weekday()) % 7 + 7 * week)


def next_delivery(cycle: Cycle, first_on: date, after: date) -> date:
    """The delivery that follows ``after`` in the rhythm that began on ``first_on``."""
    if cycle is Cycle.MONTHLY:
        return next(day for day in _months(first_on) if day > after)
    return after + timedelta(days=7 if cycle is Cycle.WEEKLY else 14)


def occurrence(pace: Pace, due_on: date, closed: Container[date]) -> Occurrence:
    """Where the round that is due on this day ends up.

    The whole timetable moves together, so that every step keeps its length.
    """
    met = _meets(pace, due_on, closed)
    if met is None:
        return Occurrence(due_on=due_on, delivery_on=due_on)
    if pace.holidays is not HolidayRule.SKIP:
        way = -1 if pace.holidays is HolidayRule.BEFORE else 1
        for days in range(1, FURTHEST_MOVE + 1):
            moved = due_on + timedelta(days=way * days)
            if _meets(pace, moved, closed) is None:
                return Occurrence(due_on=due_on, delivery_on=moved, met=met)
    return Occurrence(due_on=due_on, delivery_on=None, met=met)


def _meets(pace: Pace, delivery_on: date, closed: Container[date]) -> date | None:
    """The first day without work among the days of delivery and the day of the cut-off."""
    cut_off = delivery_on - timedelta(days=pace.closes.days_before)
    for day in (*delivery_days(pace, delivery_on), cut_off):
        if day in closed:
            return day
    return None
