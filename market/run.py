"""`make run`: the whole market on one machine, in one supervised group.

Servers, migrations and samples, then web, worker and beat. A part that ends by itself is reported
and started again; Ctrl-C or SIGTERM stops everything in order and leaves the data.
"""

import fcntl
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import FrameType
from typing import IO
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

from config import Config
from config.values import ConfigError
from market import local
from market.embedded.attach import run_folder
from market.parts import LogWatch, Part

LOOK_SECONDS = 0.25
READY_SECONDS = 240  # on a slow machine; a part that ends is seen at once
WORDS = {"postgres": "PostgreSQL", "valkey": "Valkey"}


class Stopped(Exception):
    """Somebody asked us to stop."""


class Group:
    """The running parts and the servers under them."""

    def __init__(self, parts: list[Part], watches: list[LogWatch], port: int) -> None:
        self.parts, self.watches, self.port = parts, watches, port

    def start(self) -> None:
        """Start every part and wait until the web answers; raises LocalError."""
        for part in self.parts:
            part.start()
        deadline = time.monotonic() + READY_SECONDS
        while not _web_answers(self.port):
            self.look()
            if time.monotonic() > deadline:
                raise local.LocalError(f"the web server does not answer; see {self.parts[0].log}")
            time.sleep(0.1)

    def watch(self) -> None:
        """Look after the parts until told to stop; raises LocalError when one does not stay up."""
        while True:
            self.look()
            time.sleep(LOOK_SECONDS)

    def look(self) -> None:
        """Report and mend what has ended since the last look."""
        for watch in self.watches:
            for line in watch.new_warnings():
                say(f"{watch.name}: {line}")
        self._look_at_servers()
        for part in self.parts:
            report = part.mend()
            if report:
                say(report)

    def _look_at_servers(self) -> None:
        """Their keepers restart the servers and say so in a log; only a lost keeper is for us."""
        for server in local.attached():
            if not server.has_keeper():
                say(f"{WORDS[server.name]} was lost and is started again; see {server.home}/log")
                local.revive(server.name)

    def stop(self) -> None:
        """Stop the parts, the web first: who takes no more orders rings no more bells."""
        for part in self.parts:
            part.ask_to_stop()
        for part in self.parts:
            part.wait_until_stopped()


def say(words: str) -> None:
    """Tell the person at the terminal."""
    print(words, flush=True)


def make_parts(settings: Mapping[str, str], home: Path, host: str, port: int) -> list[Part]:
    """Web, worker and beat, in the order they start and stop."""
    env = {**settings, local.PREPARED: "1", "C_FORCE_ROOT": "1", "PYTHONUNBUFFERED": "1"}
    python = [sys.executable, "-m"]
    celery = [*python, "celery", "--quiet", "--app"]
    web = [
        *(*python, "granian", "--interface", "wsgi", "--host", host, "--port", str(port)),
        *("--workers", "2", "--blocking-threads", "2", "--respawn-failed-workers"),
        *("--workers-kill-timeout", "10", "--no-ws", "--log-level", "warning", "wsgi:app"),
    ]
    worker = [
        *(*celery, "workers.app", "worker", "--concurrency", "2"),
        *("--queues", "default,match,reports", "--loglevel", "INFO"),
        *("--without-gossip", "--without-mingle"),
    ]
    schedule = str(home / "run" / "beat-schedule")
    beat = [
        *(*celery, "workers.beat", "beat", "--schedule", schedule, "--pidfile", ""),
        *("--loglevel", "WARNING"),
    ]
    logs = home / "log"
    logs.mkdir(mode=0o700, exist_ok=True)
    commands = {"web": web, "worker": worker, "beat": beat}
    return [Part(name, command, env, logs / f"{name}.log") for name, command in commands.items()]


def check_address(env: Mapping[str, str]) -> tuple[str, int]:
    """HOST and PORT, free to listen on; raises LocalError with the way out."""
    host, text = env.get("HOST") or "127.0.0.1", env.get("PORT") or "8000"
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise local.LocalError(f"PORT is {text!r}. Set it to a number from 1 to 65535.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, int(text)))
        except OSError as failure:
            raise local.LocalError(
                f"{host}:{text} cannot be used ({failure.strerror}). Choose another port: "
                "PORT=8001 make run"
            ) from failure
    return host, int(text)


def run(env: Mapping[str, str]) -> None:
    """Run the market until Stopped is raised; LocalError or ConfigError say why it cannot."""
    if env.get("MARKET_ENV", "development") != "development":
        raise local.LocalError("`make run` is for development; docs/operate.md is for production.")
    host, port = check_address(env)
    home = Path(env.get("MARKET_HOME") or "var").absolute()
    with _only_one(home):
        say("Starting PostgreSQL and Valkey ...")
        settings = local.environment(env)
        config = Config.from_env(settings)
        say("Bringing the database up to date ...")
        prepare_with(config)
        parts = make_parts(settings, home, host, port)
        watches = [LogWatch(part.name, part.log) for part in parts]
        watches.append(LogWatch("servers", home / "log" / "servers.log"))
        group = Group(parts, watches, port)
        try:
            group.start()
            _welcome(config, port, home)
            group.watch()
        finally:
            say("Stopping ...")
            group.stop()


def prepare_with(config: Config) -> None:
    """Migrations and samples, through an application of our own."""
    from market.app import create_app
    from market.db import db

    app = create_app(config)
    local.prepare(app)
    with app.app_context():
        db.engine.dispose()  # the supervisor itself needs no connection


def _only_one(home: Path) -> IO[str]:
    lock = (run_folder(home) / "supervisor").open("a")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise local.LocalError(
            f"The market of {home} already runs. For a second one: MARKET_HOME=... PORT=8001 "
            "make run"
        ) from None
    return lock


def _web_answers(port: int) -> bool:
    try:
        with build_opener(ProxyHandler({})).open(
            f"http://127.0.0.1:{port}/healthz", timeout=2
        ) as answer:
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False


def _welcome(config: Config, port: int, home: Path) -> None:
    from market.overviews.sample import SAMPLE_ACCOUNTS

    say(f"\nThe market is open: {config.public_url or f'http://localhost:{port}'}")
    say("Sample accounts (ข้อมูลตัวอย่าง):")
    for role, login, password in SAMPLE_ACCOUNTS:
        say(f"  {login:<28} {password:<14} {role}")
    say(f"Data and logs: {home}. Ctrl-C stops everything and keeps the data.\n")


def _on_signal(handler: Callable[[], None]) -> None:
    def handle(_signal: int, _frame: FrameType | None) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)  # stopping is under way; it ends by itself
        handler()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, handle)


def _raise_stopped() -> None:
    raise Stopped


def main() -> int:
    """The exit status: 0 when asked to stop, 1 when something is wrong."""
    _on_signal(_raise_stopped)
    try:
        run(os.environ)
    except Stopped:
        local.stop_started()
        say("Stopped; the data is kept.")
    except (ConfigError, local.LocalError) as wrong:
        print(str(wrong), file=sys.stderr, flush=True)
        return 1
    finally:
        local.stop_started()
    return 0


if __name__ == "__main__":
    sys.exit(main())
