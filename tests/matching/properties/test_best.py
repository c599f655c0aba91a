"""Nothing better exists: the engine against one integer program, a greedy loop and itself."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from market.matching.engine.plan import Mode
from tests.matching.instances import Tables
from tests.matching.properties.drawing import drawn, matched, rows_of, times, value
from tests.matching.properties.greedy import greedy_rows
from tests.matching.properties.optimum import Round
from tests.matching.properties.rulebook import Book

modes = st.sampled_from(["preview", "quick", "final"])
one = st.integers(0, 9)
STAGES = ("units", "class_0", "class_1", "fairness", "cost")


@times(2)
@given(drawn())
def test_each_stage_reaches_the_optimum(made: Tables) -> None:
    plan, best = matched(made), Round(made).best(STAGES)
    for name in STAGES[:3]:
        assert value(plan, name) == best[name], name
    assert abs(value(plan, "fairness") - best["fairness"]) <= 2e-6 * best["fairness"] + 1


@times()
@given(drawn(), modes)
def test_units_are_within_the_stated_gap_of_the_optimum(made: Tables, mode: Mode) -> None:
    stage = matched(made, mode=mode).stages[0]
    best = Round(made).best(("units",))["units"]
    assert stage.value <= best <= stage.bound
    assert best - stage.value <= stage.gap * max(1, stage.bound) + 1e-6


@times()
@given(drawn())
def test_a_greedy_loop_serves_no_more(made: Tables) -> None:
    rows = greedy_rows(made)
    assert Book(made, rows).broken() == set()
    assert matched(made).units >= sum(row[3] for row in rows)


@times()
@given(drawn())
def test_no_offer_could_sell_more_by_itself(made: Tables) -> None:
    assert Book(made, rows_of(matched(made))).could_take_more() == []


@times(0.5)
@given(drawn(lanes_limited=False), st.sampled_from(["preview", "quick"]))
def test_nor_in_a_preview_where_no_vehicle_is_full(made: Tables, mode: Mode) -> None:
    assert Book(made, rows_of(matched(made, mode=mode))).could_take_more() == []


def changed(made: Tables, name: str, column: str, row: int, new: Any) -> Tables:
    """The tables with one value replaced; the row is taken modulo the table."""
    values = list(made[name][column])
    if values:
        values[row % len(values)] = new(values[row % len(values)])
    return made | {name: made[name] | {column: values}}


@times()
@given(drawn(), one)
def test_more_capacity_never_lowers_the_units(made: Tables, row: int) -> None:
    more = changed(made, "offers", "cap", row, lambda cap: cap + 5)
    assert matched(more).units >= matched(made).units


@times()
@given(drawn(), one)
def test_a_wider_lane_never_lowers_the_units(made: Tables, row: int) -> None:
    wider = changed(made, "lanes", "max_weight_g", row, lambda most: most and most + 1500)
    assert matched(wider).units >= matched(made).units


@times()
@given(drawn(), one)
def test_a_smaller_batch_never_lowers_the_units(made: Tables, row: int) -> None:
    smaller = changed(made, "offers", "min_batch", row, lambda batch: batch // 2)
    assert matched(smaller).units >= matched(made).units


@times()
@given(drawn(), one)
def test_asking_a_higher_price_never_brings_a_group_more_units(made: Tables, row: int) -> None:
    """Ceilings can only take demand away from a dearer offer; nothing else looks at the price."""
    made = made | {"lines": made["lines"] | {"ceiling": [-1] * len(made["lines"]["qty"])}}
    dearer = changed(made, "offers", "price", row, lambda price: price * 4)
    assert rows_of(matched(dearer)) == rows_of(matched(made))
