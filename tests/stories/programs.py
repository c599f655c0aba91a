"""The market's work in a process of its own, started with ``-c`` and killed in the middle of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from functools import cache

from sqlalchemy import select

from market.clock import utc_now
from market.db import db, transaction
from market.matching.models import MatchPiece, MatchRun
from market.matching.rules import PieceState, RunState
from tests.factories.bare import bare_app


def match(round_id: int, call: Callable[[int], object] = lambda _run_id: None) -> None:
    """Match as the worker does, everything shared in small pieces; call: once they are up."""
    from market.matching.flows import Spread, match_round

    with bare_app().app_context():
        shared = Spread(from_lines=0, light=0, worth=0, heap=1, call=call)
        match_round(round_id, now=utc_now(), spread=shared)


def for_ever(_run_id: int) -> None:
    """A call after which nothing happens any more."""
    time.sleep(600)


@cache  # whoever is called once more for the same run goes on at once
def until_one_is_taken(_run_id: int) -> None:
    """A call that comes back when somebody has taken a piece."""
    taken = select(MatchPiece.id).where(MatchPiece.state == PieceState.TAKEN)
    found = None
    while found is None:
        time.sleep(0.05)
        with db.engine.connect() as connection:
            found = connection.execute(taken).first()


def take_a_piece() -> None:
    """Wait for a running match, take one of its pieces for five seconds and never solve it."""
    from market.matching.commands.pieces import take_piece
    from market.matching.flows.crew import kit

    taken = None
    with bare_app().app_context():
        while taken is None:
            time.sleep(0.05)
            now = utc_now()
            with transaction() as session:
                run_id = session.scalar(
                    select(MatchRun.id).where(MatchRun.state == RunState.RUNNING)
                )
                until = now + timedelta(seconds=5)
                taken = take_piece(session, run_id or 0, kit=kit(), now=now, until=until)
        time.sleep(600)


def publish(run_id: int) -> None:
    """Send a solved match to the groups."""
    from market.matching.commands import publish_run

    with bare_app().app_context(), transaction() as session:
        publish_run(session, run_id, actor="user:1", now=utc_now())


def said(call: str) -> tuple[str, str]:
    """The arguments for Python that call one of these."""
    return "-c", f"from tests.stories.programs import *; {call}"
