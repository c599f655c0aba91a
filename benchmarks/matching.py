"""The matching engine against a loop over the lines: every ratio the engine must reach.

    python -m benchmarks.matching [--sizes small medium large] [--best 3] [--workers] [INSTANCE ...]

Instances are .json or .npz files in the engine's format; without any, rounds are made up. One line
of JSON a round and mode, then one for the re-match; the last line lists what misses its target.
Solves are whole command lines (read, solve, verify, write) in processes of their own; CPU seconds.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.matching_loop import Loop
from benchmarks.matching_rounds import SIZES, answered, make_round
from market.matching.engine.assign import Rows
from market.matching.engine.explain import explain
from market.matching.engine.measures import Measures, measure
from market.matching.engine.plan import Mode, Plan, load_rows
from market.matching.engine.problem import Problem, load_problem
from market.matching.engine.tables import COLUMNS
from market.matching.engine.verifier import verify

MODES: tuple[Mode, ...] = ("preview", "quick", "final")
GAPS = {"small": {"quick": 0.003, "final": 0.0005}}
GAP = {"quick": 0.003, "final": 0.001}


@dataclass(frozen=True)
class Run:
    """One command line: what it printed, CPU seconds, megabytes at most, its plan."""

    said: dict[str, Any]
    cpu_seconds: float
    memory_mb: int
    plan: Plan


def run() -> bool:
    """The made-up rounds, for `python -m benchmarks`; False when a target is missed."""
    return main(["--sizes", "small", "medium"]) == 0


def main(arguments: list[str] | None = None) -> int:
    """Run every round in every mode; exit 1 when a plan breaks a rule or misses a target."""
    options = _parser().parse_args(arguments)
    missed: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        for name, problem, path in _rounds(options, Path(folder)):
            for line, faults in _bench(name, problem, path, options):
                print(json.dumps({"round": name, **line}), flush=True)
                missed += [f"{name} {line.get('mode', 'loop')}: {fault}" for fault in faults]
    print(json.dumps({"missed": missed}))
    return int(bool(missed))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("instances", nargs="*")
    parser.add_argument("--sizes", choices=list(SIZES), nargs="+", default=["small", "medium"])
    parser.add_argument("--modes", choices=MODES, nargs="+", default=list(MODES))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--best", type=int, default=1, help="runs of which the least CPU counts")
    parser.add_argument("--workers", action="store_true", help="also with two workers")
    return parser


def _rounds(options: argparse.Namespace, folder: Path) -> Iterator[tuple[str, Problem, str]]:
    for path in options.instances:
        yield path, load_problem(path), path
    for size in [] if options.instances else options.sizes:
        problem = make_round(SIZES[size][0], options.seed, *SIZES[size][1:])
        yield size, problem, _save(problem, folder / f"{size}.npz")


def _save(problem: Problem, path: Path) -> str:
    columns = {f"{table}.{column}": getattr(getattr(problem, table), column)
               for table, names in COLUMNS.items() for column in names}  # fmt: skip
    np.savez(path, allow_pickle=False, **columns)
    return str(path)


def _bench(
    name: str, problem: Problem, path: str, options: argparse.Namespace
) -> Iterator[tuple[dict[str, Any], list[str]]]:
    """(what to print, targets missed) of the loop, of each mode and of the re-match."""
    base, seconds = _loop(path, options.best)
    yield {"lines": len(problem.lines.qty), "loop_cpu_seconds": round(seconds, 2)}, []
    runs = {mode: _solve(path, mode, options.best) for mode in options.modes}
    for mode, found in runs.items():
        line = _ratios(problem, found, base, seconds)
        if options.workers and mode != "preview":
            line["workers_speedup"] = _speedup(path, mode, options.best)
        yield {"mode": mode, **line}, _faults(name, mode, problem, found, line)
    if "quick" in runs:
        line = _rematch(problem, runs["quick"], Path(path).with_suffix(".answers.npz"), options)
        limits = (("cpu_ratio", 0.3), ("moved_percent", 12))
        yield (
            {"mode": "quick re-match", **line},
            [f"{key} {line[key]}" for key, most in limits if line[key] > most],
        )


def _loop(path: str, best: int) -> tuple[Measures, float]:
    seconds = []
    for _ in range(best):
        started = process_time()
        problem = load_problem(path)
        rows = Loop(problem).run()
        seconds.append(process_time() - started)
    return measure(problem, rows, problem.groups.entitlement), min(seconds)


def _solve(path: str, mode: str, best: int = 1, workers: int = 1) -> Run:
    return min((_solve_once(path, mode, workers) for _ in range(best)),
               key=lambda found: found.cpu_seconds)  # fmt: skip


def _solve_once(path: str, mode: str, workers: int) -> Run:
    out = str(Path(tempfile.gettempdir()) / f"bench-{os.getpid()}.npz")
    command = [sys.executable, "-m", "market.matching", path, "--mode", mode, "--out", out,
               "--seed", "bench", "--workers", str(workers)]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        text = child.stdout.read() if child.stdout else ""
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {child.returncode}")
    said = json.loads(text.splitlines()[-1])
    rows = load_rows(out)
    Path(out).unlink()
    plan = Plan(*rows, (), said["mode"], "bench", "", {}, {})
    return Run(said, used.ru_utime + used.ru_stime, used.ru_maxrss // 1000, plan)


def _ratios(problem: Problem, found: Run, base: Measures, loop_seconds: float) -> dict[str, Any]:
    plan = found.plan
    rows = Rows(plan.line, plan.group, plan.mode, plan.qty)
    values = measure(problem, rows, problem.groups.entitlement)
    codes = [reason.code for reason in explain(problem, plan).offers]
    return {
        "units_ratio": round(values.units / base.units, 4),
        "fairness_ratio": round(values.fairness / base.fairness, 4),
        "gap": found.said["stages"]["units"]["gap"],
        "split_lines_percent": round(100 * values.split_lines / len(problem.lines.qty), 2),
        "improvable_offers": codes.count("tolerance"),
        "cpu_seconds": round(found.cpu_seconds, 2),
        "cpu_ratio": round(found.cpu_seconds / loop_seconds, 3),
        "over_raw_solver": round(found.cpu_seconds / found.said["solver_seconds"], 2),
        "memory_mb": found.memory_mb,
    }


def _speedup(path: str, mode: str, best: int) -> float:
    """Wall seconds of the supply phase, one worker over two."""
    one, two = (
        min(_solve_once(path, mode, workers).said["wall_seconds"]["supply"] for _ in range(best))
        for workers in (1, 2)
    )
    return round(float(one / two), 2)


def _rematch(
    problem: Problem, first: Run, path: Path, options: argparse.Namespace
) -> dict[str, float]:
    """After 16 % of the answers differ: CPU of the solve as a ratio, percent of units moved."""
    again = answered(problem, first.plan, options.seed)
    path = Path(tempfile.gettempdir()) / path.name
    found = _solve(_save(again, path), "quick", options.best)
    path.unlink()
    if verify(again, found.plan):
        raise SystemExit("the re-match breaks a rule")
    moved = _moved(first.plan, found.plan, len(problem.groups.zone))
    return {
        "cpu_ratio": round(_solve_seconds(found) / _solve_seconds(first), 3),
        "moved_percent": round(100 * moved / int(first.plan.qty.sum()), 2),
        "units": int(found.plan.qty.sum()),
    }


def _solve_seconds(found: Run) -> float:
    """Without starting Python, reading and verifying, which are most of a small round."""
    return float(sum(found.said["cpu_seconds"].values()))


def _moved(before: Plan, after: Plan, groups: int) -> int:
    """Units of (line, group, mode) that the second plan has and the first had not."""
    keys = [(plan.line * groups + plan.group) * 2 + plan.mode for plan in (before, after)]
    names, place = np.unique(np.concatenate(keys), return_inverse=True)
    units = [
        np.bincount(part, weights=plan.qty, minlength=len(names))
        for part, plan in zip(np.split(place, [len(keys[0])]), (before, after), strict=True)
    ]
    return int(np.maximum(units[1] - units[0], 0).sum())


def _faults(name: str, mode: str, problem: Problem, found: Run, line: dict[str, Any]) -> list[str]:
    """Targets that this run misses, and rules that its plan breaks."""
    size = name if name in SIZES else ""
    fair = 1.03 if size in ("small", "") else 1.05
    speedup = 0 if size == "small" else 1.6  # starting a process takes longer than that round
    least = {"units_ratio": 1.035, "fairness_ratio": fair, "workers_speedup": speedup}
    most = {"split_lines_percent": 1.0, "improvable_offers": 0, "memory_mb": 2500}
    if mode != "preview":
        most["gap"] = GAPS.get(size, GAP)[mode]
    if size == "large":
        most |= {"preview": {"cpu_ratio": 0.4}, "quick": {"over_raw_solver": 1.3}}.get(mode, {})
    faults = [
        f"{key} {line[key]} < {low}" for key, low in least.items() if line.get(key, low) < low
    ]
    faults += [f"{key} {line[key]} > {high}" for key, high in most.items() if line[key] > high]
    return faults + [str(broken) for broken in verify(problem, found.plan)[:5]]


if __name__ == "__main__":
    sys.exit(main())
