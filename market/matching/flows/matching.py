"""Matching a closed round: read, solve outside any transaction, verify, store."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import datetime

from market.db import snapshot, transaction
from market.matching.commands import fail_run, start_run, store_solution
from market.matching.commands.running import note_lines
from market.matching.engine.plan import Params, Unsolvable
from market.matching.engine.pool import Crew as SomeCrew
from market.matching.engine.problem import Problem, ProblemError
from market.matching.flows.crew import Crew, Pulse, Spread
from market.matching.flows.heart import AWAY, Heart, Lost, patiently
from market.matching.queries import read_problem
from market.matching.queries.problem import RoundProblem
from market.matching.solution import Ids, Solution, find_solution

DEFAULTS = Params()


def match_round(
    round_id: int, *, now: datetime, params: Params = DEFAULTS, spread: Spread | None = None
) -> bool:
    """Match a closed round; True when a match was stored. Safe to run twice or to be killed.

    now: the moment the run is booked at. spread: how other workers are called to a large
    match; without it all is solved here. A solve that fails is noted on the run and tried
    again by the sweep; one that is cancelled or was taken over stops at its next step.
    """
    with transaction() as session:
        run_id = start_run(session, round_id, params=asdict(params), now=now)
    if run_id is None:
        return False
    pulse = Pulse(run_id, now)
    try:
        return _run(round_id, pulse, params, spread)
    except Lost:
        return False
    except (Unsolvable, ProblemError) as failure:
        _note(pulse, str(failure))
        return False
    except AWAY:  # the lease decides: when the database is back, a sweep starts anew
        raise
    except Exception as failure:  # noted, or the sweep would try it again every minute
        _note(pulse, f"{type(failure).__name__}: {failure}")
        raise


def _run(round_id: int, pulse: Pulse, params: Params, spread: Spread | None) -> bool:
    with Heart(pulse.beat) as heart:
        with snapshot() as session:  # many statements, one moment: no change is read in part
            found = read_problem(session, round_id)
        lines = len(found.line_ids)
        with transaction() as session:
            note_lines(session, pulse.run_id, lines)
        shared = spread if spread and lines >= spread.from_lines else None
        crew = Crew(pulse, heart, shared)
        solution = solve_round(found, params, crew)
        crew.begin("storing")
        return patiently(
            lambda session: store_solution(session, pulse.run_id, solution, now=pulse.now())
        )


def _note(pulse: Pulse, error: str) -> None:
    with transaction() as session:
        fail_run(session, pulse.run_id, error=error, now=pulse.now())


def solve_round(
    found: RoundProblem, params: Params = DEFAULTS, crew: SomeCrew | None = None
) -> Solution:
    """The verified match of what was read; no database. Raises Unsolvable, ProblemError."""
    ids = Ids(
        line_ids=found.line_ids,
        group_ids=found.group_ids,
        product_ids=found.product_ids,
        offer_ids=found.offer_ids,
        whole=found.whole,
    )
    problem = Problem.from_tables(found.tables)
    return find_solution(problem, ids, seed=found.seed, params=params, crew=crew)


def params_for(gap: float) -> Params:
    """The market's settings as the engine wants them."""
    return replace(DEFAULTS, gap=gap)
