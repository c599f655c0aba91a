"""From a closed round in the database to its published plan, phase by phase.

Only run when it is named. ROUNDS=20000,large says how many orders (small, medium, large: 5,000,
50,000, 500,000), or INSTANCE=round.npz names a file in the engine's format; WHOLE=0.05 says how
many of the lines take all or nothing.
"""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np
import psycopg
from sqlalchemy import text

from benchmarks.closed_round import ROUND_ID, certified, empty_market, fill, made_up
from market import local
from market.clock import utc_now
from market.db import db, transaction
from market.matching.commands import publish_run, start_run, store_solution
from market.matching.engine.problem import Problem, load_problem, save_plan
from market.matching.engine.solver import solve
from market.matching.engine.tables import COLUMNS
from market.matching.engine.verifier import verify
from market.matching.flows import DEFAULTS, solve_round
from market.matching.queries import RoundProblem, read_problem

TARGET = 2.0


def run() -> bool:
    """Print what each phase takes and whole path / engine; True when all reach the target."""
    home = Path(os.environ.get("MARKET_HOME") or "var").absolute() / "bench"
    given = {name: value for name, value in os.environ.items() if name != local.PREPARED}
    env = local.environment(given | {"MARKET_HOME": str(home)}) | {local.PREPARED: "1"}
    whole = float(os.environ.get("WHOLE", "0"))
    return all([_measure(env, problem, whole) for problem in _rounds()])


def _rounds() -> Iterator[Problem]:
    if os.environ.get("INSTANCE"):
        yield load_problem(os.environ["INSTANCE"])
        return
    for size in os.environ.get("ROUNDS", "small,20000").split(","):
        yield made_up(size)


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
    whole, peak = clock.total(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    del solution
    units = _engine_alone(found, clock)
    ratio = whole.cpu / clock.spent["engine"].cpu
    _tell(clock, units, peak)
    print(
        f"rounds: whole path / engine {ratio:.2f} of CPU,"
        f" {whole.wall / clock.spent['engine'].wall:.2f} of the clock"
    )
    return ratio <= TARGET


def _engine_alone(found: RoundProblem, clock: _Clock) -> int:
    """The same instance from a file to a file, checked, as `python -m market.matching` does it."""
    with TemporaryDirectory() as folder:
        instance = Path(folder) / "round.npz"
        save_problem(Problem.from_tables(found.tables), instance)
        clock.lap("file")
        problem = load_problem(str(instance))
        plan = solve(problem, seed=found.seed, params=DEFAULTS)
        assert not verify(problem, plan)
        save_plan(plan, str(Path(folder) / "plan.npz"))
        clock.lap("engine")
    return plan.units


def save_problem(problem: Problem, path: Path) -> None:
    """The problem in the engine's file format."""
    np.savez(
        path,
        allow_pickle=False,
        **{
            f"{table}.{column}": values
            for table in COLUMNS
            for column, values in vars(getattr(problem, table)).items()
        },
    )


def _tell(clock: _Clock, units: int, peak: float) -> None:
    with transaction() as session:
        counts = session.execute(text(_COUNTS)).one()
    phases = ", ".join(
        f"{name} {spent.cpu:.1f} ({spent.wall:.1f})" for name, spent in clock.spent.items()
    )
    print(f"rounds: {counts.orders} orders, {counts.lines} lines, {units} units")
    print(f"rounds: CPU seconds with the database's (seconds of the clock): {phases}")
    print(
        f"rounds: {counts.assigned} assignments, {counts.asks} asks, {counts.short} short lines,"
        f" {counts.notices} notices; {peak:.2f} GB at most"
    )


_COUNTS = """
    SELECT (SELECT count(*) FROM orders) AS orders, (SELECT count(*) FROM order_line) AS lines,
           (SELECT count(*) FROM assignment) AS assigned, (SELECT count(*) FROM ask) AS asks,
           (SELECT count(*) FROM unserved_line) AS short, (SELECT count(*) FROM notice) AS notices
"""


class _Spent(NamedTuple):
    """Seconds: cpu of this process and of its database connection, wall of the clock."""

    cpu: float
    wall: float


class _Clock:
    """What each phase takes."""

    def __init__(self) -> None:
        self.spent: dict[str, _Spent] = {}
        self._last = self._now()

    def lap(self, name: str) -> None:
        now = self._now()
        self.spent[name] = _Spent(now.cpu - self._last.cpu, now.wall - self._last.wall)
        self._last = now

    def total(self) -> _Spent:
        """Of all phases so far."""
        return _Spent(*map(sum, zip(*self.spent.values(), strict=True)))

    def _now(self) -> _Spent:
        return _Spent(time.process_time() + _database_cpu(), time.perf_counter())


def _database_cpu() -> float:
    """CPU seconds of our connection's server process; 0 where it is not on this machine."""
    with transaction() as session:
        process = session.execute(text("SELECT pg_backend_pid()")).scalar_one()
    status = Path(f"/proc/{process}/stat")
    if not status.exists():
        return 0.0
    fields = status.read_text().rpartition(")")[2].split()  # the name before may hold blanks
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
