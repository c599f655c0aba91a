"""The gateway against Stripe's own test mode: that the fake says what Stripe says.

Runs only where STRIPE_TEST_KEY holds a test key of yours; nothing is charged.
"""

import dataclasses
import os
import secrets
from datetime import timedelta

import pytest
import stripe

from config import Config
from market.clock import utc_now
from market.errors import NotFound, Refused
from market.orders.rules import PayMethod
from market.payments.gateway import provider_for
from market.payments.provider import (
    CardCharge,
    CardPageRequest,
    PageRequest,
    Provider,
    RefundOutcome,
    RefundRequest,
)
from market.payments.states import AttemptState

KEY = os.environ.get("STRIPE_TEST_KEY", "")
pytestmark = [
    pytest.mark.stripe_live,
    pytest.mark.skipif(not KEY, reason="no STRIPE_TEST_KEY"),
]


@pytest.fixture
def gateway(config: Config) -> Provider:
    assert "_test_" in KEY, "a live key would charge people"
    provider = provider_for(dataclasses.replace(config, stripe_secret_key=KEY))
    assert provider is not None
    return provider


@pytest.fixture
def run() -> str:
    """A key's part that no other run has used."""
    return secrets.token_hex(6)


def page(run: str, **changes: object) -> PageRequest:
    asked = {
        "key": f"page-{run}", "attempt_id": 1, "order_number": "12-0001", "amount_satang": 70000,
        "methods": (PayMethod.CARD,), "hold": False, "email": "somsri@talad.example",
        "expires_at": (utc_now() + timedelta(hours=2)).replace(microsecond=0),
    }  # fmt: skip
    return PageRequest(**asked | changes)


def charge_of(gateway: Provider, run: str, method: str) -> CardCharge:
    customer = gateway.make_customer(1, f"สมศรี {run}", None)
    kept = stripe.StripeClient(KEY).v1.payment_methods.attach(method, {"customer": customer})
    return CardCharge(
        key=f"charge-{run}", attempt_id=2, order_number="12-0001", amount_satang=70000,
        customer_id=customer, payment_method_id=kept.id,
    )  # fmt: skip


def test_a_page_is_made_once_and_closed(gateway: Provider, run: str) -> None:
    asked = page(run)
    made = gateway.open_page(asked)
    assert gateway.open_page(asked).session_id == made.session_id
    assert (made.open, made.row_id, made.intent_id) == (True, 1, None)
    assert made.url is not None
    assert made in gateway.list_pages(utc_now() - timedelta(minutes=5))
    assert gateway.close_page(made.session_id).expired
    assert gateway.close_page(made.session_id).expired


def test_the_page_for_a_card_is_made(gateway: Provider, run: str) -> None:
    customer = gateway.make_customer(1, f"สมศรี {run}", "somsri@talad.example")
    made = gateway.open_card_page(
        CardPageRequest(key=f"card-{run}", card_id=3, order_number="12-0001", customer_id=customer)
    )
    assert (made.open, made.row_id) == (True, 3)


def test_a_kept_card_is_charged_refunded_and_forgotten(gateway: Provider, run: str) -> None:
    charge = charge_of(gateway, run, "pm_card_visa")
    paid = gateway.charge_card(charge)
    assert gateway.charge_card(charge).intent_id == paid.intent_id
    assert (paid.state, paid.received_satang) == (AttemptState.SUCCEEDED, 70000)
    assert (paid.attempt_id, paid.method, paid.livemode) == (2, PayMethod.CARD, False)
    asked = RefundRequest(
        refund_id=4, key=f"refund-{run}", intent_id=paid.intent_id, amount_satang=20000, email=None
    )
    sent = gateway.refund(asked)
    assert gateway.refund(asked).gateway_refund_id == sent.gateway_refund_id
    assert sent.outcome in (RefundOutcome.DONE, RefundOutcome.PENDING)
    assert (sent.refund_id, sent.key) == (4, f"refund-{run}")
    gateway.drop_card(charge.payment_method_id)
    gateway.drop_card(charge.payment_method_id)


@pytest.mark.parametrize(
    ("method", "failure"),
    [
        ("pm_card_authenticationRequired", "authentication_required"),
        ("pm_card_chargeCustomerFail", "card_declined"),
    ],
)
def test_a_card_that_fails_says_why(gateway: Provider, run: str, method, failure) -> None:
    payment = gateway.charge_card(charge_of(gateway, run, method))
    assert (payment.state, payment.failure) == (AttemptState.PENDING, failure)


def test_what_is_too_small_or_unknown_is_refused(gateway: Provider, run: str) -> None:
    with pytest.raises(Refused):
        gateway.open_page(page(run, amount_satang=100))
    with pytest.raises(NotFound):
        gateway.find_payment("pi_unknown")
