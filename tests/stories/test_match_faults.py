"""A match in all that can go wrong: afterwards there is one plan, and nothing by halves."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import redis
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import func, select, update

from config import Config
from market import local
from market.accounts.models import AuditEvent
from market.app import create_app
from market.catalogue.models import ProducerGroup
from market.clock import utc_now
from market.db import db, reading, transaction
from market.doorbell import MATCH_ROUND, ring
from market.errors import Conflict, MarketError, Refused
from market.matching.commands import (
    answer_ask,
    cancel_run,
    publish_run,
    reopen_match,
    settle_answers,
)
from market.matching.flows import match_round
from market.matching.models import (
    Ask,
    Assignment,
    Batch,
    MatchPiece,
    MatchRun,
    OfferResult,
    UnservedLine,
)
from market.matching.queries import rounds_due_for_match
from market.matching.rules import LEASE, Answer, RunState
from market.matching.stored import unpack_problem
from market.notices.models import Notice
from market.overviews.audit.queries import broken_promises
from market.rounds.commands import withdraw_offer
from market.rounds.models import Round, RoundOffer
from market.rounds.rules import RoundState
from tests.factories.matching import make_clusters, make_leader
from tests.factories.races import together
from tests.stories.processes import ROOT, Hold, Start, kill, starter, wait_until

pytestmark = pytest.mark.slow

#: A process that matches as the worker does, everything shared in small pieces.
MATCH = """
import time
from wsgi import app
from market.clock import utc_now
from market.matching.flows import Spread, match_round
def call(run_id):
    time.sleep({pause})
with app.app_context():
    shared = Spread(from_lines=0, light=0, worth=0, heap=1, call=call)
    match_round({round_id}, now=utc_now(), spread=shared)
"""
#: A worker that has taken a piece and solves it for a long time.
TAKE = """
import time
from datetime import timedelta
from wsgi import app
from market.clock import utc_now
from market.db import transaction
from market.matching.commands.pieces import take_piece
from market.matching.flows.crew import kit
with app.app_context():
    taken = None
    while taken is None:
        now = utc_now()
        with transaction() as session:
            taken = take_piece(
                session, {run_id}, kit=kit(), now=now, until=now + timedelta(seconds=5)
            )
    time.sleep(600)
"""
#: Starts servers of its own for a folder and stays until its input ends.
USE = """
import json, sys
from market import local
print(json.dumps(local.environment({"MARKET_HOME": sys.argv[1]})), flush=True)
sys.stdin.read()
"""
PUBLISH = """
from wsgi import app
from market.clock import utc_now
from market.db import transaction
from market.matching.commands import publish_run
with app.app_context(), transaction() as session:
    publish_run(session, {run_id}, actor="user:1", now=utc_now())
"""


@pytest.fixture
def round_id(committed: Flask) -> int:
    """A closed round whose match has several pieces a step; its groups have leaders."""
    return clusters()


def clusters() -> int:
    """Made and committed."""
    with transaction() as session:
        round_ = make_clusters(session)
        offers = session.scalars(select(RoundOffer)).all()
        for group_id in {offer.group_id for offer in offers}:
            make_leader(session, session.get_one(ProducerGroup, group_id))
        return round_.id


def url(settings: Mapping[str, str]) -> str:
    """The tests' database."""
    return settings["DATABASE_URL"]


def states(round_id: int) -> list[str]:
    """The round's runs, oldest first."""
    with transaction() as session:
        return list(
            session.scalars(
                select(MatchRun.state).where(MatchRun.round_id == round_id).order_by(MatchRun.id)
            )
        )


def rows(*models: Any) -> list[int]:
    """How many rows each table has."""
    with transaction() as session:
        return [int(session.scalar(select(func.count()).select_from(m)) or 0) for m in models]


def run_id_of(state: RunState) -> int:
    """The one run in this state."""
    with transaction() as session:
        return session.scalars(select(MatchRun.id).where(MatchRun.state == state)).one()


def nothing_by_halves(round_id: int) -> None:
    """A match that broke off has left the round closed and no result."""
    with transaction() as session:
        assert session.get_one(Round, round_id).state is RoundState.CLOSED
        assert session.scalars(select(MatchRun.id).where(MatchRun.plan.is_not(None))).all() == []
        assert broken_promises(session) == ()
    assert rows(OfferResult, UnservedLine, Batch, Ask, Assignment) == [0] * 5


def taken_over(round_id: int) -> None:
    """Not before the lease is over, then within a sweep; one plan, published once, audit clean."""
    now = utc_now()
    assert not match_round(round_id, now=now), "the lease still holds"
    later = now + LEASE + timedelta(seconds=1)
    with reading() as session:
        assert list(rounds_due_for_match(session, later)) == [round_id]
    assert match_round(round_id, now=later)
    published_once(round_id)


def published_once(round_id: int) -> None:
    """The one solved run goes out; every line is served or told why not; no piece is left."""
    run_id = run_id_of(RunState.SOLVED)
    with transaction() as session:
        assert publish_run(session, run_id, actor="system", now=utc_now())
    with transaction() as session:
        assert not publish_run(session, run_id, actor="system", now=utc_now())
        assert session.scalars(select(Ask.run_id).distinct()).all() == [run_id]
        assert session.scalars(select(OfferResult.run_id).distinct()).all() == [run_id]
        assert session.get_one(Round, round_id).state is RoundState.CONFIRMING
        assert broken_promises(session) == ()
    assert rows(MatchPiece) == [0]


def test_killed_while_it_reads(round_id: int, settings: Mapping[str, str], start: Start) -> None:
    with Hold(url(settings), "lane") as held:
        worker = start("-c", MATCH.format(round_id=round_id, pause=0))
        wait_until(lambda: states(round_id) == ["running"] and held.somebody_waits())
        kill(worker)

    nothing_by_halves(round_id)
    taken_over(round_id)
    assert states(round_id) == ["failed", "published"]


def test_killed_with_its_pieces_up(round_id: int, start: Start) -> None:
    worker = start("-c", MATCH.format(round_id=round_id, pause=600))
    wait_until(lambda: rows(MatchPiece)[0] > 1)
    kill(worker)

    nothing_by_halves(round_id)
    taken_over(round_id)
    assert states(round_id) == ["failed", "published"]


def test_a_helper_killed_in_a_piece(round_id: int, start: Start) -> None:
    owner = start("-c", MATCH.format(round_id=round_id, pause=4))
    wait_until(lambda: rows(MatchPiece)[0] > 1)
    helper = start("-c", TAKE.format(run_id=run_id_of(RunState.RUNNING)))
    wait_until(lambda: "taken" in piece_states())
    kill(helper)

    wait_until(lambda: owner.poll() is not None, 120)

    assert states(round_id) == ["solved"], "the piece was solved again, not the match"
    published_once(round_id)


def piece_states() -> list[str]:
    """Where the pieces stand."""
    with transaction() as session:
        return list(session.scalars(select(MatchPiece.state)))


def test_killed_while_it_stores(round_id: int, settings: Mapping[str, str], start: Start) -> None:
    with Hold(url(settings), "offer_result") as held:
        worker = start("-c", MATCH.format(round_id=round_id, pause=0))
        wait_until(held.somebody_waits)
        kill(worker)

    nothing_by_halves(round_id)
    taken_over(round_id)


def test_killed_while_it_publishes(
    round_id: int, settings: Mapping[str, str], start: Start
) -> None:
    assert match_round(round_id, now=utc_now())
    run_id = run_id_of(RunState.SOLVED)
    with Hold(url(settings), "notice") as held:
        worker = start("-c", PUBLISH.format(run_id=run_id))
        wait_until(held.somebody_waits)
        kill(worker)

    assert rows(Batch, Ask, Assignment, Notice) == [0] * 4
    assert states(round_id) == ["solved"]
    published_once(round_id)
    assert_one_letter_each()


def assert_one_letter_each() -> None:
    """Nobody is asked twice for the same."""
    with transaction() as session:
        seen = session.execute(select(Notice.user_id, Notice.channel, Notice.event)).all()
    assert len(set(seen)) == len(seen) >= 4


def test_the_broker_forgets_everything_while_a_match_runs(
    round_id: int, settings: Mapping[str, str], celery: Any
) -> None:
    env = dict(settings) | {"MATCH_SPREAD_LINES": "0", "C_FORCE_ROOT": "1"}
    ring(MATCH_ROUND, round_id)
    forget(settings)  # nobody has heard it: the bell is lost
    with starter(env) as start_one, Hold(url(settings), "lane") as held:
        start_one(
            "-m", "celery", "--app", "workers.app", "--quiet", "worker", "--concurrency", "2",
            "--queues", "default,match", "--without-gossip", "--without-mingle",
        )  # fmt: skip
        celery.tasks["matching.sweep"].run()  # the beat's next sweep rings again
        wait_until(lambda: states(round_id) == ["running"] and held.somebody_waits())
        forget(settings)
        held.let_go()
        wait_until(lambda: states(round_id) == ["solved"])
    published_once(round_id)


def forget(settings: Mapping[str, str]) -> None:
    """The broker loses all it had."""
    with redis.Redis.from_url(settings["REDIS_URL"]) as client:
        client.flushdb()


@pytest.fixture
def own_market() -> Iterator[dict[str, str]]:
    """Settings of a market on a database server of its own, which may be crashed."""
    home = Path(tempfile.mkdtemp(prefix="market-test-"))
    home.chmod(0o711)  # the servers' account must reach it
    user = subprocess.Popen(
        [sys.executable, "-c", USE, str(home)],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert user.stdout is not None
    yield dict(os.environ) | json.loads(user.stdout.readline()) | {local.PREPARED: "1"}
    user.communicate()  # its input ends, so it leaves and the servers stop
    wait_until(lambda: not servers_of(home))
    shutil.rmtree(home)


def servers_of(home: Path) -> str:
    """Keepers that still run there."""
    return subprocess.run(
        ["pgrep", "-f", f"market.embedded.keeper .* {home}$"], capture_output=True, text=True
    ).stdout


def test_the_database_restarts_while_a_match_is_written(own_market: dict[str, str]) -> None:
    app = create_app(Config.from_env(own_market))
    with app.app_context(), starter(own_market) as start_one:
        upgrade(directory=str(local.ROOT / "market" / "migrations"))
        round_id = clusters()
        with Hold(url(own_market), "offer_result") as held:
            worker = start_one("-c", MATCH.format(round_id=round_id, pause=0))
            wait_until(held.somebody_waits)
            db.session.remove()
            db.engine.dispose()
            crash_database(own_market)
        wait_until(lambda: worker.poll() is not None, 120)

        assert states(round_id) == ["solved"], "the same run, written when the server was back"
        published_once(round_id)
        db.session.remove()
        db.engine.dispose()


def crash_database(env: Mapping[str, str]) -> None:
    """Like pg_ctl stop -m immediate; the keeper starts the server again, which recovers."""
    state = json.loads((Path(env["MARKET_HOME"]) / "run" / "postgres.json").read_text())
    os.kill(int(state["server_pid"]), signal.SIGQUIT)


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
        worker = start("-c", MATCH.format(round_id=round_id, pause=0))
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
