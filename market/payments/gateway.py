"""Stripe: with ``hooks.gateway`` the only file that knows its library. Answers in the words of
``provider``.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

import stripe

from config import Config
from market.errors import MarketError, NotFound, Refused, Unavailable
from market.payments import stripe_params as asked
from market.payments import stripe_words as words
from market.payments.provider import (
    CURRENCY,
    CardCharge,
    CardPageRequest,
    Disputed,
    Page,
    PageRequest,
    Payment,
    Provider,
    RefundRequest,
    SentBack,
    Setup,
    ToBank,
)

if TYPE_CHECKING:
    from stripe.params import CustomerCreateParams

logger = logging.getLogger(__name__)
T = TypeVar("T", bound=stripe.StripeObject)
R = TypeVar("R")

#: Seconds to connect and to answer. A page's visitor waits; a worker may be patient.
VISITOR_SECONDS, WORKER_SECONDS = (3.05, 8.0), (3.05, 40.0)
WORKER_RETRIES = 2
MOST_LISTED = 20_000


def provider_for(config: Config, *, visitor: bool = False) -> Provider | None:
    """The provider of this installation, or None where it takes no cards.

    ``visitor``: somebody waits for the page; ask once, and not for long.
    """
    if config.stripe_secret_key is None:
        return None
    seconds = VISITOR_SECONDS if visitor else WORKER_SECONDS
    client = stripe.StripeClient(
        config.stripe_secret_key,
        max_network_retries=0 if visitor else WORKER_RETRIES,
        http_client=stripe.RequestsClient(timeout=seconds),
        base_addresses={"api": config.stripe_api_base} if config.stripe_api_base else {},
    )
    return StripeProvider(
        client, livemode="_live_" in config.stripe_secret_key, public_url=config.public_url
    )


@contextmanager
def asking() -> Iterator[None]:
    """The library's errors as ours: later again, never, or no such thing."""
    try:
        yield
    except stripe.InvalidRequestError as refusal:
        raise _as_ours(refusal) from refusal
    except stripe.IdempotencyError as clash:
        logger.error("stripe: another request used this key: %s", clash)
        raise Refused("provider_refused", reason="idempotency") from clash
    except stripe.CardError as declined:
        raise Refused("provider_refused", reason=_reason(declined)) from declined
    except stripe.StripeError as away:
        # Also wrong keys: whoever mends the settings finds every row still due.
        logger.warning("stripe does not answer: %s: %s", type(away).__name__, away)
        raise Unavailable("provider_unavailable", reason=type(away).__name__) from away


def _reason(declined: stripe.CardError) -> str:
    return declined.code or "card_declined"


def _as_ours(refusal: stripe.InvalidRequestError) -> MarketError:
    if refusal.code == "resource_missing" and refusal.http_status == 404:
        return NotFound("not_found", what="provider")
    if refusal.http_status in (409, 429):
        return Unavailable("provider_unavailable", reason=refusal.code)
    logger.error("stripe refuses: %s", refusal)
    return Refused("provider_refused", reason=refusal.code or refusal.param)


class StripeProvider:
    """The port over a StripeClient."""

    def __init__(self, client: stripe.StripeClient, *, livemode: bool, public_url: str) -> None:
        self.livemode = livemode
        self._api = client.v1
        self._public_url = public_url

    def _back_url(self, order_number: str) -> str:
        """Where a buyer comes back to, paid or not: a page that only reads."""
        return f"{self._public_url}/pay/{order_number}"

    def open_page(self, request: PageRequest) -> Page:
        """Make the attempt's Checkout page."""
        with asking():
            made = self._api.checkout.sessions.create(
                asked.page_params(request, self._back_url(request.order_number)),
                {"idempotency_key": request.key},
            )
        return words.page_of(made)

    def open_card_page(self, request: CardPageRequest) -> Page:
        """Make a Checkout page in setup mode."""
        params = asked.card_page_params(request, self._back_url(request.order_number))
        with asking():
            made = self._api.checkout.sessions.create(params, {"idempotency_key": request.key})
        return words.page_of(made)

    def make_customer(self, buyer_id: int, name: str, email: str | None) -> str:
        """A Customer for a buyer. Asked again within a day it is the same one."""
        params: CustomerCreateParams = {"name": name, "metadata": {"buyer_id": str(buyer_id)}}
        if email:
            params["email"] = email
        # Headers are not for Thai letters, and another name is another request.
        said = hashlib.sha256(f"{name} {email}".encode()).hexdigest()[:16]
        key = f"customer-{buyer_id}-{said}"
        with asking():
            return self._api.customers.create(params, {"idempotency_key": key}).id

    def charge_card(self, charge: CardCharge) -> Payment:
        """An off-session PaymentIntent, confirmed at once."""
        params = asked.card_charge_params(charge)
        with asking():
            try:
                made = self._api.payment_intents.create(params, {"idempotency_key": charge.key})
            except stripe.CardError as declined:
                intent = declined.error and declined.error.payment_intent
                if not intent:
                    raise
                return self.find_payment(intent.id)
        return words.payment_of(made)

    def capture(self, intent_id: str, amount_satang: int) -> Payment:
        """Capture part of a hold; Stripe releases the rest."""
        with asking():
            done = self._api.payment_intents.capture(
                intent_id,
                {"amount_to_capture": amount_satang, "expand": asked.PAYMENT_PARTS},
                {"idempotency_key": f"capture-{intent_id}"},
            )
        return words.payment_of(done)

    def cancel(self, intent_id: str) -> Payment:
        """Cancel; what can no longer be cancelled is answered as it is."""
        try:
            with asking():
                self._api.payment_intents.cancel(intent_id)
        except Refused as too_late:
            logger.info("%s is not cancelled: %s", intent_id, too_late.data)
        return self.find_payment(intent_id)

    def close_page(self, session_id: str) -> Page:
        """Expire; what is complete or expired is answered as it is."""
        try:
            with asking():
                self._api.checkout.sessions.expire(session_id)
        except Refused as too_late:
            logger.info("%s is not closed: %s", session_id, too_late.data)
        return self.find_page(session_id)

    def refund(self, request: RefundRequest) -> SentBack:
        """Refund; for PromptPay Stripe asks the buyer by e-mail where to."""
        params = asked.refund_params(request)
        with asking():
            made = self._api.refunds.create(params, {"idempotency_key": request.key})
        return words.sent_back_of(made)

    def drop_card(self, payment_method_id: str) -> None:
        """Detach the card from its customer; gone already is as good."""
        try:
            with asking():
                self._api.payment_methods.detach(payment_method_id)
        except (Refused, NotFound) as gone:
            logger.info("card %s was gone: %s", payment_method_id, gone.data)

    def transfer(self, account: str, amount_satang: int, key: str) -> str:
        """A Connect transfer to a group's account; see docs/decisions on Thailand."""
        with asking():
            made = self._api.transfers.create(
                {"destination": account, "amount": amount_satang, "currency": CURRENCY},
                {"idempotency_key": key},
            )
        return made.id

    def find_page(self, session_id: str) -> Page:
        """The Checkout Session now."""
        with asking():
            return words.page_of(self._api.checkout.sessions.retrieve(session_id))

    def find_payment(self, intent_id: str) -> Payment:
        """The PaymentIntent now."""
        with asking():
            found = self._api.payment_intents.retrieve(intent_id, {"expand": asked.PAYMENT_PARTS})
        return words.payment_of(found)

    def find_setup(self, setup_id: str) -> Setup:
        """The SetupIntent now, with its card."""
        with asking():
            found = self._api.setup_intents.retrieve(setup_id, {"expand": ["payment_method"]})
        return words.setup_of(found)

    def find_refund(self, gateway_refund_id: str) -> SentBack:
        """The refund now."""
        with asking():
            return words.sent_back_of(self._api.refunds.retrieve(gateway_refund_id))

    def find_dispute(self, gateway_id: str) -> Disputed:
        """The dispute now."""
        with asking():
            return words.disputed_of(self._api.disputes.retrieve(gateway_id))

    def find_to_bank(self, gateway_id: str) -> ToBank:
        """The payout now."""
        with asking():
            return words.to_bank_of(self._api.payouts.retrieve(gateway_id))

    def payment_of_charge(self, gateway_charge_id: str) -> Payment:
        """The PaymentIntent of a charge. NotFound for a charge without one."""
        with asking():
            charge = self._api.charges.retrieve(gateway_charge_id)
        intent_id = words.id_of(charge.payment_intent)
        if intent_id is None:
            raise NotFound("not_found", what="provider")
        return self.find_payment(intent_id)

    def list_pages(self, since: datetime) -> Sequence[Page]:
        """Checkout Sessions created since then."""
        with asking():
            found = self._api.checkout.sessions.list(
                {"created": {"gte": words.epoch(since)}, "limit": 100}
            )
            return _each(words.page_of, found)

    def list_payments(self, since: datetime) -> Sequence[Payment]:
        """PaymentIntents created since then."""
        with asking():
            found = self._api.payment_intents.list(
                {
                    "created": {"gte": words.epoch(since)},
                    "limit": 100,
                    "expand": ["data.latest_charge.balance_transaction"],
                }
            )
            return _each(words.payment_of, found)

    def list_refunds(self, since: datetime) -> Sequence[SentBack]:
        """Refunds created since then."""
        with asking():
            found = self._api.refunds.list({"created": {"gte": words.epoch(since)}, "limit": 100})
            return _each(words.sent_back_of, found)

    def refunds_of(self, intent_id: str) -> Sequence[SentBack]:
        """Every refund of a PaymentIntent."""
        with asking():
            found = self._api.refunds.list({"payment_intent": intent_id, "limit": 100})
            return _each(words.sent_back_of, found)

    def list_disputes(self, since: datetime) -> Sequence[Disputed]:
        """Disputes created since then."""
        with asking():
            found = self._api.disputes.list({"created": {"gte": words.epoch(since)}, "limit": 100})
            return _each(words.disputed_of, found)

    def list_to_bank(self, since: datetime) -> Sequence[ToBank]:
        """Payouts created since then."""
        with asking():
            found = self._api.payouts.list({"created": {"gte": words.epoch(since)}, "limit": 100})
            return _each(words.to_bank_of, found)


def _each(read: Callable[[T], R], found: stripe.ListObject[T]) -> list[R]:
    """Every page of a list, to an end."""
    return [read(one) for one in islice(found.auto_paging_iter(), MOST_LISTED)]
