"""A thread that says "still at it" while the solver works, and hears when that is in vain."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from threading import Event, Thread
from types import TracebackType
from typing import TypeVar

import psycopg
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session

from market.db import beside, transaction
from market.matching.rules import BEAT

T = TypeVar("T")
AWAY = (OperationalError, psycopg.OperationalError)
#: Seconds between tries while the database is away; it restarts in less than half a minute.
PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0)
logger = logging.getLogger(__name__)


class Lost(Exception):
    """The work is no longer ours: cancelled, or taken over by another worker."""


class Heart(AbstractContextManager["Heart"]):
    """Calls ``beat`` in a transaction of its own every few seconds until the end of the block.

    beat answers whether the work is still wanted; a database that is away is asked again.
    """

    def __init__(self, beat: Callable[[Session], bool], pace: float = BEAT.total_seconds()) -> None:
        self._beat, self._pace, self._open = beat, pace, beside()
        self._lost, self._stop = Event(), Event()
        self._failure: Exception | None = None
        self._thread = Thread(target=self._live, name="heart", daemon=True)

    def __enter__(self) -> Heart:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join()

    def check(self) -> None:
        """Raise Lost where the work is no longer wanted, and whatever stopped the heart."""
        if self._failure is not None:
            raise self._failure
        if self._lost.is_set():
            raise Lost

    def _live(self) -> None:
        while not self._stop.wait(self._pace):
            try:
                with self._open() as session:
                    wanted = self._beat(session)
            except (DBAPIError, psycopg.Error) as failure:
                logger.warning("a sign of life was not heard: %s", failure)
                continue
            except Exception as failure:  # a mistake of ours: the solve must not outlive its heart
                self._failure = failure
                return
            if not wanted:
                self._lost.set()
                return


def patiently(step: Callable[[Session], T]) -> T:
    """One transaction, again while the database is away. The step must bear being done twice.

    Raises OperationalError when it stays away.
    """
    for pause in PAUSES:
        try:
            with transaction() as session:
                return step(session)
        except AWAY as failure:
            logger.warning("the database is away, again in %s s: %s", pause, failure)
            time.sleep(pause)
    with transaction() as session:
        return step(session)
