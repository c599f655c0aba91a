"""The provider's messages come in here; buyers go on to its pages from here.

Coming back from them is the pay page itself, which only reads.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, redirect, request
from flask_babel import gettext as _

from config import Config
from market.clock import utc_now
from market.db import reading, transaction
from market.doorbell import SEND_NOTICES, SEND_REFUNDS, WORK_MESSAGES, ring
from market.errors import Conflict, NotFound, Refused, Unavailable
from market.payments import cards, messages, provider_flows
from market.payments.gateway import provider_for
from market.payments.hooks.gateway import read_message
from market.payments.methods import live_methods
from market.payments.provider import Provider
from market.payments.queries import order_thing
from market.payments.queries.provider import ProviderBox, provider_box
from market.web import allow, machine, principal, say, see_other

bp = Blueprint("hooks", __name__)
MOST_BYTES = 512 * 1024


@bp.post("/hooks/stripe")
@machine
@allow("hook.send")
def stripe() -> Response:
    """A message of Stripe: signed, kept once, answered at once. Looked into by a worker."""
    if (request.content_length or 0) > MOST_BYTES:
        return Response("too large", status=413, mimetype="text/plain")
    secrets = _config().stripe_webhook_secrets
    try:
        message = read_message(request.get_data(), request.headers.get("Stripe-Signature"), secrets)
    except Refused as refusal:
        current_app.logger.warning("a message of the provider is refused: %s", refusal.code)
        return Response(refusal.code, status=400, mimetype="text/plain")
    with transaction() as session:
        messages.keep_message(session, message, now=utc_now())
    ring(WORK_MESSAGES)
    return Response("kept", mimetype="text/plain")


@bp.post("/pay/<number>/checkout")
@allow("order.change", order_thing)
def checkout(number: str) -> Any:
    """Go on to the provider's page; pressed twice, or in two tabs, it is the same page."""
    box, provider = _box(number), _provider()
    if box.charge_id is None or (box.due and not box.methods):
        raise Refused("charge_other_method")
    if not box.due:
        return see_other("payments.pay", number=number)
    try:
        url = provider_flows.open_pay_page(
            box.charge_id, provider, kind=box.kind, methods=box.methods, now=utc_now()
        )
    except Unavailable:
        url = None
    except Conflict as meanwhile:
        current_app.logger.info("order %s: %s", number, meanwhile.code)
        return see_other("payments.pay", number=number)
    return _go(url, number)


@bp.post("/pay/<number>/card")
@allow("order.change", order_thing)
def keep_card(number: str) -> Any:
    """Go on to the page where a card is left for this order."""
    box, provider = _box(number), _provider()
    if not box.may_keep_card:
        raise Refused("charge_other_method")
    try:
        url = provider_flows.open_card_page(box.order_id, provider, now=utc_now())
    except Unavailable:
        url = None
    return _go(url, number)


@bp.post("/pay/<number>/card/forget")
@allow("order.change", order_thing)
def forget_card(number: str) -> Response:
    """Take the card back."""
    box = _box(number)
    with transaction() as session:
        cards.forget_card(session, box.order_id, actor=principal().actor(), now=utc_now())
    ring(SEND_REFUNDS)  # the same worker lets the provider forget it
    ring(SEND_NOTICES)
    say(_("The card is not charged any more."))
    return see_other("payments.pay", number=number)


@bp.get("/pay/<number>/provider")
@allow("order.see", order_thing)
def live(number: str) -> Response:
    """Asked every few seconds: 304 while nothing has changed, else the page is loaded anew."""
    tag = _box(number).tag
    answer = Response("", mimetype="text/html")
    answer.set_etag(tag)
    if request.args.get("seen") != tag:
        answer.headers["HX-Refresh"] = "true"
        return answer
    answer.make_conditional(request)
    return answer


def _go(url: str | None, number: str) -> Any:
    if url is None:
        say(_("The payment provider does not answer just now. Nothing was taken. Try again soon."))
        return see_other("payments.pay", number=number)
    return redirect(url, code=303)


def _box(number: str) -> ProviderBox:
    config = _config()
    with reading() as session:
        live = live_methods(config.stripe_secret_key, config.stripe_methods)
        return provider_box(session, number, live, config.stripe_hold_hours)


def _provider() -> Provider:
    """NotFound where this market takes no cards."""
    provider = provider_for(_config(), visitor=True)
    if provider is None:
        raise NotFound("not_found", what="provider")
    return provider


def _config() -> Config:
    config: Config = current_app.extensions["market_config"]
    return config
