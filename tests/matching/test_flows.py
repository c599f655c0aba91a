"""Matching as the worker does it, with real commits: races, dead workers, replay."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from flask import Flask
from sqlalchemy import func, select, update

from market.clock import utc_now
from market.db import transaction
from market.errors import Conflict
from market.matching.commands import answer_ask, publish_run, settle_answers, start_run
from market.matching.flows import match_round
from market.matching.models import Ask, Assignment, Batch, MatchRun
from market.matching.queries import get_stored_run, rounds_due_for_match
from market.matching.replay import replay_run
from market.matching.rules import Answer, RunState
from market.rounds.models import Round
from market.rounds.rules import RoundState
from tests.factories.matching import (
    NOW,
    make_group,
    make_live_round,
    make_offer,
    make_order,
    make_product,
    make_round,
)
from tests.factories.races import together


def closed_round() -> int:
    """A committed closed round: one group, forty bags."""
    with transaction() as session:
        round_, product, group = make_round(session), make_product(session), make_group(session)
        make_offer(session, round_, group, product, minimum=10, lot=10)
        for units in (15, 25):
            make_order(session, round_, product, units)
        return round_.id


def published_ask(round_id: int) -> int:
    """Match and publish; the id of the one ask."""
    assert match_round(round_id, now=NOW)
    with transaction() as session:
        run_id = session.scalars(select(MatchRun.id).where(MatchRun.state == RunState.SOLVED)).one()
        publish_run(session, run_id, actor="system", now=NOW)
        return session.scalars(select(Ask.id)).one()


def answer(ask_id: int, chosen: Answer, units: int | None = None) -> Any:
    """One answer in a transaction of its own."""
    with transaction() as session:
        return answer_ask(
            session, ask_id, answer=chosen, units=units, reason="rain", actor="user:7", now=NOW
        )


def test_two_workers_match_a_round_once(committed: Flask) -> None:
    round_id = closed_round()

    results = together(
        committed,
        lambda: match_round(round_id, now=NOW),
        lambda: match_round(round_id, now=NOW),
    )

    assert sorted(results) == [False, True]
    with transaction() as session:
        assert session.scalars(select(MatchRun.state)).all() == [RunState.SOLVED]


def test_two_different_answers_at_once_leave_one(committed: Flask) -> None:
    ask_id = published_ask(closed_round())

    results = together(
        committed,
        lambda: answer(ask_id, Answer.ALL),
        lambda: answer(ask_id, Answer.PART, 20),
    )

    assert sum(isinstance(result, Conflict) for result in results) == 1
    with transaction() as session:
        ask = session.get_one(Ask, ask_id)
        given = session.scalar(select(func.sum(Assignment.confirmed_units)))
        assert given == ask.confirmed_units == session.scalars(select(Batch.confirmed_units)).one()


def test_the_same_answer_from_two_phones_counts_once(committed: Flask) -> None:
    ask_id = published_ask(closed_round())

    results = together(committed, *[lambda: answer(ask_id, Answer.ALL)] * 4)

    assert [result.confirmed_units for result in results] == [40] * 4
    with transaction() as session:
        assert session.scalars(select(Batch.confirmed_units)).one() == 40


def test_an_answer_against_the_deadline_is_counted_or_refused(committed: Flask) -> None:
    round_id = closed_round()
    ask_id = published_ask(round_id)

    def settle() -> RoundState:
        with transaction() as session:
            return settle_answers(session, round_id, now=NOW + timedelta(hours=24))

    results = together(committed, settle, lambda: answer(ask_id, Answer.ALL))

    with transaction() as session:
        chosen = session.get_one(Ask, ask_id).answer
        state = session.get_one(Round, round_id).state
    if isinstance(results[1], Exception):
        assert (chosen, state) == (Answer.SILENT, RoundState.CLOSED)
    else:
        assert (chosen, state) == (Answer.ALL, RoundState.PAYING)


def test_publishing_twice_at_once_asks_once(committed: Flask) -> None:
    round_id = closed_round()
    assert match_round(round_id, now=NOW)
    with transaction() as session:
        run_id = session.scalars(select(MatchRun.id)).one()

    def publish() -> bool:
        with transaction() as session:
            return publish_run(session, run_id, actor="system", now=NOW)

    assert sorted(together(committed, publish, publish)) == [False, True]
    with transaction() as session:
        assert session.scalar(select(func.count()).select_from(Ask)) == 1


def test_a_round_whose_worker_was_killed_is_matched_after_the_lease(committed: Flask) -> None:
    round_id = closed_round()
    with transaction() as session:
        start_run(session, round_id, params={}, now=NOW)  # and here the worker dies
    assert not match_round(round_id, now=NOW + timedelta(seconds=25))

    late = NOW + timedelta(minutes=1)
    with transaction() as session:
        assert rounds_due_for_match(session, late) == [round_id]
    assert match_round(round_id, now=late)


def test_a_stored_run_replays_to_the_same_bytes(committed: Flask) -> None:
    round_id = closed_round()
    assert match_round(round_id, now=NOW)
    with transaction() as session:
        run_id = session.scalars(select(MatchRun.id)).one()
        stored = get_stored_run(session, run_id)

    assert replay_run(stored).same

    told = committed.test_cli_runner().invoke(args=["match", "replay", str(run_id)])
    assert told.exit_code == 0
    assert json.loads(told.output)["same_plan"] is True
    with transaction() as session:
        session.execute(update(MatchRun).values(input_hash="0" * 64))
    assert committed.test_cli_runner().invoke(args=["match", "replay", str(run_id)]).exit_code == 1


def test_the_terminal_matches_a_round_by_its_number(committed: Flask) -> None:
    round_id = closed_round()
    with transaction() as session:
        number = session.get_one(Round, round_id).number
    runner = committed.test_cli_runner()

    assert runner.invoke(args=["match", "run", str(number)]).exit_code == 0
    again = runner.invoke(args=["match", "run", str(number)])
    unknown = runner.invoke(args=["match", "run", "999999"])

    assert again.exit_code == 1
    assert "There is no round 999999." in unknown.output


def test_the_sweeps_carry_a_round_to_paying(committed: Flask, celery: Any) -> None:
    """The worker's own tasks, called one after another as the beat would ring them."""
    with transaction() as session:
        round_ = make_live_round(session, rematch_limit=0)
        product, group = make_product(session), make_group(session)
        make_offer(session, round_, group, product)
        make_order(session, round_, product, 20)
        round_id = round_.id
    celery.tasks["matching.sweep"].run()
    celery.tasks["matching.match_round"].run(round_id)
    with transaction() as session:
        session.execute(update(Round).values(publish_at=utc_now() - timedelta(seconds=1)))
    celery.tasks["matching.sweep"].run()
    with transaction() as session:
        ask_id = session.scalars(select(Ask.id)).one()
        answer_ask(session, ask_id, answer=Answer.ALL, actor="user:7", now=utc_now())
    celery.tasks["matching.sweep_answers"].run()

    with transaction() as session:
        assert session.get_one(Round, round_id).state is RoundState.PAYING
