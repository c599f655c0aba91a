"""A round of 3,000 products copied: statements, time, and the ratio to a bare INSERT ... SELECT."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from statistics import median

from sqlalchemy import event, text
from sqlalchemy.orm import Session

from benchmarks.closed_round import empty_market
from market import local
from market.clock import utc_now
from market.db import db, transaction
from market.rounds.models import Round, RoundOffer
from market.rounds.planning.cloning import clone_round
from tests.factories.catalogue import make_group, make_offer, make_product
from tests.factories.rounds import join, make_round
from tests.factories.wide import widen

PRODUCTS = 3000
TIMES = 5
#: A copy checks seasons, papers and times to make, and enters the groups: not this much dearer.
TARGET = 6.0


def run() -> bool:
    """Print time, statements and ratio; True when the copy costs little more than copying."""
    home = Path(os.environ.get("MARKET_HOME") or "var").absolute() / "bench"
    given = {name: value for name, value in os.environ.items() if name != local.PREPARED}
    env = local.environment(given | {"MARKET_HOME": str(home)}) | {local.PREPARED: "1"}
    with empty_market(env, "bench_clone"):
        source = _source()
        with _counted() as sent:
            _clone(source, 0)
        copies = [_timed(partial(_clone, source, n)) for n in range(1, TIMES + 1)]
        bare = [_timed(partial(_bare, source)) for _ in range(TIMES)]
    ratio = median(copies) / median(bare)
    print(
        f"clone: {PRODUCTS} products in {median(copies) * 1000:.0f} ms and {len(sent)} statements,"
        f" {ratio:.1f} times a bare INSERT ... SELECT ({median(bare) * 1000:.0f} ms)"
    )
    return ratio <= TARGET


def _source() -> int:
    with transaction() as session:
        round_id = make_round(session, now=utc_now())
        offer = make_offer(session, make_group(session), make_product(session))
        join(session, round_id, offer)
        widen(session, round_id, offer, range(1, PRODUCTS))
        return round_id


def _clone(source: int, nth: int) -> None:
    with transaction() as session:
        day = session.get_one(Round, source).delivery_on[0] + timedelta(days=7)
        copied = clone_round(
            session, source, delivery_on=day, key=f"bench-{nth}", actor="bench", now=utc_now()
        )
        assert copied.offers == PRODUCTS


def _bare(source: int) -> None:
    """As many rows into a table with the same indexes and checks, thrown away afterwards."""
    session: Session = db.session()
    columns = ", ".join(c.name for c in RoundOffer.__table__.columns if c.name != "id")
    session.execute(
        text(f"CREATE TEMP TABLE bare (LIKE round_offer INCLUDING ALL) ON COMMIT DROP;"
             f" INSERT INTO bare ({columns}) SELECT {columns} FROM round_offer"
             f" WHERE round_id = {source}")
    )  # fmt: skip
    session.commit()


def _timed(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


@contextmanager
def _counted() -> Iterator[list[str]]:
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        sent.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield sent
    event.remove(db.engine, "before_cursor_execute", note)
