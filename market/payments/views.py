"""A buyer's pages: what is to be paid, by when and how."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, request
from markupsafe import Markup

from market.clock import utc_now
from market.db import reading
from market.errors import NotFound
from market.payments import pages, queries
from market.payments.hooks import views as hooks
from market.payments.methods import live_methods
from market.payments.promptpay import promptpay_payload
from market.payments.qr import qr_png, qr_svg
from market.payments.queries.back import credit_of, where_it_goes
from market.payments.queries.provider import provider_box
from market.payments.queries.slips import slip_box
from market.web import allow, page

bp = Blueprint("payments", __name__)
BLUEPRINTS = (bp, hooks.bp, *pages.BLUEPRINTS)


@bp.get("/pay/<number>")
@allow("order.see", queries.order_thing)
def pay(number: str) -> Response:
    """What is to be paid for an order, by when and how; or that it is paid."""
    with reading() as session:
        view = queries.get_pay_view(session, number)
        slips = slip_box(session, view.charge_id)
        box = _provider_box(session, number)
        goes, credit = where_it_goes(session, number), credit_of(session, number)
    qr = Markup(qr_svg(_payload(view))) if _by_qr(view) else None  # noqa: S704  our own drawing
    return page(
        "payments/pay.html", pay=view, qr=qr, slip_box=slips, provider=box, goes=goes,
        credit=credit, now=utc_now(),
    )  # fmt: skip


@bp.get("/pay/<number>/qr.svg")
@allow("order.see", queries.order_thing)
def qr_picture(number: str) -> Response:
    """The QR alone, as a drawing."""
    return Response(qr_svg(_due_payload(number)), mimetype="image/svg+xml")


@bp.get("/pay/<number>/qr.png")
@allow("order.see", queries.order_thing)
def qr_file(number: str) -> Response:
    """The QR as a picture; ``?save=1`` puts it among the phone's pictures."""
    answer = Response(qr_png(_due_payload(number)), mimetype="image/png")
    if request.args.get("save"):
        name = f"promptpay-{number}.png"
        answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _provider_box(session: Any, number: str) -> Any:
    """How the order stands at the payment provider, where there is one."""
    config: Any = current_app.extensions["market_config"]
    live = live_methods(config.stripe_secret_key, config.stripe_methods)
    return provider_box(session, number, live, config.stripe_hold_hours) if live else None


def _by_qr(view: queries.PayView) -> bool:
    return view.state == "due" and view.method in ("promptpay", "transfer") and not view.shared


def _payload(view: queries.PayView) -> str:
    config: Any = current_app.extensions["market_config"]
    return promptpay_payload(config.promptpay_id, view.open_satang)


def _due_payload(number: str) -> str:
    with reading() as session:
        view = queries.get_pay_view(session, number)
    if not _by_qr(view):
        raise NotFound("not_found", what="charge")
    return _payload(view)
