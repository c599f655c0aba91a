"""Development without installing anything: servers, secrets, migrations, sample data.

In production every function here does nothing: settings are required, and migrations are run
by the operator (docs/operate.md).
"""

import atexit
import fcntl
import json
import logging
import os
import secrets
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from types import FrameType
from urllib.parse import quote

import psycopg
from flask import Flask
from psycopg import sql

from market.embedded import Attachment, LocalError, attach
from market.embedded.programs import DATABASE_USER

__all__ = ["LocalError", "compile_translations", "environment", "prepare", "stop_started"]

ROOT = Path(__file__).resolve().parent.parent
PREPARED = "MARKET_PREPARED"  # set for the children of `make run`, which has done all this
DATABASE = "market"

logger = logging.getLogger(__name__)
_attached: dict[str, Attachment] = {}


def environment(env: Mapping[str, str]) -> dict[str, str]:
    """The settings to use: in production those given; in development what is missing is made.

    Starts or attaches to the servers of MARKET_HOME unless their address is given, and keeps
    secrets in MARKET_HOME/secrets.json. Raises LocalError.
    """
    settings = dict(env)
    if settings.get("MARKET_ENV", "development") != "development" or settings.get(PREPARED):
        return settings
    home = Path(settings.get("MARKET_HOME") or "var").absolute()
    settings["MARKET_HOME"] = str(home)
    own = _own_secrets(home)
    for name in ("SECRET_KEY", "PASSWORD_SALT", "TOTP_SECRETS"):
        settings[name] = settings.get(name) or own[name.lower()]
    if not settings.get("DATABASE_URL"):
        settings["DATABASE_URL"] = database_url(home, DATABASE)
    if not settings.get("REDIS_URL"):
        settings["REDIS_URL"] = redis_url(home)
    return settings


def database_url(home: Path, database: str) -> str:
    """The address of a database on the embedded PostgreSQL of `home`; both made when needed.

    Its character type is the one initdb found (market/embedded/programs.py).
    """
    password = quote(_own_secrets(home)["postgres_password"])
    server = f"postgresql://{DATABASE_USER}:{password}@127.0.0.1:{_use('postgres', home).port}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(1)")  # two processes may start at once
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database])
        if known.fetchone() is None:
            make = sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(database))
            connection.execute(make)
    return f"{server}/{database}"


def redis_url(home: Path, number: int = 0) -> str:
    """The address of logical database `number` on the embedded Valkey of `home`."""
    password = quote(_own_secrets(home)["valkey_password"])
    return f"redis://:{password}@127.0.0.1:{_use('valkey', home).port}/{number}"


def attached() -> list[Attachment]:
    """The embedded servers this process uses."""
    return list(_attached.values())


def stop_started() -> None:
    """Leave the embedded servers; they stop when nobody else uses them."""
    while _attached:
        _attached.popitem()[1].leave()


def revive(name: str) -> None:
    """Get a new keeper for a server whose keeper was killed; raises LocalError when it cannot.

    Addresses were handed out, so the server must come back on its old port.
    """
    lost = _attached.pop(name)
    fresh = _use(name, lost.home)
    lost.leave()
    if fresh.port != lost.port:
        raise LocalError(f"{name} came back on another port; start the market again")


def prepare(app: Flask) -> None:
    """Bring the database up to date and load the samples once; development only.

    One process at a time; the others wait and then find it done.
    """
    config = app.extensions["market_config"]
    if not config.is_development or os.environ.get(PREPARED):
        return
    home: Path = config.market_home
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (home / "prepare.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        compile_translations(ROOT / "market" / "translations")
        _migrate(app)
        _load_samples(app)


def compile_translations(folder: Path) -> list[Path]:
    """Compile each catalogue that is newer than its compiled form; returns those compiled."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    compiled = []
    for source in sorted(folder.glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime_ns > source.stat().st_mtime_ns:
            continue
        with source.open("rb") as file:
            catalogue = read_po(file, locale=source.parts[-3], domain=source.stem)
        fresh = target.with_suffix(f".{os.getpid()}")
        with fresh.open("wb") as file:
            write_mo(file, catalogue)
        fresh.replace(target)  # a running web process must never read half a catalogue
        compiled.append(target)
    return compiled


def _use(name: str, home: Path) -> Attachment:
    if name not in _attached:
        if not _attached:
            atexit.register(stop_started)
            _leave_on_sigterm()
        _attached[name] = attach(name, home)
        _say_where(home, name)
    return _attached[name]


def _leave_on_sigterm() -> None:
    """Without a handler of its own a terminated process skips atexit; give it one."""
    if signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        return
    try:
        signal.signal(signal.SIGTERM, _exit_quietly)
    except ValueError:  # not the main thread: the lock goes with the process anyway
        return


def _exit_quietly(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(143)


def _say_where(home: Path, name: str) -> None:
    folder = _attached[name].folder
    if name == "postgres" and home not in folder.parents:
        logger.warning(
            "The databases' account cannot reach %s: their files are in %s", home, folder
        )


def _own_secrets(home: Path) -> dict[str, str]:
    """The secrets of this home, made on first use and readable by this account only."""
    try:
        home.mkdir(mode=0o711, parents=True, exist_ok=True)
        with (home / "secrets.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            path = home / "secrets.json"
            if not path.exists():
                _write_secrets(path)
            return dict(json.loads(path.read_text()))
    except OSError as failure:
        raise LocalError(
            f"{failure.filename}: {failure.strerror}. Set MARKET_HOME to a folder of yours; if "
            "the market once ran as root here, give the folder back with chown -R."
        ) from failure


def _write_secrets(path: Path) -> None:
    names = ("secret_key", "password_salt", "postgres_password", "valkey_password")
    values = {name: secrets.token_urlsafe(36) for name in names}
    values["totp_secrets"] = f"1:{secrets.token_urlsafe(36)}"
    values["home_id"] = secrets.token_hex(6)
    fresh = path.with_suffix(".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(values, file, indent=1)
    fresh.replace(path)


def _migrate(app: Flask) -> None:
    from flask_migrate import upgrade

    with app.app_context():
        upgrade(directory=str(ROOT / "market" / "migrations"))


def _load_samples(app: Flask) -> None:
    from market.clock import utc_now
    from market.db import transaction
    from market.overviews.sample import PAST, load_sample_if_empty

    with app.app_context():
        with transaction() as session:
            fresh = load_sample_if_empty(session, past=PAST)
        if fresh:
            from market.matching.flows import match_round  # loads the solver
            from market.overviews.play.past import play_past

            play_past(match=lambda round_id, now: match_round(round_id, now=now), now=utc_now())


if __name__ == "__main__":
    compile_translations(ROOT / "market" / "translations")
