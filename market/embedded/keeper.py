"""The keeper of one server: start it, restart it when it crashes, stop it when nobody uses it.

Run as `python -m market.embedded.keeper postgres /path/of/MARKET_HOME`.
"""

import ctypes
import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

from market.embedded.account import Place, choose_place
from market.embedded.attach import (
    START_SECONDS,
    STOP_SECONDS,
    LocalError,
    keeper_locks,
    nobody_uses,
    read_state,
    write_state,
)
from market.embedded.programs import Program, make_postgres, make_valkey

LOOK_SECONDS = 0.2
RESTARTS = 5
PORT_SECONDS = 30  # a server that is stopping on a busy machine
PR_SET_PDEATHSIG = 1


class Keeper:
    """Owns one server process; `run` returns when the server is not needed any more."""

    def __init__(self, name: str, home: Path, place: Place, program: Program, port: int) -> None:
        self.name, self.home, self.place, self.program = name, home, place, program
        self.port = port
        self.process: subprocess.Popen[bytes] | None = None
        self.asked_to_stop = False

    def run(self, users: IO[str]) -> None:
        """Keep the server until nobody uses it; raises LocalError when it does not stay up."""
        signal.signal(signal.SIGTERM, self._ask_to_stop)
        signal.signal(signal.SIGINT, self._ask_to_stop)
        failures = 0
        try:
            while not self._is_finished(users):
                if self.process is None or self.process.poll() is not None:
                    failures = self._count_failure(failures)
                    self._start()
                time.sleep(LOOK_SECONDS)
        finally:
            self._stop()
            write_state(self.home, self.name, {"last_port": self.port})

    def _ask_to_stop(self, *_: object) -> None:
        self.asked_to_stop = True

    def _is_finished(self, users: IO[str]) -> bool:
        return self.asked_to_stop or nobody_uses(users)

    def _count_failure(self, failures: int) -> int:
        if self.process is None:
            return 0
        self._say(f"ended unexpectedly with {self.process.returncode}; starting it again")
        if failures == RESTARTS:
            raise LocalError(f"{self.name} ended {RESTARTS + 1} times; see {self._log_path()}")
        time.sleep(min(2**failures * 0.2, 5))
        return failures + 1

    def _start(self) -> None:
        write_state(self.home, self.name, {"last_port": self.port})
        self.program.before_start()
        with self._log_path().open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603
                self.program.command(self.port),
                cwd=self.place.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=end_with_parent(self.program.stop_signal),
                **self.place.account.popen_arguments(),
            )
        self._wait_until_it_answers()
        write_state(self.home, self.name, self._state())

    def _state(self) -> dict[str, int | str]:
        pid = self.process.pid if self.process else 0
        return {"port": self.port, "folder": str(self.place.folder), "server_pid": pid}

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while self.process and self.process.poll() is None:
            if self.program.answers(self.port):
                return
            if time.monotonic() > deadline:
                raise LocalError(f"{self.name} does not answer; see {self._log_path()}")
            time.sleep(0.05)

    def _stop(self) -> None:
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(self.program.stop_signal)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._say("did not stop in time and is killed")
            self.process.kill()
            self.process.wait()

    def _log_path(self) -> Path:
        folder = self.home / "log"
        folder.mkdir(mode=0o700, exist_ok=True)
        return folder / f"{self.name}.log"

    def _say(self, what: str) -> None:
        moment = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime())
        with (self.home / "log" / "servers.log").open("a") as log:
            log.write(f"{moment} WARNING {self.name} {what}\n")


def end_with_parent(stop_signal: int) -> Callable[[], None] | None:
    """For preexec_fn, in the new process: send it this signal when its parent ends.

    Only Linux knows this; elsewhere the next start finds and stops what was left.
    """
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None).prctl
    return lambda: prctl(PR_SET_PDEATHSIG, int(stop_signal), 0, 0, 0)


def _choose_port(remembered: int | None) -> int:
    """The port of last time when it is free (addresses were handed out), otherwise any.

    A server that just lost its keeper may still be stopping, so the old port gets some time.
    """
    deadline = time.monotonic() + PORT_SECONDS
    while remembered and time.monotonic() < deadline:
        if _bind(remembered):
            return remembered
        time.sleep(0.1)
    return _bind(0)


def _bind(port: int) -> int:
    """The port when it can be listened on (any, for 0), else 0."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return 0
        return int(probe.getsockname()[1])


def keep(name: str, home: Path) -> None:
    """Keep server `name` of `home`; raises LocalError when it cannot run."""
    _lock, users = keeper_locks(home, name)
    secrets = json.loads((home / "secrets.json").read_text())
    place = choose_place(home, secrets["home_id"])
    make = {"postgres": make_postgres, "valkey": make_valkey}[name]
    program = make(place, secrets[f"{name}_password"])
    last_port = read_state(home, name).get("last_port")
    Keeper(name, home, place, program, _choose_port(int(last_port) if last_port else None)).run(
        users
    )


def main() -> None:
    """Run the keeper; a failure is kept in the state file for whoever waits for the server."""
    name, home = sys.argv[1], Path(sys.argv[2])
    try:
        keep(name, home)
    except LocalError as failure:
        write_state(home, name, {"error": str(failure)})
        raise SystemExit(str(failure)) from None


if __name__ == "__main__":
    main()
