"""Processes killed with -9 at the worst moment: nothing is lost, nothing is done twice."""

import socket
import subprocess
import threading
from collections.abc import Mapping

import pytest
from flask import Flask
from sqlalchemy import text

from market.db import reading, transaction
from market.overviews.audit.queries import broken_promises
from tests.stories.processes import Hold, Start, kill, wait_until
from tests.stories.visitor import OverHttp, Visitor
from tests.stories.world import World, make_world


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
    with Hold(settings["DATABASE_URL"], "round_offer", "ROW EXCLUSIVE") as held:
        held.holder.execute("SELECT 1 FROM round_offer FOR UPDATE")
        sending = threading.Thread(target=_send_and_lose, args=(guest, here))
        sending.start()
        wait_until(held.somebody_waits)
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
