"""Solve a round's problem, check the plan and gather its reasons. Pure, no database.

Imports the solver, so the web process must not import this module.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from market.matching.engine.explain import Reasons, explain
from market.matching.engine.plan import Params, Plan, Unsolvable
from market.matching.engine.pool import Crew, Pool
from market.matching.engine.problem import Problem
from market.matching.engine.verifier import verify
from market.matching.stored import Ints, StoredPlan, pack_plan, pack_problem
from market.matching.whole import solve_whole


@dataclass(frozen=True, kw_only=True)
class OfferOutcome:
    """What an offer got, of that by name, and the one reason why so many."""

    round_offer_id: int
    units: int
    insisted_units: int
    reason: str
    data: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class LineOutcome:
    """Units of a line that nobody will make, and the rule that stopped them."""

    line_id: int
    units: int
    reason: str
    data: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Solution:
    """A verified match, ready to be stored.

    problem: as it was read; plan: its rows and which lines were taken out of it. new_units: what
    is not confirmed yet.
    """

    problem: bytes
    plan: bytes
    input_hash: str
    versions: dict[str, str]
    stages: list[dict[str, Any]]
    new_units: int
    offers: tuple[OfferOutcome, ...]
    unserved: tuple[LineOutcome, ...]


@dataclass(frozen=True, kw_only=True)
class Ids:
    """The database row behind each of the problem's row numbers; whole: all or nothing lines."""

    line_ids: Ints
    group_ids: Ints
    product_ids: Ints
    offer_ids: Ints
    whole: npt.NDArray[np.bool_]


def find_solution(
    problem: Problem, ids: Ids, *, seed: str, params: Params, crew: Crew | None = None
) -> Solution:
    """The match of a round with its reasons. Raises Unsolvable, also when a rule is broken.

    crew: who solves the pieces and is told the phases, else Params.workers processes.
    """
    with nullcontext(crew) if crew else Pool(params.workers) as helpers:
        return _find_solution(problem, ids, seed, params, helpers)


def _find_solution(problem: Problem, ids: Ids, seed: str, params: Params, crew: Crew) -> Solution:
    left, plan, dropped = solve_whole(problem, ids.whole, seed=seed, params=params, crew=crew)
    crew.begin("checks")
    broken = verify(left, plan)
    if broken:
        raise Unsolvable(f"the plan breaks a rule: {broken[0]}")
    reasons = explain(left, plan)
    stored = StoredPlan(
        line=plan.line, group=plan.group, mode=plan.mode, qty=plan.qty,
        line_ids=ids.line_ids, group_ids=ids.group_ids, product_ids=ids.product_ids,
        offer_ids=ids.offer_ids, dropped=dropped,
        whole=np.flatnonzero(ids.whole).astype(np.int64),
    )  # fmt: skip
    return Solution(
        problem=pack_problem(problem),
        plan=pack_plan(stored),
        input_hash=plan.problem_hash,
        versions=plan.versions,
        stages=[asdict(stage) for stage in plan.stages],
        new_units=plan.units - int(left.frozen.qty.sum()),
        offers=_offer_outcomes(left, plan, ids, reasons),
        unserved=_line_outcomes(problem, ids, dropped, reasons),
    )


def _offer_outcomes(
    problem: Problem, plan: Plan, ids: Ids, reasons: Reasons
) -> tuple[OfferOutcome, ...]:
    by_name = problem.lines.insist[plan.line] == plan.group
    units = _by_offer(problem, plan, plan.qty)
    asked = _by_offer(problem, plan, np.where(by_name, plan.qty, 0))
    return tuple(
        OfferOutcome(
            round_offer_id=int(ids.offer_ids[reason.row]),
            units=units[reason.row],
            insisted_units=asked[reason.row],
            reason=reason.code,
            data=reason.data,
        )
        for reason in reasons.offers
    )


def _by_offer(problem: Problem, plan: Plan, qty: Ints) -> list[int]:
    """Units by row of the offers table."""
    products = len(problem.products.weight_g)
    keys = problem.offers.group * products + problem.offers.product
    order = np.argsort(keys)
    wanted = plan.group * products + problem.lines.product[plan.line]
    total = np.zeros(len(keys), dtype=np.int64)
    np.add.at(total, order[np.searchsorted(keys[order], wanted)], qty)
    return [int(units) for units in total]


def _line_outcomes(
    asked: Problem, ids: Ids, dropped: Ints, reasons: Reasons
) -> tuple[LineOutcome, ...]:
    """Lines that get less than ordered, those taken out among them."""
    out = [
        LineOutcome(
            line_id=int(ids.line_ids[row]),
            units=int(asked.lines.qty[row]),
            reason="all_or_nothing",
            data={"unserved": int(asked.lines.qty[row])},
        )
        for row in dropped.tolist()
        if asked.lines.qty[row]
    ]
    short = [
        LineOutcome(
            line_id=int(ids.line_ids[reason.line]),
            units=reason.data["unserved"],
            reason=reason.code,
            data=reason.data,
        )
        for reason in reasons.lines
    ]
    return tuple(out + short)
