"""Freezing, running and publishing a match, on small rounds with the real engine."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from market.accounts.models import AuditEvent, SignedLink
from market.errors import Conflict
from market.matching.commands import (
    fail_run,
    freeze_cells,
    publish_run,
    reopen_match,
    start_run,
    store_solution,
)
from market.matching.flows import match_round, solve_round
from market.matching.models import (
    Ask,
    Assignment,
    Batch,
    DemandCell,
    MatchRun,
    OfferResult,
    UnservedLine,
)
from market.matching.queries import get_match, read_problem, rounds_due_for_match
from market.matching.queries.due import runs_due_for_publication
from market.matching.rules import (
    LEASE,
    PUBLISH_AFTER_SAMPLE,
    Answer,
    BatchState,
    Mode,
    RunState,
)
from market.notices.models import Notice
from market.orders.rules import MakerChoice, ShortageChoice
from market.rounds.models import Round
from market.rounds.rules import RoundState
from tests.factories.matching import (
    NOW,
    make_group,
    make_leader,
    make_offer,
    make_order,
    make_point,
    make_product,
    make_round,
)


def matched_run(session: Session, round_: Round) -> MatchRun:
    """Match the round now; the solved run."""
    assert match_round(round_.id, now=NOW)
    return session.scalars(select(MatchRun).where(MatchRun.state == RunState.SOLVED)).one()


def test_lines_that_the_same_groups_may_serve_become_one_cell(session: Session) -> None:
    round_, product, group = make_round(session), make_product(session), make_group(session)
    make_offer(session, round_, group, product)
    point = make_point(session, group)
    for units in (3, 4):
        make_order(session, round_, product, units, point=point)
    make_order(session, round_, product, 5, point=point, group=group, maker=MakerChoice.ONLY)
    make_order(session, round_, product, 6)

    assert freeze_cells(session, round_.id) == 3
    assert freeze_cells(session, round_.id) == 0, "cells are frozen once"
    cells = session.execute(select(DemandCell.units, DemandCell.lines).order_by("units")).all()
    assert [tuple(cell) for cell in cells] == [(5, 1), (6, 1), (7, 2)]


def test_a_closed_round_is_matched_and_stored_with_its_reasons(session: Session) -> None:
    round_, product = make_round(session), make_product(session)
    near, far = make_group(session), make_group(session, ships=False)
    offer = make_offer(session, round_, near, product, capacity=50)
    idle = make_offer(session, round_, far, product)
    line = make_order(session, round_, product, 57)

    run = matched_run(session, round_)

    assert session.get_one(Round, round_.id).state is RoundState.MATCHED
    publish_at = session.get_one(Round, round_.id).publish_at
    assert publish_at is not None
    wait = publish_at - NOW
    assert PUBLISH_AFTER_SAMPLE <= wait < PUBLISH_AFTER_SAMPLE + timedelta(minutes=1), (
        "it takes time"
    )
    results = {row.round_offer_id: row for row in session.scalars(select(OfferResult))}
    assert (results[offer.id].units, results[offer.id].reason) == (50, "own_capacity")
    assert (results[idle.id].units, results[idle.id].reason) == (0, "reach")
    unserved = session.scalars(select(UnservedLine)).one()
    assert (unserved.line_id, unserved.units) == (line.id, 7)
    assert {stage["name"] for stage in run.stages} >= {"units", "fairness"}
    assert run.input_hash is not None
    assert run.versions["ortools"]
    assert session.scalars(select(Assignment)).all() == [], "nothing is promised before publication"


def test_a_match_is_published_once_to_groups_and_trail(session: Session) -> None:
    round_, product, group = make_round(session), make_product(session), make_group(session)
    leader = make_leader(session, group)
    offer = make_offer(session, round_, group, product)
    point = make_point(session, group)
    make_order(session, round_, product, 14, point=point)
    make_order(session, round_, product, 6)
    run = matched_run(session, round_)

    assert publish_run(session, run.id, actor="user:1", now=NOW)
    assert not publish_run(session, run.id, actor="user:1", now=NOW), "a second press does nothing"

    assert session.get_one(Round, round_.id).state is RoundState.CONFIRMING
    batch = session.scalars(select(Batch)).one()
    assert (batch.round_offer_id, batch.state) == (offer.id, BatchState.ASKED)
    ask = session.scalars(select(Ask)).one()
    assert (ask.units, ask.lot_units, ask.answer) == (20, 10, Answer.WAITING)
    assert ask.answer_by == round_.first_answer_by
    modes = session.execute(select(Assignment.units, Assignment.mode).order_by("units")).all()
    assert [tuple(row) for row in modes] == [(6, Mode.POST), (14, Mode.LANE)]
    notices = session.scalars(select(Notice).where(Notice.user_id == leader.id)).all()
    assert {(notice.event, str(notice.channel)) for notice in notices} == {
        ("batch.asked", "inapp"), ("batch.asked", "email"), ("batch.asked", "call"),
    }  # fmt: skip
    assert notices[0].payload["items"][0]["units"] == 20
    link = session.scalars(select(SignedLink)).one()
    assert (link.group_id, link.round_id, link.user_id) == (group.id, round_.id, leader.id)
    trail = session.scalars(select(AuditEvent.event).order_by(AuditEvent.id)).all()
    assert trail.count("batch.asked") == 1
    assert trail.count("round.confirming") == 1


def test_a_plan_that_breaks_a_rule_is_never_published(session: Session) -> None:
    round_, product, group = make_round(session), make_product(session), make_group(session)
    make_offer(session, round_, group, product)
    make_order(session, round_, product, 20)
    run = matched_run(session, round_)
    run.input_hash = "0" * 64
    session.flush()

    with pytest.raises(Conflict, match="plan_breaks_rule"):
        publish_run(session, run.id, actor="user:1", now=NOW)

    assert session.scalar(select(func.count()).select_from(Ask)) == 0
    assert session.get_one(Round, round_.id).state is RoundState.MATCHED


def test_an_all_or_nothing_line_that_falls_short_leaves_its_units_to_others(
    session: Session,
) -> None:
    round_, product, group = make_round(session), make_product(session), make_group(session)
    make_offer(session, round_, group, product, capacity=20)
    whole = make_order(session, round_, product, 25, shortage=ShortageChoice.NOTHING)
    fewer = make_order(session, round_, product, 20)
    run = matched_run(session, round_)
    publish_run(session, run.id, actor="user:1", now=NOW)

    assert session.execute(select(Assignment.line_id, Assignment.units)).all() == [(fewer.id, 20)]
    unserved = session.scalars(select(UnservedLine)).one()
    assert (unserved.line_id, unserved.units, unserved.reason) == (whole.id, 25, "all_or_nothing")


def test_this_group_only_goes_nowhere_else(session: Session) -> None:
    round_, product = make_round(session), make_product(session)
    named, other = make_group(session), make_group(session)
    make_offer(session, round_, named, product, capacity=10)
    make_offer(session, round_, other, product, capacity=100)
    make_order(session, round_, product, 20, group=named, maker=MakerChoice.ONLY)
    run = matched_run(session, round_)
    publish_run(session, run.id, actor="user:1", now=NOW)

    made = session.execute(
        select(Batch.group_id, Assignment.units).join(Assignment, Assignment.batch_id == Batch.id)
    ).all()
    assert made == [(named.id, 10)]


def test_one_live_run_a_round_and_a_stale_one_makes_way(session: Session) -> None:
    round_, product, group = make_round(session), make_product(session), make_group(session)
    make_offer(session, round_, group, product)
    make_order(session, round_, product, 20)

    first = start_run(session, round_.id, params={}, now=NOW)
    assert first is not None
    early, late = NOW + LEASE * 0.9, NOW + LEASE * 1.1
    assert start_run(session, round_.id, params={}, now=early) is None
    assert rounds_due_for_match(session, early) == []

    assert rounds_due_for_match(session, late) == [round_.id]
    second = start_run(session, round_.id, params={}, now=late)
    assert second not in (None, first)
    assert session.get_one(MatchRun, first).state is RunState.FAILED


def test_a_worker_that_died_between_solve_and_store_changes_nothing(session: Session) -> None:
    round_, product, group = make_round(session), make_product(session), make_group(session)
    make_offer(session, round_, group, product)
    make_order(session, round_, product, 20)
    dead = start_run(session, round_.id, params={}, now=NOW)
    assert dead is not None
    solution = solve_round(read_problem(session, round_.id))
    late = NOW + timedelta(minutes=11)

    assert match_round(round_.id, now=late)
    assert not store_solution(session, dead, solution, now=late), "the lease was lost"

    states = session.execute(select(MatchRun.state).order_by(MatchRun.id)).scalars().all()
    assert states == [RunState.FAILED, RunState.SOLVED]
    assert session.scalar(select(func.count()).select_from(OfferResult)) == 1


def test_a_failed_solve_is_kept_and_tried_again_later(session: Session) -> None:
    round_ = make_round(session)
    run_id = start_run(session, round_.id, params={}, now=NOW)
    assert run_id is not None

    fail_run(session, run_id, error="no plan", now=NOW)

    assert session.get_one(Round, round_.id).state is RoundState.CLOSED
    assert rounds_due_for_match(session, NOW + timedelta(minutes=9)) == []
    assert rounds_due_for_match(session, NOW + timedelta(minutes=11)) == [round_.id]


def test_a_round_nobody_ordered_in_is_matched_to_nothing(session: Session) -> None:
    round_, product, group = make_round(session), make_product(session), make_group(session)
    make_offer(session, round_, group, product)

    run = matched_run(session, round_)
    assert publish_run(session, run.id, actor="system", now=NOW)

    assert session.scalars(select(Ask)).all() == []
    assert session.get_one(Round, round_.id).state is RoundState.CONFIRMING


def test_a_match_can_be_put_aside_until_it_is_published(session: Session) -> None:
    round_, product, group = make_round(session), make_product(session), make_group(session)
    make_offer(session, round_, group, product)
    make_order(session, round_, product, 20)
    first = matched_run(session, round_)
    assert runs_due_for_publication(session, NOW) == []
    later = NOW + PUBLISH_AFTER_SAMPLE + timedelta(minutes=1)
    assert runs_due_for_publication(session, later) == [first.id]

    reopen_match(session, round_.id, actor="user:1", reason="again", now=NOW)
    second = matched_run(session, round_)

    assert session.get_one(MatchRun, first.id).state is RunState.SUPERSEDED
    assert (second.input_hash, second.plan) == (first.input_hash, first.plan), "same bytes again"
    publish_run(session, second.id, actor="user:1", now=NOW)
    with pytest.raises(Conflict, match="match_already_published"):
        reopen_match(session, round_.id, actor="user:1", reason="again", now=NOW)


def test_the_coordinators_page_adds_up(session: Session) -> None:
    round_, product, group = make_round(session), make_product(session), make_group(session)
    make_offer(session, round_, group, product, capacity=50)
    make_order(session, round_, product, 57)
    matched_run(session, round_)

    view = get_match(session, round_.id)

    assert view.chosen is not None
    assert (view.chosen.ordered_units, view.chosen.served_units) == (57, 50)
    assert view.chosen.short_units == 7
    assert [offer.units for offer in view.offers] == [50]
    assert sum(shortfall.units for shortfall in view.shortfalls) == 7
