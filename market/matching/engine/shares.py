"""Fairness with the units fixed: who makes them. Large pieces one at a time, small ones jointly.

A piece is solved with the incomes its groups earn elsewhere as an offset; a few sweeps. Pieces
small enough are solved as a whole with delivery cost as the last stage.
"""

from dataclasses import dataclass, replace

import numpy as np

from market.matching.engine.arrays import EMPTY, IntArray, sums
from market.matching.engine.fairness import worth
from market.matching.engine.graph import Piece
from market.matching.engine.milp import Answer, Program
from market.matching.engine.model import Model, Wanted, build
from market.matching.engine.plan import Params, Unsolvable
from market.matching.engine.supply import KEPT, NO_LOADS, Loads, Supply, read_loads, stage_gap


@dataclass(frozen=True)
class Joint:
    """A piece solved to the last stage; closed: (lane, date)s not driven."""

    lots: IntArray
    loads: Loads
    closed: IntArray
    fairness_bound: int


def share_piece(piece: Piece, params: Params, supply: Supply, wanted: Wanted) -> Supply:
    """A fairer supply of one piece with the same units and classes, or the one it had."""
    model = build(piece, wanted)
    program = _program(model, params.share_gap, params.share_nodes, supply)
    try:
        answer = program.best(model.fairness, maximise=True, step=1e-3)
    except Unsolvable:
        return supply
    lots = model.lots(answer.x)
    if _worth_here(piece, lots, wanted) <= _worth_here(piece, supply.lots, wanted):
        return supply
    return replace(supply, lots=lots, loads=read_loads(model, piece, answer))


def _worth_here(piece: Piece, lots: IntArray, wanted: Wanted) -> int:
    here = sums(piece.of_group, lots * piece.lot * piece.ref, len(piece.groups))
    return int(worth(wanted.income + here, wanted.entitlement).sum())


def _program(model: Model, gap: float, nodes: int, supply: Supply) -> Program:
    """A program that already keeps the units and classes of the supply and starts from it."""
    program = Program(model.matrix, gap=gap, nodes=nodes)
    program.keep(model.units, at_least=supply.values[0] - KEPT)
    program.keep(model.classes[0], at_least=supply.values[1] - KEPT)
    program.keep(model.classes[1], at_least=supply.values[2] - KEPT)
    program.start_from(np.arange(model.columns.n, model.columns.y), supply.lots.astype(float))
    return program


def join_piece(piece: Piece, params: Params, supply: Supply, wanted: Wanted) -> Joint:
    """Fairness, then delivery cost, of a small piece that shares no group with another.

    Where HiGHS finds no supply within its nodes, the last one found stands.
    """
    model = build(piece, wanted)
    program = _program(model, stage_gap(model, params), params.nodes, supply)
    before = int(worth(wanted.income, wanted.entitlement).sum())
    try:
        fair = program.best(model.fairness, maximise=True, step=1e-3)
    except Unsolvable:
        return Joint(supply.lots, NO_LOADS, EMPTY, _worth_here(piece, piece.nmax, wanted))
    bound = before + int(np.floor((fair.bound + 1e-3) * model.scale))
    reached = (_worth_here(piece, model.lots(fair.x), wanted) - before) / model.scale
    cheap = _cheapest(model, program, fair, reached)
    closed = piece.lane_dates[model.closed_lanes(cheap.x)] if len(model.driven) else EMPTY
    return Joint(model.lots(cheap.x), read_loads(model, piece, cheap), closed, bound)


def _cheapest(model: Model, program: Program, fair: Answer, reached: float) -> Answer:
    """The cheapest point as fair as the one at hand; whole numbers are rounded to start from it."""
    program.keep(model.fairness, at_least=reached - 1e-6 * max(1.0, reached))
    start = np.where(model.matrix.whole, np.rint(fair.x), fair.x)
    program.start_from(np.arange(model.columns.size), start)
    try:
        return program.best(model.cost, maximise=False, step=1.0)
    except Unsolvable:
        return fair


def apart(groups: list[IntArray]) -> list[list[int]]:
    """Batches of pieces (by number) that have no group in common; first fit, in order."""
    taken: dict[int, int] = {}
    batches: list[list[int]] = []
    for number, names in enumerate(groups):
        used = 0
        for name in names.tolist():
            used |= taken.get(name, 0)
        batch = (~used & (used + 1)).bit_length() - 1
        if batch == len(batches):
            batches.append([])
        batches[batch].append(number)
        for name in names.tolist():
            taken[name] = taken.get(name, 0) | 1 << batch
    return batches
