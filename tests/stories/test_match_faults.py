"""A match in all that can go wrong: afterwards there is one plan, and nothing by halves."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import redis
from flask_migrate import upgrade
from sqlalchemy import select

from config import Config
from market import local
from market.app import create_app
from market.clock import utc_now
from market.db import db, reading, transaction
from market.doorbell import MATCH_ROUND, ring
from market.matching.flows import match_round
from market.matching.models import (
    Ask,
    Assignment,
    Batch,
    MatchPiece,
)
from market.matching.queries import rounds_due_for_match
from market.matching.rules import LEASE, RunState
from market.notices.models import Notice
from tests.stories.match_kit import (
    assert_one_letter_each,
    clusters,
    nothing_by_halves,
    published_once,
    rows,
    run_id_of,
    states,
    url,
)
from tests.stories.processes import ROOT, Hold, Start, kill, starter, wait_until
from tests.stories.programs import said

pytestmark = pytest.mark.slow

#: Starts servers of its own for a folder and stays until its input ends.
USE = """
import json, sys
from market import local
print(json.dumps(local.environment({"MARKET_HOME": sys.argv[1]})), flush=True)
sys.stdin.read()
"""


def taken_over(round_id: int) -> None:
    """Not before the lease is over, then within a sweep; one plan, published once, audit clean."""
    now = utc_now()
    assert not match_round(round_id, now=now), "the lease still holds"
    later = now + LEASE + timedelta(seconds=1)
    with reading() as session:
        assert list(rounds_due_for_match(session, later)) == [round_id]
    assert match_round(round_id, now=later)
    published_once(round_id)


def test_killed_while_it_reads(round_id: int, settings: Mapping[str, str], start: Start) -> None:
    with Hold(url(settings), "lane") as held:
        worker = start(*said(f"match({round_id})"))
        wait_until(lambda: states(round_id) == ["running"] and held.somebody_waits())
        kill(worker)

    nothing_by_halves(round_id)
    taken_over(round_id)
    assert states(round_id) == ["failed", "published"]


def test_killed_with_its_pieces_up(round_id: int, start: Start) -> None:
    worker = start(*said(f"match({round_id}, for_ever)"))
    wait_until(lambda: rows(MatchPiece)[0] > 1)
    kill(worker)

    nothing_by_halves(round_id)
    taken_over(round_id)
    assert states(round_id) == ["failed", "published"]


def test_a_helper_killed_in_a_piece(round_id: int, start: Start) -> None:
    helper = start(*said("take_a_piece()"))
    owner = start(*said(f"match({round_id}, until_one_is_taken)"))
    wait_until(lambda: "taken" in piece_states())
    kill(helper)

    wait_until(lambda: owner.poll() is not None)

    assert states(round_id) == ["solved"], "the piece was solved again, not the match"
    published_once(round_id)


def piece_states() -> list[str]:
    """Where the pieces stand."""
    with transaction() as session:
        return list(session.scalars(select(MatchPiece.state)))


def test_killed_while_it_stores(round_id: int, settings: Mapping[str, str], start: Start) -> None:
    with Hold(url(settings), "offer_result") as held:
        worker = start(*said(f"match({round_id})"))
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
        worker = start(*said(f"publish({run_id})"))
        wait_until(held.somebody_waits)
        kill(worker)

    assert rows(Batch, Ask, Assignment, Notice) == [0] * 4
    assert states(round_id) == ["solved"]
    published_once(round_id)
    assert_one_letter_each()


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
            worker = start_one(*said(f"match({round_id})"))
            wait_until(held.somebody_waits)
            db.session.remove()
            db.engine.dispose()
            crash_database(own_market)
        wait_until(lambda: worker.poll() is not None)

        assert states(round_id) == ["solved"], "the same run, written when the server was back"
        published_once(round_id)
        db.session.remove()
        db.engine.dispose()


def crash_database(env: Mapping[str, str]) -> None:
    """Like pg_ctl stop -m immediate; the keeper starts the server again, which recovers."""
    state = json.loads((Path(env["MARKET_HOME"]) / "run" / "postgres.json").read_text())
    os.kill(int(state["server_pid"]), signal.SIGQUIT)
