"""Reservations in the database: locked, decided by ``seating``, written. Never commits.

Lock order: the caller has the round (and the order); here come the groups that share
minutes, then the offers, each by id. The most contended rows are locked last and held
until the commit, so nothing slow may follow.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.orders.queries import REACHES
from market.orders.rules import OfferTerms
from market.orders.seating import Hold, Movable, Seat, Seating, Wish, seat

_GROUPS = """
    SELECT group_id, shared_minutes - reserved_minutes AS minutes FROM round_group
     WHERE round_id = :round_id AND group_id = ANY (CAST(:groups AS bigint[]))
       AND shared_minutes IS NOT NULL
     ORDER BY id
"""
_OFFERS = """
    SELECT id, group_id, capacity_units - reserved_units AS units, minutes_per_unit
      FROM round_offer WHERE id = ANY (CAST(:offers AS bigint[])) ORDER BY id
"""
# Weaker than FOR UPDATE, so that foreign keys to these rows do not wait; two of them exclude
# each other all the same.
_LOCK = " FOR NO KEY UPDATE"

_MOVABLE = text(
    f"""
    SELECT r.line_id, r.round_offer_id, r.units, array_agg(other.id ORDER BY other.id) AS others
      FROM reservation r
      JOIN order_line l ON l.id = r.line_id AND l.maker = 'any'
      JOIN orders o ON o.id = l.order_id
      JOIN tambon t ON t.code = o.tambon_code
      JOIN province target ON target.code = t.province_code
      JOIN round_offer other
        ON other.id = ANY (CAST(:free AS bigint[])) AND other.product_id = l.product_id
       AND other.in_band AND other.ready_index <= o.delivery_index
      JOIN product p ON p.id = other.product_id
      JOIN producer_group g ON g.id = other.group_id
      JOIN tambon ht ON ht.code = g.tambon_code
      JOIN province home ON home.code = ht.province_code
     WHERE r.round_offer_id = ANY (CAST(:full AS bigint[]))
       AND {REACHES.format(point="o.point_id", region="target.region_code")}
     GROUP BY r.line_id, r.round_offer_id, r.units
     ORDER BY r.units DESC, r.line_id, r.round_offer_id
     LIMIT 500
    """  # noqa: S608 - only our own fragment is put in
)

_GIVE_BACK = text(
    """
    WITH d AS (
        SELECT * FROM unnest(CAST(:lines AS bigint[]), CAST(:offers AS bigint[]),
                             CAST(:units AS bigint[])) AS d (line_id, offer_id, units)
    ), gone AS (
        DELETE FROM reservation r USING d
         WHERE r.line_id = d.line_id AND r.round_offer_id = d.offer_id AND r.units = d.units
    )
    UPDATE reservation r SET units = r.units - d.units FROM d
     WHERE r.line_id = d.line_id AND r.round_offer_id = d.offer_id AND r.units > d.units
    """
)

_COUNT_AND_TAKE = text(
    """
    WITH offers AS (
        UPDATE round_offer o SET reserved_units = o.reserved_units + d.units
          FROM unnest(CAST(:offers AS bigint[]), CAST(:units AS bigint[])) AS d (id, units)
         WHERE o.id = d.id
    ), groups AS (
        UPDATE round_group g SET reserved_minutes = g.reserved_minutes + d.minutes
          FROM unnest(CAST(:groups AS bigint[]), CAST(:minutes AS bigint[])) AS d (id, minutes)
         WHERE g.round_id = :round_id AND g.group_id = d.id
    )
    INSERT INTO reservation (line_id, round_offer_id, units)
    SELECT * FROM unnest(CAST(:taken_lines AS bigint[]), CAST(:taken_offers AS bigint[]),
                         CAST(:taken_units AS bigint[]))
    ON CONFLICT (line_id, round_offer_id)
    DO UPDATE SET units = reservation.units + excluded.units
    """
)


@dataclass(frozen=True, kw_only=True)
class Room:
    """Locked offers and shared minutes, as they stand until this transaction ends."""

    round_id: int
    seats: tuple[Seat, ...]
    minutes_left: dict[int, int]


def lock_room(
    session: Session, round_id: int, offers: Collection[OfferTerms], *, locking: bool = True
) -> Room:
    """Lock these offers and the minutes that their groups share, and read what is free.

    ``locking=False`` exists for the test that proves the race.
    """
    mode = _LOCK if locking else ""
    sharing = sorted({offer.group_id for offer in offers if offer.minutes_per_unit})
    minutes: dict[int, int] = {}
    if sharing:
        rows = session.execute(text(_GROUPS + mode), {"round_id": round_id, "groups": sharing})
        minutes = {row.group_id: row.minutes for row in rows}
    found = session.execute(text(_OFFERS + mode), {"offers": [offer.offer_id for offer in offers]})
    return Room(
        round_id=round_id,
        minutes_left=minutes,
        seats=tuple(
            Seat(
                offer_id=row.id,
                group_id=row.group_id,
                free_units=row.units,
                minutes_per_unit=row.minutes_per_unit,
            )
            for row in found
        ),
    )


def seat_in(session: Session, room: Room, wishes: Sequence[Wish]) -> Seating:
    """Seat the wishes; where one does not fit, look once for lines that can be moved."""
    seating = seat(wishes, room.seats, room.minutes_left)
    if not seating.refusals:
        return seating
    movables = _movables(session, room, wishes, seating)
    return seat(wishes, room.seats, room.minutes_left, movables) if movables else seating


def _movables(
    session: Session, room: Room, wishes: Sequence[Wish], seating: Seating
) -> tuple[Movable, ...]:
    short = {refusal.line for refusal in seating.refusals}
    full = {offer for wish in wishes if wish.line in short for offer in wish.offer_ids}
    free = {seat.offer_id for seat in room.seats if seat.free_units > 0} - full
    if not free or not full:
        return ()
    rows = session.execute(_MOVABLE, {"full": sorted(full), "free": sorted(free)})
    return tuple(
        Movable(
            hold=Hold(line=row.line_id, offer_id=row.round_offer_id, units=row.units),
            to_offer_ids=tuple(row.others),
        )
        for row in rows
    )


def write_holds(
    session: Session, room: Room, *, taken: Sequence[Hold] = (), given_back: Sequence[Hold] = ()
) -> None:
    """Write holds and the counters of their offers and groups; the database refuses too many."""
    if not taken and not given_back:
        return
    if given_back:
        parts = _summed(given_back)
        session.execute(
            _GIVE_BACK,
            {
                "lines": [line for line, _ in parts],
                "offers": [offer for _, offer in parts],
                "units": list(parts.values()),
            },
        )
    units: Counter[int] = Counter()
    for hold in taken:
        units[hold.offer_id] += hold.units
    for hold in given_back:
        units[hold.offer_id] -= hold.units
    _count(session, room, units, _summed(taken))


def _count(
    session: Session, room: Room, units: Counter[int], taken: Counter[tuple[int, int]]
) -> None:
    minutes: Counter[int] = Counter()
    for seat_ in room.seats:
        if seat_.group_id in room.minutes_left:
            minutes[seat_.group_id] += units[seat_.offer_id] * seat_.minutes_per_unit
    session.execute(
        _COUNT_AND_TAKE,
        {
            "round_id": room.round_id,
            "offers": list(units),
            "units": list(units.values()),
            "groups": list(minutes),
            "minutes": list(minutes.values()),
            "taken_lines": [line for line, _ in taken],
            "taken_offers": [offer for _, offer in taken],
            "taken_units": list(taken.values()),
        },
    )


def _summed(holds: Iterable[Hold]) -> Counter[tuple[int, int]]:
    parts: Counter[tuple[int, int]] = Counter()
    for hold in holds:
        parts[hold.line, hold.offer_id] += hold.units
    return parts


def holds_of(session: Session, order_id: int) -> tuple[Hold, ...]:
    """What is held for an order's lines; read after ``lock_room``."""
    rows = session.execute(
        text(
            "SELECT r.line_id, r.round_offer_id, r.units FROM reservation r"
            " JOIN order_line l ON l.id = r.line_id WHERE l.order_id = :order_id"
            " ORDER BY r.line_id, r.round_offer_id"
        ),
        {"order_id": order_id},
    )
    return tuple(
        Hold(line=row.line_id, offer_id=row.round_offer_id, units=row.units) for row in rows
    )
