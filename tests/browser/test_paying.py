"""A buyer pays at the provider in a real browser: pays, cancels, double-clicks, comes late."""

import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import Browser, expect

from config import Config
from market.clock import utc_now
from market.db import transaction
from market.orders.rules import PayMethod
from market.payments import message_flows, provider_flows
from market.payments.commands import expire_charges, raise_charges
from market.payments.models import Refund
from market.payments.rules import ChargeState
from tests.browser.conftest import PATIENCE_SECONDS, Person, follow, go
from tests.browser.line import answering
from tests.factories.accounts import browser_of
from tests.factories.apps import another_app
from tests.factories.payments import add_order, charge_of, make_paying
from tests.fakes.stripe_server import KEY, SECRET, FakeStripe
from tests.payments.stripe_kit import gateway_of

pytestmark = [pytest.mark.browser, pytest.mark.slow]
METHODS = ["card", "stripe_promptpay", "promptpay", "cash"]


@dataclass
class Shop:
    """A market that takes cards, its fake provider, and the worker when the test says so."""

    app: Flask
    config: Config
    fake: FakeStripe
    browser: Browser

    def order(self, *, card: bool = True) -> str:
        """An order that is to be paid; its number."""
        with self.app.app_context(), transaction() as session:
            paying = make_paying(session)
            paying.round.pay_methods = METHODS
            order = add_order(session, paying, 10)
            order.pay_method = PayMethod.CARD if card else PayMethod.PROMPTPAY
            session.flush()
            raise_charges(session, paying.round.id, now=utc_now())
            charge_of(session, order).pay_by = utc_now() + timedelta(hours=5)
            self.buyer_id, self.order_row = order.buyer_id, order
            return order.number

    def buyer(self, kind: str = "phone", *, scripts: bool = True) -> Person:
        """The buyer of the last order, signed in."""
        person = Person(self.browser, self.config.public_url, "buyer", kind, scripts)
        client = browser_of(self.app, buyer_ids=[self.buyer_id])
        cookie = client.get_cookie("session")
        assert cookie is not None
        person.context.add_cookies(
            [{"name": "session", "value": cookie.value, "url": self.config.public_url}]
        )
        return person

    def work(self, events: int) -> None:
        """The worker, once that many messages are kept."""
        with self.app.app_context():
            done, end = 0, utc_now() + timedelta(seconds=PATIENCE_SECONDS)
            while done < events and utc_now() < end:
                done += message_flows.work_messages(self.gateway(), now=utc_now())

    def gateway(self):
        return gateway_of(self.config, self.fake)

    def state(self) -> ChargeState:
        with self.app.app_context(), transaction() as session:
            return charge_of(session, self.order_row).state


@pytest.fixture
def shop(committed: Flask, config: Config, browser: Browser) -> Iterator[Shop]:
    """A market on a port of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}"
    fake = FakeStripe(webhook_url=f"{url}/hooks/stripe")
    changes = {
        "public_url": url, "stripe_secret_key": KEY, "stripe_webhook_secrets": (SECRET,),
        "stripe_api_base": fake.base, "stripe_checkout_origin": fake.base,
    }  # fmt: skip
    with another_app(committed, config, **changes) as app:
        app.config["WTF_CSRF_ENABLED"] = True
        with answering(app, int(url.rsplit(":", 1)[1])):
            yield Shop(app, app.extensions["market_config"], fake, browser)
        fake.stop()


@pytest.fixture
def enter(shop: Shop) -> Iterator[Callable[..., Person]]:
    """enter(kind): the buyer's browser; complaints of axe and console fail the test."""
    people: list[Person] = []

    def come(kind: str = "phone", *, scripts: bool = True) -> Person:
        people.append(shop.buyer(kind, scripts=scripts))
        return people[-1]

    yield come
    complaints = [what for who in people for what in who.complaints]
    for who in people:
        who.context.close()
    assert complaints == [], "\n".join(complaints)


def go_to_pay(who: Person, number: str) -> None:
    """From our pay page to the provider's."""
    who.go(f"/pay/{number}")
    who.page.locator("form[action$='/checkout'] button").click()
    who.page.wait_for_selector("button[name=act]")


def test_a_buyer_pays_and_sees_it_without_doing_anything(shop: Shop, enter) -> None:
    number = shop.order()
    for kind in ("phone", "desktop"):
        enter(kind).go(f"/pay/{number}")
    buyer = enter()
    buyer.go(f"/pay/{number}")
    buyer.look("pay-provider")
    go_to_pay(buyer, number)
    buyer.page.locator("button[value=card]").click()
    buyer.page.wait_for_url(f"**/pay/{number}")
    buyer.look("pay-provider-waits")
    shop.work(events=4)
    expect(buyer.page.locator(".chip-confirmed").first).to_be_visible()
    buyer.look("pay-provider-paid")
    assert shop.state() is ChargeState.PAID
    assert buyer.page.locator("form[action$='/checkout']").count() == 0


def test_who_cancels_or_is_declined_goes_on_where_they_were(shop: Shop, enter) -> None:
    number = shop.order()
    buyer = enter()
    go_to_pay(buyer, number)
    first = buyer.page.url
    buyer.page.locator("#cancel").click()
    buyer.page.wait_for_url(f"**/pay/{number}")
    go_to_pay(buyer, number)
    assert buyer.page.url == first
    follow(buyer.page.locator("button[value=decline]"))
    follow(buyer.page.locator("#cancel"))
    shop.work(events=2)
    buyer.go(f"/pay/{number}")
    expect(buyer.page.locator("#provider .notice")).to_be_visible()
    buyer.look("pay-provider-declined")
    go_to_pay(buyer, number)
    buyer.page.locator("button[value=promptpay]").click()
    shop.work(events=3)
    assert shop.state() is ChargeState.PAID


def test_double_clicks_and_two_tabs_without_scripts_are_one_payment(shop: Shop, enter) -> None:
    number = shop.order(card=False)
    buyer = enter(scripts=False)
    other = buyer.context.new_page()
    go(other, f"/pay/{number}")
    buyer.go(f"/pay/{number}")
    buyer.page.locator("form[action$='/checkout'] button").dblclick()
    buyer.page.wait_for_selector("button[name=act]")
    other.locator("form[action$='/checkout'] button").click()
    other.wait_for_selector("button[name=act]")
    assert other.url == buyer.page.url
    other.locator("button[value=card]").dblclick()
    shop.work(events=4)
    assert shop.state() is ChargeState.PAID
    assert len(shop.fake.world.all("checkout.session")) == 1
    assert len(shop.fake.world.all("payment_intent")) == 1


def test_who_pays_too_late_has_the_money_back(shop: Shop, enter) -> None:
    number = shop.order()
    buyer = enter()
    go_to_pay(buyer, number)
    with shop.app.app_context(), transaction() as session:
        expire_charges(
            session, shop.order_row.round_id, now=charge_of(session, shop.order_row).pay_by
        )
    buyer.page.locator("button[value=card]").click()
    buyer.page.wait_for_url(f"**/pay/{number}")
    shop.work(events=4)
    assert shop.state() is ChargeState.EXPIRED
    with shop.app.app_context():
        assert provider_flows.send_refunds(shop.gateway(), now=utc_now()) == 1
        with transaction() as session:
            (refund,) = session.query(Refund).all()
            assert (refund.amount_satang, str(refund.state)) == (70000, "paid")
    buyer.go(f"/pay/{number}")
    buyer.look("pay-provider-late")
