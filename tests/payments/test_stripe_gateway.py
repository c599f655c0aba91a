"""The gateway and the official library against a Stripe that speaks HTTP."""

from datetime import timedelta

import pytest

from config import Config
from market.clock import utc_now
from market.errors import NotFound, Refused, Unavailable
from market.orders.rules import PayMethod
from market.payments.gateway import provider_for
from market.payments.hooks.gateway import read_message
from market.payments.provider import (
    CardCharge,
    CardPageRequest,
    PageRequest,
    Provider,
    RefundOutcome,
    RefundRequest,
)
from market.payments.states import AttemptState, CardState, DisputeState
from tests.fakes import stripe_after
from tests.fakes.stripe_server import SECRET, FakeStripe
from tests.payments.stripe_kit import gateway_of

YESTERDAY = utc_now() - timedelta(days=1)
BOTH = (PayMethod.CARD, PayMethod.STRIPE_PROMPTPAY)


@pytest.fixture
def gateway(config: Config, fake: FakeStripe) -> Provider:
    return gateway_of(config, fake)


def page(**changes: object) -> PageRequest:
    asked = {
        "key": "attempt-1", "attempt_id": 1, "order_number": "12-0001", "amount_satang": 70000,
        "methods": BOTH, "hold": False, "email": "somsri@talad.example",
        "expires_at": utc_now() + timedelta(hours=2),
    }  # fmt: skip
    return PageRequest(**asked | changes)


def kept_card(fake: FakeStripe, gateway: Provider, card: str = "ok") -> CardCharge:
    customer = gateway.make_customer(7, "สมศรี", None)
    made = gateway.open_card_page(
        CardPageRequest(key="card-1", card_id=1, order_number="12-0001", customer_id=customer)
    )  # fmt: skip
    fake.world.buyer_keeps_card(made.session_id, card)
    setup = gateway.find_setup(made.setup_id)
    assert (setup.state, setup.card_id, setup.last4) == (CardState.READY, 1, "4242")
    return CardCharge(
        key="attempt-9", attempt_id=9, order_number="12-0001", amount_satang=70000,
        customer_id=customer, payment_method_id=setup.payment_method_id,
    )  # fmt: skip


def test_without_a_key_there_is_no_provider(config: Config) -> None:
    assert provider_for(config) is None


def test_a_page_asked_for_twice_is_one_page(fake: FakeStripe, gateway: Provider) -> None:
    asked = page()
    first, again = gateway.open_page(asked), gateway.open_page(asked)
    assert first == again
    assert first.row_id == 1
    assert first.open
    assert first.url == f"{fake.base}/pay/{first.session_id}"
    assert len(fake.world.all("checkout.session")) == 1


def test_a_paid_page_leads_to_its_payment_with_the_fee(fake, gateway) -> None:
    made = gateway.open_page(page())
    fake.world.buyer_pays(made.session_id)
    payment = gateway.find_payment(gateway.find_page(made.session_id).intent_id)
    assert payment.state is AttemptState.SUCCEEDED
    assert payment.received_satang == 70000
    assert payment.method is PayMethod.CARD
    assert payment.attempt_id == 1
    assert payment.fee_satang == (70000 * 365 // 10000 + 1000) * 107 // 100
    assert gateway.list_payments(YESTERDAY) == [payment]


def test_promptpay_is_told_apart_from_a_card(fake, gateway) -> None:
    made = gateway.open_page(page())
    intent = fake.world.buyer_pays(made.session_id, "promptpay")
    assert gateway.find_payment(intent["id"]).method is PayMethod.STRIPE_PROMPTPAY


def test_a_declined_card_leaves_the_page_open_with_a_reason(fake, gateway) -> None:
    made = gateway.open_page(page())
    intent = fake.world.buyer_pays(made.session_id, card="declined")
    payment = gateway.find_payment(intent["id"])
    assert (payment.state, payment.failure) == (AttemptState.PENDING, "card_declined")
    assert gateway.find_page(made.session_id).open


def test_a_hold_is_taken_in_part_and_the_rest_is_released(fake, gateway) -> None:
    made = gateway.open_page(page(hold=True, methods=(PayMethod.CARD,)))
    intent = fake.world.buyer_pays(made.session_id)
    held = gateway.find_payment(intent["id"])
    assert held.state is AttemptState.AUTHORIZED
    assert held.capture_before > utc_now() + timedelta(days=6)
    taken = gateway.capture(held.intent_id, 50000)
    assert (taken.state, taken.received_satang) == (AttemptState.SUCCEEDED, 50000)
    assert gateway.capture(held.intent_id, 50000) == taken


def test_a_released_hold_is_cancelled_and_a_paid_one_stays(fake, gateway) -> None:
    held = fake.world.buyer_pays(gateway.open_page(page(hold=True)).session_id)
    assert gateway.cancel(held["id"]).state is AttemptState.CANCELLED
    paid = fake.world.buyer_pays(gateway.open_page(page(key="attempt-2")).session_id)
    assert gateway.cancel(paid["id"]).state is AttemptState.SUCCEEDED


def test_a_closed_page_takes_no_money_and_a_paid_one_stays_paid(fake, gateway) -> None:
    made = gateway.open_page(page())
    assert gateway.close_page(made.session_id).expired
    assert gateway.close_page(made.session_id).expired
    other = gateway.open_page(page(key="attempt-2"))
    fake.world.buyer_pays(other.session_id)
    closed = gateway.close_page(other.session_id)
    assert (closed.open, closed.expired) == (False, False)


@pytest.mark.parametrize(
    ("card", "state", "failure"),
    [
        ("ok", AttemptState.SUCCEEDED, None),
        ("declined", AttemptState.PENDING, "card_declined"),
        ("poor", AttemptState.PENDING, "insufficient_funds"),
        ("asks", AttemptState.PENDING, "authentication_required"),
        ("expires", AttemptState.PENDING, "expired_card"),
    ],
)
def test_a_kept_card_is_charged_or_says_why_not(fake, gateway, card, state, failure) -> None:
    payment = gateway.charge_card(kept_card(fake, gateway, card))
    assert (payment.state, payment.failure, payment.attempt_id) == (state, failure, 9)


def test_a_charge_whose_answer_was_lost_is_made_once(fake, gateway) -> None:
    charge = kept_card(fake, gateway)
    fake.fail_next("POST", "/v1/payment_intents", "late", times=9)
    with pytest.raises(Unavailable):
        gateway.charge_card(charge)
    fake._failures.clear()
    payment = gateway.charge_card(charge)
    assert payment.state is AttemptState.SUCCEEDED
    assert len(fake.world.all("payment_intent")) == 1


@pytest.mark.parametrize("how", ["lost", "late", "429"])
def test_one_bad_moment_is_got_over(fake, gateway, how) -> None:
    fake.fail_next("POST", "/v1/checkout/sessions", how)
    if how == "429":  # the library leaves a rate limit to its caller
        with pytest.raises(Unavailable):
            gateway.open_page(page())
    assert gateway.open_page(page()).open
    assert len(fake.world.all("checkout.session")) == 1


def test_a_visitor_does_not_wait_for_retries(config, fake) -> None:
    gateway = gateway_of(config, fake, visitor=True)
    fake.fail_next("POST", "/v1/checkout/sessions", "lost")
    with pytest.raises(Unavailable):
        gateway.open_page(page())
    assert len(fake.asked) == 1


def test_one_key_for_two_requests_is_refused(gateway) -> None:
    gateway.open_page(page())
    with pytest.raises(Refused, match="provider_refused"):
        gateway.open_page(page(amount_satang=80000, expires_at=utc_now() + timedelta(hours=2)))


def test_too_little_is_refused_and_the_unknown_is_not_found(gateway) -> None:
    with pytest.raises(Refused, match="provider_refused"):
        gateway.open_page(page(amount_satang=999))
    with pytest.raises(NotFound):
        gateway.find_payment("pi_unknown")


def test_a_refund_is_made_once_and_promptpay_asks_the_buyer(fake, gateway) -> None:
    card = fake.world.buyer_pays(gateway.open_page(page()).session_id)
    asked = RefundRequest(
        refund_id=3, key="refund-3", intent_id=card["id"], amount_satang=20000, email=None
    )
    first, again = gateway.refund(asked), gateway.refund(asked)
    assert first == again
    assert (first.outcome, first.refund_id) == (RefundOutcome.DONE, 3)
    assert gateway.refunds_of(card["id"]) == gateway.list_refunds(YESTERDAY) == [first]
    qr = fake.world.buyer_pays(gateway.open_page(page(key="a-2")).session_id, "promptpay")
    waiting = gateway.refund(
        RefundRequest(refund_id=4, key="refund-4", intent_id=qr["id"], amount_satang=20000,
                      email="somsri@talad.example")
    )  # fmt: skip
    assert waiting.outcome is RefundOutcome.NEEDS_DETAILS
    stripe_after.settle_refund(fake.world, waiting.gateway_refund_id, "failed", "declined")
    failed = gateway.find_refund(waiting.gateway_refund_id)
    assert (failed.outcome, failed.failure) == (RefundOutcome.FAILED, "declined")


def test_a_dispute_says_what_was_taken_and_given_back(fake, gateway) -> None:
    paid = fake.world.buyer_pays(gateway.open_page(page()).session_id)
    made = stripe_after.open_dispute(fake.world, paid["id"])
    taken = gateway.find_dispute(made["id"])
    assert (taken.state, taken.withdrawn_satang, taken.fee_satang) == (
        DisputeState.OPEN, 70000, 50000,
    )  # fmt: skip
    stripe_after.close_dispute(fake.world, made["id"], won=True)
    (won,) = gateway.list_disputes(YESTERDAY)
    assert (won.state, won.withdrawn_satang) == (DisputeState.WON, 0)


def test_long_lists_are_read_to_the_end(fake, gateway) -> None:
    for number in range(230):
        fake.world.add("pi", "payment_intent", amount=number + 1, amount_received=0,
                       currency="thb", status="canceled", metadata={}, latest_charge=None,
                       last_payment_error=None)  # fmt: skip
    assert len({one.intent_id for one in gateway.list_payments(YESTERDAY)}) == 230


def test_a_signed_message_is_read(fake) -> None:
    event = fake.world.emit("payment_intent.succeeded", {"id": "pi_1", "object": "payment_intent"})
    sent = fake.signed(event)
    message = read_message(
        sent["data"].encode(), sent["headers"]["Stripe-Signature"], ("whsec_older", SECRET)
    )
    assert (message.kind, message.object_id) == ("payment_intent.succeeded", "pi_1")
    assert message.livemode is False


@pytest.mark.parametrize("change", [{"secret": "whsec_other"}, {"at": 1_000_000_000}])
def test_a_wrong_or_stale_signature_is_refused(fake, change) -> None:
    event = fake.world.emit("payment_intent.succeeded", {"id": "pi_1", "object": "payment_intent"})
    sent = fake.signed(event, **change)
    with pytest.raises(Refused, match="signature_wrong"):
        read_message(sent["data"].encode(), sent["headers"]["Stripe-Signature"], (SECRET,))


@pytest.mark.parametrize("header", [None, "", "t=1", "v1=1", "t=x,v1=y", "🙂"])
def test_nonsense_for_a_signature_is_refused(header) -> None:
    with pytest.raises(Refused, match="signature_wrong"):
        read_message(b"{}", header, (SECRET,))


@pytest.mark.parametrize("body", ["", "[]", "{}", "no json", '{"object":"v2.core.event"}'])
def test_a_signed_but_unreadable_message_is_refused(fake, body) -> None:
    import hashlib
    import hmac
    import time

    at = int(time.time())
    mac = hmac.new(SECRET.encode(), f"{at}.{body}".encode(), hashlib.sha256).hexdigest()
    with pytest.raises(Refused, match="message_unreadable"):
        read_message(body.encode(), f"t={at},v1={mac}", (SECRET,))
