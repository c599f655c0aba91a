"""Two applications under the same web server, and a small client that asks as fast as it may."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from market import local

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 60


def settings() -> dict[str, str]:
    """The environment of a market of its own, with servers running and samples loaded."""
    home = Path(os.environ.get("MARKET_HOME") or "var").absolute() / "bench"
    home.mkdir(parents=True, exist_ok=True)
    given = {name: value for name, value in os.environ.items() if name != local.PREPARED}
    env = local.environment(given | {"MARKET_HOME": str(home)})
    subprocess.run([sys.executable, "-c", "import wsgi"], cwd=ROOT, env=env, check=True)
    return env | {local.PREPARED: "1"}


@contextmanager
def served(target: str, env: Mapping[str, str], *, ready: str = "/") -> Iterator[int]:
    """An application under granian as `make run` starts it; yields its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    server = subprocess.Popen(
        [
            *(sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(port)),
            *("--host", "127.0.0.1", "--workers", "2", "--blocking-threads", "2"),
            *("--no-ws", "--log-level", "error", target),
        ],
        cwd=ROOT,
        env=dict(env),
    )
    try:
        _wait(port, ready, server)
        yield port
    finally:
        server.terminate()
        server.wait()


def _wait(port: int, path: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            Asker(port).get(path)
            return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError("the server did not start")


class Asker:
    """One kept connection; reads status and length and little else, to cost little itself."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.file = self.socket.makefile("rb")

    def get(self, path: str) -> bytes:
        """The body of a page as a browser gets it; raises OSError for any status but 200."""
        head = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\n\r\n"
        self.socket.sendall(head.encode())
        status = self.file.readline()
        length = 0
        while (line := self.file.readline()) not in (b"\r\n", b""):
            if line.lower().startswith(b"content-length:"):
                length = int(line[15:])
        body = self.file.read(length)
        if b" 200 " not in status:
            raise OSError(f"{path}: {status!r}")
        return body


def pages_a_second(port: int, path: str, *, requests: int, clients: int = 4) -> float:
    """Answers a second for so many requests, shared by clients that each keep a connection."""
    share = requests // clients

    def ask() -> None:
        asker = Asker(port)
        for _ in range(share):
            asker.get(path)

    threads = [threading.Thread(target=ask) for _ in range(clients)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return share * clients / (time.perf_counter() - start)
