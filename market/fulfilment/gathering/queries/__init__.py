"""Reads of gather sheets and trips, as frozen read models."""

from __future__ import annotations

from market.fulfilment.gathering.queries.sheet import (
    GatherBox,
    GatherGroup,
    GatherSheet,
    Vehicle,
    gather_sheet,
    sheet_rows,
)
from market.fulfilment.gathering.queries.things import area_of, trip_thing
from market.fulfilment.gathering.queries.trips import (
    StopView,
    TripBoxView,
    TripView,
    get_trip,
    way_of,
)

__all__ = [
    "GatherBox",
    "GatherGroup",
    "GatherSheet",
    "StopView",
    "TripBoxView",
    "TripView",
    "Vehicle",
    "area_of",
    "gather_sheet",
    "get_trip",
    "sheet_rows",
    "trip_thing",
    "way_of",
]
