"""Fairness with the units fixed: who makes them. Large pieces one at a time, small ones jointly.

A piece is solved with the incomes its groups earn elsewhere as an offset; a few sweeps in
canonical order. Pieces small enough are solved as a whole with delivery cost as the last stage.
"""

from dataclasses import dataclass, replace

import numpy as np

from market.matching.engine.arrays import EMPTY, IntArray, sums
from market.matching.engine.fairness import worth
from market.matching.engine.graph import Piece
from market.matching.engine.milp import Answer, Program
from market.matching.engine.model import Model, Wanted, build
from market.matching.engine.network import Network
from market.matching.engine.plan import Params, Unsolvable
from market.matching.engine.problem import Problem
from market.matching.engine.supply import Loads, Supply, read_loads, stage_gap


@dataclass(frozen=True)
class Joint:
    """A piece solved to the last stage; closed: (lane, date)s not driven."""

    lots: IntArray
    loads: Loads
    closed: IntArray
    fairness_bound: int
    cost_bound: int


def income(network: Network, lots: IntArray) -> IntArray:
    """Satang a group earns at reference prices, frozen units included."""
    facts = network.facts
    return facts.base_income + sums(
        facts.group, lots * facts.lot * facts.ref, len(facts.base_income)
    )


def share_piece(
    problem: Problem, network: Network, piece: Piece, params: Params,
    supply: Supply, wanted: Wanted,
) -> Supply:  # fmt: skip
    """A fairer supply of one piece with the same units and classes, or the one it had."""
    facts = network.facts
    groups = np.unique(facts.group[piece.offers])
    model = build(problem, network, piece, wanted)
    program = _program(model, params, supply)
    program.start_from(np.arange(model.columns.n, model.columns.y), supply.lots.astype(float))
    try:
        answer = program.best(model.fairness, maximise=True, step=1e-3)
    except Unsolvable:
        return supply
    lots = model.lots(answer.x)
    before = _worth_here(network, piece, supply.lots, wanted)[groups].sum()
    if _worth_here(network, piece, lots, wanted)[groups].sum() <= before:
        return supply
    return replace(supply, lots=lots, loads=read_loads(model, piece, answer))


def _worth_here(network: Network, piece: Piece, lots: IntArray, wanted: Wanted) -> IntArray:
    facts = network.facts
    earned = lots * (facts.lot * facts.ref)[piece.offers]
    here = sums(facts.group[piece.offers], earned, len(wanted.income))
    return worth(wanted.income + here, wanted.entitlement)


def _program(model: Model, params: Params, supply: Supply) -> Program:
    """A program that already keeps the units and classes of the supply."""
    program = Program(model.matrix, gap=stage_gap(model, params), nodes=params.nodes)
    program.keep(model.units, at_least=supply.values[0] - 0.5)
    if model.columns.k < model.columns.u:
        program.keep(model.classes[0], at_least=supply.values[1] - 0.5)
        program.keep(model.classes[1], at_least=supply.values[2] - 0.5)
    return program


def join_piece(
    problem: Problem, network: Network, piece: Piece, params: Params,
    supply: Supply, wanted: Wanted,
) -> Joint:  # fmt: skip
    """Fairness, then delivery cost, of a small piece that shares no group with another."""
    model = build(problem, network, piece, wanted)
    program = _program(model, params, supply)
    program.start_from(np.arange(model.columns.n, model.columns.y), supply.lots.astype(float))
    fair = program.best(model.fairness, maximise=True, step=1e-3)
    value = float(model.fairness @ fair.x)
    program.keep(model.fairness, at_least=value - 1e-6 * max(1.0, value))
    program.start_from(np.arange(model.columns.size), fair.x)
    cheap = program.best(model.cost, maximise=False, step=1.0)
    return _joint(network, piece, model, wanted, fair, cheap)


def _joint(
    network: Network, piece: Piece, model: Model, wanted: Wanted, fair: Answer, cheap: Answer
) -> Joint:
    groups = np.unique(network.facts.group[piece.offers])
    before = int(worth(wanted.income, wanted.entitlement)[groups].sum())
    bound = before + int(np.floor(fair.bound * model.scale + 1e-3 * model.scale))
    closed = piece.lane_dates[model.closed_lanes(cheap.x)] if len(model.driven) else EMPTY
    return Joint(
        model.lots(cheap.x), read_loads(model, piece, cheap), closed,
        bound, int(np.ceil(cheap.bound - 1e-3)),
    )  # fmt: skip
