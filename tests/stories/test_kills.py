"""Processes killed with -9 at the worst moment: nothing is lost, nothing is done twice."""

import socket
import subprocess
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import func, select

from market.db import reading, transaction
from market.orders.models import CartLine, Order, Reservation
from market.overviews.audit.queries import broken_promises
from market.rounds.models import RoundOffer
from tests.stories.processes import Hold, Start, kill, wait_until
from tests.stories.visitor import Form, OverHttp, Visitor
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


def filled_in(port: int, here: World) -> tuple[OverHttp, Form]:
    """A guest with three bags in the basket, and the order form as it would be sent."""
    network = OverHttp(f"http://127.0.0.1:{port}")
    guest = Visitor(network)
    guest.go(f"/goods/{here.product_code}").send("/cart/lines", units="3")
    guest.go(f"/checkout/{here.round_id}?point={here.point_id}")
    form = guest.form(f"/checkout/{here.round_id}")
    form.fields |= {"name": "สมศรี", "phone": "081-234-5678", "email": "somsri@talad.example"}
    return network, form


def state() -> list[int]:
    """Orders, held units, counted units, wishes in baskets; every promise is kept."""
    with reading() as session:
        assert broken_promises(session) == ()
        return [
            session.scalar(select(func.count()).select_from(Order)) or 0,
            session.scalar(select(func.sum(Reservation.units))) or 0,
            session.scalar(select(func.sum(RoundOffer.reserved_units))) or 0,
            session.scalar(select(func.count()).select_from(CartLine)) or 0,
        ]


@pytest.mark.slow
def test_killed_inside_an_order_and_after_it_nothing_is_lost_or_doubled(
    committed: Flask, settings: Mapping[str, str], start: Start, port: int
) -> None:
    here = world()
    server = serve(start, port)
    guest, form = filled_in(port, here)

    # Somebody holds the offers' rows: the order waits there, inside its transaction.
    with (
        Hold(settings["DATABASE_URL"], "round_offer", "ROW EXCLUSIVE") as held,
        ThreadPoolExecutor(1) as pool,
    ):
        held.holder.execute("SELECT 1 FROM round_offer FOR UPDATE")
        sent = pool.submit(guest.post, form.action, form.fields)
        wait_until(held.somebody_waits)
        kill(server)
        assert isinstance(sent.exception(timeout=60), OSError), "the buyer sees no answer"
    wait_until(lambda: state() == [0, 0, 0, 1])

    server = serve(start, port)
    first, second = (guest.post(form.action, form.fields) for _ in range(2))
    kill(server)
    serve(start, port)
    third = guest.post(form.action, form.fields)

    assert "/orders/" in first.url
    assert {(answer.status, answer.url) for answer in (first, second, third)} == {(200, first.url)}
    assert state() == [1, 3, 3, 0]
