"""A random walk of commands: the books balance after every step, whatever the order of steps."""

import contextlib
import random
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from market.errors import MarketError
from market.fulfilment import commands as making
from market.matching.models import Ask, Batch
from market.matching.rules import Answer
from market.orders.rules import ShortageChoice
from market.payments import commands as money
from market.payments.models import Charge, Payout, Refund
from market.payments.queries import books_of
from tests.factories.matching import NOW
from tests.factories.payments import Paying, add_batch, add_line, add_order, make_paying

ACTOR = "user:1"
STEPS = 60


class Walk:
    """One round and a clock that only moves on."""

    def __init__(self, session: Session, seed: int) -> None:
        self.session, self.dice, self.now = session, random.Random(seed), NOW
        self.paying = self.plant()
        self.steps = [
            self.raise_charges, self.receipt, self.wrong_receipt, self.expire, self.answer,
            self.settle_shrinks, self.start, self.made, self.packed, self.hand_over, self.arrive,
            self.collect, self.parcel, self.settle, self.payout, self.refund, self.deposit,
            self.wait,
        ]  # fmt: skip

    def plant(self) -> Paying:
        paying = make_paying(self.session, storage=self.dice.choice(["fresh", "ambient"]))
        second = add_batch(self.session, paying, price=5550)
        for _ in range(6):
            units = self.dice.randint(1, 9)
            parcel, cash = self.dice.choice([(True, False), (False, True), (False, False)])
            order = add_order(
                self.session, paying, units, confirmed=self.dice.randint(0, units), cash=cash,
                parcel=parcel, shortage=self.dice.choice(list(ShortageChoice)),
            )  # fmt: skip
            if self.dice.random() < 0.6:
                add_line(self.session, paying, order, second, self.dice.randint(1, 5))
        return paying

    def run(self) -> None:
        for _ in range(STEPS):
            step = self.dice.choice(self.steps)
            with contextlib.suppress(MarketError), self.session.begin_nested():
                step()
            self.session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
            self.session.execute(text("SET CONSTRAINTS ALL DEFERRED"))
            check(self.session, self.paying.round.id, step.__name__)

    def pick(self, model: type) -> int:
        ids = self.session.scalars(select(model.id)).all()  # type: ignore[attr-defined]
        if not ids:
            raise MarketError("nothing_there")
        return int(self.dice.choice(ids))

    @property
    def round_id(self) -> int:
        return self.paying.round.id

    def wait(self) -> None:
        self.now += timedelta(hours=self.dice.choice([1, 12, 48, 200]))

    def raise_charges(self) -> None:
        money.raise_charges(self.session, self.round_id, now=self.now)

    def receipt(self) -> None:
        charge = self.session.get_one(Charge, self.pick(Charge), populate_existing=True)
        money.record_receipt(
            self.session, charge.id, bank_reference=f"IN-{charge.id:05d}",
            amount_satang=charge.amount_satang, actor=ACTOR, now=self.now,
        )  # fmt: skip

    def wrong_receipt(self) -> None:
        money.record_receipt(
            self.session, self.pick(Charge), bank_reference=f"IN-{self.dice.randint(1, 9):05d}",
            amount_satang=self.dice.choice([1, 7000, -7000, 10**9]), actor=ACTOR, now=self.now,
        )  # fmt: skip

    def expire(self) -> None:
        money.expire_charges(self.session, self.round_id, now=self.now)

    def answer(self) -> None:
        ask = self.session.get_one(Ask, self.pick(Ask), populate_existing=True)
        if ask.answer is Answer.WAITING:
            ask.answer = self.dice.choice([Answer.ALL, Answer.NO])
            ask.confirmed_units = ask.units if ask.answer is Answer.ALL else 0
            ask.answered_at, ask.answered_by = self.now, ACTOR
            self.session.flush()

    def settle_shrinks(self) -> None:
        money.settle_shrinks(self.session, self.round_id, now=self.now)

    def start(self) -> None:
        making.start_making(self.session, self.round_id, now=self.now)

    def made(self) -> None:
        batch = self.session.get_one(Batch, self.pick(Batch), populate_existing=True)
        units = max(0, batch.to_make_units - self.dice.choice([0, 0, 0, 1, 3, 99]))
        making.report_made(self.session, batch.id, units, actor=ACTOR, now=self.now)

    def packed(self) -> None:
        making.report_packed(self.session, self.pick(Batch), actor=ACTOR, now=self.now)

    def hand_over(self) -> None:
        making.hand_over(self.session, self.pick(Batch), actor=ACTOR, now=self.now)

    def arrive(self) -> None:
        making.arrive_at_point(self.session, self.paying.point.id, actor=ACTOR, now=self.now)

    def collect(self) -> None:
        order = self.dice.choice(self.paying.orders)
        making.receive_order(
            self.session, self.paying.point.id, order.pickup_code, actor=ACTOR, now=self.now
        )

    def parcel(self) -> None:
        order = self.dice.choice(self.paying.orders)
        making.receive_parcel(self.session, order.id, actor=ACTOR, now=self.now)

    def settle(self) -> None:
        making.settle_round(self.session, self.round_id, now=self.now)

    def payout(self) -> None:
        money.record_payout(
            self.session, self.pick(Payout), bank_reference="OUT-1", actor=ACTOR, now=self.now
        )

    def refund(self) -> None:
        key = self.pick(Refund)
        money.record_refund(
            self.session, key, bank_reference=f"BACK-{key}", actor=ACTOR, now=self.now
        )

    def deposit(self) -> None:
        money.deposit_cash(
            self.session, point_id=self.paying.point.id, amount_satang=7000,
            bank_reference=f"DEP-{self.dice.randint(1, 99)}", actor=ACTOR, now=self.now,
        )  # fmt: skip


def check(session: Session, round_id: int, step: str) -> None:
    """What must hold after every step, from the tables alone."""
    assert books_of(session, round_id).adds_up, step
    for query in BROKEN:
        rows = session.execute(text(query)).all()
        assert not rows, (step, query, rows)


BROKEN = (
    "SELECT entry_id FROM posting GROUP BY entry_id HAVING sum(amount_satang) <> 0",
    "SELECT kind, owner, sum(amount_satang) FROM posting WHERE kind IN ('bank', 'cash')"
    " GROUP BY 1, 2 HAVING sum(amount_satang) < 0",
    "SELECT kind, owner, sum(amount_satang) FROM posting WHERE kind NOT IN ('bank', 'cash')"
    " GROUP BY 1, 2 HAVING sum(amount_satang) > 0",
    # A due charge is exactly what is still to be delivered, and its fee.
    "SELECT c.id FROM charge c WHERE c.state = 'due' AND c.goods_satang <> ("
    " SELECT coalesce(sum(a.live_units * a.price_satang), 0) FROM assignment a"
    " JOIN order_line l ON l.id = a.line_id WHERE l.order_id = c.order_id)",
    # Paid money is delivered value, the fee and what was owed back, and nothing else.
    "SELECT c.id FROM charge c WHERE c.state = 'paid' AND c.amount_satang <> ("
    " SELECT coalesce(sum(a.live_units * a.price_satang), 0)"
    "        + CASE WHEN sum(a.live_units) > 0 THEN c.fee_satang ELSE 0 END"
    " FROM assignment a JOIN order_line l ON l.id = a.line_id WHERE l.order_id = c.order_id)"
    " + (SELECT coalesce(sum(f.amount_satang), 0) FROM refund f WHERE f.order_id = c.order_id)",
    "SELECT order_id FROM charge WHERE state IN ('expired', 'void') AND order_id IN ("
    " SELECT l.order_id FROM assignment a JOIN order_line l ON l.id = a.line_id"
    " WHERE a.live_units > 0)",
    "SELECT b.id FROM batch b JOIN assignment a ON a.batch_id = b.id"
    " GROUP BY b.id HAVING sum(a.confirmed_units) > b.confirmed_units",
    "SELECT p.assignment_id FROM price_part p JOIN assignment a ON a.id = p.assignment_id"
    " WHERE p.amount_satang <> a.live_units * a.price_satang",
)


@pytest.mark.parametrize("seed", range(12))
def test_the_books_balance_after_every_step(session: Session, seed: int) -> None:
    Walk(session, seed).run()
