"""Replay a stored run: the same problem, seed and parameters must give the same plan.

Imports the solver, so the web process must not import this module.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from market.matching.engine.plan import Params
from market.matching.engine.problem import problem_hash
from market.matching.engine.solver import versions
from market.matching.queries import StoredRun
from market.matching.stored import PLAN_COLUMNS, unpack_plan, unpack_problem
from market.matching.whole import solve_whole


@dataclass(frozen=True, kw_only=True)
class Replay:
    """What a replay found; changed names the versions that differ from the run's."""

    run_id: int
    same_input: bool
    same_plan: bool
    changed: tuple[str, ...]

    @property
    def same(self) -> bool:
        """Did everything come out as stored?"""
        return self.same_input and self.same_plan

    def words(self) -> dict[str, object]:
        """Ready for JSON."""
        return {
            "run": self.run_id,
            "same_input": self.same_input,
            "same_plan": self.same_plan,
            "changed_versions": list(self.changed),
        }


def replay_run(run: StoredRun) -> Replay:
    """Solve the stored problem again and compare every row. Raises Unsolvable."""
    problem, plan = unpack_problem(run.problem), unpack_plan(run.plan)
    known = {field.name for field in fields(Params)}
    params = Params(**{name: value for name, value in run.params.items() if name in known})
    whole = np.zeros(len(problem.lines.qty), dtype=bool)
    whole[plan.whole] = True
    _, again, _ = solve_whole(problem, whole, seed=run.seed, params=params)
    return Replay(
        run_id=run.id,
        same_input=problem_hash(problem) == run.input_hash,
        same_plan=all(
            getattr(again, name).tobytes() == getattr(plan, name).tobytes() for name in PLAN_COLUMNS
        ),
        changed=tuple(
            name for name, number in versions().items() if run.versions.get(name) != number
        ),
    )
