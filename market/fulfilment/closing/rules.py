"""Goods that nobody fetched. Pure."""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum

from market.payments.sources import FRESH_STORAGE

#: The longest that a desk keeps what nobody fetched.
LONGEST_KEPT = timedelta(days=30)


class LeftDecision(StrEnum):
    """What becomes of goods that nobody fetched."""

    KEEP = "keep"
    GIVE_AWAY = "give_away"


def usual_keeping(storage: str, today: date) -> date:
    """Until when goods are kept unless somebody decides otherwise: fresh ones for a day."""
    return today + timedelta(days=1 if storage in FRESH_STORAGE else 7)
