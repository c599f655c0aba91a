"""Pages of money: a buyer pays, a treasurer records what came in and what went out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, current_app, request
from flask_babel import gettext as _
from markupsafe import Markup

from market.clock import utc_now
from market.db import reading, transaction
from market.doorbell import SEND_NOTICES, ring
from market.errors import MarketError, NotFound
from market.money import format_baht
from market.payments import commands, queries
from market.payments.forms import typed_id, typed_satang
from market.payments.promptpay import promptpay_payload
from market.payments.qr import qr_png, qr_svg
from market.thai import normalise
from market.web import (
    allow,
    national,
    page,
    principal,
    say,
    see_other,
    sentence,
    status_of,
)

bp = Blueprint("payments", __name__)
money_bp = Blueprint("money", __name__)
BLUEPRINTS = (bp, money_bp)
FIND_LENGTH = 60


@bp.get("/pay/<number>")
@allow("order.see", queries.order_thing)
def pay(number: str) -> Response:
    """What is to be paid for an order, by when and how; or that it is paid."""
    with reading() as session:
        view = queries.get_pay_view(session, number)
    qr = Markup(qr_svg(_payload(view))) if _by_qr(view) else None  # noqa: S704  our own drawing
    return page("payments/pay.html", pay=view, qr=qr, now=utc_now())


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


@money_bp.get("/money")
@allow("money.see", national)
def index() -> Response:
    """Rounds with money in them, and what still has to be done about it."""
    with reading() as session:
        return page("payments/index.html", rounds=queries.list_rounds(session))


@bp.get("/money/<int:round_id>")
@allow("money.see", national)
def round_money(round_id: int) -> Response:
    """A round's money: charges, refunds, payouts, and books that add up."""
    return _round_page(round_id)


@bp.post("/money/<int:round_id>/receipts")
@allow("receipt.record", national)
def record_receipt(round_id: int) -> Response:
    """A transfer was seen in the bank."""

    def act(session: Any) -> str:
        amount = typed_satang(request.form.get("amount", ""))
        commands.record_receipt(
            session, _own(session, round_id, "charge"), bank_reference=_reference(),
            amount_satang=amount, actor=principal().actor(), now=utc_now(),
        )  # fmt: skip
        return str(_("%(amount)s received.", amount=format_baht(amount)))

    return _record(round_id, act)


@bp.post("/money/<int:round_id>/refunds")
@allow("refund.record", national)
def record_refund(round_id: int) -> Response:
    """Money was sent back to a buyer."""

    def act(session: Any) -> str:
        commands.record_refund(
            session, _own(session, round_id, "refund"), bank_reference=_reference(),
            actor=principal().actor(), now=utc_now(),
        )  # fmt: skip
        return str(_("Refund recorded. The buyer is told."))

    return _record(round_id, act)


@bp.post("/money/<int:round_id>/payouts")
@allow("payout.record", national)
def record_payout(round_id: int) -> Response:
    """Money was sent to a group."""

    def act(session: Any) -> str:
        commands.record_payout(
            session, _own(session, round_id, "payout"), bank_reference=_reference(),
            actor=principal().actor(), now=utc_now(),
        )  # fmt: skip
        return str(_("Payout recorded. The group is told."))

    return _record(round_id, act)


@bp.post("/money/<int:round_id>/deposits")
@allow("payout.record", national)
def record_deposit(round_id: int) -> Response:
    """Cash of a pick-up point was brought to the bank."""

    def act(session: Any) -> str:
        amount = typed_satang(request.form.get("amount", ""))
        commands.deposit_cash(
            session, point_id=typed_id(request.form.get("id")), amount_satang=amount,
            bank_reference=_reference(), actor=principal().actor(), now=utc_now(),
        )  # fmt: skip
        return str(_("%(amount)s brought to the bank.", amount=format_baht(amount)))

    return _record(round_id, act)


def _record(round_id: int, act: Callable[[Any], str]) -> Response:
    """Do it and go back to the page, or show the page again with what is wrong."""
    try:
        with transaction() as session:
            done = act(session)
    except NotFound:
        raise
    except MarketError as refusal:
        return _round_page(round_id, refusal)
    ring(SEND_NOTICES)
    say(done)
    return see_other("payments.round_money", round_id=round_id, find=request.form.get("find"))


def _round_page(round_id: int, refusal: MarketError | None = None) -> Response:
    find = normalise(request.values.get("find", "")[:FIND_LENGTH].replace("\0", ""))
    with reading() as session:
        money = queries.get_round_money(session, round_id, find)
    return page(
        "payments/round.html",
        money=money,
        find=find,
        error=sentence(refusal) if refusal else None,
        typed=request.form if refusal else {},
        status=status_of(refusal) if refusal else 200,
    )


def _own(session: Any, round_id: int, what: str) -> int:
    """The id in the form, when it is of this round. NotFound for any other."""
    row_id = typed_id(request.form.get("id"))
    if queries.round_of(session, what, row_id) != round_id:
        raise NotFound("not_found", what=what)
    return row_id


def _reference() -> str:
    return request.form.get("bank_reference", "")


def _by_qr(view: queries.PayView) -> bool:
    return view.state == "due" and view.method == "promptpay"


def _payload(view: queries.PayView) -> str:
    config: Any = current_app.extensions["market_config"]
    return promptpay_payload(config.promptpay_id, view.amount_satang)


def _due_payload(number: str) -> str:
    with reading() as session:
        view = queries.get_pay_view(session, number)
    if not _by_qr(view):
        raise NotFound("not_found", what="charge")
    return _payload(view)
