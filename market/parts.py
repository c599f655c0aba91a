"""The parts of `make run`: one process each, its log, and what to do when it ends by itself."""

import os
import re
import signal
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from market.embedded import LocalError
from market.embedded.keeper import end_with_parent

ROOT = Path(__file__).resolve().parent.parent
RESTARTS = 5
STEADY_SECONDS = 60  # a part that ran this long starts with a clean slate
STOP_SECONDS = 15
TAIL_LINES = 12


class Part:
    """One supervised process. Everything it starts is in its process group and ends with it."""

    def __init__(self, name: str, command: list[str], env: Mapping[str, str], log: Path) -> None:
        self.name, self.command, self.env, self.log = name, command, dict(env), log
        self.process: subprocess.Popen[bytes] | None = None
        self.failures = 0
        self.started_at = 0.0
        self.start_again_at: float | None = None

    def start(self) -> None:
        """Start the process; on Linux it ends when we do, also by kill -9."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603
                self.command,
                cwd=ROOT,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C reaches only us: we stop the parts in order
                preexec_fn=end_with_parent(signal.SIGTERM),
            )
        self.started_at, self.start_again_at = time.monotonic(), None

    def mend(self) -> str | None:
        """Start again what has ended; returns what to tell, raises LocalError the sixth time."""
        now = time.monotonic()
        if self.start_again_at is not None:
            if now >= self.start_again_at:
                self.start()
            return None
        if self.process is None or self.process.poll() is None:
            return None
        report = f"{self.name} ended with {self.process.returncode}. Its last words:\n{self.tail()}"
        self._end_group()
        self.failures = 0 if now - self.started_at > STEADY_SECONDS else self.failures
        if self.failures == RESTARTS:
            raise LocalError(f"{report}\n{self.name} does not stay up; see {self.log}")
        wait = 0.5 * 2**self.failures
        self.failures, self.start_again_at = self.failures + 1, now + wait
        return f"{report}\nStarting {self.name} again in {wait:g} s."

    def ask_to_stop(self) -> None:
        """Ask politely; does not wait."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def wait_until_stopped(self) -> None:
        """Wait for the process to end, then end what it may have left."""
        if self.process is None:
            return
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(STOP_SECONDS)
        self._end_group()
        self.process.wait()

    def tail(self) -> str:
        """The last lines of its log."""
        lines = self.log.read_text(errors="replace").splitlines()[-TAIL_LINES:]
        return "\n".join(f"    {line}" for line in lines)

    def _end_group(self) -> None:
        """What a killed part left behind would keep its port or its tasks."""
        if self.process is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)


class LogWatch:
    """Shows the warnings that a log gains from now on."""

    WORTH_TELLING = re.compile(r"\b(WARNING|ERROR|CRITICAL|FATAL)\b")

    def __init__(self, name: str, path: Path) -> None:
        self.name, self.path = name, path
        self.seen_bytes = path.stat().st_size if path.exists() else 0

    def new_warnings(self) -> list[str]:
        """The complete new lines that a person should see."""
        if not self.path.exists():
            return []
        with self.path.open("rb") as log:
            log.seek(self.seen_bytes)
            text = log.read()
        whole = text[: text.rfind(b"\n") + 1]
        self.seen_bytes += len(whole)
        lines = whole.decode(errors="replace").splitlines()
        return [line for line in lines if self.WORTH_TELLING.search(line)]
