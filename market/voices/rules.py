"""How long, how much and how often people may say something about goods. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

SCORES = (1, 2, 3, 4, 5)
MOST_WORDS = 1000  # of a review or a reply
MOST_NOTE = 500  # of a note of thanks, a report, a reason
MOST_PHOTOS = 3
EDIT_FOR = timedelta(days=14)
#: Somebody who has had the goods for some days knows how they are; later nobody remembers.
INVITE_AFTER = timedelta(days=3)
INVITE_UNTIL = timedelta(days=30)
QUIET_BEFORE_HOUR, QUIET_FROM_HOUR = 9, 19  # Bangkok


@dataclass(frozen=True)
class Rating:
    """What buyers think of something: the sum of the scores 1 to 5, and of how many."""

    total: int = 0
    count: int = 0

    @property
    def average(self) -> Decimal | None:
        """One decimal, halves up; None while nobody said anything."""
        if not self.count:
            return None
        mean = Decimal(self.total) / self.count
        return mean.quantize(Decimal("0.1"), ROUND_HALF_UP)


def may_edit(sent_at: datetime, now: datetime) -> bool:
    """May the buyer still change the review?"""
    return now <= sent_at + EDIT_FOR


def is_quiet(hour: int) -> bool:
    """Is this hour of Bangkok's day one in which nobody is asked for anything?"""
    return not QUIET_BEFORE_HOUR <= hour < QUIET_FROM_HOUR
