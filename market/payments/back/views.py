"""A buyer's pages of money that comes back: what is owed, by when, and the choice of way."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request
from flask_babel import gettext as _

from market.clock import utc_now
from market.db import reading, transaction
from market.doorbell import SEND_NOTICES, SWEEP_PAYMENTS, ring
from market.errors import MarketError, NotFound, Refused
from market.money import format_baht
from market.payments import commands, queries
from market.payments.queries.back import credit_of, own_promptpay, refund_id_of, refunds_of
from market.payments.states import RefundWay
from market.thai import arabic_digits, normalise
from market.web import allow, can, carry_out, page, principal, say, see_other, sentence, status_of

bp = Blueprint("back", __name__)


@bp.get("/pay/<number>/refunds")
@allow("order.see", queries.order_thing)
def show(number: str) -> Response:
    """What goes back of an order, how and by when."""
    return _show(number)


@bp.post("/pay/<number>/refunds/<int:refund_id>")
@allow("order.change", queries.order_thing)
def choose(number: str, refund_id: int) -> Response:
    """The buyer says which way the money comes back."""
    sent = request.form
    way = RefundWay(sent["way"]) if sent.get("way") in set(RefundWay) else RefundWay.BANK

    def act(session: Any) -> str:
        if refund_id_of(session, number, refund_id) is None:
            raise NotFound("not_found", what="refund")
        if way is RefundWay.BANK:
            _refuse_elsewhere(session, number, sent.get("promptpay", ""))
        commands.choose_way(
            session, refund_id, way, promptpay=sent.get("promptpay", ""),
            name=normalise(sent.get("name", "")[:100].replace("\0", "")),
            actor=principal().actor(), now=utc_now(),
        )  # fmt: skip
        return str(_("Noted. We tell you when the money has gone."))

    return carry_out(
        act,
        then=see_other("back.show", number=number),
        again=lambda refusal: _show(number, refusal, refund_id),
        bells=[SWEEP_PAYMENTS, SEND_NOTICES],
    )


@bp.post("/pay/<number>/credit")
@allow("order.change", queries.order_thing)
def use_credit(number: str) -> Response:
    """Pay with store credit, as much as there is."""
    with transaction() as session:
        charge_id = queries.get_pay_view(session, number).charge_id
        if charge_id is None:
            raise NotFound("not_found", what="charge")
        commands.spend(session, charge_id, actor=principal().actor(), now=utc_now())
        left = credit_of(session, number)
    ring(SEND_NOTICES)
    say(_("Your credit was used. %(left)s of it is left.", left=format_baht(left)))
    return see_other("payments.pay", number=number)


def _refuse_elsewhere(session: Any, number: str, typed: str) -> None:
    """A letter may be passed on: its link alone sends money to the buyer's own phone only."""
    buyer_id = queries.order_thing(session, number).buyer_id
    if can("refund.direct", buyer_id=buyer_id):
        return
    digits = "".join(letter for letter in arabic_digits(typed[:40]) if letter.isdigit())
    if not digits or digits != own_promptpay(session, number):
        raise Refused("refund_link_other_phone")


def _show(number: str, refusal: MarketError | None = None, refund_id: int = 0) -> Response:
    with reading() as session:
        refunds = refunds_of(session, number)
        credit = credit_of(session, number)
    return page(
        "payments/money_back.html",
        number=number,
        refunds=refunds,
        credit=credit,
        now=utc_now(),
        wrong=sentence(refusal),
        wrong_id=refund_id,
        typed=request.form if refusal else {},
        status=status_of(refusal),
    )
