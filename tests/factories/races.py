"""Several at the same moment: threads with transactions of their own."""

import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Flask
from sqlalchemy import text

from market.db import db, transaction
from market.errors import MarketError


def together(app: Flask, *tasks: Callable[[], Any]) -> list[Any]:
    """Run the tasks in threads that start at the same moment; their results or errors."""
    barrier = threading.Barrier(len(tasks))
    results: list[Any] = [None] * len(tasks)

    def run(number: int) -> None:
        with app.app_context():
            barrier.wait()
            try:
                results[number] = tasks[number]()
            except Exception as error:
                results[number] = error
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(tasks))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


def each_said(app: Flask, *acts: Callable[..., Any]) -> list[str]:
    """What became of acts (given a session) at the same moment, sorted: done, or why not."""

    def said(act: Callable[..., Any]) -> str:
        try:
            with transaction() as session:
                act(session)
        except MarketError as refusal:
            return refusal.code
        return "done"

    found = together(app, *[partial(said, act) for act in acts])
    assert all(isinstance(one, str) for one in found), found
    return sorted(found)


def wait_until_somebody_waits(seconds: float = 60) -> None:
    """Until another transaction is held up by a lock."""
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        " AND datname = current_database()"
    )
    with db.engine.connect() as connection:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if connection.execute(waiting).scalar_one():
                return
            connection.rollback()
            time.sleep(0.02)
    raise AssertionError("nobody waits")
