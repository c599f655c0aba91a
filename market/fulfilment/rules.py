"""The words of making and handing over, and how long things wait. Pure."""

from __future__ import annotations

import re
from datetime import date, timedelta
from enum import StrEnum


class ConsignmentState(StrEnum):
    """packed -> handed_over -> arrived -> received; cancelled when its batch is stopped."""

    WAITING = "waiting"
    HANDED_OVER = "handed_over"
    ARRIVED = "arrived"
    RECEIVED = "received"
    CANCELLED = "cancelled"


#: How long after arrival a buyer may still report a problem; then the batch counts as delivered.
FRESH_WINDOW = timedelta(hours=24)
KEEPING_WINDOW = timedelta(days=7)
#: A parcel that nobody has complained about counts as received this long after hand-over.
PARCEL_RECEIVED_AFTER = timedelta(days=7)

CODE_DIGITS = 6

#: In which step of the work a picture is taken, by the state of the batch.
_PHOTO_STEPS = {
    "to_make": "made", "made": "made", "packed": "packed",
    "handed_over": "handed_over", "delivered": "handed_over",
}  # fmt: skip


def photo_step(state: str) -> str | None:
    """The step that a picture of a batch in this state shows; None where there is nothing yet."""
    return _PHOTO_STEPS.get(state)


def days_after(promised_on: date, today: date) -> tuple[date, ...]:
    """The days that a late batch may be promised for: the two weeks after the promised one."""
    first = max(promised_on, today)
    return tuple(first + timedelta(days=ahead) for ahead in range(1, 15))


def lot_code(round_number: int, batch_id: int) -> str:
    """What is printed on every label of a batch: the round and a running number."""
    return f"{round_number}-{batch_id:05d}"


def short_name(name: str) -> str:
    """A buyer as a label names them: the first word, and a letter of the next."""
    first, *rest = name.split() or [""]
    initial = re.search("[ก-ฮA-Za-z]", rest[-1]) if rest else None
    return f"{first} {initial[0]}." if initial else first


def tracking_number(typed: str) -> str | None:
    """A carrier's number in one spelling, or None when it cannot be one."""
    text = re.sub(r"[\s-]+", "", typed).upper()
    return text if re.fullmatch(r"[A-Z0-9]{6,30}", text) else None
