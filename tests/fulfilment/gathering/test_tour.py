"""The order of a trip's stops: whole, feasible, never worse than the one that was given."""

from itertools import permutations

from hypothesis import given, settings
from hypothesis import strategies as st

from market.fulfilment.gathering.tour import EXACT_STOPS, Load, Spot, Way, apart_m, best_order


@st.composite
def ways(draw: st.DrawFn, fewest: int = 2, most: int = 12) -> Way:
    """Some groups, some points, boxes between them, and a vehicle that may be too small."""
    count = draw(st.integers(fewest, most))
    groups = draw(st.integers(1, count - 1))
    degrees = st.floats(0, 1, allow_nan=False)
    spots = tuple(Spot(lat=13 + draw(degrees), lon=100 + draw(degrees)) for _ in range(count))
    loads = tuple(
        Load(taken_at=draw(st.integers(0, groups - 1)), put_at=draw(st.integers(groups, count - 1)),
             weight_g=draw(st.integers(1, 50_000)))
        for _ in range(draw(st.integers(1, 10)))
    )  # fmt: skip
    return Way(
        spots=spots, loads=loads, capacity_g=draw(st.integers(1, 300_000)),
        returns=draw(st.booleans()),
    )  # fmt: skip


@settings(deadline=None, max_examples=50)
@given(ways())
def test_an_order_is_whole_feasible_and_no_longer_than_the_given_one(way: Way) -> None:
    first = tuple(range(len(way.spots)))  # all groups, then all points
    found = best_order(way, first)

    if found is None:
        assert not way.may(first)
        return
    assert sorted(found) == list(first)
    at = {stop: place for place, stop in enumerate(found)}
    assert all(at[load.taken_at] < at[load.put_at] for load in way.loads)
    on_board = 0
    for stop in found:
        on_board -= sum(load.weight_g for load in way.loads if load.put_at == stop)
        on_board += sum(load.weight_g for load in way.loads if load.taken_at == stop)
        assert on_board <= way.capacity_g
    if way.may(first):
        assert way.length_m(found) <= way.length_m(first)


@settings(deadline=None, max_examples=20)
@given(ways(most=6))
def test_few_stops_are_visited_in_the_shortest_order_there_is(way: Way) -> None:
    possible = [order for order in permutations(range(len(way.spots))) if way.may(order)]
    found = best_order(way)

    assert (found is None) == (not possible)
    if found is not None:
        assert way.length_m(found) == min(way.length_m(order) for order in possible)


def test_many_stops_on_a_line_are_visited_along_it() -> None:
    count = EXACT_STOPS + 7
    spots = tuple(Spot(lat=13, lon=100 + (7 * i % count) / 10) for i in range(count))
    loads = tuple(Load(taken_at=i, put_at=count - 1, weight_g=1) for i in range(count - 1))
    order = best_order(Way(spots=spots, loads=loads, capacity_g=100), range(count))

    assert order is not None
    assert order[-1] == count - 1
    along = apart_m(spots[0], Spot(lat=13, lon=100 + (count - 1) / 10))
    last_at = apart_m(spots[0], spots[-1])
    assert Way(spots=spots, loads=loads, capacity_g=100).length_m(order) <= 1.02 * (
        along + min(last_at, along - last_at)
    )


def test_a_place_that_nobody_knows_costs_no_way() -> None:
    assert apart_m(Spot(lat=None, lon=None), Spot(lat=13, lon=100)) == 0
    assert abs(apart_m(Spot(lat=13, lon=100), Spot(lat=14, lon=100)) - 111_195) < 100
