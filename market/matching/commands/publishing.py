"""Publishing a match: batches, assignments and asks from the stored plan, then the notices."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from sqlalchemy import ARRAY, BigInteger, any_, literal, text, update
from sqlalchemy.orm import Session

from market.accounts.commands import record
from market.errors import Conflict
from market.matching.commands.bulk import stage_columns
from market.matching.commands.runs import lock_run
from market.matching.commands.shares import confirm_many
from market.matching.commands.telling import tell_leaders
from market.matching.engine.problem import Problem, problem_hash
from market.matching.engine.verifier import verify
from market.matching.models import Assignment, MatchRun
from market.matching.queries.problem_copy import expect_many_rows
from market.matching.rules import RunState, answer_deadline
from market.matching.stored import Ints, StoredPlan, unpack_plan, unpack_problem, without_lines
from market.rounds.commands import move_round
from market.rounds.models import Round
from market.rounds.rules import RoundState


@dataclass(frozen=True, kw_only=True)
class NewUnits:
    """Units of a plan that nobody has confirmed yet, row by row, in database ids.

    mode: 0 own lane, 1 post.
    """

    line_id: Ints
    round_offer_id: Ints
    delivery_index: Ints
    mode: Ints
    units: Ints


def publish_run(session: Session, run_id: int, *, actor: str, now: datetime) -> bool:
    """Ask the groups for what the solved run gives them; False when it was done before.

    The stored plan is verified once more. Raises Conflict where the run is not the round's
    solved one or a rule is broken: then nothing changes.
    """
    round_, run = lock_run(session, run_id)
    if run.state is RunState.PUBLISHED:
        return False
    if run.state is not RunState.SOLVED or round_.state is not RoundState.MATCHED:
        raise Conflict("run_not_publishable", state=str(run.state))
    problem, plan = _verified(run)
    round_.answer_by = answer_deadline(
        round_.first_answer_by, round_.answer_hours, round_.rematches, now
    )
    _write_plan(session, round_, run, problem, plan, now)
    round_.publish_at, run.state, run.published_at = None, RunState.PUBLISHED, now
    move_round(session, round_, RoundState.CONFIRMING, actor=actor, now=now)
    tell_leaders(session, round_, "batch.asked", now=now)
    return True


def _verified(run: MatchRun) -> tuple[Problem, StoredPlan]:
    if run.problem is None or run.plan is None:
        raise Conflict("run_not_publishable", state=str(run.state))
    problem, plan = unpack_problem(run.problem), unpack_plan(run.plan)
    if problem_hash(problem) != run.input_hash:
        raise Conflict("plan_breaks_rule", rule="input hash")
    left = without_lines(problem, plan.dropped)
    broken = verify(left, plan)
    if broken:
        raise Conflict("plan_breaks_rule", rule=str(broken[0]))
    return left, plan


def _write_plan(
    session: Session, round_: Round, run: MatchRun, problem: Problem, plan: StoredPlan,
    now: datetime,
) -> None:  # fmt: skip
    session.flush()  # hand-written SQL does not see what is still pending
    expect_many_rows(session)
    _free_dropped(session, plan.line_ids[plan.dropped].tolist())
    new = new_units(problem, plan)
    assign_units(session, run, new)
    _use_slack(session, run)
    ask_for_units(session, run, answer_by=round_.answer_by, now=now)
    record(
        session, actor="system", subject=f"run:{run.id}", event="match.published", at=now,
        data={"units": int(new.units.sum()), "rows": len(new.units)},
    )  # fmt: skip


def assign_units(session: Session, run: MatchRun, new: NewUnits) -> None:
    """Batches and assignments of a run's new units. Raises Conflict where they do not fit."""
    stage_columns(session, "new_units", vars(new))
    values = {"run_id": run.id, "round_id": run.round_id}
    session.execute(_BATCHES, values)
    written = session.execute(_ASSIGNMENTS, values)
    if written.rowcount != len(new.units):  # type: ignore[attr-defined]
        raise Conflict("plan_breaks_rule", rule="lines and offers of this round")


def ask_for_units(session: Session, run: MatchRun, *, answer_by: datetime, now: datetime) -> None:
    """Ask the groups for what a run assigned and nobody has confirmed yet."""
    values = {"run_id": run.id, "round_id": run.round_id, "now": now, "answer_by": answer_by}
    session.execute(_ASKS, values)
    session.execute(_ASKED, values)


def new_units(problem: Problem, plan: StoredPlan) -> NewUnits:
    """The plan less what is frozen. Pure."""
    units = plan.qty - _kept_units(problem, plan)
    line, group, mode = (values[units > 0] for values in (plan.line, plan.group, plan.mode))
    products = len(problem.products.weight_g)
    keys = problem.offers.group * products + problem.offers.product
    order = np.argsort(keys)
    at = np.searchsorted(keys[order], group * products + problem.lines.product[line])
    return NewUnits(
        line_id=plan.line_ids[line],
        round_offer_id=plan.offer_ids[order[at]],
        delivery_index=problem.lines.date[line],
        mode=mode,
        units=units[units > 0],
    )


def _kept_units(problem: Problem, plan: StoredPlan) -> Ints:
    """Frozen units of each of the plan's rows, which hold every frozen row (verified)."""
    groups, frozen = len(problem.groups.zone), problem.frozen
    key = (plan.line * groups + plan.group) * 2 + plan.mode
    order = np.argsort(key)
    before = (frozen.line * groups + frozen.group) * 2 + frozen.mode
    kept = np.zeros(len(key), dtype=np.int64)
    kept[order[np.searchsorted(key[order], before)]] = frozen.qty
    return kept


def _free_dropped(session: Session, line_ids: list[int]) -> None:
    """All-or-nothing lines that cannot be completed give back what was confirmed for them."""
    if line_ids:
        session.execute(
            update(Assignment)
            .where(
                Assignment.line_id == any_(literal(line_ids, ARRAY(BigInteger))),
                Assignment.confirmed_units > 0,
            )
            .values(confirmed_units=0)
        )


def _use_slack(session: Session, run: MatchRun) -> None:
    """Units that a group confirmed earlier and nobody holds need not be asked for again."""
    if run.rematch_no == 0:
        return  # nobody has confirmed anything
    rows = session.execute(_SLACK, {"run_id": run.id, "round_id": run.round_id})
    spare = {batch_id: int(units) for batch_id, units in rows}
    if spare:
        confirm_many(session, spare, run_id=run.id)


_BATCHES = text(
    """
    INSERT INTO batch (round_id, round_offer_id, group_id, product_id, delivery_index, state,
                       version)
    SELECT DISTINCT :round_id, o.id, o.group_id, o.product_id, new.delivery_index, 'asked', 1
      FROM new_units new JOIN round_offer o ON o.id = new.round_offer_id
     ORDER BY o.id, new.delivery_index
    ON CONFLICT (round_offer_id, delivery_index) DO NOTHING
    """
)

_ASSIGNMENTS = text(
    """
    INSERT INTO assignment (run_id, batch_id, line_id, mode, units, price_satang)
    SELECT :run_id, b.id, new.line_id, CASE new.mode WHEN 0 THEN 'lane' ELSE 'post' END,
           new.units, o.price_satang
      FROM new_units new
      JOIN order_line l ON l.id = new.line_id AND l.round_id = :round_id
      JOIN round_offer o ON o.id = new.round_offer_id AND o.product_id = l.product_id
      JOIN batch b ON b.round_offer_id = o.id AND b.delivery_index = new.delivery_index
                  AND b.round_id = l.round_id
     ORDER BY new.line_id, b.id, new.mode
    """
)

_SLACK = text(
    """
    WITH locked AS (
        SELECT b.id, b.confirmed_units FROM batch b
         WHERE b.round_id = :round_id AND b.confirmed_units > 0 ORDER BY b.id FOR NO KEY UPDATE
    )
    SELECT b.id, b.confirmed_units - sum(a.confirmed_units)
      FROM locked b JOIN assignment a ON a.batch_id = b.id
     GROUP BY b.id, b.confirmed_units
    HAVING bool_or(a.run_id = :run_id) AND b.confirmed_units > sum(a.confirmed_units)
    """
)

_ASKS = text(
    """
    INSERT INTO ask (batch_id, run_id, kind, units, lot_units, answer, asked_at, answer_by)
    SELECT a.batch_id, :run_id, 'make', sum(a.units - a.confirmed_units), min(o.lot_units),
           'waiting', :now, :answer_by
      FROM batch b JOIN assignment a ON a.batch_id = b.id AND a.run_id = :run_id
      JOIN round_offer o ON o.id = b.round_offer_id
     WHERE b.round_id = :round_id
     GROUP BY a.batch_id HAVING sum(a.units - a.confirmed_units) > 0
    """
)

#: The batches asked, whatever they were before, with one row of the trail each.
_ASKED = text(
    """
    WITH before AS (
        SELECT b.id, b.state, k.units FROM batch b JOIN ask k ON k.batch_id = b.id
         WHERE k.run_id = :run_id AND k.kind = 'make' ORDER BY b.id FOR NO KEY UPDATE OF b
    ), moved AS (
        UPDATE batch b SET state = 'asked', version = b.version + 1
          FROM before WHERE before.id = b.id AND b.state IN ('confirmed', 'declined')
    )
    INSERT INTO audit_event (at, actor, subject, event, from_state, to_state, data)
    SELECT :now, 'system', 'batch:' || id, 'batch.asked', NULLIF(state, 'asked'), 'asked',
           jsonb_build_object('units', units, 'run_id', CAST(:run_id AS bigint))
      FROM before
    """
)
