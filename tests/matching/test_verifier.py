"""The verifier: it accepts what is right and names each rule that a changed plan breaks."""

from dataclasses import dataclass, field

import numpy as np
import pytest

from market.matching.engine.problem import Problem
from market.matching.engine.verifier import Array, verify
from tests.matching.instances import problem


@dataclass
class Rows:
    """A plan written by hand: (line, group, mode, qty) rows."""

    rows: list[tuple[int, int, int, int]]
    line: Array = field(init=False)
    group: Array = field(init=False)
    mode: Array = field(init=False)
    qty: Array = field(init=False)

    def __post_init__(self) -> None:
        table = np.array(self.rows, dtype=np.int64).reshape(-1, 4)
        self.line, self.group, self.mode, self.qty = table.T


GOOD = [(0, 0, 0, 6), (1, 1, 0, 4), (2, 2, 1, 5)]


def broken(round_: Problem, rows: list[tuple[int, int, int, int]]) -> set[str]:
    return {violation.rule for violation in verify(round_, Rows(rows))}


def test_a_good_plan_breaks_nothing() -> None:
    assert verify(problem(), Rows(GOOD)) == []
    assert verify(problem(), Rows([])) == []


@pytest.mark.parametrize(
    ("rows", "rule"),
    [
        ([(9, 0, 0, 1)], "unknown line, group or mode"),
        ([(0, -1, 0, 1)], "unknown line, group or mode"),
        ([(0, 0, 2, 1)], "unknown line, group or mode"),
        ([(0, 0, 0, 0)], "quantity must be positive"),
        ([(0, 0, 0, 1), (0, 0, 0, 1)], "row appears twice"),
        ([(0, 2, 0, 1)], "no such offer"),
        ([(0, 0, 1, 1)], "no route"),
        ([(2, 2, 0, 1)], "no route"),
        ([(1, 0, 0, 5)], "line over-served"),
    ],
)
def test_a_wrong_row_is_named(rows: list[tuple[int, int, int, int]], rule: str) -> None:
    assert rule in broken(problem(), rows)


@pytest.mark.parametrize(
    ("round_", "rule"),
    [
        (problem(products={"cert": [1, 0]}), "certificate"),
        (problem(offers={"lead": [1, 0, 0]}), "lead time"),
        (problem(lines={"insist": [1, -1, -1]}), "insisted group"),
        (problem(lines={"ceiling": [4999, -1, -1]}), "price ceiling"),
        (problem(offers={"cap": [5, 10, 10]}), "capacity"),
        (problem(offers={"min_batch": [7, 0, 0]}), "minimum batch"),
        (problem(offers={"lot": [4, 1, 1]}), "lot"),
        (problem(groups={"shared_cap": [5, -1, -1]}, offers={"use_per_unit": [1, 0, 0]}),
         "shared hours"),
        (problem(lanes={"max_weight_g": [5999, 0, 0]}), "lane weight"),
        (problem(frozen={"line": [1], "group": [0], "mode": [0], "qty": [1]}), "frozen"),
    ],
)  # fmt: skip
def test_each_rule_is_looked_at(round_: Problem, rule: str) -> None:
    assert rule in broken(round_, GOOD)


def test_a_frozen_offer_is_excused_from_its_batch() -> None:
    kept = {"line": [0], "group": [0], "mode": [0], "qty": [6]}
    assert broken(problem(offers={"min_batch": [7, 0, 0]}, frozen=kept), GOOD) == set()


def test_columns_of_different_length_are_refused() -> None:
    rows = Rows(GOOD)
    rows.qty = rows.qty[:2]
    assert [violation.rule for violation in verify(problem(), rows)] == ["columns differ in length"]
