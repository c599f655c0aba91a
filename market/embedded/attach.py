"""Using an embedded server: attach, leave, and the locks that say who is there.

Who uses a server holds a shared lock on HOME/run/<name>.users. The kernel drops that lock however
its holder ends, also by kill -9; when nobody holds one any more the keeper stops the server and
leaves. So nobody loses a server in use, and no server is left behind.
"""

import fcntl
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

START_SECONDS = 90  # crash recovery of a big database needs its time
STOP_SECONDS = 60


State = dict[str, int | str]


class LocalError(Exception):
    """A local server cannot run; the message says why and what to do."""


@dataclass
class Attachment:
    """Our use of one embedded server: it runs as long as somebody is attached."""

    name: str
    home: Path
    port: int
    folder: Path  # where its files are
    _users: IO[str] = field(repr=False)
    _pid: int = field(default_factory=os.getpid, repr=False)

    def leave(self) -> None:
        """Let go; when we were the last one, wait until the server has stopped."""
        if self._users.closed or self._pid != os.getpid():
            return  # a forked child shares the lock: letting go is for its parent
        fcntl.flock(self._users, fcntl.LOCK_UN)
        others = not _try_lock(self._users, fcntl.LOCK_EX)
        self._users.close()
        if not others:
            _wait_for_keeper_to_leave(self.home, self.name)

    def has_keeper(self) -> bool:
        """Whether the process that restarts the server is there."""
        return _keeper_is_alive(self.home, self.name)


def attach(name: str, home: Path) -> Attachment:
    """Use the server `name` ("postgres" or "valkey") of `home`, starting it when nobody has.

    Two processes may do this at once. Raises LocalError when it does not start.
    """
    run_folder(home)
    with _locked(home, f"{name}.start"):
        users = _open_lock(home, f"{name}.users")
        fcntl.flock(users, fcntl.LOCK_SH)  # waits while a keeper is stopping its server
        try:
            if not _keeper_is_alive(home, name):
                _start_keeper(name, home)
            state = _wait_until_ready(name, home)
            return Attachment(name, home, int(state["port"]), Path(str(state["folder"])), users)
        except BaseException:
            users.close()
            raise


def run_folder(home: Path) -> Path:
    """Where locks and states are; made on first use, for this account only."""
    folder = home / "run"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as failure:
        raise LocalError(
            f"{folder} cannot be made ({failure.strerror}). Set MARKET_HOME to a folder you own."
        ) from failure
    if not os.access(folder, os.W_OK):
        raise LocalError(
            f"{folder} belongs to another account, perhaps because the market once ran as root. "
            "Give it back with chown -R, or set MARKET_HOME to another folder."
        )
    return folder


def read_state(home: Path, name: str) -> State:
    """What the keeper last said about its server: port when it answers, error when it failed."""
    path = home / "run" / f"{name}.json"
    return dict(json.loads(path.read_text())) if path.exists() else {}


def write_state(home: Path, name: str, state: State) -> None:
    """Replace the state in one step, so that a reader never sees half of it."""
    path = home / "run" / f"{name}.json"
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(state))
    fresh.replace(path)


def nobody_uses(users: IO[str]) -> bool:
    """For the keeper: true when no user is left; from then on new ones wait for us to end."""
    return _try_lock(users, fcntl.LOCK_EX)


def keeper_locks(home: Path, name: str) -> tuple[IO[str], IO[str]]:
    """For the keeper: its own lock, taken, and the users' lock, not taken."""
    keeper = _open_lock(home, f"{name}.keeper")
    for _ in range(250):  # somebody who only looks whether we live holds it for a moment
        if _try_lock(keeper, fcntl.LOCK_EX):
            return keeper, _open_lock(home, f"{name}.users")
        time.sleep(0.02)
    raise LocalError(f"another keeper of {name} runs for {home}")


def _start_keeper(name: str, home: Path) -> None:
    write_state(home, name, _remembered(read_state(home, name)))
    log = (home / "run" / f"{name}.keeper.log").open("ab")
    # A session of its own: Ctrl-C in the terminal must not reach the servers.
    keeper = subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", "market.embedded.keeper", name, str(home)],
        cwd=Path(__file__).resolve().parents[2],
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        start_new_session=True,
    )
    log.close()
    keeper.returncode = 0  # it may outlive us: Python need not warn that it still runs


def _remembered(state: State) -> State:
    port = state.get("port", state.get("last_port"))
    return {} if port is None else {"last_port": port}


def _wait_until_ready(name: str, home: Path) -> State:
    deadline = time.monotonic() + START_SECONDS
    grace = time.monotonic() + 30  # the keeper needs a moment, a busy machine more, for its lock
    while time.monotonic() < deadline:
        state = read_state(home, name)
        if "error" in state:
            raise LocalError(str(state["error"]))
        if "port" in state and _keeper_is_alive(home, name):
            return state
        if time.monotonic() > grace and not _keeper_is_alive(home, name):
            break
        time.sleep(0.02)
    raise LocalError(f"{name} did not start; see {home}/run/{name}.keeper.log and {home}/server")


def _wait_for_keeper_to_leave(home: Path, name: str) -> None:
    deadline = time.monotonic() + STOP_SECONDS
    while _keeper_is_alive(home, name) and time.monotonic() < deadline:
        time.sleep(0.02)


def _keeper_is_alive(home: Path, name: str) -> bool:
    with _open_lock(home, f"{name}.keeper") as lock:
        return not _try_lock(lock, fcntl.LOCK_EX)


def _open_lock(home: Path, name: str) -> IO[str]:
    return (home / "run" / name).open("a")


def _try_lock(lock: IO[str], kind: int) -> bool:
    try:
        fcntl.flock(lock, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def _locked(home: Path, name: str) -> Iterator[None]:
    with _open_lock(home, name) as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
