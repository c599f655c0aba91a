"""Solving a what-if: read, change the copy, solve outside any transaction, verify, keep.

Imports the solver: only workers, the terminal and tests load this module.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

import numpy as np

from market.db import transaction
from market.matching.commands.simulating import (
    fail_simulation,
    start_simulation,
    store_simulation,
)
from market.matching.engine.assign import Rows
from market.matching.engine.fairness import SEGMENTS, SLOPES
from market.matching.engine.measures import measure
from market.matching.engine.plan import Params, Unsolvable
from market.matching.engine.problem import Problem, ProblemError
from market.matching.queries import read_problem
from market.matching.queries.problem import RoundProblem
from market.matching.queries.simulations import Trial, get_trial
from market.matching.solution import Ids, find_solution
from market.matching.stored import Ints, StoredPlan, unpack_plan, unpack_problem
from market.matching.whatif.rules import answer_problem, change_problem, kept_rows


@dataclass(frozen=True)
class Ordered:
    """Units of each line, all-or-nothing lines that fell out among them; ids ascend."""

    line_ids: Ints
    units: Ints


#: What one satang of entitlement is worth to a group that earns all of it.
FULL_WORTH = int((SEGMENTS * SLOPES).sum())


def simulate(simulation_id: int, *, now: datetime) -> bool:
    """Solve a what-if that waits; True when it was kept. Safe to run twice or to be killed."""
    with transaction() as session:
        if not start_simulation(session, simulation_id, now=now):
            return False
    with transaction() as session:
        trial = get_trial(session, simulation_id)
        found = read_problem(session, trial.round_id, plain=True)
    try:
        kept = _solve(trial, found)
    except (Unsolvable, ProblemError) as failure:
        with transaction() as session:
            fail_simulation(session, simulation_id, error=str(failure), now=now)
        return False
    with transaction() as session:
        return store_simulation(session, simulation_id, now=now, **kept)


def _solve(trial: Trial, found: RoundProblem) -> dict[str, Any]:
    """The plan on the changed copy, with both plans' measures. Raises Unsolvable, ProblemError."""
    base = unpack_plan(trial.base_plan)
    problem = _changed(trial, found, base)
    ids = Ids(
        line_ids=found.line_ids, group_ids=found.group_ids, product_ids=found.product_ids,
        offer_ids=found.offer_ids, whole=found.whole,
    )  # fmt: skip
    solution = find_solution(problem, ids, seed=found.seed, params=params_of(trial.params))
    weights = Problem.from_tables(found.tables).groups.entitlement
    ordered = Ordered(found.line_ids, problem.lines.qty)
    return {
        "solution": solution,
        "capacities": dict(zip(found.offer_ids.tolist(), problem.offers.cap.tolist(), strict=True)),
        "before": measures_of(unpack_problem(trial.base_problem), base, weights, ordered),
        "after": measures_of(
            unpack_problem(solution.problem), unpack_plan(solution.plan), weights, ordered
        ),
    }


def _changed(trial: Trial, found: RoundProblem, base: StoredPlan) -> Problem:
    problem = change_problem(
        Problem.from_tables(found.tables), trial.changes, offer_ids=found.offer_ids,
        group_ids=found.group_ids,
    )  # fmt: skip
    if not trial.changes.answers:
        return problem
    kept = kept_rows(base, problem, found.line_ids, found.group_ids)
    return answer_problem(
        problem, kept, trial.changes, offer_ids=found.offer_ids, whole=found.whole,
        opened=trial.opened(found.line_ids),
    )  # fmt: skip


def params_of(stored: Any) -> Params:
    """Stored parameters; those that this version does not know are left out."""
    known = {field.name for field in fields(Params)}
    return Params(**{name: value for name, value in stored.items() if name in known})


def measures_of(
    problem: Problem, plan: StoredPlan, weights: Ints, ordered: Ordered
) -> dict[str, int]:
    """What a plan is worth, by one yardstick: ``weights`` (satang a group), what was ordered."""
    rows = Rows(plan.line, plan.group, plan.mode, plan.qty)
    found = measure(problem, rows, weights)
    served = np.zeros(len(ordered.units), dtype=np.int64)
    np.add.at(served, np.searchsorted(ordered.line_ids, plan.line_ids[plan.line]), plan.qty)
    return {
        "units": found.units,
        "unmet": int(ordered.units.sum()) - found.units,
        "short_lines": int((served < ordered.units).sum()),
        "fairness": found.fairness,
        "evenness_permille": 1000 * found.fairness // max(1, FULL_WORTH * int(weights.sum())),
        "cost_satang": found.cost_satang,
        "parcels": found.parcels,
        "split_lines": found.split_lines,
    }
