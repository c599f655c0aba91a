"""A worker helps a match that another process runs: takes pieces, solves, answers."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from market.db import transaction
from market.matching.commands.pieces import Taken, answer_piece, hold_piece, read_task, take_piece
from market.matching.engine.plan import Unsolvable
from market.matching.engine.solver import WORKS
from market.matching.flows.crew import kit
from market.matching.flows.heart import Heart, Lost, patiently
from market.matching.packing import pack, unpack
from market.matching.rules import LEASE

#: After this long other tasks of the queue have their turn.
TURN_SECONDS = 20.0
logger = logging.getLogger(__name__)


def help_match(run_id: int, *, clock: Callable[[], datetime], turn: float = TURN_SECONDS) -> bool:
    """Solve pieces of a running match; True when the turn is over before the pieces are.

    Safe to run anywhere, any number of times at once, and to be killed: the row of the piece
    in hand is free again when its lease runs out.
    """
    end = time.monotonic() + turn
    while time.monotonic() < end:
        with transaction() as session:
            now = clock()
            taken = take_piece(session, run_id, kit=kit(), now=now, until=now + LEASE)
            task = read_task(session, taken.id) if taken else b""
        if taken is None:
            return False
        _solve(taken, task, clock)
    return True


def _solve(taken: Taken, task: bytes, clock: Callable[[], datetime]) -> None:
    """Solve the tasks of a piece and answer; nothing is said about a piece that is lost."""

    def beat(session: Session) -> bool:
        return hold_piece(session, taken.id, until=clock() + LEASE)

    result, error = None, None
    try:
        with Heart(beat) as heart:
            results = []
            for one in unpack(task):
                heart.check()
                results.append(WORKS[taken.work](one))
            result = pack(results)
    except Lost:
        logger.info("piece %s is no longer wanted", taken.id)
        return
    except Unsolvable as failure:
        error = str(failure) or "no answer"
    patiently(lambda session: answer_piece(session, taken.id, result=result, error=error))
