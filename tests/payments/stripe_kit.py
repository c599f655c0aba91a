"""What the tests of the provider share: the fake Stripe, the gateway to it, and its webhooks."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager

from config import Config
from market.payments.gateway import provider_for
from market.payments.provider import Provider
from tests.fakes.stripe_server import KEY, SECRET, FakeStripe


@contextmanager
def fake_stripe() -> Iterator[FakeStripe]:
    """A Stripe of one's own."""
    fake = FakeStripe()
    try:
        yield fake
    finally:
        fake.stop()


def with_stripe(config: Config, fake: FakeStripe) -> Config:
    """These settings, with the fake as the provider."""
    return dataclasses.replace(
        config,
        stripe_secret_key=KEY,
        stripe_webhook_secrets=(SECRET,),
        stripe_api_base=fake.base,
        stripe_checkout_origin=fake.base,
    )


def gateway_of(config: Config, fake: FakeStripe, *, visitor: bool = False) -> Provider:
    """The real gateway, talking to the fake."""
    provider = provider_for(with_stripe(config, fake), visitor=visitor)
    assert provider is not None
    return provider
