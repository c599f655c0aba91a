"""The embedded servers: shared, restarted, never left behind, never taken away."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from market import local
from market.embedded import LocalError, attach
from market.embedded.account import Account, choose_place
from market.embedded.attach import run_folder

USE_BOTH = """
import sys
from market import local
env = local.environment({"MARKET_HOME": sys.argv[1]})
print(env["DATABASE_URL"], env["REDIS_URL"], env["SECRET_KEY"], flush=True)
sys.stdin.read()
"""


@pytest.fixture
def home() -> Iterator[Path]:
    """A MARKET_HOME that the servers' account can reach, removed afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="market-test-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def start(home: Path) -> Iterator[Callable[[], subprocess.Popen[str]]]:
    """Start processes that use both servers until their input is closed."""
    started: list[subprocess.Popen[str]] = []

    def start_one() -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", USE_BOTH, str(home)],
            cwd=local.ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start_one
    for process in started:
        process.kill()
        process.communicate()
    wait_until(lambda: not keepers_of(home), "the keepers have left")


def test_servers_are_shared_stay_until_the_last_has_left_and_come_back_with_their_data(home, start):
    first, second = start(), start()  # at once
    both = addresses(first)
    assert addresses(second) == both
    database_url, redis_url, _ = both
    show(database_url, "CREATE TABLE kept AS SELECT 'ข้าว' AS name", fetch=False)

    first.kill()
    first.wait()
    time.sleep(0.5)
    assert show(database_url, "SELECT 1") == 1
    assert redis.Redis.from_url(redis_url).ping()

    second.kill()
    second.wait()
    wait_until(lambda: not keepers_of(home), "the servers stop after kill -9 of the last user")
    with pytest.raises(psycopg.OperationalError):
        show(database_url, "SELECT 1")

    assert addresses(start()) == both
    assert show(database_url, "SELECT name FROM kept") == "ข้าว"


def test_a_killed_server_and_a_killed_keeper_come_back_with_the_data(home, start):
    database_url, _, _ = addresses(start())
    show(database_url, "CREATE TABLE kept AS SELECT 7 AS number", fetch=False)

    killed = server_of(home)
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: server_of(home) not in (0, killed), "PostgreSQL is back")
    assert show(database_url, "SELECT number FROM kept") == 7

    os.kill(keepers_of(home)["postgres"], signal.SIGKILL)
    wait_until(lambda: "postgres" not in keepers_of(home), "the keeper is gone")
    addresses(start())  # whoever comes next starts it again
    wait_until(lambda: answers(database_url), "PostgreSQL is back")
    assert show(database_url, "SELECT number FROM kept") == 7


def test_thai_has_trigrams_sorts_by_code_and_opens_to_the_password_only(start):
    database_url, redis_url, _ = addresses(start())
    show(database_url, "CREATE EXTENSION pg_trgm", fetch=False)
    password = database_url.split(":")[2].split("@")[0]

    assert show(database_url, "SELECT cardinality(show_trgm('กข'))") > 0
    assert show(database_url, "SELECT datcollate FROM pg_database WHERE datname = 'market'") == "C"
    with pytest.raises(psycopg.OperationalError, match="password"):
        show(database_url.replace(password, "wrong"), "SELECT 1")
    with pytest.raises(redis.AuthenticationError):
        redis.Redis.from_url("redis://" + redis_url.partition("@")[2]).ping()


def test_secrets_are_for_this_account_only_and_stay(home):
    env = {"MARKET_HOME": str(home), "DATABASE_URL": "postgresql://x/y", "REDIS_URL": "redis://x"}

    first = local.environment(env)
    second = local.environment(env)

    assert first == second
    assert len(first["SECRET_KEY"]) >= 32
    assert (home / "secrets.json").stat().st_mode & 0o077 == 0


def test_given_addresses_are_used_and_nothing_is_started(home):
    env = {"MARKET_HOME": str(home), "DATABASE_URL": "postgresql://x/y", "REDIS_URL": "redis://x"}

    settings = local.environment(env)

    assert (settings["DATABASE_URL"], settings["REDIS_URL"]) == ("postgresql://x/y", "redis://x")
    assert not keepers_of(home)


def test_production_gets_no_help(home):
    env = {"MARKET_ENV": "production", "MARKET_HOME": str(home)}

    assert local.environment(env) == env
    assert list(home.iterdir()) == []


def test_a_server_that_cannot_start_says_why(home):
    run_folder(home)
    (home / "secrets.json").write_text(json.dumps({"home_id": "x", "postgres_password": "y"}))
    data = home / "server" / "postgres"
    data.mkdir(parents=True)
    (data / "something").write_text("in the way")

    with pytest.raises(LocalError, match=r"could not be made.*not empty|could not be made"):
        attach("postgres", home)


def test_a_folder_that_cannot_be_made_is_refused_with_the_way_out():
    with pytest.raises(LocalError, match="MARKET_HOME"):
        local.environment({"MARKET_HOME": "/proc/market"})


@pytest.mark.skipif(os.geteuid() != 0, reason="only root drops to another account")
def test_root_drops_to_an_account_and_loosens_no_folder(home):
    home.chmod(0o700)

    place = choose_place(home, f"test-{os.getpid()}")

    try:
        assert place.account.uid not in (None, 0)
        assert home not in place.folder.parents
        assert home.stat().st_mode & 0o777 == 0o700
        assert place.folder.stat().st_mode & 0o777 == 0o700
    finally:
        shutil.rmtree(place.folder)


def test_an_ordinary_account_stays_who_it_is():
    assert Account().popen_arguments() == {}


def test_catalogues_are_compiled_once_and_again_when_they_change(tmp_path):
    folder = tmp_path / "th" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    source = folder / "core.po"
    source.write_text('msgid ""\nmsgstr ""\n\nmsgid "Rice"\nmsgstr "ข้าว"\n')

    assert local.compile_translations(tmp_path) == [folder / "core.mo"]
    assert local.compile_translations(tmp_path) == []
    os.utime(source, (time.time() + 5, time.time() + 5))
    assert local.compile_translations(tmp_path) == [folder / "core.mo"]


def addresses(process: subprocess.Popen[str]) -> list[str]:
    """DATABASE_URL, REDIS_URL and SECRET_KEY of a user of the servers."""
    assert process.stdout is not None
    return process.stdout.readline().split()


def show(url: str, statement: str, *, fetch: bool = True) -> object:
    """The first value of one statement's answer."""
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        cursor = connection.execute(statement.replace(" RETURNING 1", ""))
        row = cursor.fetchone() if fetch else None
    return row[0] if row else None


def answers(url: str) -> bool:
    """Whether the database takes connections."""
    try:
        return show(url, "SELECT 1") == 1
    except psycopg.OperationalError:
        return False


def server_of(home: Path) -> int:
    """The process of this home's PostgreSQL; 0 while it does not answer."""
    return int(json.loads((home / "run" / "postgres.json").read_text()).get("server_pid", 0))


def keepers_of(home: Path) -> dict[str, int]:
    """The running keepers of this home: server name -> process id."""
    found = {}
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().decode().split("\0")
        except OSError:
            continue
        if "market.embedded.keeper" in words and str(home) in words:
            found[words[words.index("market.embedded.keeper") + 1]] = int(path.parent.name)
    return found


def wait_until(is_true: Callable[[], bool], what: str, seconds: float = 90) -> None:
    """Wait for something that other processes do."""
    deadline = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < deadline, f"waited in vain: {what}"
        time.sleep(0.05)
