"""One run in progress: what each phase finds and leaves behind."""

from dataclasses import dataclass

from market.matching.engine.arrays import IntArray, sums
from market.matching.engine.graph import Graph, Piece
from market.matching.engine.network import Network
from market.matching.engine.plan import Params
from market.matching.engine.problem import Problem
from market.matching.engine.shares import Joint
from market.matching.engine.supply import Supply


@dataclass
class Work:
    """One run in progress."""

    problem: Problem
    params: Params
    entitlement: IntArray
    network: Network
    graph: Graph
    merged: Graph
    lots: IntArray
    income: IntArray
    pieces: list[Piece]
    supplies: list[Supply]
    joints: list[tuple[Piece, Joint]]


def earned(piece: Piece, lots: IntArray) -> IntArray:
    """Satang of each of the piece's groups, at reference prices."""
    return sums(piece.of_group, lots * piece.lot * piece.ref, len(piece.groups))


def set_lots(work: Work, piece: Piece, lots: IntArray) -> None:
    """Write a piece's lots and keep the groups' incomes up to date."""
    work.income[piece.groups] += earned(piece, lots - work.lots[piece.offers])
    work.lots[piece.offers] = lots
