"""The fairness phase of a run: what is shared out by program, and evening out."""

from dataclasses import replace

import numpy as np

from market.matching.engine.arrays import EMPTY, sums
from market.matching.engine.graph import Piece, cut
from market.matching.engine.model import Wanted
from market.matching.engine.plan import Params
from market.matching.engine.polish import even_out
from market.matching.engine.pool import Crew
from market.matching.engine.shares import Joint, apart, join_piece, share_piece
from market.matching.engine.supply import NO_LOADS, Supply
from market.matching.engine.work import Work, earned, set_lots


def share(work: Work, pool: Crew) -> None:
    """Joint pieces where they are small, sweeps over the others."""
    if work.params.joint_columns == 0 and work.params.sweeps == 0:
        return
    even_shares(work)  # a better start: the programs have less to find
    work.supplies = [
        replace(supply, lots=work.lots[piece.offers])
        for piece, supply in zip(work.pieces, work.supplies, strict=True)
    ]
    joint = cut(work.problem, work.network, work.graph, link_groups=True)
    small = [piece for piece in joint if piece.columns <= work.params.joint_columns]
    done = np.zeros(len(work.lots), dtype=bool)
    for piece in small:
        done[piece.offers] = True
    large = [i for i, piece in enumerate(work.pieces)
             if not done[piece.offers[0]] and len(piece.offers) > 1
             and piece.columns <= work.params.later_columns]  # fmt: skip
    rounds = apart([work.pieces[number].groups for number in large])
    weight = sum(work.pieces[number].columns for number in large)
    pool.begin("fairness", weight * work.params.sweeps + sum(piece.columns for piece in small))
    for _ in range(work.params.sweeps):
        for members in rounds:
            _sweep(work, pool, [large[member] for member in members])
    _join(work, pool, small)


def even_shares(work: Work) -> None:
    """Flows once more; a joint piece that they change is routed like the others."""
    before, facts = work.lots, work.network.facts
    work.lots = even_out(
        facts, work.merged, before, work.entitlement, sweeps=work.params.even_sweeps
    )
    more = (work.lots - before) * facts.lot * facts.ref
    work.income += sums(facts.group, more, len(work.income))
    same = work.lots == before
    for number, (piece, joint) in enumerate(work.joints):
        if not same[piece.offers].all():
            kept = joint.loads.of(same)
            work.joints[number] = (piece, replace(joint, loads=kept, closed=EMPTY))


def _wanted(work: Work, piece: Piece, *, cost: bool) -> Wanted:
    """Incomes from everywhere but this piece."""
    outside = work.income[piece.groups] - earned(piece, work.lots[piece.offers])
    entitlement = work.entitlement[piece.groups]
    return Wanted(classes=True, fairness=True, cost=cost, income=outside, entitlement=entitlement)


def _sweep(work: Work, pool: Crew, numbers: list[int]) -> None:
    """Pieces without a common group, so that none sees what another decides."""
    pieces = [work.pieces[number] for number in numbers]
    tasks = [
        (piece, work.params, work.supplies[number], _wanted(work, piece, cost=False))
        for number, piece in zip(numbers, pieces, strict=True)
    ]
    found = pool.run(share_task, tasks, [piece.columns for piece in pieces])
    for number, piece, fairer in zip(numbers, pieces, found, strict=True):
        work.supplies[number] = fairer
        set_lots(work, piece, fairer.lots)


def share_task(task: tuple[Piece, Params, Supply, Wanted]) -> Supply:
    """One piece of a sweep."""
    return share_piece(*task)


def join_task(task: tuple[Piece, Params, Supply, Wanted]) -> Joint:
    """One joint piece."""
    return join_piece(*task)


def _join(work: Work, pool: Crew, pieces: list[Piece]) -> None:
    owner = np.full(len(work.lots), -1, dtype=np.int64)
    values = np.zeros((len(pieces), 3), dtype=np.int64)
    for number, piece in enumerate(pieces):
        owner[piece.offers] = number
    for part, supply in zip(work.pieces, work.supplies, strict=True):
        if owner[part.offers[0]] >= 0:
            values[owner[part.offers[0]]] += supply.values
    tasks = []
    for piece, (units, first, second) in zip(pieces, values.tolist(), strict=True):
        start = Supply(work.lots[piece.offers], NO_LOADS, (units, first, second), (0, 0, 0))
        tasks.append((piece, work.params, start, _wanted(work, piece, cost=True)))
    found = pool.run(join_task, tasks, [piece.columns for piece in pieces])
    for piece, joint in zip(pieces, found, strict=True):
        set_lots(work, piece, joint.lots)
        work.joints.append((piece, joint))
