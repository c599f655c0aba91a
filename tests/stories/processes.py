"""Programs of the market in processes of their own, and how they are killed and waited for."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psycopg

ROOT = Path(__file__).resolve().parents[2]
Start = Callable[..., subprocess.Popen[bytes]]


@contextmanager
def starter(settings: Mapping[str, str]) -> Iterator[Start]:
    """Start programs with these settings; all are killed at the end."""
    started: list[subprocess.Popen[bytes]] = []

    def start_one(*command: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, *command], cwd=ROOT, env=dict(settings), start_new_session=True
        )
        started.append(process)
        return process

    try:
        yield start_one
    finally:
        for process in started:
            kill(process)


def kill(process: subprocess.Popen[bytes]) -> None:
    """kill -9 for a process and all its children."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(60)


def wait_until(done: Callable[[], bool], seconds: float = 180) -> None:
    """Look again and again; fail after so many seconds."""
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.05)  # looking costs the one that is waited for


class Hold:
    """A table that nobody else can read or write until it is let go; weaker modes hold less."""

    def __init__(self, url: str, table: str, mode: str = "ACCESS EXCLUSIVE") -> None:
        self.holder = psycopg.connect(url.replace("+psycopg", ""))
        self.holder.execute(f"LOCK TABLE {table} IN {mode} MODE")

    def __enter__(self) -> Hold:
        return self

    def __exit__(self, *_error: object) -> None:
        self.holder.close()

    def somebody_waits(self) -> bool:
        """Does somebody in the database wait for a lock?"""
        self.holder.execute("SELECT pg_stat_clear_snapshot()")  # a transaction sees but one
        row = self.holder.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND wait_event_type = 'Lock'"
        ).fetchone()
        return bool(row and row[0])

    def let_go(self) -> None:
        """Keep what was written meanwhile, and let the others in."""
        self.holder.commit()
