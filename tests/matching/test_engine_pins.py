"""Pins: at least and at most so many units of an offer, kept by every mode or refused in words."""

import numpy as np
import pytest

from market.matching.engine.plan import Mode, Plan, Unsolvable
from market.matching.engine.problem import Problem, ProblemError
from market.matching.engine.solver import solve
from market.matching.engine.verifier import verify
from tests.matching.instances import problem, tables

MODES: tuple[Mode, ...] = ("final", "quick", "preview")


def sold(round_: Problem, mode: Mode) -> list[int]:
    plan: Plan = solve(round_, mode=mode, seed="r")
    assert verify(round_, plan) == []
    return np.bincount(plan.group, weights=plan.qty, minlength=3).astype(int).tolist()


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("group", [0, 1])
def test_a_group_makes_at_least_what_is_pinned(mode: Mode, group: int) -> None:
    low = [-1, -1, -1]
    low[group] = 9
    assert sold(problem(offers={"pin_low": low}), mode)[group] >= 9


@pytest.mark.parametrize("mode", MODES)
def test_a_group_makes_at_most_what_is_pinned(mode: Mode) -> None:
    assert sold(problem(offers={"pin_high": [2, -1, 0]}), mode) == [2, 8, 0]


@pytest.mark.parametrize("mode", MODES)
def test_pins_mean_whole_lots(mode: Mode) -> None:
    pins = {"lot": [5, 1, 1], "pin_low": [7, -1, -1]}
    assert sold(problem(offers=pins), mode)[0] == 10
    pins = {"lot": [5, 1, 1], "pin_high": [7, -1, -1], "pin_low": [1, -1, -1]}
    assert sold(problem(offers=pins), mode)[:2] == [5, 5]


@pytest.mark.parametrize("mode", MODES)
def test_what_is_frozen_counts_and_stays(mode: Mode) -> None:
    kept = {"line": [0], "group": [0], "mode": [0], "qty": [4]}
    assert sold(problem(offers={"pin_high": [3, -1, -1]}, frozen=kept), mode)[0] == 4
    assert sold(problem(offers={"pin_low": [8, -1, -1]}, frozen=kept), mode)[0] >= 8


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    "changes",
    [
        {"offers": {"pin_low": [9, 9, -1]}},  # only 10 are ordered
        {"offers": {"pin_low": [-1, -1, 8]}},  # only 5 are ordered, of nobody else
        {"offers": {"pin_low": [5, -1, -1], "use_per_unit": [2, 0, 0]},
         "groups": {"shared_cap": [9, -1, -1]}},
        {"offers": {"pin_low": [5, -1, -1], "min_batch": [11, 0, 0]}},
    ],
)  # fmt: skip
def test_pins_that_cannot_be_kept_are_refused_in_words(mode: Mode, changes: dict) -> None:
    with pytest.raises(Unsolvable, match="pinned"):
        solve(problem(**changes), mode=mode, seed="r")


@pytest.mark.parametrize(
    ("pins", "column"),
    [
        ({"pin_low": [6, -1, -1], "pin_high": [5, -1, -1]}, "pin_low"),
        ({"pin_low": [11, -1, -1]}, "pin_low"),
        ({"pin_high": [-2, -1, -1]}, "pin_high"),
    ],
)
def test_pins_that_contradict_are_bad_input(pins: dict[str, list[int]], column: str) -> None:
    with pytest.raises(ProblemError) as caught:
        Problem.from_tables(tables(offers=pins))
    assert (caught.value.table, caught.value.column, caught.value.row) == ("offers", column, 0)
