"""Two of everything at once: real threads, real commits, one effect."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from config import Config
from market.clock import utc_now
from market.db import transaction
from market.doorbell import (
    ADVANCE_ATTEMPT,
    RECONCILE,
    SEND_REFUNDS,
    SWEEP_PROVIDER,
    WORK_MESSAGES,
)
from market.errors import MarketError
from market.orders.rules import PayMethod
from market.payments import message_flows, messages, provider_flows
from market.payments.charges import raise_charges
from market.payments.models import GatewayEvent, LedgerEntry, PaymentAttempt, Receipt, Refund
from market.payments.owing import NewRefund, owe_refund
from market.payments.provider import Message
from market.payments.rules import ChargeState
from market.payments.states import AttemptKind
from tests.factories.payments import add_order, charge_of, ledger, make_paying
from tests.payments.stripe_kit import METHODS, gateway_of, with_stripe

AT_ONCE = 6


@pytest.fixture
def order(committed: Flask) -> Any:
    """An order due by card, committed."""
    with transaction() as session:
        paying = make_paying(session)
        paying.round.pay_methods = ["card", "stripe_promptpay"]
        order = add_order(session, paying, 10)
        order.pay_method = PayMethod.CARD
        session.flush()
        raise_charges(session, paying.round.id, now=utc_now())
        charge_of(session, order).pay_by = utc_now() + timedelta(hours=5)
    return order


def charge_id(order: Any) -> int:
    with transaction() as session:
        return charge_of(session, order).id


def at_once(app: Flask, act: Callable[[], Any]) -> list[Any]:
    """What each of several threads got, or the refusal it met."""
    gate = Barrier(AT_ONCE)

    def one(_number: int) -> Any:
        with app.app_context():
            gate.wait(10)
            try:
                return act()
            except MarketError as refusal:
                return refusal

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(one, range(AT_ONCE)))


def count(model: Any) -> int:
    with transaction() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def test_many_tabs_at_once_open_one_page(committed, config: Config, fake, order) -> None:
    due = charge_id(order)
    urls = at_once(committed, lambda: provider_flows.open_pay_page(
        due, gateway_of(config, fake), kind=AttemptKind.CHECKOUT, methods=METHODS, now=utc_now(),
    ))  # fmt: skip
    pages = {url for url in urls if isinstance(url, str)}
    assert len(pages) == 1, urls
    assert count(PaymentAttempt) == 1
    assert len(fake.world.all("checkout.session")) == 1


def test_messages_and_looks_at_once_book_the_money_once(committed, config, fake, order) -> None:
    gateway = gateway_of(config, fake)
    url = provider_flows.open_pay_page(
        charge_id(order), gateway, kind=AttemptKind.CHECKOUT, methods=METHODS, now=utc_now()
    )
    intent = fake.world.buyer_pays(url.rsplit("/", 1)[1])
    with transaction() as session:
        attempt_id = session.scalars(select(PaymentAttempt.id)).one()
        for number in range(AT_ONCE):
            told = Message(id=f"evt_{number}", kind="payment_intent.succeeded",
                           object_id=intent["id"], livemode=False)  # fmt: skip
            messages.keep_message(session, told, now=utc_now())

    def look() -> None:
        message_flows.work_messages(gateway_of(config, fake), now=utc_now())
        provider_flows.advance_attempt(attempt_id, gateway_of(config, fake), now=utc_now())

    met = at_once(committed, look)
    assert met == [None] * AT_ONCE
    with transaction() as session:
        assert charge_of(session, order).state is ChargeState.PAID
        assert ledger(session)["held"] == -70000
        undone = select(func.count()).where(GatewayEvent.done_at.is_(None))
        assert session.scalar(undone) == 0
    assert (count(Receipt), count(LedgerEntry)) == (1, 2)  # the money, the fee


def test_a_message_that_comes_many_times_at_once_is_kept_once(committed, fake, order) -> None:
    told = Message(id="evt_1", kind="payment_intent.succeeded", object_id="pi_1", livemode=False)

    def keep() -> bool:
        with transaction() as session:
            return messages.keep_message(session, told, now=utc_now())

    assert sorted(at_once(committed, keep)) == [False] * (AT_ONCE - 1) + [True]


def test_a_refund_sent_by_many_workers_goes_once(committed, config, fake, order) -> None:
    gateway = gateway_of(config, fake)
    url = provider_flows.open_pay_page(
        charge_id(order), gateway, kind=AttemptKind.CHECKOUT, methods=METHODS, now=utc_now()
    )
    fake.world.buyer_pays(url.rsplit("/", 1)[1])
    with transaction() as session:
        attempt_id = session.scalars(select(PaymentAttempt.id)).one()
    provider_flows.advance_attempt(attempt_id, gateway, now=utc_now())
    with transaction() as session:
        charge = charge_of(session, order)
        owe_refund(
            session,
            NewRefund(order_id=order.id, round_id=charge.round_id, cause="test:1",
                      amount_satang=20000),
            actor="system", now=utc_now(),
        )  # fmt: skip
    at_once(committed, lambda: provider_flows.send_refunds(
        gateway_of(config, fake), now=utc_now()))  # fmt: skip
    assert len(fake.world.all("refund")) == 1
    with transaction() as session:
        (refund,) = session.scalars(select(Refund)).all()
        assert str(refund.state) == "paid"
        assert ledger(session)["held"] == -50000


def test_the_worker_walks_from_message_to_money(committed, config, fake, order, celery) -> None:
    """The tasks themselves, in an application that has a provider."""
    usual = committed.extensions["market_config"]
    for name in (SWEEP_PROVIDER, WORK_MESSAGES, SEND_REFUNDS, RECONCILE):
        celery.tasks[name].run()  # no provider: nothing happens
    assert fake.asked == []
    committed.extensions["market_config"] = with_stripe(config, fake)
    try:
        url = provider_flows.open_pay_page(
            charge_id(order), gateway_of(config, fake), kind=AttemptKind.CHECKOUT,
            methods=METHODS, now=utc_now(),
        )  # fmt: skip
        fake.world.buyer_pays(url.rsplit("/", 1)[1])
        with transaction() as session:
            attempt_id = session.scalars(select(PaymentAttempt.id)).one()
        celery.tasks[ADVANCE_ATTEMPT].run(attempt_id)
        for name in (SWEEP_PROVIDER, WORK_MESSAGES, SEND_REFUNDS, RECONCILE):
            celery.tasks[name].run()
    finally:
        committed.extensions["market_config"] = usual
    with transaction() as session:
        assert charge_of(session, order).state is ChargeState.PAID
