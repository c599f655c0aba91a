"""The life of a round and the arithmetic of its timetable. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from market.clock import bangkok_date


class RoundState(StrEnum):
    """draft -> open -> closed -> matched -> confirming -> paying -> producing -> ... completed."""

    DRAFT = "draft"
    OPEN = "open"
    CLOSED = "closed"
    MATCHED = "matched"
    CONFIRMING = "confirming"
    PAYING = "paying"
    PRODUCING = "producing"
    DELIVERING = "delivering"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


#: The drawn arrows. A re-match goes confirming -> closed -> matched -> confirming.
ROUND_MOVES: dict[RoundState, frozenset[RoundState]] = {
    RoundState.DRAFT: frozenset({RoundState.OPEN, RoundState.CANCELLED}),
    RoundState.OPEN: frozenset({RoundState.CLOSED, RoundState.CANCELLED}),
    RoundState.CLOSED: frozenset({RoundState.MATCHED, RoundState.CANCELLED}),
    RoundState.MATCHED: frozenset({RoundState.CONFIRMING, RoundState.CLOSED, RoundState.CANCELLED}),
    RoundState.CONFIRMING: frozenset({RoundState.CLOSED, RoundState.PAYING, RoundState.CANCELLED}),
    RoundState.PAYING: frozenset({RoundState.PRODUCING, RoundState.CANCELLED}),
    RoundState.PRODUCING: frozenset({RoundState.DELIVERING, RoundState.COMPLETED}),
    RoundState.DELIVERING: frozenset({RoundState.COMPLETED}),
    RoundState.COMPLETED: frozenset(),
    RoundState.CANCELLED: frozenset(),
}


class Cycle(StrEnum):
    """How often a kind of goods is gathered into a round."""

    WEEKLY = "weekly"
    BIWEEKLY = "biweekly"
    MONTHLY = "monthly"


@dataclass(frozen=True, kw_only=True)
class Timetable:
    """A round's moments (aware UTC) and delivery dates (Thai calendar days, ascending)."""

    opens_at: datetime
    closes_at: datetime
    answer_by: datetime
    answer_hours: int  # how long a group has for each re-match
    rematch_limit: int
    pay_by: datetime
    delivery_on: tuple[date, ...]


def may_move(source: RoundState, target: RoundState) -> bool:
    """Is there an arrow from ``source`` to ``target``?"""
    return target in ROUND_MOVES[source]


def is_open(state: RoundState, closes_at: datetime, now: datetime) -> bool:
    """May orders still be placed, changed or cancelled? The cut-off moment itself is too late."""
    return state is RoundState.OPEN and now < closes_at


def last_answer_at(times: Timetable) -> datetime:
    """When the last possible re-match must be answered."""
    return times.answer_by + timedelta(hours=times.answer_hours * times.rematch_limit)


def ready_date_index(times: Timetable, lead_days: int) -> int | None:
    """The first delivery date a maker with this lead time can meet, or None.

    Work starts the day after the pay-by day: nothing is made before it is paid for.
    """
    ready_on = bangkok_date(times.pay_by) + timedelta(days=lead_days)
    for index, day in enumerate(times.delivery_on):
        if ready_on <= day:
            return index
    return None


def timetable_faults(times: Timetable, longest_lead_days: int) -> list[str]:
    """Codes of what does not fit; an empty list may be opened."""
    faults = []
    if not times.opens_at < times.closes_at:
        faults.append("opens_after_cut_off")
    if not times.closes_at < times.answer_by:
        faults.append("answer_before_cut_off")
    if not last_answer_at(times) < times.pay_by:
        faults.append("pay_before_last_answer")
    if not times.delivery_on or list(times.delivery_on) != sorted(set(times.delivery_on)):
        faults.append("delivery_dates_not_ascending")
    elif ready_date_index(times, longest_lead_days) is None:
        faults.append("longest_lead_misses_delivery")
    return faults


def delivery_index(delivery_on: Sequence[date], weekday: int | None) -> int | None:
    """Which delivery date serves a point that opens on ``weekday`` (None: any day, the first).

    None where the point is shut on every delivery date of the round.
    """
    if weekday is None:
        return 0
    for index, day in enumerate(delivery_on):
        if day.weekday() == weekday:
            return index
    return None
