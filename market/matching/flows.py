"""Matching a closed round: read, solve outside any transaction, verify, store.

Imports the solver: only workers, the terminal and tests load this module.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import datetime

from market.db import transaction
from market.matching.commands import fail_run, start_run, store_solution
from market.matching.engine.plan import Params, Unsolvable
from market.matching.engine.problem import Problem, ProblemError
from market.matching.queries import read_problem
from market.matching.queries.problem import RoundProblem
from market.matching.solution import Ids, Solution, find_solution

DEFAULTS = Params()


def match_round(round_id: int, *, now: datetime, params: Params = DEFAULTS) -> bool:
    """Match a closed round; True when a match was stored. Safe to run twice or to be killed.

    now: the moment the run is booked at. A solve that fails is noted on the run and tried
    again by the sweep.
    """
    with transaction() as session:
        run_id = start_run(session, round_id, params=asdict(params), now=now)
    if run_id is None:
        return False
    with transaction() as session:
        found = read_problem(session, round_id)
    try:
        solution = solve_round(found, params)
    except (Unsolvable, ProblemError) as failure:
        with transaction() as session:
            fail_run(session, run_id, error=str(failure), now=now)
        return False
    with transaction() as session:
        return store_solution(session, run_id, solution, now=now)


def solve_round(found: RoundProblem, params: Params = DEFAULTS) -> Solution:
    """The verified match of what was read; no database. Raises Unsolvable, ProblemError."""
    ids = Ids(
        line_ids=found.line_ids,
        group_ids=found.group_ids,
        product_ids=found.product_ids,
        offer_ids=found.offer_ids,
        whole=found.whole,
    )
    problem = Problem.from_tables(found.tables)
    return find_solution(problem, ids, seed=found.seed, params=params)


def params_for(gap: float) -> Params:
    """The market's settings as the engine wants them."""
    return replace(DEFAULTS, gap=gap)
