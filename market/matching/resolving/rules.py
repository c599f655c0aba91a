"""What may be done about a shortfall, and what it brings. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from market.errors import Refused
from market.matching.rules import Mode, Share, spread

WORDS_LENGTH = 500
#: A group that is asked for more, and a buyer who is offered another product, has at least this.
ASK_FOR = timedelta(hours=4)
#: Another product may cost this much less than what was ordered; never more.
CHEAPEST_PERCENT = 50


class StepKind(StrEnum):
    """A group was asked for more; a neighbouring area was; buyers were offered something else."""

    ASK = "ask"
    NEIGHBOUR = "neighbour"
    INSTEAD = "instead"


class OfferState(StrEnum):
    """open -> accepted or declined; or lapsed: nobody answered in time, or it is of no use now."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    LAPSED = "lapsed"


@dataclass(frozen=True, kw_only=True)
class Maker:
    """An offer that could make more. room_units: of its capacity, pins and shared hours.

    made_units: confirmed or asked so far. lanes: grams that still fit on its own way, by point
    and delivery date (None: no limit); posts: it may send parcels of this product.
    """

    round_offer_id: int
    group_id: int
    price_satang: int
    room_units: int
    made_units: int
    lot_units: int
    min_batch_units: int
    ready_index: int
    in_band: bool


@dataclass(frozen=True, kw_only=True)
class Want:
    """A line's units that nobody makes, as one maker sees them, in the order of the rule.

    whole: the buyer takes all of the line or nothing. way: how this maker reaches it; None: not.
    lane_key: which of its own ways; unit_g: weight of a unit on it.
    """

    line_id: int
    units: int
    whole: bool
    way: Mode | None
    lane_key: tuple[int, int] | None = None
    unit_g: int = 0


@dataclass(frozen=True, kw_only=True)
class Given:
    """Units of a line that a maker would be asked for."""

    line_id: int
    units: int
    way: Mode


def fill(
    maker: Maker, wants: Sequence[Want], most: int, room_g: Mapping[tuple[int, int], int]
) -> tuple[Given, ...]:
    """The units that ``maker`` would be asked for, at most ``most``: whole lots, served in order.

    room_g: grams that still fit, by own way; a way that is not there has no limit. Empty where
    nothing fits or its batch would stay below the minimum.
    """
    reached = _carried(wants, room_g)
    units = _lots(min(most, maker.room_units, sum(w.units for w in reached)), maker.lot_units)
    while units > 0:
        shares = [
            Share(assignment_id=w.line_id, line_id=w.line_id, units=w.units, line_left=w.units,
                  whole=w.whole)
            for w in reached
        ]  # fmt: skip
        given = spread(units, shares)
        total = sum(given.values())
        if total == units:
            return _given(reached, given) if _batch_is_enough(maker, units) else ()
        units = _lots(total, maker.lot_units)
    return ()


def _carried(wants: Sequence[Want], room_g: Mapping[tuple[int, int], int]) -> list[Want]:
    """What can get there: an own way takes goods until it is full."""
    left, found = dict(room_g), []
    for want in wants:
        units = want.units if want.way else 0
        key = want.lane_key
        if key in left and want.unit_g and key is not None:
            units = min(units, left[key] // want.unit_g)
            if want.whole and units < want.units:
                units = 0
            left[key] -= units * want.unit_g
        if units > 0:
            found.append(replace(want, units=units))
    return found


def _lots(units: int, lot: int) -> int:
    return max(0, units) // lot * lot


def _batch_is_enough(maker: Maker, units: int) -> bool:
    return maker.made_units + units >= maker.min_batch_units


def _given(wants: Iterable[Want], given: Mapping[int, int]) -> tuple[Given, ...]:
    return tuple(
        Given(line_id=w.line_id, units=given[w.line_id], way=w.way)
        for w in wants
        if w.way is not None and given.get(w.line_id)
    )


def check_units(units: int, lot: int, most: int) -> int:
    """Units to ask for: whole lots up to what would be of use. Raises Refused."""
    if most <= 0:
        raise Refused("resolve_no_room")
    if not 0 < units <= most:
        raise Refused("resolve_units_range", low=lot, high=most)
    if units % lot:
        raise Refused("part_not_whole_lots", lot=lot)
    return units


def ask_until(answer_by: datetime, pay_by: datetime, now: datetime) -> datetime:
    """By when a group or a buyer who is asked now answers.

    The round's own deadline where there is time, else four hours. Raises Refused where paying
    would begin before.
    """
    until = max(answer_by, now + ASK_FOR)
    if until >= pay_by:
        raise Refused("resolve_too_late")
    return until
