"""Phones of leaders and drivers: what they carry, what a page costs them, goods on their way."""

from __future__ import annotations

from collections import Counter
from datetime import time
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page

from market.clock import utc_now
from market.db import db
from market.fulfilment.gathering.commands import NewTrip, TripWords, lock_trip, plan_trip
from market.fulfilment.gathering.drivers import give_link
from market.rounds.models import Round
from tests.browser.conftest import MEASURES, PATIENCE_SECONDS, ask, broken_rules
from tests.factories.fulfilment import make_packed, make_producing
from tests.factories.matching import NOW, TAMBON, make_point
from tests.factories.payments import Paying, add_order, make_paying

#: A slow 3G as Chromium's own tools mean it: 400 ms and 50 kB a second.
SLOW = {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000}
WORDS = {"Document", "Stylesheet", "Script"}
TRIP = TripWords(
    starts=time(8), vehicle="รถกระบะ", capacity_g=800_000, driver_name="สมชาย", driver_phone=None
)


class Scales:
    """Everything one page loads, weighed."""

    def __init__(self, page):
        self.kind, self.url, self.bytes = {}, {}, {}
        protocol = page.context.new_cdp_session(page)
        protocol.send("Network.enable")
        protocol.on("Network.responseReceived", self._answered)
        protocol.on("Network.loadingFinished", self._finished)

    def _answered(self, event):
        self.kind[event["requestId"]] = event["type"]
        self.url[event["requestId"]] = event["response"]["url"]

    def _finished(self, event):
        self.bytes[event["requestId"]] = int(event["encodedDataLength"])

    def of(self, words):
        """Bytes and number of the answers that are (or are not) HTML, CSS and scripts."""
        chosen = [
            self.bytes.get(key, 0)
            for key, kind in self.kind.items()
            if (kind in WORDS) == words and not self.url[key].startswith("data:")
        ]
        return sum(chosen), len(chosen)

    def hosts(self):
        """Whoever was asked."""
        addresses = (urlsplit(url) for url in self.url.values())
        return {address.netloc for address in addresses if address.scheme != "data"}

    def told(self):
        """For a failing test: what weighs how much."""
        found = Counter(
            {self.url[key]: size for key, size in self.bytes.items() if key in self.url}
        )
        return "\n".join(f"{size:7} {url}" for url, size in found.most_common())


class Leader:
    """A leader's phone, and what it cost."""

    def __init__(self, browser: Browser, base: str) -> None:
        self.context = browser.new_context(
            viewport={"width": 360, "height": 740}, locale="th-TH", base_url=base, has_touch=True
        )
        self.context.set_default_timeout(PATIENCE_SECONDS * 1000)
        self.page: Page = self.context.new_page()
        self.wires = self.context.new_cdp_session(self.page)
        self.wires.send("Network.enable")
        self.taps = 0

    def slow(self) -> None:
        """From now on the signal is weak."""
        self.wires.send("Network.emulateNetworkConditions", SLOW)

    def tap(self, selector: str) -> None:
        """One tap."""
        self.taps += 1
        self.page.locator(selector).locator("visible=true").first.click()

    def check(self) -> None:
        """No sideways scroll, one heading, nothing that axe finds."""
        wide, _tall, headings = ask(self.page, MEASURES)
        assert (wide <= 0, headings) == (True, 1), self.page.url
        assert broken_rules(self.page) == [], self.page.url


def packed() -> tuple[Paying, str]:
    """Goods of one group for two points on a locked trip, and the driver's link."""
    session = db.session
    paying = make_paying(session)
    for _ in range(2):
        paying.point = make_point(session)
        add_order(session, paying, 10)
    make_producing(session, paying)
    make_packed(session, paying.batch)
    on = session.get_one(Round, paying.round.id).delivery_on[0]
    new = NewTrip(on=on, group_ids=(paying.group.id,), words=TRIP)
    trip_id = plan_trip(session, new, [TAMBON], actor="user:1", now=NOW)
    lock_trip(session, trip_id, version=1, actor="user:1", now=NOW)
    link = give_link(session, trip_id, actor="user:1", now=utc_now())
    session.commit()
    return paying, link
