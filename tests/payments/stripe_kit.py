"""What the tests of the provider share: the fake Stripe, the gateway to it, and its webhooks."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from config import Config
from market.db import transaction
from market.orders.rules import PayMethod
from market.overviews.audit.money import MONEY_CHECKS
from market.overviews.audit.queries import Broken, broken_promises
from market.payments import message_flows, messages, provider_flows
from market.payments.charges import raise_charges
from market.payments.gateway import provider_for
from market.payments.hooks.gateway import read_message
from market.payments.models import Charge, MoneyCase, PaymentAttempt, Refund
from market.payments.provider import Provider
from market.payments.states import AttemptKind
from tests.factories.matching import NOW
from tests.factories.payments import Paying, add_order, charge_of, ledger, make_paying
from tests.fakes.stripe_server import KEY, SECRET, FakeStripe
from tests.fakes.stripe_world import Thing


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


METHODS = (PayMethod.CARD, PayMethod.STRIPE_PROMPTPAY)


@dataclass
class Desk:
    """An order to be paid by card, the provider, and whoever pays there."""

    session: Session
    fake: FakeStripe
    gateway: Provider
    paying: Paying

    @property
    def charge(self) -> Charge:
        """The first order's charge as it is now."""
        return charge_of(self.session, self.paying.orders[0])

    @property
    def attempts(self) -> list[PaymentAttempt]:
        """All attempts as they are now."""
        query = select(PaymentAttempt).order_by(PaymentAttempt.id)
        return list(self.session.scalars(query.execution_options(populate_existing=True)))

    def open_page(self, kind: AttemptKind = AttemptKind.CHECKOUT, now: datetime = NOW) -> str:
        """The buyer presses the button; the session's id there."""
        url = provider_flows.open_pay_page(
            self.charge.id, self.gateway, kind=kind, methods=METHODS, now=now,
        )  # fmt: skip
        assert url is not None
        return url.rsplit("/", 1)[1]

    def hear(self, *events: Thing, now: datetime = NOW) -> int:
        """These messages arrive (all that were sent, when none is named) and are looked into."""
        for event in events or tuple(self.fake.world.events):
            sent = self.fake.signed(event)
            message = read_message(
                sent["data"].encode(), sent["headers"]["Stripe-Signature"], (SECRET,)
            )
            with transaction() as session:
                messages.keep_message(session, message, now=now)
        return message_flows.work_messages(self.gateway, now=now)

    def books(self) -> dict[str, int]:
        """Balances that are not zero; every entry adds up."""
        crooked = self.session.execute(
            text("SELECT entry_id FROM posting GROUP BY entry_id HAVING sum(amount_satang) <> 0")
        ).all()
        assert crooked == []
        return ledger(self.session)

    def broken_promises(self) -> list[Broken]:
        """What `flask audit` finds wrong with the money."""
        return [one for one in broken_promises(self.session) if one.check in MONEY_CHECKS]

    def cases(self) -> list[tuple[str, str]]:
        """Open cases: kind and subject."""
        query = select(MoneyCase).where(MoneyCase.state == "open").order_by(MoneyCase.id)
        found = self.session.scalars(query.execution_options(populate_existing=True))
        return [(str(case.kind), case.subject) for case in found]

    def refunds(self) -> list[Refund]:
        """All refunds as they are now."""
        query = select(Refund).order_by(Refund.id).execution_options(populate_existing=True)
        return list(self.session.scalars(query))


def make_desk(session: Session, config: Config, fake: FakeStripe, units: int = 10) -> Desk:
    """A charge of 700 baht for ten units, to be paid by card within the round's time."""
    paying = make_paying(session)
    paying.round.pay_methods = ["card", "stripe_promptpay", "promptpay", "cash"]
    paying.round.pay_by = max(paying.round.pay_by, NOW + timedelta(days=2))
    order = add_order(session, paying, units)
    order.pay_method = PayMethod.CARD
    session.flush()
    raise_charges(session, paying.round.id, now=NOW)
    fake.world.shift_seconds = int(NOW.timestamp() - time.time())
    return Desk(session, fake, gateway_of(config, fake), paying)
