"""Buyers, banks, workers, messages and broken lines in any order: the two books agree at the end.

STRIPE_EXAMPLES=500 tries longer.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from random import Random
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.orm import Session

from config import Config
from market.errors import MarketError
from market.payments import cards, provider_flows
from market.payments.commands import expire_charges
from market.payments.owing import NewRefund, owe_refund
from market.payments.reconcile_flows import reconcile
from market.payments.rules import ChargeState
from market.payments.states import AttemptKind
from tests.factories.matching import NOW
from tests.fakes import stripe_after
from tests.fakes.stripe_world import Refusal
from tests.payments.stripe_kit import METHODS, Desk, fake_stripe, gateway_of, make_desk

CARDS = ("ok", "declined", "poor", "asks")
FAULTS = ("lost", "late", "500", "429")


class Story:
    """One order's life at the provider, a step at a time."""

    def __init__(self, desk: Desk, chance: Random) -> None:
        self.desk, self.chance, self.now = desk, chance, NOW
        self.world = desk.fake.world

    def open_page(self) -> None:
        provider_flows.open_pay_page(
            self.desk.charge.id, self.desk.gateway, kind=AttemptKind.CHECKOUT, methods=METHODS,
            now=self.now,
        )  # fmt: skip

    def buyer_acts(self) -> None:
        pages = [s for s in self.world.all("checkout.session") if s["status"] == "open"]
        if not pages:
            return
        page = self.chance.choice(pages)
        if page["mode"] == "setup":
            self.world.buyer_keeps_card(page["id"], self.chance.choice(CARDS))
        else:
            method = self.chance.choice(("card", "card", "promptpay"))
            self.world.buyer_pays(page["id"], method, self.chance.choice(CARDS))

    def leave_card(self) -> None:
        order = self.desk.paying.orders[0].id
        provider_flows.open_card_page(order, self.desk.gateway, now=self.now)

    def take_card_back(self) -> None:
        order = self.desk.paying.orders[0].id
        cards.forget_card(self.desk.session, order, actor="buyer:1", now=self.now)

    def message(self) -> None:
        if self.world.events:
            self.desk.hear(self.chance.choice(self.world.events), now=self.now)

    def look(self) -> None:
        for attempt_id in provider_flows.due_attempts(now=self.now):
            provider_flows.advance_attempt(attempt_id, self.desk.gateway, now=self.now)

    def send_refunds(self) -> None:
        provider_flows.send_refunds(self.desk.gateway, now=self.now)

    def refund_outside(self) -> None:
        paid = [i for i in self.world.all("payment_intent") if i["status"] == "succeeded"]
        if paid:
            stripe_after.make_refund(self.world, {
                "payment_intent": self.chance.choice(paid)["id"],
                "amount": str(self.chance.choice((10000, 20000, 70000))),
                "instructions_email": "somsri@talad.example",
            })  # fmt: skip

    def problem(self) -> None:
        charge = self.desk.charge
        if charge.state is ChargeState.PAID:
            refund = NewRefund(order_id=charge.order_id, round_id=charge.round_id,
                               cause=f"problem:{charge.id}", amount_satang=20000)  # fmt: skip
            owe_refund(self.desk.session, refund, actor="user:1", now=self.now)

    def bank_settles(self) -> None:
        waiting = [r for r in self.world.all("refund") if r["status"] == "requires_action"]
        if waiting:
            state = self.chance.choice(("succeeded", "failed"))
            stripe_after.settle_refund(self.world, waiting[0]["id"], state, "declined")

    def bounce(self) -> None:
        sent = [r for r in self.world.all("refund") if r["status"] == "succeeded"]
        if sent:
            stripe_after.settle_refund(self.world, sent[0]["id"], "failed", "lost_card")

    def expire(self) -> None:
        expire_charges(self.desk.session, self.desk.charge.round_id, now=self.desk.charge.pay_by)

    def fault(self) -> None:
        how = self.chance.choice(FAULTS)
        self.desk.fake.fail_next(self.chance.choice(("GET", "POST")), "/v1/.*", how)

    def wait(self) -> None:
        minutes = self.chance.choice((1, 12, 20))
        self.now += timedelta(minutes=minutes)
        self.world.shift_seconds += minutes * 60

    def end(self) -> None:
        """The line is mended, every message arrives, workers do what is left."""
        self.desk.fake._failures.clear()
        for _round in range(3):
            self.now += timedelta(hours=7)
            self.world.shift_seconds += 7 * 3600
            self.desk.hear(now=self.now)
            self.look()
            self.send_refunds()
        reconcile(self.desk.gateway, now=self.now)


STEPS: tuple[Callable[[Story], None], ...] = (
    Story.open_page, Story.open_page, Story.buyer_acts, Story.buyer_acts, Story.leave_card,
    Story.take_card_back, Story.message, Story.message, Story.look, Story.look,
    Story.send_refunds, Story.refund_outside, Story.problem, Story.bank_settles, Story.bounce,
    Story.expire, Story.fault, Story.fault, Story.wait,
)  # fmt: skip


def total(session: Session, query: str) -> int:
    return int(
        session.execute(text(f"SELECT coalesce(sum(amount_satang), 0) FROM {query}")).scalar_one()
    )


@settings(
    max_examples=int(os.environ.get("STRIPE_EXAMPLES", "12")), deadline=None,
    derandomize="STRIPE_EXAMPLES" not in os.environ,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # to shrink takes minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(st.lists(st.sampled_from(STEPS), min_size=8, max_size=40), st.integers(0, 2**32))
def test_whatever_happens_the_two_books_agree(
    session: Session, config: Config, steps: list[Callable[[Story], None]], seed: int
) -> None:
    with fake_stripe() as fake, emptied(session):
        desk = make_desk(session, config, fake)
        session.execute(text("UPDATE buyer SET email = 'somsri@talad.example'"))
        desk.gateway = gateway_of(config, fake, visitor=True)
        session.commit()
        story = Story(desk, Random(seed))
        for step in steps:
            try:
                step(story)
                session.commit()
            except (MarketError, Refusal):
                session.rollback()
        story.end()
        agree(desk)


@contextmanager
def emptied(session: Session) -> Iterator[None]:
    """Each example begins with the tables as the test found them."""
    session.commit()
    connection: Any = session.bind
    before = connection.begin_nested()
    try:
        yield
    finally:
        session.rollback()
        session.expunge_all()
        before.rollback()


def agree(desk: Desk) -> None:
    """What the provider has is what our books say it has, and the audit finds nothing."""
    world, session = desk.fake.world, desk.session
    taken = sum(i["amount_received"] for i in world.all("payment_intent"))
    back = sum(r["amount"] for r in world.all("refund") if r["status"] == "succeeded")
    fees = sum(t["fee"] for t in world.all("balance_transaction"))
    assert total(session, "receipt") == taken
    assert total(session, "posting WHERE kind = 'provider'") == taken - back - fees
    assert total(session, "posting WHERE kind = 'fees'") == fees
    assert desk.broken_promises() == []
    excess = total(session, "(SELECT excess_satang AS amount_satang FROM receipt) r")
    wanted = 70000 if desk.charge.state is ChargeState.PAID else 0
    assert excess == taken - wanted  # nobody is charged twice, or has it back
