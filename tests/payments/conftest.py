"""What the tests of money ask for: a Stripe of their own, and a charge due by it."""

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from config import Config
from tests.fakes.stripe_server import FakeStripe
from tests.payments.stripe_kit import Desk, fake_stripe, make_desk


@pytest.fixture
def fake() -> Iterator[FakeStripe]:
    """A Stripe of one's own."""
    with fake_stripe() as started:
        yield started


@pytest.fixture
def desk(session: Session, config: Config, fake: FakeStripe) -> Iterator[Desk]:
    """A charge due at that Stripe; at the end of the test the books still agree."""
    made = make_desk(session, config, fake)
    yield made
    assert made.broken_promises() == []
