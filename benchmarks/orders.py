"""Bursts of orders on one limited product, against a bare Flask post with the same inserts.

Only the final posts are timed: every buyer stands at the checkout before the burst begins.
Both sides run under granian with the settings of `make run`, on one database, asked by the
same client.
"""

from __future__ import annotations

import statistics
import time
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from sqlalchemy import text

from benchmarks.serving import served, settings
from config import Config
from market.app import create_app
from market.clock import utc_now
from market.db import db, transaction
from tests.factories import orders as factory
from tests.orders.browser import GUEST, Browser

TARGET = 0.2
BURSTS = (8, 16, 32, 64)
EACH = 10
MEASURED = 32
LIMITLESS = "1000000 per minute"


def run() -> bool:
    """Print orders a second, their ratio, and whether every burst sold exactly the capacity."""
    env = settings() | {"ORDER_RATE": LIMITLESS}
    app = create_app(Config.from_env(env))
    factory.number_from(time.time_ns() // 10**6)
    with (
        app.app_context(),
        served("benchmarks.bare_orders:app", env) as bare,
        served("wsgi:app", env) as ours,
    ):
        good = _ratio(bare, ours)
        return all([_exact(ours, buyers) for buyers in BURSTS]) and good


def _ratio(bare: int, ours: int) -> bool:
    # In turn, so that a busy moment of the machine meets both.
    pairs = [(_our_rate(ours), _bare_rate(bare)) for _ in range(3)]
    rate, plain = (statistics.median(rates) for rates in zip(*pairs, strict=True))
    ratio = statistics.median(our / bare_rate for our, bare_rate in pairs)
    print(f"orders: burst of {MEASURED}: {rate:.0f}/s, bare Flask {plain:.0f}/s, ratio {ratio:.2f}")
    print(f"orders: the ratio must reach {TARGET}: {'yes' if ratio >= TARGET else 'NO'}")
    return ratio >= TARGET


def _exact(port: int, buyers: int) -> bool:
    """More demand than capacity: sold is what there is, and nothing fails."""
    capacity = buyers * EACH * 3 // 5
    market = _market(capacity)
    statuses, _ = _bursts(port, market, buyers)
    sold = _reserved(market)
    good = sold == capacity == statuses[303] and set(statuses) <= {303, 422}
    words = ", ".join(f"{count} x {status}" for status, count in sorted(statuses.items()))
    print(f"orders: {buyers} buyers, {EACH} each, {capacity} units: sold {sold}; {words}")
    return good


def _our_rate(port: int) -> float:
    statuses, seconds = _bursts(port, _market(MEASURED * EACH), MEASURED)
    return statuses[303] / seconds


def _bare_rate(port: int) -> float:
    market = _market(MEASURED * EACH)
    with transaction() as session:
        buyer_id = factory.make_buyer(session)
    form = {
        "round_id": market.round_id,
        "buyer_id": buyer_id,
        "point_id": market.point_id,
        "product_id": market.product_id,
        "offer_id": market.offer_ids[0],
        "tambon_code": market.tambon_code,
    }
    sent = {name: str(value) for name, value in form.items()}
    buyers = [Browser("127.0.0.1", port) for _ in range(MEASURED)]
    statuses: Counter[int] = Counter()
    seconds = 0.0
    for _ in range(EACH):
        seconds += _together(buyers, lambda buyer: buyer.send("POST", "/order", sent), statuses)
    return statuses[303] / seconds


def _bursts(port: int, market: factory.SmallMarket, count: int) -> tuple[Counter[int], float]:
    buyers = [Browser("127.0.0.1", port) for _ in range(count)]
    path = f"/checkout/{market.round_id}"
    forms: dict[Browser, Mapping[str, str]] = {}
    wish = {
        "round_id": str(market.round_id),
        "product_id": str(market.product_id),
        "maker": "any",
        "units": "1",
    }

    def stand_at_the_checkout(buyer: Browser) -> tuple[int, str]:
        if buyer not in forms:
            forms[buyer] = buyer.fields("/cart")
        token = {"csrf_token": forms[buyer]["csrf_token"]}
        # A refused order leaves the line in the basket.
        if "expected" not in (hidden := buyer.fields(f"{path}?point={market.point_id}")):
            buyer.send("POST", "/cart/lines", wish | token)
            hidden = buyer.fields(f"{path}?point={market.point_id}")
        forms[buyer] = GUEST | hidden
        return 0, ""

    statuses: Counter[int] = Counter()
    seconds = 0.0
    for _ in range(EACH):
        _together(buyers, stand_at_the_checkout, Counter())
        seconds += _together(
            buyers, lambda buyer: buyer.send("POST", path, dict(forms[buyer])), statuses
        )
    return statuses, seconds


def _together(
    buyers: list[Browser], act: Callable[[Browser], tuple[int, str]], statuses: Counter[int]
) -> float:
    """Every buyer acts at once; counts the answers, returns the seconds it took."""
    with ThreadPoolExecutor(len(buyers)) as pool:
        start = time.perf_counter()
        statuses.update(status for status, _ in pool.map(act, buyers))
        return time.perf_counter() - start


def _market(capacity: int) -> factory.SmallMarket:
    now = utc_now()
    with transaction() as session:
        market = factory.make_market(
            session,
            capacity=capacity,
            opens_at=now - timedelta(days=1),
            closes_at=now + timedelta(days=1),
        )
    db.session.remove()
    return market


def _reserved(market: factory.SmallMarket) -> int:
    with transaction() as session:
        reserved = session.scalar(
            text("SELECT sum(reserved_units) FROM round_offer WHERE round_id = :round_id"),
            {"round_id": market.round_id},
        )
    db.session.remove()
    return int(reserved or 0)
