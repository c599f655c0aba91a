"""A trip: its stops in order, what is taken and put down at each, and when one is there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.clock import BANGKOK, bangkok_date
from market.errors import NotFound
from market.fulfilment.gathering.queries.boxes import BOX
from market.fulfilment.gathering.rules import FAR_M, arrivals
from market.fulfilment.gathering.tour import Load, Spot, Way

_TRIP = text(
    """
    SELECT id, area_code, delivery_on, starts_at, vehicle, capacity_g, driver_name, driver_phone,
           state, version, done_at
      FROM trip WHERE id = :id
    """
)
_STOPS = text(
    """
    SELECT s.id, s.position, s.group_id, s.point_id, s.done_at, s.done_by,
           coalesce(g.name_th, pt.name_th) AS name_th, coalesce(g.name_en, pt.name_en) AS name_en,
           g.phone, pt.hours, t.name_th AS tambon_th, t.name_en AS tambon_en,
           am.name_th AS amphoe_th, am.name_en AS amphoe_en,
           coalesce(pt.lat, t.lat) AS lat, coalesce(pt.lon, t.lon) AS lon
      FROM trip_stop s
      LEFT JOIN producer_group g ON g.id = s.group_id
      LEFT JOIN pickup_point pt ON pt.id = s.point_id
      JOIN tambon t ON t.code = coalesce(g.tambon_code, pt.tambon_code)
      JOIN amphoe am ON am.code = t.amphoe_code
     WHERE s.trip_id = :id ORDER BY s.position
    """
)
_BOXES = """
    SELECT {box}, b.group_id, x.collected_at, x.delivered_at,
           (SELECT string_agg(k.kind || ':' || k.units, ',' ORDER BY k.id) FROM box_case k
             WHERE k.consignment_id = s.id AND k.closed_at IS NULL) AS problems
      FROM trip_box x
      JOIN consignment s ON s.id = x.consignment_id AND s.state <> 'cancelled'
      JOIN batch b ON b.id = s.batch_id
      JOIN round r ON r.id = b.round_id
      JOIN product p ON p.id = b.product_id
      JOIN producer_group g ON g.id = b.group_id
      JOIN pickup_point pt ON pt.id = s.point_id
     WHERE x.trip_id = :id ORDER BY p.sort_key, s.id
"""
_ON_IT = text(_BOXES.format(box=BOX))


@dataclass(frozen=True, kw_only=True)
class TripBoxView:
    """A box on a trip. ``problems``: open cases as (kind, units)."""

    id: int
    units: int
    state: str
    lot_code: str
    group_id: int
    point_id: int
    batch_state: str
    round_number: int
    product_code: str
    name_th: str
    name_en: str
    unit_th: str
    unit_en: str
    weight_g: int
    collected_at: datetime | None
    delivered_at: datetime | None
    group_th: str
    group_en: str
    point_th: str
    point_en: str
    problems: tuple[tuple[str, int], ...]

    @property
    def missing(self) -> bool:
        """Reported as not there at all."""
        return any(kind == "missing" for kind, _units in self.problems)


@dataclass(frozen=True, kw_only=True)
class StopView:
    """A stop: at a group boxes are taken, at a point they are put down."""

    id: int
    position: int
    group_id: int | None
    point_id: int | None
    name_th: str
    name_en: str
    tambon_th: str
    tambon_en: str
    amphoe_th: str
    amphoe_en: str
    phone: str | None
    hours: str | None
    lat: float | None
    lon: float | None
    done_at: datetime | None
    done_by: str | None
    arrive_at: datetime
    leg_m: int
    days_later: int
    boxes: tuple[TripBoxView, ...]

    @property
    def clock(self) -> str:
        """When one is there, as a clock shows it in Thailand; ``(+1)`` on the day after."""
        clock = self.arrive_at.astimezone(BANGKOK).strftime("%H:%M")
        return f"{clock} (+{self.days_later})" if self.days_later else clock

    @property
    def far(self) -> bool:
        """Is it far from the stop before?"""
        return self.leg_m > FAR_M

    @property
    def takes(self) -> bool:
        """Boxes are taken here, not put down."""
        return self.group_id is not None

    @property
    def weight_g(self) -> int:
        """Of the boxes that are taken or put down here."""
        return sum(box.weight_g for box in self.boxes)

    def is_dealt(self, box: TripBoxView) -> bool:
        """Was the box taken here, or put down here?"""
        return bool(box.collected_at if self.takes else box.delivered_at)

    @property
    def left(self) -> tuple[TripBoxView, ...]:
        """Boxes still to be dealt with here: not reported missing, and at a point on board."""
        return tuple(
            box for box in self.boxes
            if not self.is_dealt(box) and not box.missing and (self.takes or box.collected_at)
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class TripView:
    """A trip with everything on it."""

    id: int
    area_code: str
    delivery_on: date
    starts_at: datetime
    vehicle: str
    capacity_g: int
    driver_name: str
    driver_phone: str | None
    state: str
    version: int
    done_at: datetime | None
    stops: tuple[StopView, ...]
    boxes: tuple[TripBoxView, ...]
    metres: int
    heaviest_g: int

    @property
    def clock(self) -> str:
        """When it starts, as a clock shows it in Thailand."""
        return self.starts_at.astimezone(BANGKOK).strftime("%H:%M")

    @property
    def weight_g(self) -> int:
        """Of all its boxes."""
        return sum(box.weight_g for box in self.boxes)

    @property
    def now(self) -> StopView | None:
        """The stop to go to next; None when all are done."""
        return next((stop for stop in self.stops if stop.done_at is None), None)


def get_trip(session: Session, trip_id: int) -> TripView:
    """A trip in three statements. Raises NotFound."""
    trip = session.execute(_TRIP, {"id": trip_id}).one_or_none()
    if trip is None:
        raise NotFound("not_found", what="trip")
    stops = session.execute(_STOPS, {"id": trip_id}).all()
    boxes = tuple(_box(row) for row in session.execute(_ON_IT, {"id": trip_id}))
    way = way_of(stops, boxes, trip.capacity_g)
    order = range(len(stops))
    legs = [way.metres[max(i - 1, 0)][i] for i in order]
    times = arrivals(trip.starts_at, legs)
    visited = [(1 << (i + 1)) - 1 for i in order]
    return TripView(
        **trip._mapping,
        stops=tuple(
            StopView(
                **row._mapping, arrive_at=times[i], leg_m=legs[i],
                days_later=(bangkok_date(times[i]) - trip.delivery_on).days,
                boxes=tuple(box for box in boxes if _here(row, box)),
            )
            for i, row in enumerate(stops)
        ),
        boxes=boxes,
        metres=sum(legs),
        heaviest_g=max((way.on_board_g(some) for some in visited), default=0),
    )  # fmt: skip


def way_of(stops: Sequence[Any], boxes: Sequence[TripBoxView], capacity_g: int) -> Way:
    """The trip for the rule that orders stops; stops by their index."""
    groups = {stop.group_id: i for i, stop in enumerate(stops) if stop.group_id is not None}
    points = {stop.point_id: i for i, stop in enumerate(stops) if stop.point_id is not None}
    return Way(
        spots=tuple(Spot(lat=stop.lat, lon=stop.lon) for stop in stops),
        loads=tuple(
            Load(taken_at=groups[box.group_id], put_at=points[box.point_id], weight_g=box.weight_g)
            for box in boxes
        ),
        capacity_g=capacity_g,
    )


def _here(stop: Any, box: TripBoxView) -> bool:
    if stop.group_id is not None:
        return bool(stop.group_id == box.group_id)
    return bool(stop.point_id == box.point_id)


def _box(row: Any) -> TripBoxView:
    fields = dict(row._mapping)
    said = [problem.split(":") for problem in (fields.pop("problems") or "").split(",") if problem]
    return TripBoxView(**fields, problems=tuple((kind, int(units)) for kind, units in said))
