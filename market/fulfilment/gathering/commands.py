"""Writes of trips: planned from free boxes, put in order, locked."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import insert, select, text
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.orm import Session

from market.accounts.commands import record
from market.clock import bangkok_moment
from market.db import lock
from market.errors import Conflict, NotFound, Refused
from market.fulfilment.gathering.drivers import revoke_link
from market.fulfilment.gathering.models import Trip, TripBox, TripStop
from market.fulfilment.gathering.queries import TripView, get_trip, way_of
from market.fulfilment.gathering.queries.things import area_of
from market.fulfilment.gathering.rules import (
    MOST_STOPS,
    TripState,
    common_area,
)
from market.fulfilment.gathering.tour import best_order

# Boxes of these groups that nobody fetches yet, of the day, in the asker's areas only.
_FREE = text(
    """
    SELECT s.id, b.group_id, s.point_id, g.tambon_code
      FROM consignment s
      JOIN batch b ON b.id = s.batch_id
      JOIN round r ON r.id = b.round_id AND r.state IN ('producing', 'delivering')
      JOIN producer_group g ON g.id = b.group_id
      JOIN pickup_point pt ON pt.id = s.point_id AND pt.group_id IS DISTINCT FROM g.id
     CROSS JOIN LATERAL (
           SELECT coalesce((SELECT due_on FROM promise m WHERE m.batch_id = b.id
                             ORDER BY m.id DESC LIMIT 1),
                           r.delivery_on[b.delivery_index + 1]) AS due_on) d
     WHERE s.state = 'waiting' AND d.due_on = :on AND g.id = ANY(:groups)
       AND NOT EXISTS (SELECT 1 FROM trip_box x WHERE x.consignment_id = s.id)
       AND g.tambon_code LIKE ANY(CAST(:areas AS text[]))
     ORDER BY s.id FOR NO KEY UPDATE OF s
    """
)
_ARRANGE = text(
    """
    UPDATE trip_stop s SET position = t.position
      FROM unnest(CAST(:ids AS bigint[])) WITH ORDINALITY AS t(id, position)
     WHERE s.id = t.id
    """
)


@dataclass(frozen=True, kw_only=True)
class TripWords:
    """Who drives what, and when. The start is wall-clock time in Thailand."""

    starts: time
    vehicle: str
    capacity_g: int
    driver_name: str
    driver_phone: str | None


@dataclass(frozen=True, kw_only=True)
class NewTrip:
    """A trip to plan: the day, the groups to visit, and who drives."""

    on: date
    group_ids: tuple[int, ...]
    words: TripWords


def plan_trip(
    session: Session, new: NewTrip, areas: Sequence[str], *, actor: str, now: datetime
) -> int:
    """A trip that fetches every free box of these groups; its id.

    Refused when nothing is free (somebody else may just have planned it), when there are too
    many stops, or when no order was found in which the vehicle can carry it.
    """
    rows = _free_boxes(session, new, areas)
    groups, points = _once(row.group_id for row in rows), _once(row.point_id for row in rows)
    if len(groups) + len(points) > MOST_STOPS:
        raise Refused("trip_too_long", most=MOST_STOPS)
    trip = Trip(
        area_code=common_area(row.tambon_code for row in rows), delivery_on=new.on,
        state=TripState.DRAFT, version=1, created_at=now, created_by=actor,
        **_columns(new.words, new.on),
    )  # fmt: skip
    session.add(trip)
    session.flush()
    _add_stops(session, trip.id, groups, points)
    _take(session, trip.id, [row.id for row in rows])
    _arrange_best(session, trip)
    _say(session, trip, "trip.planned", actor, now, boxes=[row.id for row in rows])
    return trip.id


def _free_boxes(session: Session, new: NewTrip, areas: Sequence[str]) -> Sequence[Any]:
    if not new.group_ids:
        raise Refused("trip_groups_missing")
    rows = session.execute(
        _FREE, {"on": new.on, "groups": sorted(new.group_ids), **area_of(areas)}
    ).all()
    if not rows:
        raise Refused("trip_without_boxes")
    return rows


def _add_stops(
    session: Session, trip_id: int, groups: Sequence[int], points: Sequence[int]
) -> None:
    """First every group, then every pick-up point."""
    stops = [{"group_id": group, "point_id": None} for group in groups]
    stops += [{"group_id": None, "point_id": point} for point in points]
    session.execute(
        insert(TripStop),
        [{"trip_id": trip_id, "position": i + 1, **stop} for i, stop in enumerate(stops)],
    )


def _take(session: Session, trip_id: int, boxes: Sequence[int]) -> None:
    """These boxes go on this trip. Conflict when another took one of them at the same moment."""
    taken = session.scalars(
        pg_insert(TripBox)
        .values([{"trip_id": trip_id, "consignment_id": box} for box in boxes])
        .on_conflict_do_nothing(index_elements=["consignment_id"])
        .returning(TripBox.consignment_id)
    ).all()
    if len(taken) != len(boxes):
        raise Conflict("trip_without_boxes")


def change_trip(
    session: Session, trip_id: int, words: TripWords, *, version: int, actor: str, now: datetime
) -> None:
    """Another vehicle, driver or time. Refused when the vehicle cannot carry it in this order.

    The link of a driver who is not the driver any more ends.
    """
    trip = _draft(session, trip_id, version)
    if (words.driver_name, words.driver_phone) != (trip.driver_name, trip.driver_phone):
        revoke_link(session, trip_id, now)
    for name, value in _columns(words, trip.delivery_on).items():
        setattr(trip, name, value)
    session.flush()
    seen = get_trip(session, trip_id)
    if seen.heaviest_g > words.capacity_g:
        _arrange_best(session, trip)
    _changed(session, trip, "trip.changed", actor, now)


def arrange_trip(
    session: Session, trip_id: int, *, version: int, actor: str, now: datetime
) -> None:
    """Put the stops in a short order again."""
    trip = _draft(session, trip_id, version)
    _arrange_best(session, trip)
    _changed(session, trip, "trip.arranged", actor, now)


def move_stop(
    session: Session, trip_id: int, stop_id: int, steps: int, *, version: int, actor: str,
    now: datetime,
) -> None:  # fmt: skip
    """One stop earlier (-1) or later (1). Refused where boxes would be put down before they are
    taken, or the load would be too heavy; at an end nothing changes.
    """
    trip = _draft(session, trip_id, version)
    seen = get_trip(session, trip_id)
    ids = [stop.id for stop in seen.stops]
    if stop_id not in ids:
        raise NotFound("not_found", what="trip_stop")
    here, there = ids.index(stop_id), ids.index(stop_id) + steps
    if not 0 <= there < len(ids):
        return
    order = list(range(len(ids)))
    order[here], order[there] = order[there], order[here]
    if not way_of(seen.stops, seen.boxes, seen.capacity_g).may(order):
        raise Refused("stop_cannot_move")
    _write(session, [ids[i] for i in order])
    _changed(session, trip, "trip.arranged", actor, now)


def lock_trip(session: Session, trip_id: int, *, version: int, actor: str, now: datetime) -> None:
    """The plan stands: from now on it is driven. Twice changes nothing."""
    trip = lock(session, Trip, trip_id)
    if trip.state is TripState.LOCKED:
        return
    trip = _draft(session, trip_id, version)
    trip.state, trip.locked_at = TripState.LOCKED, now
    _changed(session, trip, "trip.locked", actor, now)


def unlock_trip(session: Session, trip_id: int, *, actor: str, now: datetime) -> None:
    """Change the plan again. Conflict once boxes were taken. Twice changes nothing."""
    trip = lock(session, Trip, trip_id)
    if trip.state is TripState.DRAFT:
        return
    if trip.state is not TripState.LOCKED or _begun(session, trip_id):
        raise Conflict("trip_has_begun")
    trip.state, trip.locked_at = TripState.DRAFT, None
    _changed(session, trip, "trip.unlocked", actor, now)


def cancel_trip(session: Session, trip_id: int, *, actor: str, now: datetime) -> None:
    """The trip is not driven; its boxes are free for another. Conflict once boxes were taken."""
    trip = lock(session, Trip, trip_id)
    if trip.state is TripState.CANCELLED:
        return
    if trip.state is TripState.DONE or _begun(session, trip_id):
        raise Conflict("trip_has_begun")
    session.execute(text("DELETE FROM trip_box WHERE trip_id = :id"), {"id": trip_id})
    revoke_link(session, trip_id, now)
    trip.state = TripState.CANCELLED
    _changed(session, trip, "trip.cancelled", actor, now)


def _draft(session: Session, trip_id: int, version: int) -> Trip:
    """The trip, locked, while it may be changed and is still as the page showed it."""
    trip = lock(session, Trip, trip_id)
    if trip.state is not TripState.DRAFT or trip.version != version:
        raise Conflict("trip_changed")
    return trip


def _begun(session: Session, trip_id: int) -> bool:
    query = select(TripBox.consignment_id).where(
        TripBox.trip_id == trip_id, TripBox.collected_at.is_not(None)
    )
    return session.scalars(query.limit(1)).first() is not None


def _arrange_best(session: Session, trip: Trip) -> None:
    seen = get_trip(session, trip.id)
    order = best_order(way_of(seen.stops, seen.boxes, trip.capacity_g), range(len(seen.stops)))
    if order is None:
        raise Refused("trip_too_heavy", **_weights(seen))
    _write(session, [seen.stops[i].id for i in order])


def _weights(seen: TripView) -> dict[str, Any]:
    total = sum(box.weight_g for box in seen.boxes)
    return {"kg": -(-total // 1000), "most_kg": seen.capacity_g // 1000}


def _write(session: Session, stop_ids: Sequence[int]) -> None:
    session.execute(_ARRANGE, {"ids": list(stop_ids)})


def _columns(words: TripWords, on: date) -> dict[str, Any]:
    fields = dict(vars(words))
    return {"starts_at": bangkok_moment(on, fields.pop("starts")), **fields}


def _once(values: Collection[int] | Any) -> list[int]:
    return list(dict.fromkeys(values))


def _changed(session: Session, trip: Trip, event: str, actor: str, now: datetime) -> None:
    trip.version += 1
    session.flush()
    _say(session, trip, event, actor, now)


def _say(session: Session, trip: Trip, event: str, actor: str, now: datetime, **data: Any) -> None:
    record(
        session, actor=actor, subject=f"trip:{trip.id}", event=event, at=now,
        to_state=trip.state, data={"version": trip.version, **data},
    )  # fmt: skip
