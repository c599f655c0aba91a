"""2,000 charges settled by workers, against the bare insert of their ledger entries.

The bare side writes what double entry needs and nothing else: an entry and its two legs. Ours
also locks the charge, writes receipt, states, audit trail and the buyers' notices. Both one by one
(as a webhook's worker does), in one run on one database.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

from flask import Flask
from sqlalchemy import text

from benchmarks.serving import settings
from config import Config
from market.app import create_app
from market.clock import utc_now
from market.db import db, transaction
from market.orders.rules import PayMethod
from market.payments.receiving import Incoming, receive
from market.payments.rules import AccountKind
from tests.factories import orders as factory

CHARGES = 2_000
WORKERS = 2
AMOUNT = 12_345
#: Ours writes ten rows in five tables where the bare side writes three in two.
TARGET = 0.1

_MAKE = text(
    """
    WITH buyers AS (
        INSERT INTO buyer (name, phone, sample)
        SELECT 'ผู้ซื้อ ' || n, '+668' || lpad(n::text, 8, '0'), true
          FROM generate_series(1, :count) n RETURNING id),
    numbered AS (SELECT id AS buyer_id, row_number() OVER () AS n FROM buyers),
    placed AS (
        INSERT INTO orders (number, round_id, buyer_id, state, idempotency_key, version,
                            pay_method, point_id, tambon_code, delivery_index,
                            delivery_fee_satang, pickup_code, placed_at)
        SELECT :round_id || '-B' || n, :round_id, buyer_id, 'placed',
               'bench-' || :round_id || '-' || n, 1, 'promptpay', :point_id, :tambon, 0, 0,
               lpad(n::text, 6, '0'), now()
          FROM numbered RETURNING id)
    INSERT INTO charge (order_id, round_id, method, goods_satang, fee_satang, amount_satang, state,
                        pay_by, raised_at, settled_at)
    SELECT id, :round_id, 'promptpay', :amount, 0, :amount, 'due', now() + interval '1 day',
           now(), now()
      FROM placed RETURNING id
    """
)


def run() -> bool:
    """Print charges a second, bare and ours, and their ratios."""
    app = create_app(Config.from_env(settings()))
    factory.number_from(time.time_ns() // 10**6)  # this database was filled before
    with app.app_context():
        round_id, charges = _charges()
        bare = _rate(app, charges, lambda charge: _bare(round_id, charge))
        ours = _rate(app, charges, _receive)
        paid = _paid(round_id)
    ratio = ours / bare
    print(f"money: {CHARGES} charges by {WORKERS} workers, {paid} paid, the ledger balances")
    print(f"money: {ours:.0f}/s, bare {bare:.0f}/s, ratio {ratio:.2f}")
    good = ratio >= TARGET and paid == CHARGES
    print(f"money: the ratio must reach {TARGET}, and all be paid: {'yes' if good else 'NO'}")
    return good


def _charges() -> tuple[int, list[int]]:
    with transaction() as session:
        market = factory.make_market(session)
        values = {
            "count": CHARGES, "round_id": market.round_id, "point_id": market.point_id,
            "amount": AMOUNT, "tambon": market.tambon_code,
        }  # fmt: skip
        return market.round_id, list(session.scalars(_MAKE, values))


def _rate(app: Flask, charges: Sequence[int], job: Callable[[int], None]) -> float:
    """Charges a second, by workers that take turns."""
    started = time.perf_counter()
    threads = [
        threading.Thread(target=_work, args=(app, charges[number::WORKERS], job))
        for number in range(WORKERS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(charges) / (time.perf_counter() - started)


def _work(app: Flask, charges: Sequence[int], job: Callable[[int], None]) -> None:
    with app.app_context():
        for charge in charges:
            job(charge)
        db.session.remove()


def _bare(round_id: int, charge_id: int) -> None:
    now = utc_now()
    with transaction() as session:
        session.execute(
            text(
                """
                WITH e AS (
                    INSERT INTO ledger_entry (cause, at, memo, round_id)
                    VALUES ('bare:' || :id, :now, 'bare', :round_id) RETURNING id)
                INSERT INTO posting (entry_id, kind, owner, amount_satang)
                SELECT e.id, leg.kind, '', leg.amount FROM e
                 CROSS JOIN (VALUES ('bank', 12345), ('held', -12345)) AS leg(kind, amount)
                """
            ),
            {"id": str(charge_id), "now": now, "round_id": round_id},
        )


def _money(charge_id: int) -> Incoming:
    return Incoming(
        method=PayMethod.PROMPTPAY, amount_satang=AMOUNT, account=AccountKind.BANK,
        bank_reference=f"BENCH{charge_id:09d}",
    )  # fmt: skip


def _receive(charge_id: int) -> None:
    with transaction() as session:
        receive(session, charge_id, _money(charge_id), actor="bench", now=utc_now())


def _paid(round_id: int) -> int:
    with transaction() as session:
        unbalanced = session.scalar(text("SELECT sum(amount_satang) FROM posting"))
        if unbalanced:
            raise AssertionError(f"the ledger is off by {unbalanced} satang")
        count = text("SELECT count(*) FROM charge WHERE round_id = :id AND state = 'paid'")
        return int(session.scalar(count, {"id": round_id}) or 0)
