"""The words of matching and confirming, and who gets what a group has confirmed. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from market.errors import Refused

#: A running match, or a piece of one, whose process has not been heard of for this long is
#: taken over. The solver lets other threads speak at least once a second.
LEASE = timedelta(seconds=30)
#: So often a process that matches says that it lives.
BEAT = timedelta(seconds=3)
#: How long a coordinator may look at a match before it publishes itself.
PUBLISH_AFTER = timedelta(minutes=30)
PUBLISH_AFTER_SAMPLE = timedelta(minutes=5)
#: Who tries a change beside a match has at least this long before it publishes itself.
TRY_FOR = timedelta(minutes=15)
#: A failed match is tried again after this long; a person may do so at once.
RETRY_AFTER = timedelta(minutes=10)
#: After so many matches whose worker died within that time the sweep waits as well.
LOST_RUNS = 3
#: A link in a notice lives until a day after the round's last possible answer.
LINK_GRACE = timedelta(days=1)
#: Settling later than this after the last planned answer moves the pay-by moment on.
LATE = timedelta(hours=1)
NOTE_LENGTH = 1000


class RunState(StrEnum):
    """running -> solved -> published; or failed, cancelled, or superseded by a later run.

    A round whose newest run is cancelled waits for a person. beside: what a coordinator asked
    for after a published match; nothing was solved.
    """

    RUNNING = "running"
    SOLVED = "solved"
    PUBLISHED = "published"
    FAILED = "failed"
    CANCELLED = "cancelled"
    SUPERSEDED = "superseded"
    BESIDE = "beside"


class PieceState(StrEnum):
    """waiting -> taken -> done; or failed: the solver found no answer.

    A piece whose worker died is taken again.
    """

    WAITING = "waiting"
    TAKEN = "taken"
    DONE = "done"
    FAILED = "failed"


class SimulationState(StrEnum):
    """waiting -> running -> done or failed."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Answer(StrEnum):
    """A group's word on an ask. Silence at the deadline counts as no."""

    WAITING = "waiting"
    ALL = "all"
    PART = "part"
    NO = "no"
    SILENT = "silent"


class AskKind(StrEnum):
    """make: asked by a match. shrink: paid orders fell below the batch, make fewer or stop."""

    MAKE = "make"
    SHRINK = "shrink"


class AnswerReason(StrEnum):
    """Why not all: four pictures and a free word."""

    RAIN = "rain"
    PEOPLE = "people"
    MATERIAL = "material"
    MACHINE = "machine"
    OTHER = "other"


class Mode(StrEnum):
    """How goods reach a zone."""

    LANE = "lane"
    POST = "post"


class BatchState(StrEnum):
    """A batch's life: (round, group, product, delivery date)."""

    ASKED = "asked"
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    TO_MAKE = "to_make"
    MADE = "made"
    PACKED = "packed"
    HANDED_OVER = "handed_over"
    DELIVERED = "delivered"
    PAID_OUT = "paid_out"
    STOPPED = "stopped"


BATCH_MOVES: dict[BatchState, frozenset[BatchState]] = {
    BatchState.ASKED: frozenset({BatchState.CONFIRMED, BatchState.DECLINED, BatchState.STOPPED}),
    BatchState.CONFIRMED: frozenset({BatchState.TO_MAKE, BatchState.STOPPED, BatchState.ASKED}),
    BatchState.DECLINED: frozenset({BatchState.ASKED, BatchState.STOPPED}),
    BatchState.TO_MAKE: frozenset({BatchState.MADE, BatchState.STOPPED}),
    BatchState.MADE: frozenset({BatchState.PACKED}),
    BatchState.PACKED: frozenset({BatchState.HANDED_OVER}),
    BatchState.HANDED_OVER: frozenset({BatchState.DELIVERED}),
    BatchState.DELIVERED: frozenset({BatchState.PAID_OUT}),
    BatchState.PAID_OUT: frozenset(),
    BatchState.STOPPED: frozenset(),
}


@dataclass(frozen=True, kw_only=True)
class Share:
    """An assignment waiting for its batch to be confirmed.

    units: not confirmed yet; line_left: what its line may still get; whole: the buyer
    takes all of the line or nothing of it.
    """

    assignment_id: int
    line_id: int
    units: int
    line_left: int
    whole: bool


def spread(units: int, shares: Sequence[Share]) -> dict[int, int]:
    """Give ``units`` to the shares in the order given; returns units by assignment.

    A *whole* line that does not fit is passed over, the next ones may take its units. What is
    left over stays with the group.
    """
    given: dict[int, int] = {}
    left: dict[int, int] = {}
    for line_id, parts in _by_line(shares).items():
        room = min(parts[0].line_left, sum(part.units for part in parts))
        fits = room if not parts[0].whole or room <= units else 0
        left[line_id] = min(fits, units)
        units -= left[line_id]
    for share in shares:
        taken = min(share.units, left[share.line_id])
        if taken:
            given[share.assignment_id] = taken
            left[share.line_id] -= taken
    return given


def _by_line(shares: Sequence[Share]) -> dict[int, list[Share]]:
    lines: dict[int, list[Share]] = {}
    for share in shares:
        lines.setdefault(share.line_id, []).append(share)
    return lines


@dataclass(frozen=True, kw_only=True)
class PartRange:
    """Which partial answers an ask allows: from low to high in steps; none when low > high."""

    low: int
    high: int
    step: int

    @property
    def possible(self) -> bool:
        """Is there anything between all and nothing?"""
        return self.low <= self.high


def part_range(asked: int, lot_units: int, min_batch_units: int, elsewhere_units: int) -> PartRange:
    """Whole lots below ``asked`` that keep the group's batch at its minimum.

    elsewhere_units: what the group makes of the same offer besides this ask.
    """
    lowest = max(1, min_batch_units - elsewhere_units)
    low = -(-lowest // lot_units) * lot_units
    return PartRange(low=low, high=(asked - 1) // lot_units * lot_units, step=lot_units)


def check_part(units: int | None, parts: PartRange) -> int:
    """The confirmed units of a partial answer. Refuses what is no whole lot or too few."""
    if not parts.possible:
        raise Refused("part_not_possible", lot=parts.step)
    if units is None or not parts.low <= units <= parts.high:
        raise Refused("part_out_of_range", low=parts.low, high=parts.high)
    if units % parts.step:
        raise Refused("part_not_whole_lots", lot=parts.step)
    return units


def answer_deadline(
    first_answer_by: datetime, answer_hours: int, rematches: int, now: datetime
) -> datetime:
    """By when groups answer a match published now: the timetable's moment, or fair time later.

    After an outage, or in a re-match, everybody gets the round's answer hours.
    """
    fair = timedelta(hours=answer_hours)
    if rematches == 0 and first_answer_by - now >= fair / 2:
        return first_answer_by
    return now + fair


def paying_deadline(pay_by: datetime, last_answer_at: datetime, now: datetime) -> datetime:
    """By when buyers pay when the answers are settled now.

    After an outage they get as long as the timetable meant them to have; otherwise every
    unpaid order would be released at once.
    """
    if now - last_answer_at <= LATE:
        return pay_by
    return max(pay_by, now + (pay_by - last_answer_at))
