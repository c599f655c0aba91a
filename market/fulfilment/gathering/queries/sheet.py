"""What leaves which group on a day, for whom coordinates them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.clock import BANGKOK
from market.fulfilment.driving.cases import OpenCase, open_cases
from market.fulfilment.gathering.queries.boxes import BOX
from market.fulfilment.gathering.queries.things import area_of

SHOWN_BEFORE = timedelta(days=7)
SHOWN_AFTER = timedelta(days=30)
MOST_BOXES = 2000  # of a day; the rest is on the sheets of smaller areas

#: The day on which a batch leaves: the last one promised. A group's own place needs no carrying.
_FROM = """
      FROM consignment s
      JOIN batch b ON b.id = s.batch_id
      JOIN round r ON r.id = b.round_id AND r.state IN ('producing', 'delivering')
      JOIN product p ON p.id = b.product_id
      JOIN producer_group g ON g.id = b.group_id
      JOIN tambon t ON t.code = g.tambon_code
      LEFT JOIN trip_box x ON x.consignment_id = s.id
      LEFT JOIN pickup_point pt ON pt.id = s.point_id
     CROSS JOIN LATERAL (
           SELECT coalesce((SELECT due_on FROM promise m WHERE m.batch_id = b.id
                             ORDER BY m.id DESC LIMIT 1),
                           r.delivery_on[b.delivery_index + 1]) AS due_on) d
     WHERE s.state <> 'cancelled' AND pt.group_id IS DISTINCT FROM g.id
       AND g.tambon_code LIKE ANY(CAST(:areas AS text[]))
"""
_BOXES = """
    SELECT {box}, x.trip_id, g.id AS group_id, g.phone, g.craft_th, g.craft_en,
           t.name_th AS tambon_th, t.name_en AS tambon_en,
           (SELECT count(DISTINCT l.order_id) FROM assignment a
              JOIN order_line l ON l.id = a.line_id JOIN orders o ON o.id = l.order_id
             WHERE a.batch_id = s.batch_id AND a.live_units > 0
               AND (o.point_id = s.point_id OR o.id = s.order_id)) AS bags
    {boxes}
       AND d.due_on = :on
     ORDER BY g.sort_key, g.id, pt.name_th NULLS LAST, p.sort_key, s.id LIMIT :most
"""
_DAYS = """
    SELECT d.due_on, count(*) AS boxes, count(*) FILTER (WHERE s.state = 'waiting') AS waiting
    {boxes} AND d.due_on BETWEEN :first AND :last
     GROUP BY 1 ORDER BY 1
"""
_OF_DAY, _BY_DAY = (text(query.format(boxes=_FROM, box=BOX)) for query in (_BOXES, _DAYS))
_TRIPS = text(
    """
    SELECT t.id, t.starts_at, t.vehicle, t.driver_name, t.state,
           (SELECT count(*) FROM trip_stop s WHERE s.trip_id = t.id) AS stops,
           (SELECT count(*) FROM trip_stop s WHERE s.trip_id = t.id AND s.done_at IS NOT NULL)
               AS stops_done,
           (SELECT count(*) FROM trip_box x WHERE x.trip_id = t.id) AS boxes
      FROM trip t
     WHERE t.delivery_on = :on AND t.state <> 'cancelled'
       AND t.area_code LIKE ANY(CAST(:areas AS text[]))
     ORDER BY t.starts_at, t.id
    """
)
_VEHICLES = text(
    """
    SELECT g.id AS group_id, g.name_th AS group_th, g.name_en AS group_en, g.vehicle_th,
           g.vehicle_en, g.vehicle_max_g AS capacity_g
      FROM producer_group g
     WHERE g.active AND g.vehicle_max_g > 0 AND g.tambon_code LIKE ANY(CAST(:areas AS text[]))
     ORDER BY (g.id = ANY(:groups)) DESC, g.vehicle_max_g DESC, g.sort_key LIMIT 40
    """
)


@dataclass(frozen=True, kw_only=True)
class GatherBox:
    """A box that leaves a group: for a point, or a parcel. ``bags``: buyers it is for."""

    id: int
    state: str
    units: int
    weight_g: int
    bags: int
    lot_code: str
    batch_state: str
    round_number: int
    product_code: str
    name_th: str
    name_en: str
    unit_th: str
    unit_en: str
    point_id: int | None
    point_th: str | None
    point_en: str | None
    trip_id: int | None

    @property
    def ready(self) -> bool:
        """Made by now, so that it can be fetched."""
        return self.batch_state not in ("confirmed", "to_make")


@dataclass(frozen=True, kw_only=True)
class GatherGroup:
    """A group and what leaves it that day. craft: its short name."""

    id: int
    name_th: str
    name_en: str
    craft_th: str
    craft_en: str
    tambon_th: str
    tambon_en: str
    phone: str | None
    boxes: tuple[GatherBox, ...]
    parcels: int

    @property
    def weight_g(self) -> int:
        """Of all boxes for points."""
        return sum(box.weight_g for box in self.boxes)

    @property
    def free(self) -> tuple[GatherBox, ...]:
        """Boxes that still wait for somebody to fetch them."""
        return tuple(b for b in self.boxes if b.trip_id is None and b.state == "waiting")


@dataclass(frozen=True, kw_only=True)
class Day:
    """A day on which boxes leave, and how many of them still wait."""

    due_on: date
    boxes: int
    waiting: int


@dataclass(frozen=True, kw_only=True)
class TripRow:
    """A trip of the day in a line."""

    id: int
    starts_at: datetime
    vehicle: str
    driver_name: str
    state: str
    stops: int
    stops_done: int
    boxes: int

    @property
    def clock(self) -> str:
        """When it starts, as a clock shows it in Thailand."""
        return self.starts_at.astimezone(BANGKOK).strftime("%H:%M")


@dataclass(frozen=True, kw_only=True)
class Vehicle:
    """A group's own vehicle."""

    group_id: int
    group_th: str
    group_en: str
    vehicle_th: str
    vehicle_en: str
    capacity_g: int


@dataclass(frozen=True, kw_only=True)
class GatherSheet:
    """A day's gathering in some areas."""

    on: date
    days: tuple[Day, ...]
    groups: tuple[GatherGroup, ...]
    trips: tuple[TripRow, ...]
    vehicles: tuple[Vehicle, ...]
    cases: tuple[OpenCase, ...]

    @property
    def boxes(self) -> tuple[GatherBox, ...]:
        """All boxes for points."""
        return tuple(box for group in self.groups for box in group.boxes)

    @property
    def parcels(self) -> int:
        """Parcels of all groups."""
        return sum(group.parcels for group in self.groups)


def gather_sheet(
    session: Session, areas: Sequence[str], on: date | None, today: date
) -> GatherSheet:
    """The sheet of a day (without one: see ``first_day``) in five statements."""
    span = {"first": today - SHOWN_BEFORE, "last": today + SHOWN_AFTER}
    days = tuple(
        Day(**row._mapping) for row in session.execute(_BY_DAY, {**area_of(areas), **span})
    )
    on = on or first_day(days, today)
    wanted = {**area_of(areas), "on": on}
    groups = _groups(session.execute(_OF_DAY, {**wanted, "most": MOST_BOXES}).all())
    ids = {"groups": [group.id for group in groups]}
    return GatherSheet(
        on=on,
        days=days,
        groups=groups,
        trips=tuple(TripRow(**row._mapping) for row in session.execute(_TRIPS, wanted)),
        vehicles=tuple(
            Vehicle(**row._mapping) for row in session.execute(_VEHICLES, {**wanted, **ids})
        ),
        cases=open_cases(session, areas),
    )


def first_day(days: Sequence[Day], today: date) -> date:
    """Where the work is: today or the next day on which boxes wait, then a day before on which
    they were forgotten, then the next day with boxes at all; today where there is none.
    """
    waiting = [day.due_on for day in days if day.waiting]
    to_come = [on for on in waiting if on >= today] or waiting[-1:]
    to_come = to_come or [day.due_on for day in days if day.due_on >= today]
    return to_come[0] if to_come else today


def sheet_rows(sheet: GatherSheet) -> Iterator[Sequence[object]]:
    """The sheet as rows for a file, headings first."""
    yield (
        "date", "group", "tambon", "phone", "point", "lot", "box", "product", "units", "unit",
        "kg", "bags", "state", "trip",
    )  # fmt: skip
    for group in sheet.groups:
        for box in group.boxes:
            yield (
                sheet.on.isoformat(), group.name_th, group.tambon_th, group.phone, box.point_th,
                box.lot_code, box.id, box.name_th, box.units, box.unit_th, box.weight_g / 1000,
                box.bags, box.state, box.trip_id,
            )  # fmt: skip


def _groups(rows: Sequence[Any]) -> tuple[GatherGroup, ...]:
    found = []
    for _id, mine in groupby(rows, key=lambda row: row.group_id):
        all_of_it = list(mine)
        first = all_of_it[0]
        group = GatherGroup(
            id=first.group_id, name_th=first.group_th, name_en=first.group_en,
            craft_th=first.craft_th, craft_en=first.craft_en,
            tambon_th=first.tambon_th, tambon_en=first.tambon_en, phone=first.phone, boxes=(),
            parcels=sum(row.point_id is None for row in all_of_it),
        )  # fmt: skip
        boxes = tuple(_box(row) for row in all_of_it if row.point_id is not None)
        found.append(replace(group, boxes=boxes))
    return tuple(found)


def _box(row: Any) -> GatherBox:
    fields = row._mapping
    return GatherBox(**{name: fields[name] for name in GatherBox.__dataclass_fields__})
