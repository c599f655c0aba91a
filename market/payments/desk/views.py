"""The treasurer's pages: what came in, what went out, and books that add up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, request
from flask_babel import gettext as _

from market.clock import utc_now
from market.db import reading, transaction
from market.doorbell import SEND_NOTICES, ring
from market.errors import MarketError, NotFound
from market.money import format_baht
from market.payments import commands, queries
from market.payments.forms import typed_id, typed_satang
from market.thai import normalise
from market.web import allow, national, page, principal, say, see_other, sentence, status_of

bp = Blueprint("money", __name__)
FIND_LENGTH = 60


@bp.get("/money")
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
    return see_other("money.round_money", round_id=round_id, find=request.form.get("find"))


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
