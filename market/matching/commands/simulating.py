"""The life of a what-if: asked for, solved by a worker, kept; and what a coordinator takes over."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from market.accounts.commands import record
from market.db import lock
from market.errors import Conflict, NotFound, Refused
from market.matching.commands.bulk import copy_rows
from market.matching.commands.runs import Solved, reopen_match
from market.matching.models import MatchRun, OfferResult
from market.matching.rules import TRY_FOR, RunState, SimulationState
from market.matching.whatif.models import MatchPin, MatchWeight, Simulation
from market.matching.whatif.rules import (
    GIVE_UP_AFTER,
    GIVEN_UP,
    TRIAL_LEASE,
    Changes,
    Terms,
    check_changes,
    read_changes,
)
from market.rounds.models import Round, RoundOffer
from market.rounds.rules import RoundState

#: So many a round may wait for a worker; more would only queue up.
WAITING_MOST = 3
TRIED = (RoundState.CLOSED, RoundState.MATCHED)
DUE = (SimulationState.WAITING, SimulationState.RUNNING)


def request_simulation(
    session: Session, round_id: int, changes: Changes, *, reason: str | None, actor: str,
    now: datetime,
) -> int:  # fmt: skip
    """Ask for a what-if beside the round's newest match; returns its id.

    reason: wanted where the changes pin or weigh. Raises Conflict where there is no match to
    try on, Refused where the changes make no sense together.
    """
    round_ = lock(session, Round, round_id)
    run = _base_run(session, round_id)
    if round_.state not in TRIED or run is None or run.rematch_no != round_.rematches:
        raise Conflict("no_match_to_try")
    check_changes(changes, _terms(session, run.id))
    if changes.decides and not reason:
        raise Refused("pin_reason_missing")
    _check_queue(session, round_id)
    trial = Simulation(
        round_id=round_id, run_id=run.id, state=SimulationState.WAITING, changes=changes.words(),
        reason=reason, params=dict(run.params), created_by=actor, created_at=now,
    )  # fmt: skip
    session.add(trial)
    if round_.publish_at is not None:
        round_.publish_at = max(round_.publish_at, now + TRY_FOR)
    session.flush()
    record(
        session, actor=actor, subject=f"round:{round_id}", event="match.tried", at=now,
        reason=reason, data={"simulation_id": trial.id, "changes": changes.words()},
    )  # fmt: skip
    return trial.id


def _base_run(session: Session, round_id: int) -> MatchRun | None:
    """The newest match of the round that has a plan."""
    return session.scalars(
        select(MatchRun)
        .where(
            MatchRun.round_id == round_id,
            MatchRun.plan.is_not(None),
            MatchRun.state.in_((RunState.SOLVED, RunState.SUPERSEDED)),
        )
        .order_by(MatchRun.id.desc())
        .limit(1)
    ).one_or_none()


def _terms(session: Session, run_id: int) -> Mapping[int, Terms]:
    rows = session.execute(
        select(OfferResult.round_offer_id, OfferResult.units, RoundOffer.capacity_units)
        .join(RoundOffer, RoundOffer.id == OfferResult.round_offer_id)
        .where(OfferResult.run_id == run_id)
    )
    return {row.round_offer_id: Terms(units=row.units, capacity=row.capacity_units) for row in rows}


def _check_queue(session: Session, round_id: int) -> None:
    waiting = session.scalar(
        select(func.count())
        .select_from(Simulation)
        .where(Simulation.round_id == round_id, Simulation.state.in_(DUE))
    )
    if (waiting or 0) >= WAITING_MOST:
        raise Refused("try_too_many", most=WAITING_MOST)


def start_simulation(session: Session, simulation_id: int, *, now: datetime) -> bool:
    """Take the lease on a what-if; False where another worker has it or it is over.

    One that was begun again and again for an hour is given up: it is too large.
    """
    trial = lock(session, Simulation, simulation_id)
    stale = trial.claimed_until is None or trial.claimed_until <= now
    if trial.state not in DUE or (trial.state is SimulationState.RUNNING and not stale):
        return False
    if now - trial.created_at > GIVE_UP_AFTER:
        trial.state, trial.claimed_until = SimulationState.FAILED, None
        trial.error, trial.finished_at = GIVEN_UP, now
        return False
    trial.state, trial.claimed_until = SimulationState.RUNNING, now + TRIAL_LEASE
    return True


def store_simulation(
    session: Session, simulation_id: int, solution: Solved, *, capacities: Mapping[int, int],
    before: Mapping[str, int], after: Mapping[str, int], now: datetime,
) -> bool:  # fmt: skip
    """Keep a solved what-if; False when it was kept before.

    capacities: of each offer, as changed; before, after: measures of both plans by name.
    """
    trial = lock(session, Simulation, simulation_id)
    if trial.state is not SimulationState.RUNNING:
        return False
    trial.state, trial.claimed_until, trial.finished_at = SimulationState.DONE, None, now
    trial.problem, trial.plan = solution.problem, solution.plan
    trial.input_hash, trial.versions = solution.input_hash, dict(solution.versions)
    trial.stages, trial.before, trial.after = list(solution.stages), dict(before), dict(after)
    rows = _offer_rows(simulation_id, solution.offers, capacities)
    copy_rows(session, "simulation_offer", _OFFER_COLUMNS, rows)
    return True


_OFFER_COLUMNS = ("simulation_id", "round_offer_id", "units", "capacity_units", "reason", "data")


def _offer_rows(
    simulation_id: int, outcomes: Sequence[Any], capacities: Mapping[int, int]
) -> Iterator[tuple[object, ...]]:
    for o in outcomes:
        capacity, data = capacities[o.round_offer_id], json.dumps(o.data)
        yield simulation_id, o.round_offer_id, o.units, capacity, o.reason, data


def fail_simulation(session: Session, simulation_id: int, *, error: str, now: datetime) -> None:
    """Note that no plan keeps all the changes, or that the solver gave up."""
    trial = lock(session, Simulation, simulation_id)
    if trial.state is SimulationState.RUNNING:
        trial.state, trial.claimed_until = SimulationState.FAILED, None
        trial.error, trial.finished_at = error[:1000], now


def use_simulation(
    session: Session, round_id: int, simulation_id: int, *, actor: str, now: datetime
) -> None:
    """Make a what-if's pins and weights those of the round, and have it matched anew.

    Capacities, batches and answers stay the groups' own. Raises NotFound, Refused where there
    is nothing to take over, Conflict where the round has moved on.
    """
    round_ = lock(session, Round, round_id)
    trial = lock(session, Simulation, simulation_id)
    if trial.round_id != round_id:
        raise NotFound("simulation_not_found")
    changes = read_changes(trial.changes)
    _check_use(session, round_, trial, changes)
    if trial.used_at is not None and round_.state is RoundState.CLOSED:
        return
    _refuse_running(session, round_id)
    _drop_choices(session, round_id)
    session.add_all(_choices(trial, changes, round_.rematches, actor, now))
    trial.used_at = now
    record(
        session, actor=actor, subject=f"round:{round_id}", event="match.pinned", at=now,
        reason=trial.reason, data={"simulation_id": trial.id, "changes": changes.words()},
    )  # fmt: skip
    reopen_match(session, round_id, actor=actor, reason=trial.reason, now=now)


def _check_use(session: Session, round_: Round, trial: Simulation, changes: Changes) -> None:
    if trial.state is not SimulationState.DONE:
        raise Conflict("simulation_not_done")
    if not changes.decides:
        raise Refused("nothing_to_take_over")
    rematch_no = session.scalar(select(MatchRun.rematch_no).where(MatchRun.id == trial.run_id))
    if round_.state not in TRIED or rematch_no != round_.rematches:
        raise Conflict("simulation_is_old")


def _choices(
    trial: Simulation, changes: Changes, rematch_no: int, actor: str, now: datetime
) -> list[MatchPin | MatchWeight]:
    said = {"round_id": trial.round_id, "reason": trial.reason, "set_by": actor, "set_at": now}
    pins = [
        MatchPin(
            round_offer_id=change.offer_id, rematch_no=rematch_no, low_units=change.low,
            high_units=change.high, **said,
        )
        for change in changes.offers
        if change.pins
    ]  # fmt: skip
    weights = [
        MatchWeight(group_id=change.group_id, percent=change.percent, **said)
        for change in changes.groups
    ]
    return [*pins, *weights]


def clear_choices(session: Session, round_id: int, *, actor: str, now: datetime) -> None:
    """Take back all pins and weights of a round and have it matched anew.

    Raises Conflict where the groups have been asked already.
    """
    round_ = lock(session, Round, round_id)
    if round_.state not in TRIED:
        raise Conflict("match_already_published")
    if _drop_choices(session, round_id):
        _refuse_running(session, round_id)
        record(session, actor=actor, subject=f"round:{round_id}", event="match.unpinned", at=now)
        reopen_match(session, round_id, actor=actor, reason=None, now=now)


def _refuse_running(session: Session, round_id: int) -> None:
    """A match that is being computed has read the old choices: it must not pass for a new one."""
    running = select(MatchRun.id).where(
        MatchRun.round_id == round_id, MatchRun.state == RunState.RUNNING
    )
    if session.scalar(running) is not None:
        raise Conflict("match_is_running")


def _drop_choices(session: Session, round_id: int) -> int:
    gone = 0
    for model in (MatchPin, MatchWeight):
        done = session.execute(delete(model).where(model.round_id == round_id))
        gone += int(done.rowcount)  # type: ignore[attr-defined]
    return gone
