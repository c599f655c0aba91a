"""python -m market.matching INSTANCE --mode final --out PLAN: solve a file without Flask.

The last line printed is JSON: objective values, bounds, gaps, CPU seconds by phase. Bad input:
one sentence on stderr, exit 2, no plan written. A plan its verifier refuses: exit 3, not written.
"""

import argparse
import json
import sys
from dataclasses import asdict, replace
from pathlib import Path

from market.matching.engine.plan import Params, Plan, Unsolvable
from market.matching.engine.problem import ProblemError, load_problem, save_plan
from market.matching.engine.solver import solve
from market.matching.engine.verifier import verify


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns the exit code."""
    options = _parser().parse_args(arguments)
    params = replace(Params(), workers=options.workers)
    try:
        problem = load_problem(options.instance)
        plan = solve(problem, mode=options.mode, seed=options.seed, params=params)
        broken = verify(problem, plan)
        if broken:
            print(f"the plan breaks a rule: {broken[0]}", file=sys.stderr)
            return 3
        save_plan(plan, options.out)
    except (ProblemError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    except Unsolvable as error:
        print(f"no plan was found: {error}", file=sys.stderr)
        return 3
    print(json.dumps(summary(plan), sort_keys=True))
    return 0


def summary(plan: Plan) -> dict[str, object]:
    """Objective values, bounds, gaps and times of a plan, ready for JSON."""
    return {
        "mode": plan.solved_as,
        "seed": plan.seed,
        "rows": len(plan.line),
        "problem_hash": plan.problem_hash,
        "versions": plan.versions,
        "stages": {stage.name: asdict(stage) for stage in plan.stages},
        "cpu_seconds": plan.timings,
        "wall_seconds": plan.walls,
        "solver_seconds": plan.solver_seconds,
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m market.matching", description=__doc__)
    parser.add_argument("instance", help=".json or .npz instance")
    parser.add_argument("--mode", choices=("final", "quick", "preview"), default="final")
    parser.add_argument("--out", required=True, type=_plan_path, help="plan, .json or .npz")
    parser.add_argument("--seed", default="", help="name of the round; decides ties")
    parser.add_argument("--workers", type=int, default=1, help="processes of the supply phase")
    return parser


def _plan_path(text: str) -> str:
    if Path(text).suffix not in (".json", ".npz"):
        raise argparse.ArgumentTypeError("the plan must end in .json or .npz")
    return text


if __name__ == "__main__":
    sys.exit(main())
