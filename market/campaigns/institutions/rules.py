"""How a large order could be split among groups before anybody is asked. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class BulkState(StrEnum):
    """draft -> quoted -> asked, then closed where goods were made, or declined where none were.

    A quotation can be taken back to a draft. The ends come by themselves from the requests.
    """

    DRAFT = "draft"
    QUOTED = "quoted"
    ASKED = "asked"
    CLOSED = "closed"
    DECLINED = "declined"


MOST_LINES = 60


@dataclass(frozen=True, kw_only=True)
class Able:
    """A group that could make it. weight: its full share by fairness; distance_m None: unknown."""

    group_id: int
    capacity_units: int
    lot_units: int
    weight: int
    distance_m: int | None


def split(able: Sequence[Able], units: int) -> dict[int, int]:
    """Units by group: each its fair share in whole lots within its capacity, the rest lot by lot
    to the nearest. What nobody can make is missing from the sum.
    """
    whole = sum(group.weight for group in able)
    shares = {
        group.group_id: _lots(group, min(units * group.weight // max(1, whole), _most(group)))
        for group in able
    }
    for group in sorted(able, key=_near):
        room = _most(group) - shares[group.group_id]
        missing = units - sum(shares.values())
        shares[group.group_id] += _lots(group, min(room, missing))
    return {group_id: n for group_id, n in shares.items() if n}


def _near(group: Able) -> tuple[bool, int, int]:
    return (group.distance_m is None, group.distance_m or 0, group.group_id)


def _most(group: Able) -> int:
    return _lots(group, group.capacity_units)


def _lots(group: Able, units: int) -> int:
    return units // group.lot_units * group.lot_units
