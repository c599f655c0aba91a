"""When a cheap phone on a weak signal shows the main thing: largest contentful paint.

Chromium's own emulation: slow 4G (1.6 Mbit/s down, 0.75 up, 150 ms there and back) and a
processor four times slower. Each visit is the first: nothing is kept from the one before.
"""

from __future__ import annotations

import os
import shutil
import statistics
from typing import Any

from benchmarks.serving import served, settings

GOAL_MS = 2500
VISITS = 5
PAGES = {"home": "/", "browse": "/goods", "product": "/goods/P001", "group": "/groups/G320502"}
SLOW_4G = {
    "offline": False, "latency": 150, "downloadThroughput": 1_600_000 // 8,
    "uploadThroughput": 750_000 // 8,
}  # fmt: skip
SLOWER = 4
PHONE = {"viewport": {"width": 360, "height": 740}, "device_scale_factor": 2, "is_mobile": True}
LATEST = """() => new Promise(done => new PerformanceObserver(list => {
  const last = list.getEntries().at(-1);
  done([last.startTime, last.element?.tagName ?? "", last.size]);
}).observe({ type: "largest-contentful-paint", buffered: true }))"""


def run() -> bool | None:
    """Print the median of a few visits to each page; True when all reach the goal."""
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if chromium is None:
        print("lcp: NOT MEASURED, there is no Chromium (set CHROMIUM=/path)")
        return None
    from playwright.sync_api import sync_playwright

    with served("wsgi:app", settings()) as port, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        good = [look(browser, f"http://localhost:{port}", *page) for page in PAGES.items()]
        browser.close()
    print(f"lcp: every page within {GOAL_MS} ms: {'yes' if all(good) else 'NO'}")
    return all(good)


def look(browser: Any, base: str, title: str, path: str) -> bool:
    """Visit one page a few times; does its median reach the goal?"""
    seen = [visit(browser, base + path) for _ in range(VISITS)]
    median = statistics.median(time for time, _what, _size in seen)
    spread = f"{min(seen)[0]:.0f} to {max(seen)[0]:.0f}"
    print(f"lcp: {title:<8} {median:5.0f} ms ({spread}), {seen[0][1].lower()}")
    return bool(median <= GOAL_MS)


def visit(browser: Any, address: str) -> tuple[float, str, int]:
    """One first visit: when the largest thing stood there (ms), what it was, its size in px."""
    context = browser.new_context(**PHONE)
    page = context.new_page()
    protocol = context.new_cdp_session(page)
    protocol.send("Network.enable")
    protocol.send("Network.emulateNetworkConditions", SLOW_4G)
    protocol.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    page.goto(address, wait_until="networkidle")
    time, what, size = page.evaluate(LATEST)
    context.close()
    return time, what, size
