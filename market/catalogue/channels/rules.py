"""Ways by which goods of a kind may reach a buyer. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class OwnLane(StrEnum):
    """How far goods go on the makers' own way."""

    ANYWHERE = "anywhere"  # to any pick-up point that the group reaches
    LOCAL = "local"  # to points in the group's own district only
    VISIT = "visit"  # nowhere: the buyer comes to the group


@dataclass(frozen=True, kw_only=True)
class Channel:
    """What a kind of goods may do. parcel: by dry post; cold: by post though it needs cooling."""

    parcel: bool = True
    cold: bool = True
    own_lane: OwnLane = OwnLane.ANYWHERE


def sound(channel: Channel) -> bool:
    """Goods that stay in their district, or at the makers', are not sent by post either."""
    return channel.own_lane is OwnLane.ANYWHERE or not (channel.parcel or channel.cold)
