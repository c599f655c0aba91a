"""Seating never gives away what is not there, and never refuses what fits."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from market.orders.seating import Hold, Movable, Seat, Wish, seat, trim

OFFERS = range(1, 6)


@st.composite
def rooms(draw):
    """Five offers of five groups, some of which share minutes; wishes; lines that may move."""
    seats = [
        Seat(
            offer_id=offer,
            group_id=offer,
            free_units=draw(st.integers(0, 12)),
            minutes_per_unit=draw(st.integers(0, 5)),
        )
        for offer in OFFERS
    ]
    sharing = draw(st.lists(st.sampled_from(OFFERS), unique=True))
    minutes = {offer: draw(st.integers(0, 30)) for offer in sharing}
    some = st.lists(st.sampled_from(OFFERS), min_size=1, max_size=5, unique=True)
    wishes = [
        Wish(
            line=100 + number,
            units=draw(st.integers(1, 9)),
            offer_ids=tuple(chosen := draw(some)),
            named_offer_id=draw(st.sampled_from([None, *chosen])),
        )
        for number in range(draw(st.integers(1, 4)))
    ]
    movables = [
        Movable(
            hold=Hold(line=number, offer_id=(offer := draw(st.sampled_from(OFFERS))),
                      units=draw(st.integers(1, 5))),
            to_offer_ids=tuple(o for o in sorted(draw(some)) if o != offer),
        )
        for number in range(draw(st.integers(0, 4)))
    ]  # fmt: skip
    return wishes, seats, minutes, movables


def net(seating):
    """Units taken of each (line, offer), less those given back."""
    units: Counter[tuple[int, int]] = Counter()
    for hold in seating.taken:
        units[hold.line, hold.offer_id] += hold.units
    for hold in seating.given_back:
        units[hold.line, hold.offer_id] -= hold.units
    return units


@given(rooms())
def test_nothing_is_held_twice(room):
    wishes, seats, minutes, movables = room

    units = net(seat(wishes, seats, minutes, movables))

    for one in seats:
        held = sum(count for (_, offer), count in units.items() if offer == one.offer_id)
        assert held <= one.free_units
        if one.group_id in minutes and held > 0:
            assert held * one.minutes_per_unit <= minutes[one.group_id]


@given(rooms())
def test_each_wish_is_held_whole_by_offers_that_may_or_refused(room):
    wishes, seats, minutes, movables = room

    seating = seat(wishes, seats, minutes, movables)

    units = net(seating)
    refused = {refusal.line for refusal in seating.refusals}
    for wish in wishes:
        held = {offer: count for (line, offer), count in units.items() if line == wish.line}
        assert sum(held.values()) == (0 if wish.line in refused else wish.units)
        assert set(held) <= set(wish.offer_ids)


@given(rooms())
def test_moved_lines_keep_their_units_on_offers_that_may_hold_them(room):
    wishes, seats, minutes, movables = room

    units = net(seat(wishes, seats, minutes, movables))

    for movable in movables:
        line = movable.hold.line
        moved = {offer: count for (other, offer), count in units.items() if other == line}
        assert sum(moved.values()) == 0
        assert moved.get(movable.hold.offer_id, 0) >= -movable.hold.units
        assert all(offer in movable.to_offer_ids for offer, count in moved.items() if count > 0)


@given(rooms())
def test_a_single_wish_is_refused_only_where_it_does_not_fit(room):
    (wish, *_), seats, minutes, _ = room

    seating = seat([wish], seats, minutes)

    fits = 0
    for one in seats:
        if one.offer_id in wish.offer_ids:
            free = one.free_units
            if one.minutes_per_unit and one.group_id in minutes:
                free = min(free, minutes[one.group_id] // one.minutes_per_unit)
            fits += free
    assert bool(seating.refusals) == (fits < wish.units)
    assert all(refusal.left_units == fits for refusal in seating.refusals)


@given(rooms())
def test_the_order_of_rows_changes_nothing(room):
    wishes, seats, minutes, movables = room

    assert seat(wishes, seats, minutes, movables) == seat(
        wishes[::-1], seats[::-1], minutes, movables
    )


def test_the_named_group_comes_first_then_the_one_with_most_room():
    seats = [
        Seat(offer_id=offer, group_id=offer, free_units=free, minutes_per_unit=0)
        for offer, free in ((1, 3), (2, 9), (3, 5))
    ]
    wish = Wish(line=7, units=8, offer_ids=(1, 2, 3), named_offer_id=1)

    seating = seat([wish], seats, {})

    assert [(hold.offer_id, hold.units) for hold in seating.taken] == [(1, 3), (2, 5)]


@given(
    st.lists(st.builds(Hold, line=st.just(1), offer_id=st.integers(1, 9), units=st.integers(1, 9)),
             unique_by=lambda hold: hold.offer_id),
    st.integers(0, 60),
)  # fmt: skip
def test_trimming_gives_back_exactly_what_is_asked_while_there_is_any(holds, units):
    given_back = trim(holds, units)

    assert sum(part.units for part in given_back) == min(units, sum(h.units for h in holds))
    assert {part.offer_id: part.units for part in given_back}.items() <= {
        hold.offer_id: min(hold.units, part.units)
        for part in given_back
        for hold in holds
        if hold.offer_id == part.offer_id
    }.items()
