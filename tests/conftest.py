"""Every test's ground: the real PostgreSQL built by the migrations, the real Valkey.

`session`    a session in a transaction that is rolled back; commits inside become savepoints,
             and requests of `client` see what the test wrote
`committed`  real commits, for threads and several processes; every table is emptied afterwards
`client`     a browser without scripts; each request has an app context of its own
`app`        the application; form tokens are off (the fixture `csrf` turns them on)
`chromium`   the browser's path, for tests marked `browser`
`celery`     the worker's application on the same database
"""

import os
import shutil
from collections.abc import Iterator, Mapping
from contextvars import Context
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from jinja2 import FileSystemBytecodeCache
from psycopg import sql
from sqlalchemy.orm import Session
from xdist.scheduler import LoadScopeScheduling

from config import Config
from market import local
from market.db import db
from tests.database import (
    db_run,
    empty_tables,
    filled_tables,
    forget_power_cuts,
    keep_plans_steady,
    make_database,
    outer_transaction,
    session_on,
    sweeper,
)

# By itself an example may take 0.2 s by the clock: a busy machine would fail it.
hypothesis_settings.register_profile(
    "market", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.load_profile("market")

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
NEEDS_DATABASE = {"settings", "app", "session", "committed", "client", "celery"}
TOGETHER = {
    "tests/overviews/test_search.py", "tests/test_architecture.py", "tests/test_translations.py",
}  # fmt: skip
#: Argon2 as the market uses it takes 0.17 s of processor time a try, on purpose.
QUICK_HASHES = {"argon2__time_cost": 1, "argon2__memory_cost": 64, "argon2__parallelism": 1}


def pytest_itemcollected(item: pytest.Item) -> None:
    """`pytest -m "not db"` is the fast loop: no server is started."""
    if NEEDS_DATABASE & set(getattr(item, "fixturenames", ())):
        item.add_marker(pytest.mark.db)


class OneMarket(LoadScopeScheduling):
    """Tests go to whoever is free, but people with browsers walk through one market, in turn.

    It is slow to open. Some files read much once for all their tests and stay together, too.
    (The plugin's own groups do not work with this pytest: they change a name that is no longer
    read.)
    """

    def _split_scope(self, nodeid: str) -> str:
        if nodeid.startswith("tests/browser/"):
            return "market"
        file = nodeid.partition("::")[0]
        return file if file in TOGETHER else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> OneMarket:
    """How tests are shared out when they run side by side."""
    return OneMarket(config, log)


def find_chromium() -> str | None:
    """The Chromium for the browser tests: CHROMIUM, or the first one on the PATH."""
    named = os.environ.get("CHROMIUM")
    return named or next(filter(None, map(shutil.which, BROWSERS)), None)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """A browser test without a browser is skipped, and the closing lines say so loudly."""
    if item.get_closest_marker("browser") and find_chromium() is None:
        pytest.skip("no Chromium")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was not looked at."""
    skipped = terminalreporter.getreports("skipped")
    if any("no Chromium" in str(report.longrepr) for report in skipped):
        terminalreporter.section("THE BROWSER TESTS DID NOT RUN", sep="!", red=True, bold=True)
        terminalreporter.line(
            "No Chromium was found. Install one (apt-get install chromium) or set CHROMIUM=/path."
        )


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of the browser for Playwright's `executable_path`."""
    path = find_chromium()
    if path is None:
        pytest.skip("no Chromium")
    return path


class OwnContextClient(FlaskClient):
    """Sends each request in a fresh context, as a server does.

    Flask would otherwise share the test's app context, and with it `g`, the signed-in user and
    the database session.
    """

    def open(self, *args: Any, **kwargs: Any) -> Any:
        """Send one request."""
        return Context().run(super().open, *args, **kwargs)


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment of this run: own database, own logical Redis database, own files."""
    home = Path(os.environ.get("MARKET_HOME", "var")).absolute() / "test"
    env = local.environment(dict(os.environ) | {"MARKET_HOME": str(home)})
    server = env["DATABASE_URL"].replace("+psycopg", "").rsplit("/", 1)[0]
    database = f"test_{os.getpid()}"
    if not os.environ.get("DATABASE_URL"):
        forget_power_cuts(f"{server}/postgres")
    make_database(f"{server}/postgres", database)
    redis = env["REDIS_URL"].rsplit("/", 1)[0]
    yield env | {
        "DATABASE_URL": f"{server}/{database}",
        "REDIS_URL": f"{redis}/{redis_number()}",
        "MARKET_HOME": str(tmp_path_factory.mktemp("home")),
        local.PREPARED: "1",
    }
    db_run(f"{server}/postgres", sql.SQL("DROP DATABASE {} WITH (FORCE)"), database)
    local.stop_started()


def redis_number() -> int:
    """A logical database of this process' own: its number among those side by side, else any."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "").removeprefix("gw")
    return (int(worker) if worker else os.getpid()) % 15 + 1


@pytest.fixture(scope="session")
def config(settings: Mapping[str, str]) -> Config:
    """The settings as the application reads them."""
    return Config.from_env(settings)


@pytest.fixture(scope="session")
def _app(config: Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """One application for the run, on a database built by the migrations."""
    from flask_migrate import upgrade

    from market.accounts.security import LIBRARY
    from market.app import create_app

    local.compile_translations(local.ROOT / "market" / "translations")
    LIBRARY["SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS"] = QUICK_HASHES
    app = create_app(config)
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    app.test_client_class = OwnContextClient
    app.jinja_env.bytecode_cache = compiled_templates(tmp_path_factory.getbasetemp())
    with app.app_context():
        upgrade(directory=str(local.ROOT / "market" / "migrations"))
        with db.engine.begin() as connection:
            keep_plans_steady(connection)
            assert filled_tables(connection) == []  # or `empty_tables` would have to keep them
    yield app
    with app.app_context():
        for engine in (*db.engines.values(), sweeper(db.engine.url)):
            engine.dispose()


def compiled_templates(folder: Path) -> FileSystemBytecodeCache:
    """What templates are compiled to, for all applications of this run, side by side too."""
    shared = folder.parent if os.environ.get("PYTEST_XDIST_WORKER") else folder
    (shared / "templates").mkdir(mode=0o700, exist_ok=True)
    return FileSystemBytecodeCache(str(shared / "templates"))


@pytest.fixture
def app(_app: Flask, config: Config) -> Flask:
    """The application, with counters and rate limits at zero."""
    import redis

    from market.limits import limiter

    limiter._storage_dead = False  # one slow answer, and counting went on in memory
    with redis.Redis.from_url(config.redis_url) as client:
        client.flushdb()
    return _app


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    """A session whose commits are savepoints of a transaction that is rolled back."""
    with app.app_context(), outer_transaction() as connection, session_on(connection) as session:
        yield session


@pytest.fixture
def committed(app: Flask, request: pytest.FixtureRequest) -> Iterator[Flask]:
    """The application for tests that really commit, inside an app context; emptied afterwards."""
    if "session" in request.fixturenames:
        raise pytest.UsageError("ask for `session` or for `committed`, not for both")
    with app.app_context():
        yield app
        db.session.remove()
        empty_tables()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without scripts and without cookies yet."""
    return app.test_client()


@pytest.fixture
def csrf(app: Flask) -> Iterator[None]:
    """Form tokens are checked, as in production."""
    app.config["WTF_CSRF_ENABLED"] = True
    yield
    app.config["WTF_CSRF_ENABLED"] = False


@pytest.fixture(scope="session")
def celery(settings: Mapping[str, str]) -> Any:
    """The worker's Celery application, with every task module loaded; nothing runs by itself."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in settings.items():
            patch.setenv(name, value)
        from workers.app import app as worker
    worker.loader.import_default_modules()
    return worker
