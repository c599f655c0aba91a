"""The supply phase: how many lots each offer makes, piece by piece; units first, then classes."""

from dataclasses import dataclass, replace

import numpy as np

from market.matching.engine.arrays import EMPTY, BoolArray, IntArray
from market.matching.engine.classes import class_mix, class_tops
from market.matching.engine.graph import Piece
from market.matching.engine.milp import Answer, Program
from market.matching.engine.model import Model, Wanted, build
from market.matching.engine.plan import Params, Unsolvable

KEPT = 0.01  # whole values may not fall; HiGHS needs a little air
UNITS_ONLY = Wanted(classes=False, fairness=False, cost=False, income=EMPTY, entitlement=EMPTY)
WITH_CLASSES = Wanted(classes=True, fairness=False, cost=False, income=EMPTY, entitlement=EMPTY)


@dataclass(frozen=True)
class Loads:
    """Units of an offer on a weight-limited (lane, date), global numbers."""

    lane_date: IntArray
    offer: IntArray
    units: IntArray

    def of(self, wanted: BoolArray) -> "Loads":
        """Only those of the wanted offers (a mask by global number)."""
        keep = wanted[self.offer]
        return Loads(self.lane_date[keep], self.offer[keep], self.units[keep])


NO_LOADS = Loads(EMPTY, EMPTY, EMPTY)


@dataclass(frozen=True)
class Supply:
    """One piece solved: lots an offer, units and units of class 0 and 1, with their bounds."""

    lots: IntArray
    loads: Loads
    values: tuple[int, int, int]
    bounds: tuple[int, int, int]


def solve_piece(piece: Piece, params: Params, start: IntArray, most: int) -> Supply:
    """Most units, then most units of class 0, then of class 1.

    start: lots to improve on; most: units that no supply of the piece exceeds. Raises Unsolvable.
    """
    if most == 0 and not piece.floor.any():
        return Supply(np.zeros_like(piece.lot), NO_LOADS, (0, 0, 0), (0, 0, 0))
    lone = _single_offer(piece)
    if lone is not None:
        return lone
    free = not piece.floor.any() and not (piece.graph.arc_limit >= 0).any()
    if free and start @ piece.lot == most:
        return _classes(piece, params, Supply(start, NO_LOADS, (most, 0, 0), (most, 0, 0)))
    model = build(piece, UNITS_ONLY)
    program = Program(model.matrix, gap=stage_gap(model, params), nodes=params.nodes)
    start = np.maximum(start, piece.floor)
    program.start_from(np.arange(model.columns.n, model.columns.y), start.astype(float))
    try:
        answer = program.best(model.units, maximise=True, step=1.0)
    except Unsolvable as error:
        raise _pinned_apart(piece) or error from None
    lots = model.lots(answer.x)
    bound = int(np.floor(answer.bound + 1e-6))
    loads = read_loads(model, piece, answer)
    supply = Supply(lots, loads, (int(piece.lot @ lots), 0, 0), (bound, 0, 0))
    return _classes(piece, params, supply)


def _pinned_apart(piece: Piece) -> Unsolvable | None:
    """Without pins every program has the answer "nothing": pins are why it has none."""
    groups = sorted(set(piece.groups[piece.of_group[piece.floor > 0]].tolist()))
    names = ", ".join(str(group) for group in groups)
    return Unsolvable(f"the pinned units of groups {names} cannot all be made") if groups else None


def stage_gap(model: Model, params: Params) -> float:
    """Small pieces are solved to the end."""
    return 0.0 if model.columns.size <= params.exact_columns else params.gap


def read_loads(model: Model, piece: Piece, answer: Answer) -> Loads:
    """The limited loads of a solution in global numbers."""
    lane_date = piece.lane_dates[model.loads.lane_date]
    return Loads(lane_date, piece.offers[model.loads.offer], model.load_units(answer.x))


def _single_offer(piece: Piece) -> Supply | None:
    """One offer and no weight limit: nothing to choose."""
    if len(piece.offers) != 1 or (piece.graph.arc_limit >= 0).any():
        return None
    demand = piece.graph.demand.sum(axis=0)
    lots = min(int(piece.nmax[0]), int(demand.sum() // piece.lot[0]))
    lots = lots if lots >= piece.nmin[0] else 0
    units = lots * int(piece.lot[0])
    first = min(units, int(demand[0]))
    values = (units, first, min(units - first, int(demand[1])))
    return Supply(np.array([lots], dtype=np.int64), NO_LOADS, values, values)


def _classes(piece: Piece, params: Params, supply: Supply) -> Supply:
    """Best mix of classes among the supplies with the same units."""
    demand = piece.graph.demand.sum(axis=0)
    units, bound = supply.values[0], supply.bounds[0]
    if units == demand.sum() or (demand > 0).sum() < 2:
        first, second = min(units, int(demand[0])), min(units, int(demand[1]))
        return replace(supply, values=(units, first, second), bounds=(bound, first, second))
    mix = class_mix(piece, supply.lots, supply.loads.units)
    if mix is None:
        raise Unsolvable("a piece's supply cannot be placed in its cells")
    top, both = class_tops(piece)
    found = replace(supply, values=(units, *mix), bounds=(bound, top, both - mix[0]))
    best = mix[0] == top and mix[0] + mix[1] == both
    if best or not params.class_programs or piece.columns > params.later_columns:
        return found
    try:
        return _better_classes(piece, params, found)
    except Unsolvable:  # HiGHS lost the thread: what the flows prove still holds
        return found


def _better_classes(piece: Piece, params: Params, supply: Supply) -> Supply:
    """Other supplies with the same units, by integer program."""
    model = build(piece, WITH_CLASSES)
    program = Program(model.matrix, gap=stage_gap(model, params), nodes=params.nodes)
    program.keep(model.units, at_least=supply.values[0] - KEPT)
    program.start_from(np.arange(model.columns.n, model.columns.y), supply.lots.astype(float))
    reached, bounds = [supply.values[0]], [supply.bounds[0]]
    for objective in model.classes:
        answer = program.best(objective, maximise=True, step=1.0)
        reached.append(round(float(objective @ answer.x)))
        bounds.append(int(np.floor(answer.bound + 1e-6)))
        program.keep(objective, at_least=reached[-1] - KEPT)
        program.start_from(np.arange(model.columns.size), answer.x)
    lots, loads = model.lots(answer.x), read_loads(model, piece, answer)
    mix = class_mix(piece, lots, loads.units)
    if mix is None or mix < supply.values[1:]:
        return supply
    return Supply(lots, loads, (reached[0], *mix), (bounds[0], bounds[1], bounds[2]))
