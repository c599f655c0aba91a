"""Letters that came back: read, noted, and only then marked as read."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from datetime import datetime

from market.db import transaction
from market.errors import Unavailable
from market.notices.returned.commands import (
    Turn,
    break_turn,
    end_turn,
    note_returned,
    take_turn,
)
from market.notices.returned.rules import Letters, Mailbox, Outcome, Report, Seal, report_in

MOST_MESSAGES = 200  # in one turn
logger = logging.getLogger(__name__)


def read_returned(mailbox: Mailbox, seal: Seal, clock: Callable[[], datetime]) -> int:
    """Note what came back; how many letters of ours. Safe to run anywhere, at any time.

    One reads at a time. Whoever dies between noting and marking leaves a message that is read
    again and changes nothing. What is no report of ours is left unread, and never looked at again.
    """
    with transaction() as session:
        turn = take_turn(session, clock())
    if turn is None:
        return 0
    tally = Counter[Outcome]()
    try:
        with mailbox.opened() as letters:
            read = _judge_all(letters, turn, tally, lambda raw: _judge(raw, seal, clock()))
    except Unavailable as failure:
        logger.warning("returned mail cannot be read: %s", failure.data.get("reason"))
        with transaction() as session:
            break_turn(session, turn, str(failure.data.get("reason", "")), clock())
    else:
        with transaction() as session:
            end_turn(session, turn, read, clock())
    if tally:
        logger.info("returned mail: %s", {one.value: n for one, n in tally.items()})
    return tally[Outcome.BACK]


def _judge_all(
    letters: Letters, turn: Turn, tally: Counter[Outcome], judge: Callable[[bytes], Outcome]
) -> tuple[int, int]:
    """The mailbox's validity, and the number up to which everything is judged for ever."""
    judged = turn.judged_uid if letters.validity == turn.validity else 0
    held = False
    for uid in letters.unseen(judged)[:MOST_MESSAGES]:
        outcome = judge(letters.read(uid))
        tally[outcome] += 1
        held = held or outcome is Outcome.WAITS
        if outcome in (Outcome.BACK, Outcome.NOTHING):
            letters.mark(uid)
        if not held:
            judged = uid
    return letters.validity, judged


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
