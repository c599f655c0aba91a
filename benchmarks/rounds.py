"""From a closed round in the database to its published plan, phase by phase.

Only run when it is named. ROUNDS=5000,20000 says how many orders, or INSTANCE=round.npz names a
file in the engine's format; WHOLE=0.05 says how many of the lines take all or nothing.
"""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import psycopg
from sqlalchemy import text

from benchmarks.closed_round import ROUND_ID, certified, empty_market, fill, made_up
from market import local
from market.clock import utc_now
from market.db import db, transaction
from market.matching.commands import publish_run, start_run, store_solution
from market.matching.engine.problem import Problem, load_problem
from market.matching.engine.solver import solve
from market.matching.flows import DEFAULTS, solve_round
from market.matching.queries import read_problem

TARGET = 2.0


def run() -> bool:
    """Print seconds of each phase and whole path / engine; True when all reach the target."""
    home = Path(os.environ.get("MARKET_HOME") or "var").absolute() / "bench"
    given = {name: value for name, value in os.environ.items() if name != local.PREPARED}
    env = local.environment(given | {"MARKET_HOME": str(home)}) | {local.PREPARED: "1"}
    whole = float(os.environ.get("WHOLE", "0"))
    return all([_measure(env, problem, whole) for problem in _rounds()])


def _rounds() -> Iterator[Problem]:
    if os.environ.get("INSTANCE"):
        yield load_problem(os.environ["INSTANCE"])
        return
    for orders in os.environ.get("ROUNDS", "5000,20000").split(","):
        yield made_up(int(orders))


def _measure(env: dict[str, str], problem: Problem, whole: float) -> bool:
    with empty_market(env, "bench_rounds"):
        address = db.engine.url.set(drivername="postgresql")
        with psycopg.connect(address.render_as_string(hide_password=False)) as connection:
            fill(connection, certified(problem), now=utc_now(), whole=whole)
        return _match()


def _match() -> bool:
    clock = _Clock()
    with transaction() as session:
        run_id = start_run(session, ROUND_ID, params=asdict(DEFAULTS), now=utc_now())
    assert run_id is not None
    clock.lap("freeze")
    with transaction() as session:
        found = read_problem(session, ROUND_ID)
    clock.lap("read")
    solution = solve_round(found)
    clock.lap("solve")
    with transaction() as session:
        assert store_solution(session, run_id, solution, now=utc_now())
    db.session.remove()
    clock.lap("store")
    with transaction() as session:
        assert publish_run(session, run_id, actor="system", now=utc_now())
    clock.lap("publish")
    whole = sum(clock.seconds.values())
    problem = Problem.from_tables(found.tables)
    clock.lap("check")
    plan = solve(problem, seed=found.seed, params=DEFAULTS)
    clock.lap("engine")
    ratio = whole / clock.seconds["engine"]
    _tell(clock, ratio, plan.units)
    return ratio <= TARGET


def _tell(clock: _Clock, ratio: float, units: int) -> None:
    with transaction() as session:
        counts = session.execute(text(_COUNTS)).one()
    phases = ", ".join(f"{name} {seconds:.1f}" for name, seconds in clock.seconds.items())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"rounds: {counts.orders} orders, {counts.lines} lines, {units} units: {phases} s")
    print(
        f"rounds: {counts.assigned} assignments, {counts.asks} asks, {counts.short} short lines,"
        f" {counts.notices} notices; {peak:.2f} GB; whole path / engine {ratio:.2f}"
    )


_COUNTS = """
    SELECT (SELECT count(*) FROM orders) AS orders, (SELECT count(*) FROM order_line) AS lines,
           (SELECT count(*) FROM assignment) AS assigned, (SELECT count(*) FROM ask) AS asks,
           (SELECT count(*) FROM unserved_line) AS short, (SELECT count(*) FROM notice) AS notices
"""


class _Clock:
    """Seconds of each phase."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, name: str) -> None:
        now = time.perf_counter()
        self.seconds[name] = now - self._last
        self._last = now
