"""From problem to plan: supply by component, fairness, routing, lines; bounds of each stage."""

from collections.abc import Callable
from contextlib import nullcontext
from functools import cache
from importlib.metadata import version
from typing import Any

import numpy as np

from market.matching.engine.arrays import EMPTY, IntArray, ints, sums
from market.matching.engine.assign import Rows, assign_lines, gather_sources
from market.matching.engine.facts import gather_facts
from market.matching.engine.fairness import worth
from market.matching.engine.flowsupply import FlowSupply, flow_supply
from market.matching.engine.graph import Piece, cut, plain_graph
from market.matching.engine.measures import measure
from market.matching.engine.merge import merged_graph
from market.matching.engine.meter import Clock
from market.matching.engine.network import build_network
from market.matching.engine.plan import Mode, Params, Plan, Stage, Unsolvable, make_stage, tuned
from market.matching.engine.pool import Crew, Pool
from market.matching.engine.problem import Problem, problem_hash
from market.matching.engine.routing import cheapest_arcs, cost_bound, route
from market.matching.engine.sharing import even_shares, join_task, share, share_task
from market.matching.engine.supply import Loads, Supply, solve_piece
from market.matching.engine.topup import top_up
from market.matching.engine.work import Work, set_lots

FORMAT = "3"


def solve(
    problem: Problem,
    *,
    mode: Mode = "final",
    seed: str = "",
    params: Params | None = None,
    crew: Crew | None = None,
) -> Plan:
    """Match one round: units, then classes, then fairness, then delivery cost, then parcels.

    seed: name of the round; ties fall to the hash of seed and group id. The same problem in any
    row order gives the same plan. crew: who solves the pieces, else Params.workers processes;
    the plan does not depend on it. Raises Unsolvable.
    """
    params = tuned(params or Params(), mode)
    with nullcontext(crew) if crew else Pool(params.workers) as pool:
        return _solve(problem, mode, seed, params, pool)


def _solve(problem: Problem, mode: Mode, seed: str, params: Params, pool: Crew) -> Plan:
    clock = Clock()
    pool.begin("network")
    work = _prepare(problem, seed, params)
    clock.lap("network")
    pool.begin("flow")
    flows = flow_supply(problem, work.network, work.merged, work.entitlement)
    clock.lap("flow")
    _supply(work, pool, flows, mode)
    _check_pins(work)
    clock.lap("supply")
    share(work, pool)
    clock.lap("fairness")
    pool.begin("evening out")
    even_shares(work)
    clock.lap("evening out")
    pool.begin("routing")
    rows, least_cost = _route(work)
    clock.lap("routing")
    pool.begin("measures")
    stages = _stages(work, rows, least_cost)
    clock.lap("measures")
    return Plan(
        rows.line, rows.group, rows.mode, rows.qty, stages, mode, seed,
        problem_hash(problem), versions(), clock.cpu, clock.wall, clock.solver,
    )  # fmt: skip


def versions() -> dict[str, str]:
    """What a stored run needs for a replay."""
    return {"engine": FORMAT, **_installed()}


@cache
def _installed() -> dict[str, str]:
    """Read once: each costs as much as matching a small round."""
    return {name: version(name) for name in ("ortools", "highspy", "numpy", "scipy")}


def _prepare(problem: Problem, seed: str, params: Params) -> Work:
    network = build_network(problem, gather_facts(problem, seed))
    merged = merged_graph(problem, network)
    entitlement = problem.groups.entitlement
    if params.entitlements is not None:
        entitlement = ints(params.entitlements)
    lots = np.zeros(len(network.facts.group), dtype=np.int64)
    income = network.facts.base_income.copy()
    graph = plain_graph(network)
    return Work(problem, params, entitlement, network, graph, merged, lots, income, [], [], [])


def _supply(work: Work, pool: Crew, flows: FlowSupply, mode: Mode) -> None:
    """Programs piece by piece, flows to start from; in a preview only where flows lose most."""
    work.pieces = cut(work.problem, work.network, work.merged, link_groups=False)
    facts = work.network.facts
    work.lots = flows.lots.copy()
    if mode == "preview" and not facts.floor.any():
        work.pieces = _worst(work, flows)
        work.supplies = [_rest(work, flows)]
    earned = work.lots * facts.lot * facts.ref
    work.income += sums(facts.group, earned, len(work.income))
    sizes = [piece.columns for piece in work.pieces]
    tasks = [
        (piece, work.params, flows.lots[piece.offers], int(flows.most[piece.offers].sum()))
        for piece in work.pieces
    ]
    pool.begin("supply", sum(sizes))
    found = pool.run(solve_task, tasks, sizes)
    work.supplies += found
    for piece, supply in zip(work.pieces, found, strict=True):
        set_lots(work, piece, supply.lots)


def _worst(work: Work, flows: FlowSupply) -> list[Piece]:
    """The pieces that lose most units by the column, up to a part of all columns."""
    lost = flows.most - flows.lots * work.network.facts.lot
    ranked = sorted(
        (-int(lost[piece.offers].sum()) / piece.columns, number)
        for number, piece in enumerate(work.pieces)
    )
    left = work.params.preview_part * sum(piece.columns for piece in work.pieces)
    chosen = []
    for loss, number in ranked:
        left -= work.pieces[number].columns
        if left < 0 or loss >= 0:
            break
        chosen.append(number)
    return [work.pieces[number] for number in sorted(chosen)]


def _rest(work: Work, flows: FlowSupply) -> Supply:
    """What the flows decide; the bounds are the flows'."""
    mine = np.ones(len(flows.lots), dtype=bool)
    demand = work.graph.demand.sum(axis=0)
    for piece in work.pieces:
        mine[piece.offers] = False
        demand -= piece.graph.demand.sum(axis=0)
    most = int(flows.most[mine].sum())
    bounds = (most, min(most, int(demand[0])), min(most, int(demand[1])))
    return Supply(flows.lots, flows.loads.of(mine), (0, 0, 0), bounds)


def _check_pins(work: Work) -> None:
    facts = work.network.facts
    short = np.flatnonzero(work.lots < facts.floor)
    if len(short):
        offer = short[0]
        raise Unsolvable(
            f"group {facts.group[offer]} cannot make the {facts.floor[offer] * facts.lot[offer]} "
            f"units of product {facts.product[offer]} that are pinned"
        )


def solve_task(task: tuple[Piece, Params, IntArray, int]) -> Supply:
    """The supply of one piece."""
    return solve_piece(*task)


#: All that a crew is asked to do, by name, for crews that sit elsewhere.
WORKS: dict[str, Callable[[Any], Any]] = {
    work.__name__: work for work in (solve_task, share_task, join_task)
}


def _loads(work: Work) -> Loads:
    """What all products, alone and together, put on limited lanes."""
    loads = [s.loads for s in work.supplies] + [joint.loads for _, joint in work.joints]
    columns = [[getattr(part, name) for part in loads] for name in ("lane_date", "offer", "units")]
    return Loads(*(np.concatenate([EMPTY, *column]) for column in columns))


def _route(work: Work) -> tuple[Rows, int]:
    """Rows with the frozen ones, and a lower bound of the delivery cost."""
    facts = work.network.facts
    closed = np.concatenate([EMPTY, *(joint.closed for _, joint in work.joints)])
    units = work.lots * facts.lot
    flows = route(
        work.problem,
        work.network,
        work.graph,
        units,
        _loads(work),
        closed,
        passes=work.params.route_passes,
    )
    work.lots, flows = top_up(work.network, work.graph, work.lots, flows)
    rows = assign_lines(work.problem, work.network, gather_sources(work.network, work.graph, flows))
    frozen = work.problem.frozen
    every = [
        np.concatenate([getattr(rows, name), getattr(frozen, name)])
        for name in ("line", "group", "mode", "qty")
    ]
    units = work.lots * facts.lot
    if work.params.cost_flow:
        return Rows(*every).sorted(), cost_bound(work.problem, work.network, work.graph, units)
    return Rows(*every).sorted(), cheapest_arcs(work.graph, units)


def _stages(work: Work, rows: Rows, least_cost: int) -> tuple[Stage, ...]:
    found = measure(work.problem, rows, work.entitlement)
    frozen = work.problem.frozen
    before = sums(work.problem.lines.prio[frozen.line], frozen.qty, 3)
    bounds = [sum(supply.bounds[i] for supply in work.supplies) for i in range(3)]
    fair = _fairness_bound(work)
    return (
        make_stage("units", found.units, bounds[0] + int(frozen.qty.sum())),
        make_stage("class_0", found.by_class[0], bounds[1] + int(before[0])),
        make_stage("class_1", found.by_class[1], bounds[2] + int(before[1])),
        make_stage("fairness", found.fairness, fair),
        make_stage("cost", found.cost_satang, least_cost, given="supply"),
        make_stage("parcels", found.parcels, found.orders),
        make_stage("split_lines", found.split_lines, 0),
    )


def _fairness_bound(work: Work) -> int:
    """Joint pieces: proven. Other groups: what each could earn alone."""
    facts = work.network.facts
    most = facts.base_income + sums(
        facts.group, facts.nmax * facts.lot * facts.ref, len(facts.base_income)
    )
    bound = worth(most, work.entitlement)
    total = 0
    for piece, joint in work.joints:
        bound[facts.group[piece.offers]] = 0
        total += joint.fairness_bound
    return total + int(bound.sum())
