"""Time: stored in UTC, shown in Bangkok. Rules never read the clock, they are handed ``now``."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

BANGKOK = ZoneInfo("Asia/Bangkok")


def utc_now() -> datetime:
    """The server's clock, aware, in UTC."""
    return datetime.now(UTC)


def bangkok_date(moment: datetime) -> date:
    """The calendar day in Thailand at ``moment``."""
    return moment.astimezone(BANGKOK).date()


def bangkok_moment(day: date, at: time) -> datetime:
    """The UTC moment of a wall-clock time in Thailand (no daylight saving there)."""
    return datetime.combine(day, at, BANGKOK).astimezone(UTC)
