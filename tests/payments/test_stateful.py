"""Money by its model: thousands of steps in random order, with failures in the middle of them.

Every step is a real command on the real database, in a savepoint; some are cut off at a random
statement, as a crash would, and tried again. After each step the audit of money must hold.
MONEY_EXAMPLES and MONEY_STEPS in the environment make it longer, MONEY_SHRINK finds a short story.
One file, though a long one: any step may follow any other, so they are one machine.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import func, insert, select, text

from market.fulfilment.commands import (
    arrive_at_point,
    hand_over,
    receive_order,
    report_made,
    report_packed,
    settle_round,
    start_making,
)
from market.matching.models import Batch
from market.orders.models import Order
from market.orders.rules import PayMethod
from market.payments.commands import (
    Incoming,
    Problem,
    Why,
    advance_upfront,
    choose_way,
    deposit_cash,
    drop_units,
    expire_charges,
    mark_failed,
    mark_refunded,
    raise_charges,
    receive,
    record_payout,
    record_refund,
    refund_problem,
    settle_shrinks,
    spend,
    stop_batches,
    take_cash,
    unwind_cancelled,
)
from market.payments.drops import parts_of_round
from market.payments.ledger import balance
from market.payments.models import Charge, ChargeShare, PaymentAttempt, Payout, Refund
from market.payments.refunding import sendable, start_sending
from market.payments.rules import AccountKind, Drop, ReleaseReason
from market.payments.states import AttemptKind, AttemptState, RefundWay
from market.rounds.commands import cancel_round
from market.rounds.models import RoundOfferPart
from market.rounds.parts import split_price
from market.rounds.rules import RoundState
from tests.factories.matching import NOW
from tests.factories.payments import Paying, add_batch, add_line, add_order, make_paying
from tests.payments.money_machine import ALL_CHECKS, Run

EXAMPLES = int(os.environ.get("MONEY_EXAMPLES", "30"))
STEPS = int(os.environ.get("MONEY_STEPS", "80"))
SHRINK = "MONEY_SHRINK" in os.environ  # minutes long, for whoever looks for the cause
ACTOR = "user:1"
PARTS = {"packing": 800, "transport": 700, "coordination": 333, "marketing": 250, "payment": 165}
METHODS = st.sampled_from([PayMethod.PROMPTPAY] * 2 + [PayMethod.CARD, PayMethod.CASH])


class Money(Run):
    """One round with its orders, from charging to the last payout."""

    def __init__(self) -> None:
        super().__init__()
        self.references = 0
        self.sent: list[tuple[int, Incoming]] = []

    def teardown(self) -> None:
        try:
            self.finish()
        finally:
            super().teardown()

    # -- the world

    @initialize(
        policy=st.sampled_from(["after_match", "after_match", "upfront"]),
        direct=st.booleans(),
        parts=st.booleans(),
        orders=st.lists(
            st.tuples(METHODS, st.integers(1, 12), st.integers(0, 12), st.booleans()),
            min_size=2, max_size=5,
        ),
    )  # fmt: skip
    def world(self, policy: str, direct: bool, parts: bool, orders: list[Any]) -> None:
        paying = self.paying = make_paying(self.session)
        paying.round.pay_policy = policy
        paying.round.payee = "groups" if direct and policy == "after_match" else "market"
        second = add_batch(self.session, paying, price=4333)
        for method, units, confirmed, also in orders:
            self.add(paying, second, method, units, min(units, confirmed), also, policy)
        if parts:
            self.freeze()
        if policy == "upfront":
            paying.round.state = RoundState.OPEN
            paying.round.closes_at = NOW + timedelta(hours=12)
        self.session.flush()
        if policy == "upfront":
            self.do(advance_upfront, paying.round.id, now=self.now)

    def add(
        self, paying: Paying, second: Batch, method: PayMethod, units: int, confirmed: int,
        also: bool, policy: str,
    ) -> None:  # fmt: skip
        order = add_order(self.session, paying, units, confirmed=confirmed)
        if policy == "upfront" and method is PayMethod.CASH:
            method = PayMethod.PROMPTPAY
        if paying.round.payee == "groups" and method is PayMethod.CARD:
            method = PayMethod.PROMPTPAY
        order.pay_method = method
        order.delivery_fee_satang = 4000 if also else 0
        if also:
            add_line(self.session, paying, order, second, 5)

    def freeze(self) -> None:
        for batch in self.session.scalars(select(Batch).order_by(Batch.id)):
            offer = self.session.execute(
                text("SELECT id, price_satang FROM round_offer WHERE id = :id"),
                {"id": batch.round_offer_id},
            ).one()
            stack = split_price(offer.price_satang, PARTS)
            rows = [
                {"round_offer_id": offer.id, "part": part, "amount_satang": satang}
                for part, satang in stack.items()
            ]
            self.session.execute(insert(RoundOfferPart), rows)

    def state(self) -> RoundState:
        """Read once a step: every rule's precondition asks."""
        if self.known_state is None:
            self.session.refresh(self.paying.round)
            self.known_state = self.paying.round.state
        return self.known_state

    # -- steps

    @rule(at=st.integers(1, 14))
    def crash_soon(self, at: int) -> None:
        self.crash_at = at

    @rule(hours=st.sampled_from([1, 1, 12, 40, 200]))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule()
    def sweep(self) -> None:
        round_id = self.paying.round.id
        for step in (advance_upfront, raise_charges, expire_charges, settle_shrinks,
                     unwind_cancelled):  # fmt: skip
            self.do(step, round_id, now=self.now)

    @precondition(lambda self: self.state() is RoundState.OPEN)
    @rule()
    def confirm(self) -> None:
        """The round closes, groups confirm: unpaid orders took no part."""
        self.do(advance_upfront, self.paying.round.id, now=self.now)
        self.session.execute(
            text("UPDATE orders SET state = 'cancelled', cancelled_at = :now"
                 " WHERE funded_at IS NULL AND state = 'placed'"), {"now": self.now},
        )  # fmt: skip
        self.paying.round.state, self.known_state = RoundState.PAYING, None
        self.session.flush()
        self.do(raise_charges, self.paying.round.id, now=self.now)

    @rule(number=st.integers(0, 9), off=st.sampled_from([0, 0, 0, 0, -1, 1, -5000, 5000]))
    def pay(self, number: int, off: int) -> None:
        """Money arrives, exactly or not, in time or not: the door takes it."""
        charge = self.pick(Charge, number)
        if charge is None or charge.method is PayMethod.CASH:
            return
        share = self.pick(ChargeShare, number // 2, ChargeShare.charge_id == charge.id)
        open_satang = (share or charge).amount_satang - (share or charge).received_satang
        money = self.incoming(charge, share, max(1, open_satang + off))
        received = self.do(receive, charge.id, money, actor=ACTOR, now=self.now)
        assert received is not None, "real money was refused"
        self.sent.append((charge.id, money))

    def incoming(self, charge: Charge, share: ChargeShare | None, amount: int) -> Incoming:
        self.references += 1
        if charge.method is PayMethod.CARD:
            attempt = PaymentAttempt(
                charge_id=charge.id, kind=AttemptKind.CHECKOUT, method=PayMethod.CARD,
                state=AttemptState.SUCCEEDED, amount_satang=amount, created_at=self.now,
                intent_id=f"pi_{self.references}",
            )  # fmt: skip
            self.session.add(attempt)
            self.session.flush()
            return Incoming(
                method=PayMethod.CARD, amount_satang=amount, account=AccountKind.PROVIDER,
                attempt_id=attempt.id,
            )  # fmt: skip
        group = share.group_id if share else None
        return Incoming(
            method=PayMethod.PROMPTPAY, amount_satang=amount, group_id=group,
            account=AccountKind.WITH_GROUP if group else AccountKind.BANK,
            owner=f"group:{group}" if group else "", bank_reference=f"REF{self.references:06d}",
        )  # fmt: skip

    @precondition(lambda self: self.sent)
    @rule(number=st.integers(0, 50))
    def the_same_money_again(self, number: int) -> None:
        charge_id, money = self.sent[number % len(self.sent)]
        before = self.totals()
        received = self.do(receive, charge_id, money, actor=ACTOR, now=self.now)
        assert received is not None
        assert received.outcome == "again"
        assert self.totals() == before

    def totals(self) -> Any:
        return self.session.execute(
            text("SELECT (SELECT count(*) FROM receipt), (SELECT count(*) FROM posting)")
        ).one()

    @rule(number=st.integers(0, 9))
    def pay_with_credit(self, number: int) -> None:
        charge = self.pick(Charge, number)
        if charge is not None:
            self.do(spend, charge.id, actor=ACTOR, now=self.now)

    @rule(number=st.integers(0, 9))
    def cash(self, number: int) -> None:
        charge = self.pick(Charge, number, Charge.method == PayMethod.CASH)
        if charge is not None and self.state() in (RoundState.PRODUCING, RoundState.DELIVERING):
            self.do(take_cash, charge.order_id, actor=ACTOR, now=self.now)

    @precondition(lambda self: self.state() is RoundState.PAYING)
    @rule(number=st.integers(0, 9), units=st.integers(1, 6))
    def units_fall_away(self, number: int, units: int) -> None:
        parts = parts_of_round(self.session, self.paying.round.id)
        if parts:
            part = parts[number % len(parts)]
            drop = Drop(part=part, units=min(units, part.live_units))
            why = Why(reason=ReleaseReason.SHORT, actor=ACTOR, now=self.now)
            self.do(drop_units, [drop], why)

    @precondition(lambda self: self.state() in (RoundState.PAYING, RoundState.PRODUCING))
    @rule(number=st.integers(0, 3))
    def a_batch_is_stopped(self, number: int) -> None:
        batch = self.pick(Batch, number, Batch.state.in_(("confirmed", "to_make")))
        if batch is not None:
            why = Why(reason=ReleaseReason.STOPPED, actor=ACTOR, now=self.now)
            self.do(stop_batches, [batch.id], why)

    @rule()
    def make(self) -> None:
        self.do(start_making, self.paying.round.id, now=self.now)

    @rule(number=st.integers(0, 3), short=st.integers(0, 4))
    def a_batch_goes_on(self, number: int, short: int) -> None:
        steps: dict[str, Callable[[Any], None]] = {
            "to_make": lambda b: self.do(
                report_made, b.id, max(0, b.to_make_units - short), actor=ACTOR, now=self.now
            ),
            "made": lambda b: self.do(report_packed, b.id, actor=ACTOR, now=self.now),
            "packed": lambda b: self.do(hand_over, b.id, actor=ACTOR, now=self.now),
        }
        batch = self.pick(Batch, number, Batch.state.in_(list(steps)))
        if batch is not None:
            steps[str(batch.state)](batch)
            self.do(arrive_at_point, self.paying.point.id, actor=ACTOR, now=self.now)

    @rule(number=st.integers(0, 9))
    def the_buyer_comes(self, number: int) -> None:
        order = self.pick(Order, number)
        if order is not None and order.point_id is not None:
            self.do(receive_order, order.point_id, order.pickup_code, actor=ACTOR, now=self.now)

    @rule()
    def settle(self) -> None:
        self.do(settle_round, self.paying.round.id, now=self.now)

    @rule(number=st.integers(0, 9), batch=st.integers(0, 3), satang=st.integers(1, 30_000))
    def something_was_bad(self, number: int, batch: int, satang: int) -> None:
        order, whose = self.pick(Order, number), self.pick(Batch, batch)
        if str(whose.state) in ("handed_over", "delivered", "paid_out"):
            problem = Problem(order_id=order.id, batch_id=whose.id, amount_satang=satang)
            self.do(refund_problem, problem, actor=ACTOR, now=self.now)

    @rule(
        number=st.integers(0, 9), way=st.sampled_from(RefundWay),
        to=st.sampled_from(["0812345678", "12", ""]),
    )  # fmt: skip
    def the_buyer_chooses(self, number: int, way: RefundWay, to: str) -> None:
        refund = self.pick(Refund, number)
        if refund is not None:
            self.do(
                choose_way, refund.id, way, promptpay=to, name="สมศรี", actor=ACTOR, now=self.now
            )

    @rule(outcome=st.sampled_from(["done", "done", "failed", "details", "late"]))
    def the_provider_sends(self, outcome: str) -> None:
        for refund_id in sendable(self.session, 3, now=self.now):
            self.do(start_sending, refund_id, now=self.now)
            self.references += 1
            if outcome == "done":
                self.do(
                    mark_refunded, refund_id, gateway_refund_id=f"re_{self.references}",
                    actor="gateway", now=self.now,
                )  # fmt: skip
            elif outcome != "late":
                self.do(
                    mark_failed, refund_id, f"refused {self.references}", now=self.now,
                    needs_details=outcome == "details",
                )  # fmt: skip

    @rule(number=st.integers(0, 9))
    def a_refund_fails_after_all(self, number: int) -> None:
        refund = self.pick(Refund, number, Refund.gateway_refund_id.is_not(None))
        if refund is not None:
            self.references += 1
            self.do(mark_failed, refund.id, f"returned {self.references}", now=self.now)

    @rule(number=st.integers(0, 9), again=st.booleans())
    def the_treasurer_sends(self, number: int, again: bool) -> None:
        refund = self.pick(Refund, number)
        if refund is None:
            return
        self.references += 1
        for _ in range(2 if again else 1):
            self.do(
                record_refund, refund.id, bank_reference=f"BACK{self.references}", actor=ACTOR,
                now=self.now,
            )  # fmt: skip

    @rule(number=st.integers(0, 3))
    def pay_out(self, number: int) -> None:
        point = self.paying.point.id
        there = balance(self.session, AccountKind.CASH, f"point:{point}")
        self.references += 1
        self.do(
            deposit_cash, point_id=point, amount_satang=there,
            bank_reference=f"DEP{self.references}", actor=ACTOR, now=self.now,
        )  # fmt: skip
        payout = self.pick(Payout, number)
        if payout is not None:
            for _ in range(2):
                self.do(
                    record_payout, payout.id, bank_reference=f"OUT{payout.id:05d}", actor=ACTOR,
                    now=self.now,
                )  # fmt: skip

    @precondition(lambda self: self.state() in (RoundState.OPEN, RoundState.PAYING))
    @rule(sure=st.integers(0, 5))
    def the_round_is_called_off(self, sure: int) -> None:
        if sure == 0:
            self.do(cancel_round, self.paying.round.id, actor=ACTOR, reason="fire", now=self.now)

    # -- what always holds

    @invariant()
    def the_audit_of_money_holds(self) -> None:
        if not self.changed:
            return
        self.changed = False
        broken = self.session.execute(ALL_CHECKS).all()
        assert broken == [], self.books()

    # -- the end of the story

    def finish(self) -> None:
        """Played to its end, no baht is held: it is earned, paid back or visibly owed back."""
        if not hasattr(self, "paying"):
            return
        self.now += timedelta(days=30)
        if self.state() is RoundState.OPEN:
            self.confirm()
        for _ in range(6):
            self.now += timedelta(days=9)
            self.sweep()
            self.make()
            for batch in range(3):
                for _step in range(3):
                    self.a_batch_goes_on(batch, 0)
            self.settle()
            for number in range(4):
                self.pay_out(number)
        self.changed = True
        self.the_audit_of_money_holds()
        if self.state() in (RoundState.PRODUCING, RoundState.DELIVERING, RoundState.COMPLETED):
            assert balance(self.session, AccountKind.HELD) == 0
            assert balance(self.session, AccountKind.OVERPAID) == 0
        assert self.unfinished() == 0

    def unfinished(self) -> int:
        """Charges that still wait, long after everything."""
        waits = select(func.count()).select_from(Charge).where(
            Charge.state == "due", Charge.method != PayMethod.CASH
        )  # fmt: skip
        return self.session.scalar(waits) or 0


@pytest.mark.db
def test_no_order_of_steps_loses_or_doubles_a_baht(app: Flask) -> None:
    Money.app = app
    run_state_machine_as_test(
        Money,
        settings=settings(
            max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None, derandomize=True,
            suppress_health_check=list(HealthCheck), database=None,
            phases=[Phase.generate, Phase.shrink] if SHRINK else [Phase.generate],
        ),
    )  # fmt: skip
