"""`make run` as people use it: started, hurt, stopped, started again. Real processes."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

import pytest

from market.embedded import LocalError
from market.local import ROOT
from market.parts import LogWatch, Part
from market.run import check_address, make_parts

pytestmark = pytest.mark.slow


@pytest.fixture
def home() -> Iterator[Path]:
    """A MARKET_HOME that the servers' account can reach, removed afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="market-test-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def port() -> int:
    """A port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def start(home: Path, port: int) -> Iterator[Callable[[], subprocess.Popen[str]]]:
    """Start `make run`'s program and wait until it says that the market is open."""
    started: list[subprocess.Popen[str]] = []
    output = (home / "said").open("a")

    def start_one() -> subprocess.Popen[str]:
        already = said(home).count("The market is open")
        process = subprocess.Popen(
            [sys.executable, "-m", "market.run"],
            cwd=ROOT,
            env=os.environ | {"MARKET_HOME": str(home), "PORT": str(port)},
            stdout=output,
            stderr=output,
            text=True,
        )
        started.append(process)
        wait_until(lambda: is_open(home, already) or process.poll() is not None, process, home)
        assert process.poll() is None, said(home)
        return process

    yield start_one
    for process in started:
        process.terminate()
        process.wait(120)
    output.close()


@pytest.mark.db
def test_the_group_runs_survives_crashes_stops_and_starts_again(home, port, start):
    group = start()
    assert page(port, "/readyz") == 200
    assert "ข้อมูลตัวอย่าง" in said(home)

    for part in ("granian", "celery"):
        os.kill(children_of(group.pid, part)[0], signal.SIGKILL)
    wait_until(lambda: "worker ended with -9" in said(home), group, home)
    wait_until(lambda: "web ended with -9" in said(home), group, home)
    wait_until(lambda: page(port, "/readyz") == 200, group, home)

    group.send_signal(signal.SIGINT)
    assert group.wait(120) == 0
    assert "the data is kept" in said(home)
    assert left_over(home) == []
    assert page(port, "/healthz") is None

    began = time.monotonic()
    again = start()
    assert time.monotonic() - began < 60  # 10 s alone on the machine; minutes would be a hang
    again.kill()
    again.wait()
    wait_until(lambda: left_over(home) == [], again, home)


def test_a_port_in_use_is_refused_with_the_way_out(port):
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        with pytest.raises(LocalError, match=r"PORT=8001 make run"):
            check_address({"PORT": str(port)})


@pytest.mark.parametrize("text", ["0", "65536", "http", "-1", "๘๐๐๐๐๐"])
def test_a_port_that_is_none_is_refused(text):
    with pytest.raises(LocalError, match="PORT is"):
        check_address({"PORT": text})


def test_production_is_refused():
    answer = subprocess.run(
        [sys.executable, "-m", "market.run"],
        cwd=ROOT,
        env=os.environ | {"MARKET_ENV": "production"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (answer.returncode, answer.stderr.count("\n")) == (1, 1)
    assert "docs/operate.md" in answer.stderr


@pytest.mark.parametrize("program", ["wsgi", "workers.app", "workers.beat"])
def test_a_missing_setting_is_one_sentence_and_exit_1(program):
    answer = subprocess.run(
        [sys.executable, "-c", f"import {program}"],
        cwd=ROOT,
        env={"MARKET_ENV": "production", "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )

    assert answer.returncode == 1
    assert re.match(r"[A-Z_]+ is not set\. \w", answer.stderr)
    assert answer.stderr.count("\n") == 1


def test_the_beat_calls_only_what_workers_know_and_loads_none_of_it(settings, celery):
    program = (
        "import json, sys; from workers.beat import app; from workers.schedule import SWEEPS;"
        "called = [entry['task'] for entry in app.conf.beat_schedule.values()];"
        "print(json.dumps([called, list(SWEEPS), 'market.app' in sys.modules]))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT, env=dict(settings), stdout=subprocess.PIPE, check=True,
    )  # fmt: skip

    called, sweeps, loads_the_market = json.loads(answer.stdout)
    assert set(sweeps) <= set(called) <= set(celery.tasks)
    assert not loads_the_market


def test_a_part_that_never_stays_up_is_given_up_with_its_last_words(tmp_path, monkeypatch):
    monkeypatch.setattr("time.monotonic", lambda: clock[0])
    clock = [0.0]
    command = [sys.executable, "-c", "print('no such table'); raise SystemExit(3)"]
    part = Part("worker", command, os.environ, tmp_path / "worker.log")
    part.start()

    def mend_for_long() -> None:
        for _ in range(20):
            if part.process is not None:
                part.process.wait()
            part.mend()
            clock[0] += 30

    with pytest.raises(LocalError, match=r"no such table[\s\S]*does not stay up"):
        mend_for_long()


def test_stopping_a_part_ends_what_it_started_too(tmp_path):
    program = "import subprocess, time; subprocess.Popen(['sleep', '987']); time.sleep(987)"
    part = Part("web", [sys.executable, "-c", program], os.environ, tmp_path / "web.log")
    part.start()
    assert part.process is not None
    wait_until(lambda: processes_with("sleep\0987") != [], part.process, tmp_path)

    part.ask_to_stop()
    part.wait_until_stopped()

    wait_until(lambda: processes_with("sleep\0987") == [], part.process, tmp_path)


def test_a_log_shows_its_new_warnings_once_and_whole(tmp_path):
    path = tmp_path / "worker.log"
    path.write_text("ERROR of yesterday\n")
    watch = LogWatch("worker", path)

    with path.open("a") as log:
        log.write("INFO fine\nWARNING the broker is aw")
    assert watch.new_warnings() == []
    with path.open("a") as log:
        log.write("ay\n")
    assert watch.new_warnings() == ["WARNING the broker is away"]
    assert watch.new_warnings() == []


def test_children_are_told_that_everything_is_prepared(tmp_path):
    parts = make_parts({"SECRET_KEY": "x"}, tmp_path, "127.0.0.1", 8000)

    assert [part.name for part in parts] == ["web", "worker", "beat"]
    assert {part.env["MARKET_PREPARED"] for part in parts} == {"1"}


def said(home: Path) -> str:
    """What the group has told its terminal so far."""
    return (home / "said").read_text()


def is_open(home: Path, already: int) -> bool:
    """Whether the market was opened once more than it already had been."""
    return said(home).count("The market is open") > already


def page(port: int, path: str) -> int | None:
    """The status of a page, None when nobody answers."""
    try:
        with build_opener(ProxyHandler({})).open(
            f"http://127.0.0.1:{port}{path}", timeout=5
        ) as answer:
            return int(answer.status)
    except (URLError, OSError):
        return None


def children_of(parent: int, word: str) -> list[int]:
    """The direct children of a process whose command holds this word."""
    return [
        pid
        for pid in processes_with(word)
        if f"\nPPid:\t{parent}\n" in Path(f"/proc/{pid}/status").read_text()
    ]


def left_over(home: Path) -> list[int]:
    """Processes of this home that still run."""
    return processes_with(str(home))


def processes_with(word: str) -> list[int]:
    """Every process whose command or environment holds this word, except ourselves."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes() + b"\0" + (folder / "environ").read_bytes()
        except OSError:
            continue
        if word.encode() in words and int(folder.name) != os.getpid():
            found.append(int(folder.name))
    return found


def wait_until(is_true: Callable[[], bool], process: subprocess.Popen[str], home: Path) -> None:
    """Wait for something that other processes do; on failure show what was said."""
    deadline = time.monotonic() + 300
    while not is_true():
        assert time.monotonic() < deadline, f"{process.args}: {said(home)}"
        time.sleep(0.1)
