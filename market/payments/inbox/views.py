"""Money on its way in: slips that buyers send, and the desk that decides about them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, current_app, request
from flask_babel import gettext as _

from market.clock import utc_now
from market.db import reading, transaction
from market.doorbell import MONEY_RECORDED
from market.errors import MarketError, NotFound
from market.files import Store, keep_file, read_file, store_of
from market.limits import limiter
from market.money import format_baht
from market.payments import slips
from market.payments.forms import typed_id, typed_satang
from market.payments.promptpay import promptpay_payload
from market.payments.qr import qr_png
from market.payments.queries import order_thing
from market.payments.queries.slips import (
    charge_id_of,
    payment_tag,
    slip_box,
    slip_file,
    waiting_slips,
)
from market.payments.slip_code import best_code
from market.pictures import read_picture
from market.principals import Thing
from market.web import (
    allow,
    carry_out,
    national,
    page,
    principal,
    say,
    see_other,
    sentence,
    status_of,
)

bp = Blueprint("inbox", __name__)
SLIP_RATE = "60 per hour"  # of one order
ADDRESS_RATE = "600 per hour"  # phone carriers share theirs among many buyers
REASONS = ("not_in_bank", "other_amount", "unreadable", "not_ours")


def _order() -> str:
    return f"slips:{(request.view_args or {}).get('number')}"


# Counted after the right was checked: a stranger must not use up a buyer's tries.
@bp.post("/pay/<number>/slip")
@allow("order.change", order_thing)
@limiter.limit(ADDRESS_RATE)
@limiter.limit(SLIP_RATE, key_func=_order)
def send(number: str) -> Response:
    """A buyer sends the slip of a transfer."""
    try:
        outcome = _send(number)
    except MarketError as refusal:
        if isinstance(refusal, NotFound):
            raise
        say(sentence(refusal), "error")
    else:
        say(*_answer(outcome))
    return see_other("payments.pay", number=number, _anchor="slip")


@bp.get("/pay/<number>/live")
@allow("order.see", order_thing)
def live(number: str) -> Response:
    """Asked every few seconds: 304 while nothing has changed, else the page is loaded anew."""
    with reading() as session:
        tag = payment_tag(session, charge_id_of(session, number))
    answer = Response("", mimetype="text/html")
    answer.set_etag(tag)
    if request.args.get("seen") != tag:
        answer.headers["HX-Refresh"] = "true"
        return answer
    answer.make_conditional(request)
    return answer


def _part_thing(session: Any, number: str, group_id: int) -> Thing:
    return order_thing(session, number)


@bp.get("/pay/<number>/parts/<int:group_id>/qr.png")
@allow("order.see", _part_thing)
def part_qr(number: str, group_id: int) -> Response:
    """The QR of one payee of an order, for what is still due to it (0: the market)."""
    with reading() as session:
        box = slip_box(session, charge_id_of(session, number))
    part = next((one for one in box.parts if (one.group_id or 0) == group_id), None)
    if part is None or part.due_satang <= 0:
        raise NotFound("not_found", what="charge")
    payee = part.promptpay_id or ("" if group_id else _config().promptpay_id)
    if not payee:
        raise NotFound("not_found", what="account")
    return Response(qr_png(promptpay_payload(payee, part.due_satang)), mimetype="image/png")


def _send(number: str) -> slips.SlipOutcome:
    sent = request.files.get("slip")
    picture = read_picture(sent.read() if sent else b"")
    now, actor = utc_now(), principal().actor()
    with transaction() as session:
        file_hash = keep_file(
            session, _store(), picture.data, kind=picture.kind, owner=f"slip:{number}", now=now
        )
        slip = slips.NewSlip(
            file_hash=file_hash,
            code=best_code(picture.codes),
            group_id=typed_id(request.form.get("group_id")) or None,
        )
        charge_id = charge_id_of(session, number)
        return slips.send_slip(session, charge_id, slip, actor=actor, now=now)


def _answer(outcome: slips.SlipOutcome) -> tuple[str, str]:
    """What the sender reads; refusals stay on the page as an error card."""
    words = {
        "waiting": _("The slip is here. A person compares it with the bank and tells you."),
        "again": _("This slip is here already. You need do nothing more."),
        "forged": _(
            "The code on this slip is damaged or was changed, so it was not taken. Save the slip"
            " again from your bank's app and send that picture, or call us."
        ),
        "reused": _(
            "This slip was sent for another payment before. Each transfer pays once. If you have"
            " paid this order too, send the slip of that transfer."
        ),
        "foreign": _(
            "This picture is the QR to pay with, not a slip. Pay first, then send the slip that"
            " your bank's app saves."
        ),
    }
    return words[outcome], "done" if outcome in ("waiting", "again") else "error"


@bp.get("/money/slips")
@allow("money.see", national)
def slip_list() -> Response:
    """Slips that wait, each beside the payment it is for."""
    return _list_page()


@bp.get("/money/slips/<int:slip_id>/picture")
@allow("money.see", national)
def slip_picture(slip_id: int) -> Response:
    """The slip's picture, drawn anew when it came."""
    with reading() as session:
        kind, data = read_file(session, _store(), slip_file(session, slip_id))
    answer = Response(data, mimetype=kind)
    answer.headers["Cache-Control"] = "private, max-age=86400"
    return answer


@bp.post("/money/slips/<int:slip_id>/accept")
@allow("receipt.record", national)
def accept(slip_id: int) -> Response:
    """The money is in the bank."""

    def act(session: Any) -> str:
        amount = typed_satang(request.form.get("amount", ""))
        received = slips.accept_slip(
            session, slip_id, amount_satang=amount, actor=principal().actor(), now=utc_now(),
            bank_reference=request.form.get("bank_reference", ""),
        )  # fmt: skip
        return _received_words(received.outcome, amount)

    return _decide(act)


@bp.post("/money/slips/<int:slip_id>/refuse")
@allow("receipt.record", national)
def refuse(slip_id: int) -> Response:
    """The money is not there."""
    reason = request.form.get("reason", "")

    def act(session: Any) -> str:
        why = reason if reason in REASONS else REASONS[0]
        slips.refuse_slip(session, slip_id, why, actor=principal().actor(), now=utc_now())
        return str(_("Slip refused. The buyer is told."))

    return _decide(act)


@bp.post("/money/slips/certain")
@allow("receipt.record", national)
def accept_certain() -> Response:
    """All slips whose transfer the bank's statement or the slip service shows to the satang."""

    def act(session: Any) -> str:
        ready = [slip for slip in waiting_slips(session) if slip.certain]
        for slip in ready:
            slips.accept_slip(
                session, slip.id, amount_satang=slip.suggested_satang,
                actor=principal().actor(), now=utc_now(),
            )  # fmt: skip
        return str(_("%(n)s slips accepted.", n=len(ready)))

    return _decide(act)


def _received_words(outcome: str, amount: int) -> str:
    words = {
        "paid": _("%(amount)s received. The order is paid.", amount=format_baht(amount)),
        "partly": _("%(amount)s received. A part is still open.", amount=format_baht(amount)),
        "again": _("This transfer was recorded before. Nothing changed."),
        "excess": _(
            "%(amount)s received; the order could not take it, so it is owed back to the buyer.",
            amount=format_baht(amount),
        ),
    }
    return str(words[outcome])


def _decide(act: Callable[[Any], str]) -> Response:
    then = see_other("inbox.slip_list")
    return carry_out(act, then=then, again=_list_page, bells=MONEY_RECORDED)


def _list_page(refusal: MarketError | None = None) -> Response:
    with reading() as session:
        waiting = waiting_slips(session)
    return page(
        "payments/slips.html",
        slips=waiting,
        now=utc_now(),
        reasons=REASONS,
        error=sentence(refusal),
        status=status_of(refusal),
    )


def _store() -> Store:
    return store_of(_config())


def _config() -> Any:
    return current_app.extensions["market_config"]
