"""From problem to plan: supply by component, fairness, routing, lines; bounds of each stage."""

from dataclasses import dataclass
from importlib.metadata import version
from time import process_time

import numpy as np

from market.matching.engine.arrays import EMPTY, IntArray, ints, sums
from market.matching.engine.assign import Rows, assign_lines, cell_sources
from market.matching.engine.facts import gather_facts
from market.matching.engine.fairness import worth
from market.matching.engine.graph import Graph, Piece, cut, plain_graph
from market.matching.engine.measures import measure
from market.matching.engine.merge import merged_graph
from market.matching.engine.model import Wanted
from market.matching.engine.network import Network, build_network
from market.matching.engine.plan import Mode, Params, Plan, Stage, make_stage
from market.matching.engine.problem import Problem, problem_hash
from market.matching.engine.routing import route
from market.matching.engine.shares import Joint, income, join_piece, share_piece
from market.matching.engine.supply import Loads, Supply, solve_piece

FORMAT = "1"


@dataclass
class _Work:
    """One run in progress."""

    problem: Problem
    params: Params
    entitlement: IntArray
    network: Network
    graph: Graph
    lots: IntArray
    pieces: list[Piece]
    supplies: list[Supply]
    joints: list[tuple[Piece, Joint]]


class _Clock:
    """CPU seconds of each phase; only reported, nothing depends on it."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = process_time()

    def lap(self, phase: str) -> None:
        now = process_time()
        self.seconds[phase] = round(now - self._last, 4)
        self._last = now


def solve(
    problem: Problem, *, mode: Mode = "final", seed: str = "", params: Params | None = None
) -> Plan:
    """Match one round: units, then classes, then fairness, then delivery cost, then parcels.

    seed: name of the round; ties fall to the hash of seed and group id. The same problem in any
    row order gives the same plan. Raises Unsolvable.
    """
    params = params or Params()
    clock = _Clock()
    work = _prepare(problem, seed, params)
    clock.lap("network")
    work.supplies = [solve_piece(problem, work.network, piece, params) for piece in work.pieces]
    _collect(work)
    clock.lap("supply")
    _share(work)
    clock.lap("fairness")
    rows, cost_bound = _route(work)
    clock.lap("routing")
    stages = _stages(work, rows, cost_bound)
    clock.lap("measures")
    return Plan(
        rows.line, rows.group, rows.mode, rows.qty, stages, mode, seed,
        problem_hash(problem), versions(), clock.seconds,
    )  # fmt: skip


def versions() -> dict[str, str]:
    """What a stored run needs for a replay."""
    names = ("ortools", "highspy", "numpy", "scipy")
    return {"engine": FORMAT, **{name: version(name) for name in names}}


def _prepare(problem: Problem, seed: str, params: Params) -> _Work:
    network = build_network(problem, gather_facts(problem, seed))
    pieces = cut(merged_graph(problem, network), network.facts, link_groups=False)
    entitlement = problem.groups.entitlement
    if params.entitlements is not None:
        entitlement = ints(params.entitlements)
    lots = np.zeros(len(network.facts.group), dtype=np.int64)
    return _Work(problem, params, entitlement, network, plain_graph(network), lots, pieces, [], [])


def _collect(work: _Work) -> None:
    for piece, supply in zip(work.pieces, work.supplies, strict=True):
        work.lots[piece.offers] = supply.lots


def _share(work: _Work) -> None:
    """Joint pieces where they are small, sweeps over the others."""
    joint = cut(work.graph, work.network.facts, link_groups=True)
    small = [piece for piece in joint if _columns(piece) <= work.params.joint_columns]
    done = np.zeros(len(work.lots), dtype=bool)
    for piece in small:
        done[piece.offers] = True
    large = [i for i, piece in enumerate(work.pieces) if not done[piece.offers[0]]]
    for _ in range(work.params.sweeps):
        _sweep(work, large)
    for piece in small:
        _join(work, piece)


def _columns(piece: Piece) -> int:
    return len(piece.graph.arc_offer) + 4 * piece.graph.cells + 2 * len(piece.offers)


def _wanted(work: _Work, piece: Piece, *, cost: bool) -> Wanted:
    """Incomes from everywhere but this piece."""
    facts = work.network.facts
    here = work.lots[piece.offers] * (facts.lot * facts.ref)[piece.offers]
    outside = income(work.network, work.lots)
    np.subtract.at(outside, facts.group[piece.offers], here)
    return Wanted(
        classes=True, fairness=True, cost=cost, income=outside, entitlement=work.entitlement
    )


def _sweep(work: _Work, numbers: list[int]) -> None:
    for number in numbers:
        piece, supply = work.pieces[number], work.supplies[number]
        if len(piece.offers) == 1:
            continue
        wanted = _wanted(work, piece, cost=False)
        fairer = share_piece(work.problem, work.network, piece, work.params, supply, wanted)
        work.supplies[number] = fairer
        work.lots[piece.offers] = fairer.lots


def _join(work: _Work, piece: Piece) -> None:
    inside = np.zeros(len(work.lots), dtype=bool)
    inside[piece.offers] = True
    parts = [s for p, s in zip(work.pieces, work.supplies, strict=True) if inside[p.offers[0]]]
    values = [sum(part.values[i] for part in parts) for i in range(3)]
    start = Supply(
        work.lots[piece.offers], Loads(EMPTY, EMPTY, EMPTY),
        (values[0], values[1], values[2]), (0, 0, 0),
    )  # fmt: skip
    wanted = _wanted(work, piece, cost=True)
    joint = join_piece(work.problem, work.network, piece, work.params, start, wanted)
    work.lots[piece.offers] = joint.lots
    work.joints.append((piece, joint))


def _route(work: _Work) -> tuple[Rows, int]:
    """Rows with the frozen ones, and a lower bound of the delivery cost."""
    facts = work.network.facts
    loads = [s.loads for s in work.supplies] + [joint.loads for _, joint in work.joints]
    columns = [[getattr(part, name) for part in loads] for name in ("lane_date", "offer", "units")]
    together = Loads(*(np.concatenate([EMPTY, *column]) for column in columns))
    closed = np.concatenate([EMPTY, *(joint.closed for _, joint in work.joints)])
    units = work.lots * facts.lot
    flows = route(work.problem, work.network, work.graph, units, together, closed)
    rows = assign_lines(work.problem, work.network, cell_sources(work.network, work.graph, flows))
    frozen = work.problem.frozen
    every = [
        np.concatenate([getattr(rows, name), getattr(frozen, name)])
        for name in ("line", "group", "mode", "qty")
    ]
    return Rows(*every).sorted(), 0


def _stages(work: _Work, rows: Rows, cost_bound: int) -> tuple[Stage, ...]:
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
        make_stage("cost", found.cost_satang, cost_bound, given="supply"),
        make_stage("parcels", found.parcels, found.orders),
        make_stage("split_lines", found.split_lines, 0),
    )


def _fairness_bound(work: _Work) -> int:
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
