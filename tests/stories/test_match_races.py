"""People act while a match runs: one of them wins, and nothing is done by halves."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from market.accounts.models import AuditEvent
from market.clock import utc_now
from market.db import transaction
from market.errors import Conflict, MarketError, Refused
from market.matching.commands import (
    answer_ask,
    cancel_run,
    publish_run,
    reopen_match,
    settle_answers,
)
from market.matching.flows import match_round
from market.matching.models import Ask, Batch, MatchRun
from market.matching.rules import Answer, RunState
from market.matching.stored import unpack_problem
from market.overviews.audit.queries import broken_promises
from market.rounds.commands import withdraw_offer
from market.rounds.models import Round, RoundOffer
from market.rounds.rules import RoundState
from tests.factories.races import together
from tests.stories.match_kit import (
    assert_one_letter_each,
    nothing_by_halves,
    published_once,
    rows,
    run_id_of,
    states,
    url,
)
from tests.stories.processes import Hold, Start, wait_until
from tests.stories.programs import said

pytestmark = pytest.mark.slow


def test_two_coordinators_press_match_and_publish_at_once(committed: Flask, round_id: int) -> None:
    def press() -> bool:
        with transaction() as session:
            reopen_match(session, round_id, actor="user:1", reason=None, now=utc_now())
        return match_round(round_id, now=utc_now())

    def publish() -> bool:
        with transaction() as session:
            return publish_run(session, run_id, actor="user:1", now=utc_now())

    matched = together(committed, press, press)
    assert [result for result in matched if result is True] == [True]
    run_id = run_id_of(RunState.SOLVED)
    assert sorted(together(committed, publish, publish, publish)) == [False, False, True]

    with transaction() as session:
        assert broken_promises(session) == ()
        told = session.scalar(select(func.count()).where(AuditEvent.event == "match.published"))
    assert told == 1
    assert_one_letter_each()


def test_a_stop_against_the_end_of_the_match_is_one_or_the_other(
    committed: Flask, round_id: int
) -> None:
    def stop() -> bool:
        wait_until(lambda: states(round_id) != [])
        time.sleep(0.5)
        with transaction() as session:
            return cancel_run(session, round_id, actor="user:1", reason=None, now=utc_now())

    solved, stopped = together(committed, lambda: match_round(round_id, now=utc_now()), stop)

    if solved is True:
        assert isinstance(stopped, Conflict)
        assert states(round_id) == ["solved"]
        published_once(round_id)
    else:
        assert (solved, stopped) == (False, True)
        assert states(round_id) == ["cancelled"]
        nothing_by_halves(round_id)


def test_what_a_group_changes_while_its_match_is_read_counts_whole_or_not(
    round_id: int, settings: Mapping[str, str], start: Start
) -> None:
    """Capacity is read before lanes; the change comes between. Both must be the old ones."""
    with Hold(url(settings), "lane") as held:
        worker = start(*said(f"match({round_id})"))
        wait_until(lambda: states(round_id) == ["running"] and held.somebody_waits())
        held.holder.execute("UPDATE lane SET cost_satang_per_kg = 77777")
        held.holder.execute("UPDATE round_offer SET capacity_units = 60")
        held.let_go()
    wait_until(lambda: worker.poll() is not None)

    with transaction() as session:
        run = session.scalars(select(MatchRun)).one()
        assert run.state is RunState.SOLVED
        problem = unpack_problem(run.problem or b"")
    assert 77777 not in problem.lanes.cost_per_kg.tolist()
    assert 60 not in problem.offers.cap.tolist()

    with transaction() as session:
        reopen_match(session, round_id, actor="user:1", reason=None, now=utc_now())
        session.execute(update(Round).values(publish_at=None))
    assert match_round(round_id, now=utc_now())
    with transaction() as session:
        run = session.get_one(MatchRun, run_id_of(RunState.SOLVED))
        problem = unpack_problem(run.problem or b"")
    assert set(problem.lanes.cost_per_kg.tolist()) == {77777}, "the next run sees the change"
    assert set(problem.offers.cap.tolist()) == {60}


def test_a_group_cannot_leave_a_round_that_is_being_matched(round_id: int) -> None:
    with transaction() as session:
        offer_id = session.scalars(select(RoundOffer.id).order_by(RoundOffer.id)).first()
        before = session.scalar(select(func.count()).select_from(RoundOffer))
    with pytest.raises(MarketError), transaction() as session:
        withdraw_offer(session, offer_id or 0, actor="user:2", now=utc_now())
    assert rows(RoundOffer) == [before]


def test_an_answer_that_comes_while_the_rest_is_matched_again_is_refused(
    committed: Flask, round_id: int
) -> None:
    """The round is closed again: what was confirmed stays, a late word changes nothing."""
    assert match_round(round_id, now=utc_now())
    published_once(round_id)
    with transaction() as session:
        asks = session.scalars(select(Ask.id).order_by(Ask.id)).all()
        answer_ask(session, asks[0], answer=Answer.ALL, actor="user:2", now=utc_now())
    late = utc_now() + timedelta(days=3)
    with transaction() as session:
        settle_answers(session, round_id, now=late)
        assert session.get_one(Round, round_id).state is RoundState.CLOSED
        confirmed = session.scalar(select(func.sum(Batch.confirmed_units)))

    def reply() -> None:
        with transaction() as session:
            answer_ask(session, asks[1], answer=Answer.ALL, actor="user:2", now=late)

    matched, refused = together(committed, lambda: match_round(round_id, now=late), reply)

    assert matched is True
    assert isinstance(refused, Refused)
    assert refused.code == "ask_is_over"
    with transaction() as session:
        assert session.scalar(select(func.sum(Batch.confirmed_units))) == confirmed
        assert broken_promises(session) == ()


def test_threads_of_hearts_end_with_their_matches(round_id: int) -> None:
    assert match_round(round_id, now=utc_now())
    assert [thread for thread in threading.enumerate() if thread.name == "heart"] == []
