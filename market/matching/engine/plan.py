"""What a match gives back, and what it may be told."""

from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from market.matching.engine.arrays import IntArray
from market.matching.engine.files import load_columns, save_columns

Mode = Literal["final", "quick", "preview"]


class Unsolvable(RuntimeError):
    """The solver gave no usable answer for a component; nothing may be published."""


@dataclass(frozen=True)
class Params:
    """Limits are gaps and nodes, never time, so that a run can be replayed to the byte.

    gap            relative gap at which a component's integer program stops
    exact_columns  components up to this many columns are solved with gap 0
    nodes          branch-and-bound nodes a stage of one component may take
    joint_columns  pieces up to this size get fairness and cost solved together, exactly
    later_columns  larger pieces leave classes and fairness to flows: programs would take minutes
    class_programs whether other supplies are searched for a better class mix
    route_passes   passes of slope scaling for lanes with a fixed cost
    cost_flow      whether the bound of the delivery cost is worth one more flow
    share_gap      relative gap of a fairness sweep's programs
    preview_part   part of all columns that a preview may give to integer programs
    share_nodes    nodes a fairness sweep's program may take; flows even out what it leaves
    sweeps         fairness passes over the components that are too large for that
    even_sweeps    passes that even out shares product by product, by flows
    entitlements   satang a group that count as a full share; None: the problem's own
    workers        processes for the supply phase; the plan does not depend on it
    """

    gap: float = 0.0005
    exact_columns: int = 2_000
    nodes: int = 2_000
    joint_columns: int = 1_500
    later_columns: int = 10_000
    class_programs: bool = True
    route_passes: int = 3
    cost_flow: bool = True
    share_gap: float = 0.0005
    share_nodes: int = 100
    preview_part: float = 0.1
    sweeps: int = 1
    even_sweeps: int = 2
    entitlements: tuple[int, ...] | None = None
    workers: int = 1


QUICK_GAP = 0.002


def tuned(params: Params, mode: Mode) -> Params:
    """The limits of a mode: quick stops at a wider gap and leaves the later stages to flows."""
    if mode == "final":
        return params
    return replace(
        params,
        gap=max(params.gap, QUICK_GAP),
        exact_columns=0,
        joint_columns=0,
        class_programs=False,
        route_passes=1 if mode == "preview" else params.route_passes,
        sweeps=0,
        cost_flow=False,
        even_sweeps=1 if mode == "preview" else params.even_sweeps,
    )


@dataclass(frozen=True)
class Stage:
    """One stage of the objective. bound is proven; gap = |bound - value| / max(1, |bound|).

    given: what the bound takes as fixed: "nothing", or "supply" (units of each offer).
    """

    name: str
    value: int
    bound: int
    gap: float
    given: str = "nothing"


@dataclass(frozen=True)
class Plan:
    """Rows (line, group, mode, qty), frozen units included; mode 0 own lane, 1 post.

    Rows are sorted by line, group, mode. timings: CPU seconds by phase, walls: wall seconds,
    solver_seconds: CPU seconds inside HiGHS and OR-tools; the only parts that differ between
    two runs of the same problem.
    """

    line: IntArray
    group: IntArray
    mode: IntArray
    qty: IntArray
    stages: tuple[Stage, ...]
    solved_as: Mode
    seed: str
    problem_hash: str
    versions: dict[str, str]
    timings: dict[str, float] = field(compare=False)
    walls: dict[str, float] = field(compare=False, default_factory=dict)
    solver_seconds: float = field(compare=False, default=0.0)

    @property
    def units(self) -> int:
        """Units served, frozen ones included."""
        return int(self.qty.sum())


def save_plan(plan: Plan, path: str) -> None:
    """Write the rows as .npz or .json, whole or not at all. Raises OSError."""
    columns = {"line": plan.line, "group": plan.group, "mode": plan.mode, "qty": plan.qty}
    save_columns(columns, path)


def load_rows(path: str) -> tuple[IntArray, IntArray, IntArray, IntArray]:
    """The rows (line, group, mode, qty) of a plan file."""
    columns = load_columns(path)
    return columns["line"], columns["group"], columns["mode"], columns["qty"]


def make_stage(name: str, value: int, bound: float, *, given: str = "nothing") -> Stage:
    """A stage with its gap; the bound is rounded to the integer it proves."""
    whole = int(np.rint(bound))
    gap = abs(whole - value) / max(1, abs(whole))
    return Stage(name, value, whole, round(gap, 9), given)
