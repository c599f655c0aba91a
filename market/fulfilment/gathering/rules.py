"""Trips and what may happen to a box on them: words, codes and times. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from market.thai import arabic_digits

#: A loaded pickup on country roads, and how much longer roads are than the straight line.
METRES_A_MINUTE = 600
ROAD_FACTOR_PERCENT = 130
#: To find the people, load or unload, and sign.
STOP_TAKES = timedelta(minutes=15)
#: A longer way between two stops (straight, two hours and more on the road) is told before locking:
#: most often two provinces were ticked together, or a place has a wrong pin.
FAR_M = 60_000
LINK_LASTS = timedelta(days=3)  # after the day of the trip
MOST_STOPS = 40
DRIVER_KEPT = timedelta(days=90)  # after the day of the trip

_BOX = re.compile(r"[?&]box=(\d{1,18})\b")
_LOT = re.compile(r"(\d{1,9})-(\d{5,12})")


class TripState(StrEnum):
    """draft -> locked -> done; cancelled from either of the first two, unlocked again to draft."""

    DRAFT = "draft"
    LOCKED = "locked"
    DONE = "done"
    CANCELLED = "cancelled"


class BoxProblem(StrEnum):
    """What is wrong with a box."""

    MISSING = "missing"
    SHORT = "short"
    BROKEN = "broken"


class CaseOutcome(StrEnum):
    """How a box's case ended."""

    FOUND = "found"  # the goods came after all
    PAID_BACK = "paid_back"  # the group never handed them over; buyers got their money back
    SETTLED = "settled"  # in another way, said in words


@dataclass(frozen=True)
class Scanned:
    """What a code says: one box, or a lot of which one has to know the place."""

    box_id: int | None = None
    lot_code: str | None = None


def scanned(typed: str) -> Scanned | None:
    """A scanned address or a typed number: ``.../lot/12-00045?box=812``, ``12-00045``, ``812``.

    Thai digits are taken. None for what cannot be a box or a lot.
    """
    text = arabic_digits(typed).strip()
    exact = _BOX.search(text)
    if exact:
        return Scanned(box_id=int(exact[1]))
    lot = _LOT.search(text)
    if lot:
        return Scanned(lot_code=f"{int(lot[1])}-{int(lot[2]):05d}")
    return Scanned(box_id=int(text)) if re.fullmatch(r"\d{1,12}", text) else None


def box_address(public_url: str, lot_code: str, box_id: int) -> str:
    """What a box's label says to a camera: the makers' page, and which box of the lot it is."""
    return f"{public_url}/lot/{lot_code}?box={box_id}"


def common_area(codes: Iterable[str]) -> str:
    """The smallest area (6, 4, 2 or no digits) that all these tambons lie in."""
    codes = list(codes)
    for digits in (6, 4, 2):
        if len({code[:digits] for code in codes}) == 1:
            return codes[0][:digits]
    return ""


def road_minutes(metres: int) -> int:
    """How long a straight line of so many metres takes on the road, rounded up to minutes."""
    return -(-metres * ROAD_FACTOR_PERCENT // (100 * METRES_A_MINUTE))


def arrivals(starts_at: datetime, legs_m: Sequence[int]) -> list[datetime]:
    """When a trip is at each stop; ``legs_m[i]`` is the way to stop i (0 for the first)."""
    now, times = starts_at, []
    for index, metres in enumerate(legs_m):
        now += timedelta(minutes=road_minutes(metres)) + (STOP_TAKES if index else timedelta())
        times.append(now)
    return times
