"""Goods that nobody fetched. Pure."""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum

#: The longest that a desk keeps what nobody fetched.
LONGEST_KEPT = timedelta(days=30)


class LeftDecision(StrEnum):
    """What becomes of goods that nobody fetched."""

    KEEP = "keep"
    GIVE_AWAY = "give_away"


def usual_keeping(today: date, *, fresh: bool) -> date:
    """Until when goods are kept unless somebody decides otherwise: fresh ones for a day."""
    return today + timedelta(days=1 if fresh else 7)
