"""What-ifs: what the solver needs of one, which are due, and the list beside a match."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from market.errors import NotFound
from market.matching.models import MatchRun
from market.matching.queries.problem_copy import Ints, fetch_columns
from market.matching.queries.stored import StoredRun, seed_of
from market.matching.rules import SimulationState
from market.matching.whatif.models import Simulation
from market.matching.whatif.rules import Changes, read_changes
from market.orders.rules import MakerChoice
from market.principals import Thing
from market.rounds.models import Round


@dataclass(frozen=True, kw_only=True)
class Trial:
    """A what-if as the solver needs it, with the match it stands beside as bytes."""

    id: int
    round_id: int
    changes: Changes
    params: Mapping[str, Any]
    base_problem: bytes
    base_plan: bytes
    first_ids: Ints

    def opened(self, line_ids: Ints) -> npt.NDArray[np.bool_]:
        """Lines whose maker was only wanted first, free for others after an answer."""
        return np.isin(line_ids, self.first_ids)


@dataclass(frozen=True, kw_only=True)
class TrialLine:
    """A what-if in the list beside its match."""

    id: int
    state: SimulationState
    changes: Changes
    reason: str | None
    before: Mapping[str, int]
    after: Mapping[str, int]
    error: str | None
    created_at: datetime
    used_at: datetime | None


_FIRST = """
    SELECT id FROM order_line WHERE round_id = {round_id} AND maker = {first} ORDER BY id
"""


def get_trial(session: Session, simulation_id: int) -> Trial:
    """Raises NotFound, also where its match kept no plan."""
    row = session.execute(
        select(
            Simulation.id, Simulation.round_id, Simulation.changes, Simulation.params,
            MatchRun.problem, MatchRun.plan,
        )
        .join(MatchRun, MatchRun.id == Simulation.run_id)
        .where(Simulation.id == simulation_id)
    ).one_or_none()  # fmt: skip
    if row is None or row.problem is None or row.plan is None:
        raise NotFound("simulation_not_found")
    values = {"round_id": row.round_id, "first": MakerChoice.FIRST.value}
    return Trial(
        id=row.id, round_id=row.round_id, changes=read_changes(row.changes), params=row.params,
        base_problem=row.problem, base_plan=row.plan,
        first_ids=fetch_columns(session, ("id",), _FIRST, values)["id"],
    )  # fmt: skip


def get_stored_simulation(session: Session, simulation_id: int) -> StoredRun:
    """A solved what-if with its bytes, to be replayed. Raises NotFound."""
    row = session.execute(
        select(Simulation, Round.number)
        .join(Round, Round.id == Simulation.round_id)
        .where(Simulation.id == simulation_id)
    ).one_or_none()
    if row is None:
        raise NotFound("simulation_not_found")
    trial, number = row
    problem, plan = trial.problem, trial.plan
    if problem is None or plan is None:
        raise NotFound("simulation_not_found")
    return StoredRun(
        id=trial.id, seed=seed_of(number), problem=problem, plan=plan,
        input_hash=trial.input_hash, params=trial.params, versions=trial.versions,
    )  # fmt: skip


def simulations_due(session: Session, now: datetime) -> Sequence[int]:
    """What-ifs that wait, or whose worker died."""
    return session.scalars(
        select(Simulation.id)
        .where(
            or_(
                Simulation.state == SimulationState.WAITING,
                (Simulation.state == SimulationState.RUNNING) & (Simulation.claimed_until <= now),
            )
        )
        .order_by(Simulation.id)
    ).all()


def simulations_of(session: Session, round_id: int, most: int = 5) -> tuple[TrialLine, ...]:
    """The newest what-ifs of a round."""
    rows = session.execute(
        select(
            Simulation.id, Simulation.state, Simulation.changes, Simulation.reason,
            Simulation.before, Simulation.after, Simulation.error, Simulation.created_at,
            Simulation.used_at,
        )
        .where(Simulation.round_id == round_id)
        .order_by(Simulation.id.desc())
        .limit(most)
    )  # fmt: skip
    return tuple(
        TrialLine(**dict(row._mapping) | {"changes": read_changes(row.changes)}) for row in rows
    )


def simulation_thing(session: Session, round_id: int, simulation_id: int) -> Thing:
    """A what-if concerns the whole country. Raises NotFound, also for another round's."""
    mine = select(Simulation.id).where(
        Simulation.id == simulation_id, Simulation.round_id == round_id
    )
    if session.scalar(mine) is None:
        raise NotFound("simulation_not_found")
    return Thing(area="", round_id=round_id)
