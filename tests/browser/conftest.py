"""The whole market as `make run` starts it, and people with real browsers."""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar, Literal, TypeVar
from urllib.parse import quote

import pytest
from flask import Flask
from playwright.sync_api import Browser, Error, Locator, Page, expect, sync_playwright

from tests.browser.line import Line, answering
from tests.database import forget_power_cuts

ROOT = Path(__file__).resolve().parents[2]
SCREENSHOTS = ROOT / "screenshots"  # ignored by git; for people who set PICTURES=1 to look at
AXE = Path(__file__).with_name("axe.min.js")
WIDTHS = {"phone": (360, 740), "desktop": (1280, 900)}
# The first two are pages of its own for the address bar, two for every new window: half of what a
# visit cost. The others are Playwright's: only the last list of them counts.
SWITCHED_OFF = (
    "WebUIOmniboxPopup", "WebUIOmniboxAimPopup",
    "AimEnabled", "AvoidCorsURLLoaderRestartOnRedirect", "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose", "HttpsFirstBalancedModeAutoEnable", "HttpsUpgrades",
    "LensOverlay", "MediaRouter", "NetworkTimeServiceQuerying", "OptimizationHints",
    "PaintHolding", "PreconnectToSearch", "ThirdPartyStoragePartitioning",
)  # fmt: skip
QUIET = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    f"--disable-features={','.join(SWITCHED_OFF)}",
)  # fmt: skip
#: How far it scrolls sideways, how tall it is, and its main headings.
MEASURES = """[document.documentElement.scrollWidth - document.documentElement.clientWidth,
  document.documentElement.scrollHeight, document.querySelectorAll("h1").length]"""
JUDGE = """
return axe.run({runOnly: {type: "tag", values: tags}, resultTypes: ["violations"]})
  .then((result) => result.violations)"""
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
GOING_ON = ("ERR_ABORTED", "interrupted by another navigation", "context was destroyed")
Answer = TypeVar("Answer")
PASSWORD = "talad-loyfa"
PATIENCE_SECONDS = 120  # the machine may be slow: an end for what never comes, not a pace
expect.set_options(timeout=PATIENCE_SECONDS * 1000)


def wait_for(page: Page, there: Callable[[], object], pause_ms: int = 100) -> None:
    """Until it is so; ``there`` may open a page, or ask the page or the database."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not there():
        if time.monotonic() > end:
            raise AssertionError(f"it never came: {page.inner_text('main')[:800]}")
        page.wait_for_timeout(pause_ms)


def steadily(page: Page, act: Callable[[], Answer]) -> Answer:
    """Do it; again where the page was just going on by itself (a kept answer, a report)."""
    end = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return act()
        except Error as failure:
            if not any(sign in failure.message for sign in GOING_ON) or time.monotonic() > end:
                raise
        page.wait_for_load_state()


def go(page: Page, path: str, wait_until: Literal["load", "networkidle"] = "load") -> None:
    """Open a page."""
    steadily(page, lambda: page.goto(path, wait_until=wait_until))


def ask(page: Page, expression: str, argument: object = None) -> Any:
    """What the page says to this expression."""
    return steadily(page, lambda: page.evaluate(expression, argument))


def follow(leads_on: Locator) -> None:
    """Click what leads to another page, or to a newer state of this one; until that is loaded.

    A click may come back before the browser has left: what is read then is of the old page.
    """
    with leads_on.page.expect_navigation():
        leads_on.click()


def sign_in(page: Page, email: str) -> None:
    """By e-mail and the password of all sample people."""
    go(page, "/sign-in")
    page.locator("details.fold summary").click()
    form = page.locator("details.fold form")
    form.locator("input[name=identity]").fill(email)
    form.locator("input[name=passcode]").fill(PASSWORD)
    follow(form.locator("button[type=submit]").first)


def keep_picture(page: Page, title: str) -> None:
    """A picture of the whole page for people to look at, if somebody will (PICTURES=1).

    Painting and packing them takes longer than opening the pages.
    """
    if os.environ.get("PICTURES"):
        SCREENSHOTS.mkdir(exist_ok=True)
        page.screenshot(path=SCREENSHOTS / f"{title}.png", full_page=True)


def keep_paper(page: Page, title: str) -> None:
    """As a printer would have it, likewise."""
    if os.environ.get("PICTURES"):
        SCREENSHOTS.mkdir(exist_ok=True)
        page.pdf(path=SCREENSHOTS / f"{title}.pdf", prefer_css_page_size=True)


def broken_rules(page: Page) -> list[str]:
    """What axe finds wrong with the page, a line each.

    Only that is brought over from the browser: all that is right weighs megabytes.
    """
    # Evaluated outside the page's own policy for scripts.
    found = ask(page, f"(tags) => {{ {AXE.read_text()}\n{JUDGE} }}", STANDARDS)
    return [
        f"{rule['id']}: {rule['help']}: {[node['html'][:160] for node in rule['nodes'][:3]]}"
        for rule in found
    ]


@pytest.fixture(scope="session")
def market() -> Iterator[str]:
    """The address of a market of its own: servers, web, worker, beat, sample data."""
    home = Path(tempfile.mkdtemp(prefix="market-walk-"))
    home.chmod(0o711)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    env = os.environ | {"MARKET_HOME": str(home), "PORT": str(port), "SWEEP_SECONDS": "30"}
    env["PUBLIC_URL"] = f"http://127.0.0.1:{port}"
    for name in ("DATABASE_URL", "REDIS_URL", "MARKET_PREPARED"):
        env.pop(name, None)
    said = (home / "said").open("w")
    process = subprocess.Popen(
        [sys.executable, "-m", "market.run"], cwd=ROOT, env=env, stdout=said, stderr=said
    )
    try:
        _wait_until_open(process, home)
        forget_power_cuts(_own_database(home))
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(60)
        said.close()
        shutil.rmtree(home, ignore_errors=True)


def _own_database(home: Path) -> str:
    secret = json.loads((home / "secrets.json").read_text())["postgres_password"]
    port = json.loads((home / "run" / "postgres.json").read_text())["port"]
    return f"postgresql://market:{quote(secret)}@127.0.0.1:{port}/postgres"


def _wait_until_open(process: subprocess.Popen[bytes], home: Path) -> None:
    end = time.monotonic() + 600
    while "The market is open" not in (home / "said").read_text():
        assert process.poll() is None, (home / "said").read_text()
        assert time.monotonic() < end, (home / "said").read_text()
        time.sleep(0.2)


@pytest.fixture
def line(committed: Flask, csrf: None) -> Line:
    """The way to the application as it is tested; form tokens are checked."""
    return Line(committed)


@pytest.fixture
def address(line: Line) -> Iterator[str]:
    """Where that answers, on a port of its own."""
    with answering(line) as served:
        yield served


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    """One Chromium for all people."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=list(QUIET))
        yield started
        started.close()


class Person:
    """Somebody with a browser of their own, on a phone or at a desk."""

    signed_in: ClassVar[dict[str, Any]] = {}  # by e-mail: the cookies and the page of who came

    def __init__(self, browser: Browser, base: str, name: str, kind: str, scripts: bool) -> None:
        width, height = WIDTHS[kind]
        self.context = browser.new_context(
            viewport={"width": width, "height": height},
            java_script_enabled=scripts,
            locale="th-TH",
            base_url=base,
        )
        self.context.set_default_timeout(PATIENCE_SECONDS * 1000)
        self.page: Page = self.context.new_page()
        self.name, self.width, self.scripts = name, width, scripts
        self.complaints: list[str] = []
        self.memory: dict[str, str] = {}  # what a story wants to come back to
        self.page.on("pageerror", lambda error: self.complaints.append(f"script: {error}"))
        self.page.on("console", self._hear)
        self.page.on("response", self._see)

    def _hear(self, message: object) -> None:
        if message.type == "error" and "status of 4" not in message.text:  # type: ignore[attr-defined]
            self.complaints.append(f"console: {message.text}")  # type: ignore[attr-defined]

    def _see(self, answer: object) -> None:
        if answer.status >= 500:  # type: ignore[attr-defined]
            self.complaints.append(f"{answer.status} {answer.url}")  # type: ignore[attr-defined]

    def go(self, path: str) -> Page:
        """Open a page."""
        go(self.page, path)
        return self.page

    def look(self, title: str) -> None:
        """Let axe and the ruler judge the page."""
        keep_picture(self.page, f"{title}-{self.width}")
        if not self.scripts:
            return
        wide, tall, headings = ask(self.page, MEASURES)
        where = f"{title} at {self.width}"
        if wide > 0:
            self.complaints.append(f"{where}: scrolls sideways by {wide} px")
        if headings != 1:
            self.complaints.append(f"{where}: has not exactly one h1")
        self._judge(where, tall)

    def _judge(self, where: str, tall: int) -> None:
        """axe, on a window as tall as the page.

        A bar that sticks to the bottom covers what one can scroll to; axe would call that hidden.
        """
        size = self.page.viewport_size
        self.page.set_viewport_size({"width": self.width, "height": min(tall + 100, 12000)})
        broken = broken_rules(self.page)
        self.page.set_viewport_size(size)
        self.complaints += [f"{where}: {rule}" for rule in broken]

    def come_as(self, email: str) -> None:
        """Signed in, on the page where one then is: by the form the first time, later by cookie."""
        if (known := self.signed_in.get(email)) is None:
            self.sign_in(email)
            self.signed_in[email] = self.context.cookies(), self.page.url
            return
        cookies, address = known
        self.context.add_cookies(cookies)
        self.go(address)

    def sign_in(self, email: str) -> None:
        """By e-mail and password."""
        sign_in(self.page, email)


@pytest.fixture
def person(market: str, browser: Browser) -> Iterator[Callable[..., Person]]:
    """person(name, kind="phone", scripts=True): a new browser; closed afterwards.

    The market is asked for first, so that it closes last: it waits for open connections.
    """
    people: list[Person] = []

    def enter(name: str, kind: str = "phone", *, scripts: bool = True) -> Person:
        people.append(Person(browser, market, name, kind, scripts))
        return people[-1]

    yield enter
    complaints = [f"{who.name}: {what}" for who in people for what in who.complaints]
    for somebody in people:
        somebody.context.close()
    assert complaints == [], "\n".join(complaints)
