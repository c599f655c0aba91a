"""The verifier: it accepts what is right and names each rule that a changed plan breaks."""

from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from benchmarks.matching_rounds import make_round
from market.matching.engine.plan import Plan
from market.matching.engine.problem import Problem
from market.matching.engine.solver import solve
from market.matching.engine.tables import Frozen
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
        (problem(offers={"pin_low": [7, -1, -1]}), "pinned at least"),
        (problem(offers={"pin_high": [-1, 3, -1]}), "pinned at most"),
    ],
)  # fmt: skip
def test_each_rule_is_looked_at(round_: Problem, rule: str) -> None:
    assert rule in broken(round_, GOOD)


@pytest.fixture(scope="module")
def made() -> tuple[Problem, Plan]:
    """A made-up round of 20 groups with every rule in play, and the plan the engine found."""
    round_ = make_round(20, seed=3)
    return round_, solve(round_, mode="preview", seed="r")


def tightened(round_: Problem, table: str, column: str, row: int, value: int) -> Problem:
    """The round with one number changed."""
    old = getattr(round_, table)
    values = getattr(old, column).copy()
    values[row] = value
    return replace(round_, **{table: replace(old, **{column: values})})


@pytest.mark.parametrize("pick", [0, 0.5, 1])
@pytest.mark.parametrize(
    "rule",
    ["certificate", "lead time", "insisted group", "price ceiling", "line over-served", "capacity",
     "minimum batch", "lot", "shared hours", "lane weight", "pinned at least", "pinned at most",
     "no route"],
)  # fmt: skip
def test_one_number_out_of_thousands_is_noticed_where_it_is(
    made: tuple[Problem, Plan], rule: str, pick: float
) -> None:
    round_, plan = made
    assert verify(round_, plan) == []
    wanted = np.flatnonzero(plan.mode == 0) if rule in ("lane weight", "no route") else None
    rows = np.arange(len(plan.line)) if wanted is None else wanted
    row = int(rows[int(pick * (len(rows) - 1))])
    line, group, qty = (int(c[row]) for c in (plan.line, plan.group, plan.qty))
    product, date = int(round_.lines.product[line]), int(round_.lines.date[line])
    offers, lanes = round_.offers, round_.lanes
    offer = int(np.flatnonzero((offers.group == group) & (offers.product == product))[0])
    same = (plan.group == group) & (round_.lines.product[plan.line] == product)
    units = int(plan.qty[same].sum())
    zone = round_.lines.zone[line]
    lane = np.flatnonzero((lanes.group == group) & (lanes.zone == zone)).tolist()
    changes: dict[str, tuple[str, str, int, int]] = {
        "certificate": ("products", "cert", product, 4),
        "lead time": ("offers", "lead", offer, date + 1),
        "insisted group": ("lines", "insist", line, (group + 1) % 20),
        "price ceiling": ("lines", "ceiling", line, int(offers.price[offer]) - 1),
        "line over-served": ("lines", "qty", line, qty - 1),
        "capacity": ("offers", "cap", offer, units - 1),
        "minimum batch": ("offers", "min_batch", offer, units + 1),
        "lot": ("offers", "lot", offer, units + 1),
        "shared hours": ("groups", "shared_cap", group, 0),
        "pinned at least": ("offers", "pin_low", offer, units + 1),
        "pinned at most": ("offers", "pin_high", offer, units - 1),
    }
    if lane:
        gram = int(round_.products.weight_g[product])
        changes["lane weight"] = ("lanes", "max_weight_g", lane[0], gram * qty - 1)
        changes["no route"] = ("lanes", "group", lane[0], (group + 1) % 20)
    found = verify(tightened(round_, *changes[rule]), plan)
    assert found
    assert {violation.rule for violation in found} == {rule}
    ids = {"line": line, "group": group, "product": product, "date": date}
    ids |= {"lane": lane[0]} if lane else {}
    places = [violation.where for violation in found]
    assert any(all(ids[name] == n for name, n in place.items()) for place in places)


def test_a_unit_too_few_of_what_was_confirmed_is_noticed(made: tuple[Problem, Plan]) -> None:
    round_, plan = made
    columns = {name: getattr(plan, name) for name in ("line", "group", "mode", "qty")}
    kept = replace(round_, frozen=Frozen(**columns))
    assert verify(kept, plan) == []
    qty = plan.qty.copy()
    qty[-1] += 1
    kept = replace(kept, frozen=replace(kept.frozen, qty=qty))
    assert [(v.rule, v.found, v.allowed) for v in verify(kept, plan)] == [
        ("frozen", plan.qty[-1], qty[-1])
    ]


def test_a_frozen_offer_is_excused_from_its_batch() -> None:
    kept = {"line": [0], "group": [0], "mode": [0], "qty": [6]}
    assert broken(problem(offers={"min_batch": [7, 0, 0]}, frozen=kept), GOOD) == set()


def test_columns_of_different_length_are_refused() -> None:
    rows = Rows(GOOD)
    rows.qty = rows.qty[:2]
    assert [violation.rule for violation in verify(problem(), rows)] == ["columns differ in length"]
