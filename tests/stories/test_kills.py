"""Processes killed with -9 at the worst moment: nothing is lost, nothing is done twice."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from random import Random

import psycopg
import pytest
from flask import Flask
from sqlalchemy import text

from market.clock import utc_now
from market.db import reading, transaction
from market.overviews.audit.queries import broken_promises
from market.rounds.commands import close_early
from tests.stories.visitor import OverHttp, Visitor
from tests.stories.world import World, make_world

ROOT = Path(__file__).resolve().parents[2]
Start = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def start(settings: Mapping[str, str]) -> Iterator[Start]:
    """Start a program of the market in a process of its own; killed afterwards."""
    started: list[subprocess.Popen[bytes]] = []

    def start_one(*command: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, *command], cwd=ROOT, env=dict(settings), start_new_session=True
        )
        started.append(process)
        return process

    yield start_one
    for process in started:
        kill(process)


def kill(process: subprocess.Popen[bytes]) -> None:
    """kill -9 for a process and all its children."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(10)


@pytest.fixture
def port() -> int:
    """A port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def serve(start: Start, port: int) -> subprocess.Popen[bytes]:
    """A web server, answering."""
    process = start(
        "-m", "granian", "--interface", "wsgi", "--workers", "1", "--blocking-threads", "2",
        "--host", "127.0.0.1", "--port", str(port), "--no-ws", "wsgi:app",
    )  # fmt: skip
    wait_until(lambda: answers(port))
    return process


def answers(port: int) -> bool:
    """Is there a server that says it is well?"""
    try:
        return OverHttp(f"http://127.0.0.1:{port}").get("/healthz").status == 200
    except OSError:
        return False


def wait_until(done: Callable[[], bool], seconds: float = 60) -> None:
    """Look again and again; fail after so many seconds."""
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.002)


def world() -> World:
    """The story's world, committed."""
    with transaction() as session:
        return make_world(session)


def at_checkout(port: int, here: World) -> Visitor:
    """A guest with three bags in the basket, the order form on the screen."""
    guest = Visitor(OverHttp(f"http://127.0.0.1:{port}"))
    guest.go(f"/goods/{here.product_code}").send("/cart/lines", units="3")
    guest.go(f"/checkout/{here.round_id}?point={here.point_id}")
    return guest


def place(guest: Visitor, here: World, status: int = 200) -> Visitor:
    """Send the order form."""
    return guest.send(
        f"/checkout/{here.round_id}", status, name="สมศรี", phone="081-234-5678",
        email="somsri@talad.example",
    )  # fmt: skip


def counts() -> tuple[int, int]:
    """Orders, and units reserved."""
    with reading() as session:
        orders = session.scalar(text("SELECT count(*) FROM orders"))
        reserved = session.scalar(text("SELECT sum(reserved_units) FROM round_offer"))
        assert broken_promises(session) == ()
    return int(orders or 0), int(reserved or 0)


@pytest.mark.slow
def test_a_web_process_killed_inside_an_order_loses_and_doubles_nothing(
    committed: Flask, settings: Mapping[str, str], start: Start, port: int
) -> None:
    here = world()
    server = serve(start, port)
    guest = at_checkout(port, here)

    # Somebody holds the offers' rows: the order waits there, inside its transaction.
    url = settings["DATABASE_URL"].replace("+psycopg", "")
    with psycopg.connect(url) as holder:
        holder.execute("SELECT 1 FROM round_offer FOR UPDATE")
        sending = threading.Thread(target=_send_and_lose, args=(guest, here))
        sending.start()
        wait_until(lambda: _somebody_waits(holder))
        kill(server)
        sending.join(60)
    wait_until(lambda: counts() == (0, 0))

    serve(start, port)
    assert place(guest, here).path.startswith("/orders/")
    assert counts() == (1, 3)


def _send_and_lose(guest: Visitor, here: World) -> None:
    try:
        place(guest, here)
    except (OSError, AssertionError):
        return  # the connection died with the server: the buyer sees no answer


def _somebody_waits(holder: psycopg.Connection) -> bool:
    row = holder.execute(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND wait_event_type = 'Lock'"
    ).fetchone()
    return bool(row and row[0])


@pytest.mark.slow
def test_the_same_form_sent_again_after_a_kill_makes_one_order(
    committed: Flask, start: Start, port: int
) -> None:
    here = world()
    server = serve(start, port)
    guest = at_checkout(port, here)
    form = guest.form(f"/checkout/{here.round_id}")
    typed = form.fields | {"name": "สมศรี", "phone": "081-234-5678", "email": "a@talad.example"}
    first = guest.network.post(form.action, typed)
    kill(server)

    serve(start, port)
    second = guest.network.post(form.action, typed)

    assert first.status == second.status == 200
    assert first.url == second.url
    assert counts() == (1, 3)


@pytest.mark.slow
def test_a_worker_killed_while_it_matches_is_replaced_and_publishes_once(
    committed: Flask, settings: Mapping[str, str], start: Start
) -> None:
    from market.matching.flows import match_round
    from market.overviews.play.flows import place_orders
    from market.overviews.sample import load_sample_if_empty, sample_round_ids

    with transaction() as session:
        load_sample_if_empty(session)
    with reading() as session:
        round_id = sample_round_ids(session)[0]
    place_orders(round_id, 200, Random(5), now=utc_now())
    with transaction() as session:
        close_early(session, round_id, actor="user:1", reason="ทดสอบ", now=utc_now())

    worker = start("-c", _MATCH.format(round_id=round_id))
    wait_until(lambda: _run_states(round_id) == ["running"])
    kill(worker)
    assert _run_states(round_id) == ["running"], "it was killed too late to test anything"

    assert not match_round(round_id, now=utc_now()), "the lease still holds"
    assert match_round(round_id, now=utc_now() + timedelta(minutes=30))
    states = _run_states(round_id)
    assert states.count("solved") == 1
    assert "running" not in states
    with reading() as session:
        assert broken_promises(session) == ()


_MATCH = """
from datetime import UTC, datetime
from wsgi import app
from market.matching.flows import match_round
with app.app_context():
    match_round({round_id}, now=datetime.now(UTC))
"""


def _run_states(round_id: int) -> list[str]:
    with transaction() as session:
        return list(
            session.scalars(
                text("SELECT state FROM match_run WHERE round_id = :id ORDER BY id"),
                {"id": round_id},
            )
        )
