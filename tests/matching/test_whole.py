"""Lines that take all or nothing: none is filled in part, and no rule is broken on the way."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import market.matching.whole as module
from market.matching.engine.plan import Params, Plan
from market.matching.engine.pool import Pool
from market.matching.engine.problem import Problem
from market.matching.engine.solver import solve
from market.matching.engine.verifier import verify
from market.matching.progress import permille
from market.matching.stored import without_lines
from market.matching.whole import solve_whole
from tests.matching.instances import Tables, problem, rounds, shuffled, tables


def match(round_: Problem, whole: list[bool]) -> tuple[Problem, Plan, list[int]]:
    left, plan, out = solve_whole(round_, np.array(whole, dtype=bool), seed="t", params=Params())
    return left, plan, out.tolist()


def served(round_: Problem, plan: Plan) -> list[int]:
    got = np.zeros(len(round_.lines.qty), dtype=np.int64)
    np.add.at(got, plan.line, plan.qty)
    return [int(units) for units in got]


def rows(plan: Plan) -> list[tuple[int, ...]]:
    columns = (plan.line, plan.group, plan.mode, plan.qty)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def test_a_part_filled_line_leaves_its_units_to_the_next_of_its_cell() -> None:
    lines = {"order": [0, 1], "product": [0, 0], "zone": [0, 0], "date": [0, 0], "qty": [12, 15],
             "insist": [-1, -1], "prio": [2, 2], "seq": [0, 1]}  # fmt: skip
    round_ = problem(lines=lines, offers={"cap": [10, 10, 10]})

    assert served(round_, match(round_, [False, False])[1]) == [12, 8]
    left, plan, out = match(round_, [False, True])

    assert (served(round_, plan), out) == ([12, 0], [1])
    assert verify(left, plan) == []


def test_its_units_may_go_to_a_line_elsewhere() -> None:
    lines = {"order": [0, 1, 2], "product": [0, 0, 0], "zone": [0, 0, 0], "date": [0, 0, 0],
             "qty": [12, 15, 9], "insist": [-1, -1, -1], "prio": [2, 2, 2], "seq": [0, 1, 2],
             "ceiling": [-1, -1, 6000]}  # fmt: skip
    round_ = problem(lines=lines, offers={"cap": [10, 10, 10]})

    left, plan, out = match(round_, [False, True, False])

    assert (served(round_, plan), out) == ([12, 0, 8], [1])
    assert verify(left, plan) == []


def test_a_batch_that_falls_below_its_minimum_is_closed() -> None:
    round_ = problem(
        lines={"order": [0, 1, 2], "product": [0, 0, 1], "zone": [0, 0, 0], "date": [0, 0, 0],
               "qty": [6, 30, 5], "insist": [-1, -1, -1], "prio": [1, 2, 2], "seq": [0, 1, 2]},
        offers={"min_batch": [8, 10, 0]},
    )  # fmt: skip

    left, plan, out = match(round_, [False, True, False])

    assert out == [1]
    assert served(round_, plan)[:2] == [0, 0], "six are less than either minimum"
    assert verify(left, plan) == []


def test_what_was_confirmed_for_it_is_free_again() -> None:
    round_ = problem(
        lines={"qty": [25, 4, 5]}, frozen={"line": [0], "group": [0], "mode": [0], "qty": [10]}
    )

    left, plan, out = match(round_, [True, False, False])

    assert out == [0]
    assert left.frozen.line.tolist() == []
    assert served(round_, plan) == [0, 4, 5]
    assert verify(left, plan) == []


def test_without_such_lines_it_is_one_solve(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[Problem] = []

    def counted(round_: Problem, **how: Any) -> Plan:
        calls.append(round_)
        return solve(round_, **how)

    monkeypatch.setattr(module, "solve", counted)
    round_ = problem()
    _, plan, out = match(round_, [False] * 3)

    assert (len(calls), out) == (1, [])
    assert rows(plan) == rows(solve(round_, seed="t"))


def test_only_what_is_touched_is_matched_again(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []

    def counted(round_: Problem, **how: Any) -> Plan:
        sizes.append(len(round_.lines.qty))
        return solve(round_, **how)

    monkeypatch.setattr(module, "solve", counted)
    round_ = problem(lines={"qty": [30, 4, 5]})
    _, plan, out = match(round_, [True, False, False])

    assert out == [0]
    assert sizes == [3, 1], "the other product and the empty line stay out"
    assert served(round_, plan) == [0, 4, 5]


def test_every_phase_of_a_solve_has_its_place_in_the_progress() -> None:
    begun: list[str] = []

    class Telling(Pool):
        def begin(self, phase: str, weight: int = 0) -> None:
            begun.append(phase)

    whole, params = np.array([True, False, False]), Params()
    with Telling(1) as crew:
        solve_whole(problem(lines={"qty": [30, 4, 5]}), whole, seed="", params=params, crew=crew)

    done = [permille(phase, 0, 1) for phase in begun]
    assert done == sorted(done), "it never goes back, also where a part is matched again"
    assert {"fairness", "measures"} < set(begun)


@settings(max_examples=150, deadline=None)
@given(rounds(), st.data())
def test_no_line_is_filled_in_part_and_no_rule_is_broken(made: Tables, data: st.DataObject) -> None:
    size = len(made["lines"]["qty"])
    whole = data.draw(st.lists(st.booleans(), min_size=size, max_size=size))
    round_ = Problem.from_tables(made)

    left, plan, out = match(round_, whole)

    assert verify(left, plan) == []
    assert left.lines.qty.tolist() == without_lines(round_, np.array(out, int)).lines.qty.tolist()
    got = served(round_, plan)
    wanted = round_.lines.qty.tolist()
    assert all(got[i] in (0, wanted[i]) for i in range(size) if whole[i])
    assert all(whole[i] and got[i] == 0 for i in out)
    values = {stage.name: stage for stage in plan.stages}
    assert values["units"].value == sum(got) <= values["units"].bound
    moved, old = shuffled(made, seed=size)
    again = match(Problem.from_tables(moved), [whole[line] for line in old])[1]
    assert sorted((old[line], *rest) for line, *rest in rows(again)) == rows(plan)


def test_tries_that_lead_nowhere_take_more_lines_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "GENTLE_TRIES", 0)
    made = tables(lines={"qty": [30, 4, 5]})
    _, plan, out = match(Problem.from_tables(made), [True, True, True])

    assert out == [0, 1], "the whole product leaves, the other stays"
    assert served(problem(), plan) == [0, 0, 5]
