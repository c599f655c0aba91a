"""The webhook's door and the buyer's buttons."""

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from config import Config
from market.app import CSP, _policy
from market.db import db
from market.orders.rules import PayMethod
from market.payments.models import GatewayEvent
from market.payments.rules import ChargeState
from market.rounds.rules import RoundState
from tests.factories.accounts import browser_of
from tests.factories.apps import another_app
from tests.factories.payments import add_order
from tests.fakes.stripe_server import FakeStripe
from tests.payments.stripe_kit import Desk, make_desk, with_stripe


@pytest.fixture
def desk(session: Session, config: Config, fake: FakeStripe) -> Desk:
    return make_desk(session, config, fake)


@pytest.fixture
def shop(app: Flask, config: Config, fake: FakeStripe, desk: Desk) -> Iterator[Flask]:
    """The usual application, taking cards, by the clock on the wall."""
    fake.world.shift_seconds = 0
    app.extensions["market_config"] = with_stripe(config, fake)
    yield app
    app.extensions["market_config"] = config


def buyer(shop: Flask, desk: Desk) -> FlaskClient:
    return browser_of(shop, buyer_ids=[desk.paying.orders[0].buyer_id])


def kept(session: Session) -> list[str]:
    return list(session.scalars(select(GatewayEvent.id).order_by(GatewayEvent.received_at)))


def test_a_message_is_kept_once_with_few_statements_and_no_call(shop, session, fake, csrf) -> None:
    sent = fake.signed(fake.world.emit("payment_intent.succeeded", {"id": "pi_1"}))
    client, said = shop.test_client(), []

    def hear(*told: object) -> None:
        said.append(told[2])

    event.listen(db.engine, "before_cursor_execute", hear)
    try:
        answer = client.post("/hooks/stripe", **sent)
        statements = len(said)
        again = client.post("/hooks/stripe", **sent)
    finally:
        event.remove(db.engine, "before_cursor_execute", hear)
    assert (answer.status_code, again.status_code) == (200, 200)
    assert statements <= 5, said
    assert statements >= 1, "the counter is deaf"
    assert fake.asked == []
    assert len(kept(session)) == 1


@pytest.mark.parametrize("change", [{"secret": "whsec_other"}, {"at": 1_700_000_000}])
def test_a_wrong_or_stale_signature_is_refused_and_keeps_nothing(shop, session, fake, change):
    sent = fake.signed(fake.world.emit("payment_intent.succeeded", {"id": "pi_1"}), **change)
    assert shop.test_client().post("/hooks/stripe", **sent).status_code == 400
    assert kept(session) == []


@pytest.mark.parametrize("body", [b"", b"{}", b"\xff\xfe", b"[]", b"{" * 5000, b"a=b"])
def test_what_is_not_signed_is_refused(shop, session, body) -> None:
    for kind in ("application/json", "application/x-www-form-urlencoded", "text/plain"):
        answer = shop.test_client().post("/hooks/stripe", data=body, content_type=kind)
        assert answer.status_code == 400
    assert kept(session) == []


def test_a_message_that_is_too_large_is_not_read(shop, session, fake) -> None:
    sent = fake.signed(fake.world.emit("payment_intent.succeeded", {"id": "x" * 600_000}))
    assert shop.test_client().post("/hooks/stripe", **sent).status_code == 413
    assert kept(session) == []


def test_without_a_provider_every_message_and_button_is_refused(app, desk, fake) -> None:
    sent = fake.signed(fake.world.emit("payment_intent.succeeded", {"id": "pi_1"}))
    assert app.test_client().post("/hooks/stripe", **sent).status_code == 400
    number = desk.paying.orders[0].number
    page = buyer(app, desk).get(f"/pay/{number}").text
    assert "/checkout" not in page
    assert buyer(app, desk).post(f"/pay/{number}/checkout").status_code in (404, 422)
    assert desk.attempts == []


def test_the_buyer_goes_to_the_providers_page_and_comes_back_paid(shop, desk) -> None:
    number, browser = desk.paying.orders[0].number, buyer(shop, desk)
    assert f"/pay/{number}/checkout" in browser.get(f"/pay/{number}").text
    first = browser.post(f"/pay/{number}/checkout")
    again = browser.post(f"/pay/{number}/checkout")
    assert first.status_code == again.status_code == 303
    assert first.location == again.location
    assert first.location.startswith(desk.fake.base)
    assert "hx-get" in browser.get(f"/pay/{number}").text
    desk.fake.world.buyer_pays(first.location.rsplit("/", 1)[1])
    assert browser.get(f"/pay/{number}").status_code == 200
    assert desk.charge.state is ChargeState.DUE  # coming back alone books nothing
    desk.hear()
    assert desk.charge.state is ChargeState.PAID
    after = browser.post(f"/pay/{number}/checkout")
    assert after.location.endswith(f"/pay/{number}")


def test_the_open_page_reloads_itself_only_when_something_changed(shop, desk) -> None:
    number, browser = desk.paying.orders[0].number, buyer(shop, desk)
    where = browser.post(f"/pay/{number}/checkout").location
    text = browser.get(f"/pay/{number}").text
    seen = text.split(f"/pay/{number}/provider?seen=")[1].split('"')[0]
    same = browser.get(f"/pay/{number}/provider?seen={seen}")
    assert "HX-Refresh" not in same.headers
    desk.fake.world.buyer_pays(where.rsplit("/", 1)[1])
    desk.hear()
    assert browser.get(f"/pay/{number}/provider?seen={seen}").headers["HX-Refresh"] == "true"


def test_a_provider_that_is_away_is_said_in_words(shop, desk) -> None:
    number, browser = desk.paying.orders[0].number, buyer(shop, desk)
    desk.fake.fail_next("POST", "/v1/checkout/sessions", "lost")
    answer = browser.post(f"/pay/{number}/checkout", follow_redirects=True)
    assert answer.status_code == 200
    assert desk.charge.state is ChargeState.DUE
    assert browser.post(f"/pay/{number}/checkout").location.startswith(desk.fake.base)


def test_a_declined_card_shows_what_to_do_next(shop, desk) -> None:
    number, browser = desk.paying.orders[0].number, buyer(shop, desk)
    page = browser.post(f"/pay/{number}/checkout").location.rsplit("/", 1)[1]
    desk.fake.world.buyer_pays(page, card="declined")
    desk.hear()
    text = browser.get(f"/pay/{number}").text
    assert "notice" in text
    assert f"/pay/{number}/checkout" in text


def test_an_order_by_card_leads_to_where_a_card_is_left(shop, desk) -> None:
    order = add_order(desk.session, desk.paying, 10)
    order.pay_method = PayMethod.CARD
    desk.paying.round.state = RoundState.CONFIRMING
    desk.session.flush()
    browser = browser_of(shop, buyer_ids=[order.buyer_id])
    assert f'href="/pay/{order.number}"' in browser.get(f"/orders/{order.number}").text
    assert f"/pay/{order.number}/card" in browser.get(f"/pay/{order.number}").text
    page = browser.post(f"/pay/{order.number}/card").location
    desk.fake.world.buyer_keeps_card(page.rsplit("/", 1)[1])
    desk.hear()
    text = browser.get(f"/pay/{order.number}").text
    assert "4242" in text
    assert f"/pay/{order.number}/card/forget" in text
    assert browser.post(f"/pay/{order.number}/card/forget").status_code == 303
    assert "4242" not in browser.get(f"/pay/{order.number}").text


def test_strangers_can_neither_pay_nor_leave_cards(shop, desk) -> None:
    number = desk.paying.orders[0].number
    stranger = shop.test_client()
    for path in ("checkout", "card", "card/forget"):
        assert stranger.post(f"/pay/{number}/{path}").status_code == 403
    assert desk.attempts == []


def test_forms_may_lead_to_the_pay_page_and_nowhere_else(app, config, fake) -> None:
    with another_app(app, with_stripe(config, fake)) as other:
        policy = other.test_client().get("/sign-in").headers["Content-Security-Policy"]
    assert f"form-action 'self' {fake.base}" in policy
    assert _policy(config) == CSP


def test_a_signed_message_without_an_object_is_kept_and_done_with(shop, desk) -> None:
    nothing = desk.fake.world.emit("balance.available", {"object": "balance"})
    sent = desk.fake.signed(nothing | {"id": "evt_9"})
    assert shop.test_client().post("/hooks/stripe", **sent).status_code == 200
    assert kept(desk.session) == ["evt_9"]
