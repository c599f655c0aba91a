"""The words of a call. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

PERSON_LENGTH = 120
PHONE_LENGTH = 40
#: What *call again* offers, in hours.
AGAIN_HOURS = (1, 2, 4, 24)


class Outcome(StrEnum):
    """What came of a call."""

    REACHED = "reached"
    NO_ANSWER = "no_answer"
    LATER = "later"
    WRONG_NUMBER = "wrong_number"


def call_again_at(outcome: Outcome, hours: int | None, now: datetime) -> datetime | None:
    """When to call next: as asked, or in an hour where nobody picked up; None: not again."""
    if outcome is Outcome.LATER:
        return now + timedelta(hours=hours or AGAIN_HOURS[0])
    return now + timedelta(hours=AGAIN_HOURS[0]) if outcome is Outcome.NO_ANSWER else None
