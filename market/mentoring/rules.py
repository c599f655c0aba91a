"""The list from readiness 1 to 2, visits, and what is a reason to worry. Pure.

The ten points stand in the domain notes ("Readiness 1 -> 2"). The score is advice: a mentor
decides, and gives the reason.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from market.clock import bangkok_date
from market.errors import Refused

MOST_WORDS = 1000  # of a note, a reason
MOST_ADVICE = 2000
MOST_STEP = 500
MOST_PURPOSE = 200
MOST_NAME = 200
MOST_PHOTOS = 4  # of a visit
FURTHEST_VISIT = timedelta(days=366)
#: Two asks in a row without a word.
SILENT_ASKS = 2
#: Rounds that a group could have offered in and did not.
MISSED_ROUNDS = 3
#: Papers are renewed in weeks, not days: this long before it lapses somebody must begin.
PAPER_WARNING = timedelta(days=60)
#: From so many points on the list, a group waits for the mentor's decision.
READY_POINTS = 8
VISIT_EVERY = timedelta(days=90)


class Point(StrEnum):
    """The ten points from readiness 1 to 2."""

    OWN_USE = "own_use"
    SAME_QUALITY = "same_quality"
    PAPERS = "papers"
    COST_KNOWN = "cost_known"
    CAPACITY = "capacity"
    ORGANISATION = "organisation"
    TRIAL_ROUND = "trial_round"
    STORY = "story"
    SECOND_CONTACT = "second_contact"
    AUTHORITY = "authority"


class Stage(StrEnum):
    """Where a group stands on the way to 2; decided: it sells outside."""

    NOT_STARTED = "not_started"
    ON_THE_WAY = "on_the_way"
    READY = "ready"
    DECIDED = "decided"


class VisitState(StrEnum):
    """planned -> done, or cancelled."""

    PLANNED = "planned"
    DONE = "done"
    CANCELLED = "cancelled"


class VisitPart(StrEnum):
    """What a mentor is asked after a visit, one a screen, in this order."""

    LOOKED = "looked"
    ADVICE = "advice"
    PHOTOS = "photos"
    NEXT = "next"


class Looked(StrEnum):
    """What one can look at on a visit."""

    MAKING = "making"
    QUALITY = "quality"
    LABELS = "labels"
    COSTS = "costs"
    BOOKS = "books"
    SHARES = "shares"
    PEOPLE = "people"
    AUTHORITY = "authority"


class FlagKind(StrEnum):
    """Reasons to worry, the most harmful first: that is the order of the list."""

    SILENT = "silent"
    PAPER_LAPSED = "paper_lapsed"
    OFFICER_CHANGED = "officer_changed"
    NO_ORGANISATION = "no_organisation"
    NOT_OFFERED = "not_offered"
    PAPER_LAPSING = "paper_lapsing"
    NO_CONTACT = "no_contact"


BY_HARM: tuple[FlagKind, ...] = tuple(FlagKind)


@dataclass(frozen=True, kw_only=True)
class VisitWords:
    """What was written of a visit."""

    looked_at: tuple[str, ...] = ()
    advice: str = ""
    next_step: str = ""
    next_on: date | None = None


def stage_of(level: int, points: int) -> Stage:
    """The column of the pipeline; level: readiness 1 or 2, points: met of ten."""
    if level == 2:
        return Stage.DECIDED
    if points >= READY_POINTS:
        return Stage.READY
    return Stage.ON_THE_WAY if points else Stage.NOT_STARTED


def missing_points(met: Collection[Point]) -> tuple[Point, ...]:
    """What is left, in the order of the list."""
    return tuple(point for point in Point if point not in met)


def check_words(words: str, most: int) -> str:
    """The words, if they are some and not too many."""
    if not words:
        raise Refused("care_words_missing")
    if len(words) > most:
        raise Refused("care_words_too_long", most=most, count=len(words))
    return words


def check_optional(words: str, most: int) -> str:
    """The words, if they are not too many."""
    return check_words(words, most) if words else ""


def check_plan(planned_on: date, now: datetime) -> date:
    """The day of a visit: from a week ago (a visit may be written down later) to a year ahead."""
    today = bangkok_date(now)
    if not today - timedelta(days=7) <= planned_on <= today + FURTHEST_VISIT:
        raise Refused("visit_day_out_of_reach")
    return planned_on


def check_next(step: str, on: date | None, now: datetime) -> tuple[str, date | None]:
    """A next step and its day: both or neither, the day not yet over."""
    step = check_optional(step, MOST_STEP)
    if bool(step) != (on is not None):
        raise Refused("visit_next_half")
    if on is not None and on < bangkok_date(now):
        raise Refused("visit_next_is_past")
    return step, on


def known_looked(typed: Iterable[str]) -> tuple[str, ...]:
    """Of what was ticked, what is on the list, in its order."""
    ticked = set(typed)
    return tuple(one.value for one in Looked if one.value in ticked)
