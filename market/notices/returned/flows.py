"""Letters that came back: read, noted, and only then marked as read."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from market.db import transaction
from market.errors import Unavailable
from market.notices.returned.commands import end_turn, note_returned, take_turn
from market.notices.returned.rules import Letters, Mailbox, Outcome, Report, Seal, report_in

MOST_MESSAGES, MOST_SECONDS = 200, 60  # in one turn
logger = logging.getLogger(__name__)
Judge = Callable[[bytes], Outcome]


@dataclass
class Progress:
    """How far a turn came: up to ``judged`` all is, in a mailbox of this validity."""

    validity: int
    judged: int
    tally: Counter[Outcome] = field(default_factory=Counter)


def read_returned(mailbox: Mailbox, seal: Seal, clock: Callable[[], datetime]) -> int:
    """Note what came back; how many letters of ours. Safe to run anywhere, at any time.

    One reads at a time. Whoever dies between noting and marking leaves a message that is read
    again and changes nothing. What is no report of ours is left unread, and never looked at again.
    """
    with transaction() as session:
        turn = take_turn(session, clock())
    if turn is None:
        return 0
    came, until, trouble = Progress(turn.validity, turn.judged_uid), _until(clock()), ""
    try:
        with mailbox.opened() as letters:
            _judge_all(
                letters, came, lambda raw: _judge(raw, seal, clock()), lambda: clock() < until
            )
    except Unavailable as failure:
        trouble = str(failure.data.get("reason", failure.code))
        logger.warning("returned mail cannot be read: %s", trouble)
    with transaction() as session:
        end_turn(session, turn, (came.validity, came.judged), clock(), trouble)
    if came.tally:
        logger.info("returned mail: %s", {one.value: n for one, n in came.tally.items()})
    return came.tally[Outcome.BACK]


def _until(now: datetime) -> datetime:
    return now + timedelta(seconds=MOST_SECONDS)


def _judge_all(
    letters: Letters, came: Progress, judge: Judge, goes_on: Callable[[], bool]
) -> None:  # fmt: skip
    """One after the other; what waits, and all after it, is looked at again by the next turn."""
    if letters.validity != came.validity:
        came.validity, came.judged = letters.validity, 0
    held = False
    for uid in letters.unseen(came.judged)[:MOST_MESSAGES]:
        if not goes_on():
            return
        outcome = judge(letters.read(uid))
        came.tally[outcome] += 1
        held = held or outcome is Outcome.WAITS
        if outcome in (Outcome.BACK, Outcome.NOTHING):
            letters.mark(uid)
        if not held:
            came.judged = uid


def _judge(raw: bytes, seal: Seal, now: datetime) -> Outcome:
    report = report_of(raw, seal)
    if report is None:
        return Outcome.LEFT
    with transaction() as session:
        return note_returned(session, report, now)


def report_of(raw: bytes, seal: Seal) -> Report | None:
    """The report in a message. What nobody can read is none: it holds up no other."""
    try:
        return report_in(raw, seal)
    except Exception as failure:
        logger.warning("a message in the mailbox is unreadable: %s", type(failure).__name__)
        return None
