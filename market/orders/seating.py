"""Who holds units for whom while a round is open. Pure.

Reservations prove that a plan exists; the match may replace them.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Seat:
    """Free units of an offer as the locks found them."""

    offer_id: int
    group_id: int
    free_units: int
    minutes_per_unit: int


@dataclass(frozen=True, kw_only=True)
class Wish:
    """Units of a line, and the offers that may hold them; the named group's first."""

    line: int
    units: int
    offer_ids: tuple[int, ...]
    named_offer_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class Hold:
    """Units of an offer held for a line."""

    line: int
    offer_id: int
    units: int


@dataclass(frozen=True, kw_only=True)
class Movable:
    """A held any-maker line, and the other offers that could hold it as well."""

    hold: Hold
    to_offer_ids: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """A line that cannot be held whole, and how many units could be."""

    line: int
    left_units: int


@dataclass(frozen=True, kw_only=True)
class Seating:
    """New holds, holds given back to make room, and what found no room. Good when none did."""

    taken: tuple[Hold, ...]
    given_back: tuple[Hold, ...]
    refusals: tuple[Refusal, ...]


def seat(
    wishes: Sequence[Wish],
    seats: Iterable[Seat],
    minutes_left: Mapping[int, int],
    movables: Sequence[Movable] = (),
) -> Seating:
    """Hold every wish whole or refuse it; a line may be held by several offers.

    The named group comes first, then the offer with most room, equals by a hash of their
    id. ``minutes_left`` has the groups that share minutes. Where a wish does not fit,
    movable lines are moved away once before it is refused. The strictest wishes choose
    first, so an any-maker line does not take the only place of another.
    """
    room = _Room(seats, minutes_left, movables)
    refusals = []
    for wish in sorted(wishes, key=lambda wish: (len(wish.offer_ids), wish.line)):
        room.make(wish)
        left_units = sum(room.units(offer_id) for offer_id in wish.offer_ids)
        if left_units < wish.units:
            refusals.append(Refusal(line=wish.line, left_units=left_units))
        else:
            room.fill(wish)
    return Seating(
        taken=tuple(room.taken), given_back=tuple(room.given_back), refusals=tuple(refusals)
    )


def trim(holds: Iterable[Hold], units: int) -> tuple[Hold, ...]:
    """Which parts of ``holds`` to give back so that ``units`` fewer are held."""
    given_back = []
    for hold in sorted(holds, key=lambda hold: (hold.units, hold.offer_id)):
        part = min(units, hold.units)
        if part:
            given_back.append(Hold(line=hold.line, offer_id=hold.offer_id, units=part))
            units -= part
    return tuple(given_back)


@dataclass
class _Room:
    """What is still free while wishes are seated one after the other."""

    seats_: Iterable[Seat]
    minutes_left_: Mapping[int, int]
    movables_: Sequence[Movable]
    taken: list[Hold] = field(default_factory=list)
    given_back: list[Hold] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.seats = {seat.offer_id: seat for seat in self.seats_}
        self.free = {seat.offer_id: seat.free_units for seat in self.seats.values()}
        self.minutes = dict(self.minutes_left_)
        self.movable = {(m.hold.line, m.hold.offer_id): m for m in self.movables_}
        self.held = {key: m.hold.units for key, m in self.movable.items()}

    def units(self, offer_id: int) -> int:
        """Units that the offer and its group's minutes still allow."""
        seat = self.seats[offer_id]
        free = max(0, self.free[offer_id])
        if seat.minutes_per_unit and seat.group_id in self.minutes:
            free = min(free, max(0, self.minutes[seat.group_id]) // seat.minutes_per_unit)
        return free

    def take(self, line: int, offer_id: int, units: int) -> None:
        """Hold units, or give them back where negative."""
        seat = self.seats[offer_id]
        self.free[offer_id] -= units
        if seat.group_id in self.minutes:
            self.minutes[seat.group_id] -= units * seat.minutes_per_unit
        part = Hold(line=line, offer_id=offer_id, units=abs(units))
        (self.taken if units > 0 else self.given_back).append(part)

    def fill(self, wish: Wish) -> None:
        """Hold the whole wish: by one offer where one has room for all."""
        missing = wish.units
        for offer_id in sorted(wish.offer_ids, key=lambda offer: self._rank(wish, offer)):
            part = min(missing, self.units(offer_id))
            if part:
                self.take(wish.line, offer_id, part)
                missing -= part

    def _rank(self, wish: Wish, offer_id: int) -> tuple[bool, int, int]:
        named = offer_id == wish.named_offer_id
        return not named, -self.units(offer_id), zlib.crc32(str(offer_id).encode())

    def make(self, wish: Wish) -> None:
        """Move others away from the wish's offers, to offers that the wish cannot use."""
        missing = wish.units - sum(self.units(offer_id) for offer_id in wish.offer_ids)
        for (line, offer_id), movable in self.movable.items():
            if offer_id not in wish.offer_ids:
                continue
            for to_offer_id in movable.to_offer_ids:
                if missing <= 0:
                    return
                if to_offer_id not in wish.offer_ids:
                    missing -= self._move(line, offer_id, to_offer_id, missing)

    def _move(self, line: int, offer_id: int, to_offer_id: int, wanted: int) -> int:
        before = self.units(offer_id)
        units = min(wanted, self.held[line, offer_id], self.units(to_offer_id))
        if units > 0:
            self.take(line, offer_id, -units)
            self.take(line, to_offer_id, units)
            self.held[line, offer_id] -= units
        return self.units(offer_id) - before
