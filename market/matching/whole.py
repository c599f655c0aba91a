"""Lines that take all or nothing: what is filled in part lets go, and what that touches is
matched again. Pure, no database.

Imports the solver, so the web process must not import this module.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from market.matching.engine.assign import Rows
from market.matching.engine.measures import measure
from market.matching.engine.plan import Params, Plan, Stage, make_stage
from market.matching.engine.pool import Crew
from market.matching.engine.problem import Problem
from market.matching.engine.solver import solve
from market.matching.engine.tables import Frozen, Lanes, Lines, Offers
from market.matching.stored import Ints, without_lines

#: So often only the part-filled lines leave; then also the unserved ones of their products, and
#: after as many tries again every all-or-nothing line of those.
GENTLE_TRIES = 5

Mask = npt.NDArray[np.bool_]
Table = TypeVar("Table", Offers, Lanes)


def solve_whole(
    problem: Problem, whole: Mask, *, seed: str, params: Params, crew: Crew | None = None
) -> tuple[Problem, Plan, Ints]:
    """Solve, then take out part-filled all-or-nothing lines until there are none.

    Returns the problem without the lines taken out, its plan, and those lines. The bounds are
    those of the first solve, where every line could be filled in part: they hold here too. Ends:
    each try takes out at least one more line.
    """
    left, out, tries = problem, np.zeros(len(whole), dtype=bool), 0
    plan = solve(problem, mode="final", seed=seed, params=params, crew=crew)
    while (gone := _leaving(left, plan, whole & ~out, tries)).any():
        out |= gone
        tries += 1
        left = without_lines(problem, np.flatnonzero(out))
        plan = _match_again(left, plan, gone, seed=seed, params=params, crew=crew and _Again(crew))
    if tries:
        plan = replace(plan, stages=_stages(left, plan, params))
    return left, plan, np.flatnonzero(out).astype(np.int64)


def _leaving(problem: Problem, plan: Plan, whole: Mask, tries: int) -> Mask:
    lines = problem.lines
    served = np.zeros(len(lines.qty), dtype=np.int64)
    np.add.at(served, plan.line, plan.qty)
    short = whole & (served < lines.qty)
    part = short & (served > 0)
    if tries < GENTLE_TRIES or not part.any():
        return part
    wider = short if tries < 2 * GENTLE_TRIES else whole
    return wider & np.isin(lines.product, lines.product[part])


def _match_again(
    problem: Problem, plan: Plan, gone: Mask, *, seed: str, params: Params, crew: Crew | None
) -> Plan:
    """Offers that gave units to lines that are gone are free again; all else stays as it is."""
    products = len(problem.products.weight_g)
    offer = plan.group * products + problem.lines.product[plan.line]
    touched = np.unique(offer[gone[plan.line]])
    part = _Part(problem, touched)
    free = np.isin(offer, touched)
    inside = ~free & part.groups[plan.group]
    again = solve(part.cut_out(plan, inside), mode="final", seed=seed, params=params, crew=crew)
    outside = ~free & ~inside
    columns = {
        "line": np.concatenate([plan.line[outside], part.lines[again.line]]),
        **{
            name: np.concatenate([getattr(plan, name)[outside], getattr(again, name)])
            for name in ("group", "mode", "qty")
        },
    }
    spent = {
        phase: round(seconds + again.timings.get(phase, 0), 4)
        for phase, seconds in plan.timings.items()
    }
    return replace(plan, **vars(Rows(**columns).sorted()), timings=spent)


class _Again:
    """A crew that was through all phases once: whoever watches sees it stay at the last one."""

    def __init__(self, crew: Crew) -> None:
        self.run = crew.run
        self._crew = crew

    def begin(self, phase: str, weight: int = 0) -> None:
        """Only to stop where nobody wants the match any more."""
        self._crew.begin("measures")


class _Part:
    """What some offers may touch: the lines of their products, and whoever makes these.

    offers: as group * products + product. groups: a mask. lines: row numbers, once known.
    """

    def __init__(self, problem: Problem, offers: Ints) -> None:
        self.problem, self.offers = problem, offers
        self.product = np.unique(offers % len(problem.products.weight_g))
        makers = np.isin(problem.offers.product, self.product)
        self.groups = np.zeros(len(problem.groups.zone), dtype=bool)
        self.groups[problem.offers.group[makers]] = True
        self.lines: Ints = np.zeros(0, dtype=np.int64)

    def cut_out(self, plan: Plan, inside: Mask) -> Problem:
        """The part as a problem of its own in which the rows ``inside`` are frozen.

        What its groups make of other products is there too, for their hours, lanes and incomes,
        in lines that ask for no more than that.
        """
        problem, lines = self.problem, self.problem.lines
        open_ = np.isin(lines.product, self.product)
        held = np.zeros(len(lines.qty), dtype=np.int64)
        np.add.at(held, plan.line[inside], plan.qty[inside])
        qty = np.where(open_, lines.qty, held)
        self.lines = np.flatnonzero(qty > 0).astype(np.int64)
        columns = vars(lines) | {"qty": qty}
        return replace(
            problem,
            lines=Lines(**{name: column[self.lines] for name, column in columns.items()}),
            offers=_of_groups(problem.offers, self.groups),
            lanes=_of_groups(problem.lanes, self.groups),
            frozen=self._frozen(plan, inside),
        )

    def _frozen(self, plan: Plan, inside: Mask) -> Frozen:
        """The rows that stay, and what was confirmed of the free offers."""
        frozen, products = self.problem.frozen, len(self.problem.products.weight_g)
        offer = frozen.group * products + self.problem.lines.product[frozen.line]
        kept = np.isin(offer, self.offers)
        columns = {
            name: np.concatenate([getattr(plan, name)[inside], values[kept]])
            for name, values in vars(frozen).items()
        }
        columns["line"] = np.searchsorted(self.lines, columns["line"])
        return Frozen(**columns)


def _of_groups(table: Table, groups: Mask) -> Table:
    kept = groups[table.group]
    return replace(table, **{name: column[kept] for name, column in vars(table).items()})


def _stages(problem: Problem, plan: Plan, params: Params) -> tuple[Stage, ...]:
    """Values of the rows as they are now. The least cost is known for the first supply only."""
    entitlement = problem.groups.entitlement
    if params.entitlements is not None:
        entitlement = np.asarray(params.entitlements, dtype=np.int64)
    found = measure(problem, Rows(plan.line, plan.group, plan.mode, plan.qty), entitlement)
    first = {stage.name: stage for stage in plan.stages}
    values = {
        "units": found.units, "class_0": found.by_class[0], "class_1": found.by_class[1],
        "fairness": found.fairness,
    }  # fmt: skip
    proven = [make_stage(name, value, first[name].bound) for name, value in values.items()]
    return (
        *proven,
        make_stage("cost", found.cost_satang, 0),
        make_stage("parcels", found.parcels, found.orders),
        make_stage("split_lines", found.split_lines, 0),
    )
