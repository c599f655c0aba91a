"""A notice on the browser's own screen, all the way: asked for by a button, kept, encrypted and
posted to a push service, and shown by the page's worker when no page is open on it.

The push service is ours: Chromium without a window has none, so the button's subscription is made
here, and what the service got is handed to the worker by the browser's own tools.
"""

from __future__ import annotations

import base64
import dataclasses
import json
import os
from collections.abc import Iterator
from dataclasses import replace

import http_ece
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from flask import Flask
from playwright.sync_api import Browser, expect
from sqlalchemy import select

from market.clock import utc_now
from market.db import db, transaction
from market.notices.carriers import carriers_of
from market.notices.commands import notify
from market.notices.flows import Post, deliver
from market.notices.models import Notice, PushSubscription
from market.notices.rules import Channel, NoticeState
from market.notices.samples import SAMPLES
from market.notices.words import digest_letter, render_letter
from tests.browser.conftest import PATIENCE_SECONDS, go, wait_for
from tests.browser.line import answering
from tests.factories.accounts import browser_of, make_user
from tests.fakes.chat_server import FakeChannels, fake_channels

pytestmark = [pytest.mark.browser, pytest.mark.slow]
ADDRESS = "https://fcm.googleapis.com/fcm/send/phone-1"
WITHOUT_WINDOW = """
  ([address, p256dh, auth]) => {
    let now = null;
    const made = { toJSON: () => ({ endpoint: address, keys: { p256dh, auth } }),
                   unsubscribe: async () => { now = null; } };
    PushManager.prototype.getSubscription = async () => now;
    PushManager.prototype.subscribe = async (how) => {
      document.documentElement.dataset.key = how.applicationServerKey.length;
      return (now = made);
    };
    Notification.requestPermission = async () => "granted";
  }
"""


def plain(data: bytes) -> str:
    """As the web writes keys."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def key_pair() -> tuple[ec.EllipticCurvePrivateKey, str, str]:
    """A key, its secret half and its open half."""
    key = ec.generate_private_key(ec.SECP256R1())
    secret = plain(key.private_numbers().private_value.to_bytes(32, "big"))
    point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return key, secret, plain(point)


@pytest.fixture
def market(committed: Flask) -> Iterator[tuple[Flask, str]]:
    """The market with keys for push, on a port of its own."""
    usual, (_key, secret, point) = committed.extensions["market_config"], key_pair()
    committed.extensions["market_config"] = dataclasses.replace(
        usual, push_private_key=secret, push_public_key=point
    )
    with answering(committed) as address:
        yield committed, address
    committed.extensions["market_config"] = usual


def told(app: Flask, service: FakeChannels) -> bytes:
    """Send what is due by push; what the service got, still encrypted."""
    carrier = carriers_of(app.extensions["market_config"])[Channel.PUSH]
    screens = carrier.screens  # type: ignore[attr-defined]
    ours = replace(  # type: ignore[type-var]
        carrier,
        screens=lambda to: [replace(one, endpoint=f"{service.base}/push") for one in screens(to)],
    )
    deliver(
        Post(
            carriers={Channel.PUSH: ours}, render=render_letter, clock=utc_now,
            digest=digest_letter,
        )
    )  # fmt: skip
    [body] = service.to("/push")
    return bytes(body)


def test_a_notice_reaches_the_screen_from_the_button_to_the_worker(
    market: tuple[Flask, str], browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("market.notices.rules.is_quiet", lambda _now: False)
    app, base = market
    user = make_user(db.session)
    db.session.commit()
    key, _secret, point = key_pair()
    auth = os.urandom(16)
    context = browser.new_context(base_url=base, locale="th-TH", permissions=["notifications"])
    cookie = browser_of(app, user).get_cookie("session")
    assert cookie is not None
    context.add_cookies([{"name": "session", "value": cookie.value, "url": base}])
    context.set_default_timeout(PATIENCE_SECONDS * 1000)
    page = context.new_page()
    page.add_init_script(f"({WITHOUT_WINDOW})({json.dumps([ADDRESS, point, plain(auth)])})")

    go(page, "/account/notices")
    page.locator("[data-push-on]").click()
    expect(page.locator("[data-push-off]")).to_be_visible()
    assert page.locator("html").get_attribute("data-key") == "65"
    db.session.rollback()
    assert db.session.scalars(select(PushSubscription.endpoint)).all() == [ADDRESS]

    with transaction() as session:
        notify(session, event="order.ready", subject="order:1", now=utc_now(), user_id=user.id,
               payload=SAMPLES["order.ready"])  # fmt: skip
    with fake_channels() as service:
        words = http_ece.decrypt(told(app, service), private_key=key, auth_secret=auth)
    wires, found = context.new_cdp_session(page), []
    wires.on("ServiceWorker.workerRegistrationUpdated", lambda said: found.extend(
        one["registrationId"] for one in said["registrations"]
    ))  # fmt: skip
    wires.send("ServiceWorker.enable")
    wait_for(page, lambda: found)
    wires.send("ServiceWorker.deliverPushMessage",
               {"origin": base, "registrationId": found[-1], "data": words.decode()})  # fmt: skip
    seen = "navigator.serviceWorker.ready.then((worker) => worker.getNotifications())"
    wait_for(page, lambda: page.evaluate(f"{seen}.then((all) => all.length)"))
    shown = page.evaluate(f"{seen}.then(([one]) => [one.title, one.body, one.data.url])")

    assert shown[0] == "ตลาดลอยฟ้า"
    assert "12-0482" in shown[1]
    assert shown[2].endswith("/orders/12-0482")
    states = select(Notice.state).where(Notice.channel == Channel.PUSH)
    assert db.session.scalars(states).all() == [NoticeState.SENT]
    page.locator("[data-push-off]").click()
    expect(page.locator("[data-push-on]")).to_be_visible()
    db.session.rollback()
    assert db.session.scalars(select(PushSubscription)).all() == []
    context.close()
