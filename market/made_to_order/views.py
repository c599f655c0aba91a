"""The buyer's pages: what it is, my requests, the answers side by side, and the agreement."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, request, session
from flask_babel import gettext as _

from market.clock import utc_now
from market.db import reading, transaction
from market.doorbell import SEND_NOTICES, ring
from market.errors import MarketError, NotFound, Refused
from market.files import read_file
from market.intake import row_number
from market.limits import limiter
from market.made_to_order import commands, forms, words
from market.made_to_order.agreeing import Choice, PayWay
from market.made_to_order.asked import views as asked
from market.made_to_order.asking import Sender
from market.made_to_order.queries.choosing import Sum, sum_for
from market.made_to_order.queries.showing import (
    AnswerSeen,
    RequestSeen,
    answers_of,
    questions_of,
    request_thing,
    requests_of,
    see_request,
)
from market.made_to_order.rules import Proposal, RequestState, Share, choice_fault, propose
from market.made_to_order.writing import views as writing
from market.rounds.methods import PayMethod, live_methods
from market.web import allow, can, file_store, page, principal, say, see_other, sentence, status_of

bp = Blueprint("made_to_order", __name__, url_prefix="/made-to-order")
BLUEPRINTS = (bp, writing.bp, asked.bp)
RATE = "60 per hour"
BUYERS_KEPT = 50


@bp.get("")
@allow("request.write")
def index() -> Response:
    """What made to order means, how it goes, and the asker's own requests."""
    who = principal()
    linked = [link.request_id for link in who.links if link.purpose == "request"]
    with reading() as db_session:
        mine = requests_of(db_session, who.buyer_ids, [i for i in linked if i is not None])
    config: Any = current_app.extensions["market_config"]
    return page(
        "made_to_order/index.html",
        mine=mine,
        words=words,
        percent=config.request_deposit_percent,
        hours=config.request_answer_hours,
        written="request_draft" in session,
        now=utc_now(),
    )


@bp.get("/<int:request_id>")
@allow("request.see", request_thing)
def show(request_id: int) -> Response:
    """A request and its answers; a guest's that is not sent yet asks once more to be sent."""
    return _show(request_id)


@bp.post("/<int:request_id>/send")
@allow("request.prove", request_thing)
def prove(request_id: int) -> Response:
    """Whoever opened the letter sends the request. A GET never does: link previews open it too."""
    who, now = principal(), utc_now()
    try:
        with transaction() as db_session:
            sender = Sender(actor=who.actor())
            commands.send_request(db_session, request_id, sender, writing.frozen_terms(), now=now)
    except MarketError as refusal:
        return _show(request_id, refusal)
    ring(SEND_NOTICES)
    session.pop("request_draft", None)
    say(_("Sent. The groups have been asked."))
    return see_other("made_to_order.show", request_id=request_id)


@bp.get("/<int:request_id>/choose")
@allow("request.choose", request_thing)
def choose(request_id: int) -> Response:
    """The sum of what was chosen, before anybody is bound by it."""
    try:
        shares = _shares(request_id, forms.typed_shares(request.args))
        with reading() as db_session:
            total = sum_for(db_session, request_id, shares)
    except MarketError as refusal:
        return _show(request_id, refusal)
    return _agreement(request_id, shares, total)


@bp.post("/<int:request_id>/choose")
@limiter.limit(RATE)
@allow("request.choose", request_thing)
def agree(request_id: int) -> Response:
    """The buyer agrees: an order, of which the deposit is paid next."""
    try:
        units = forms.typed_shares(request.form)
        expected = row_number(request.form.get("expected", "") or "0")
        with transaction() as db_session:
            number = commands.agree(
                db_session, request_id, Choice(units=units, expected_satang=expected),
                _pay_way(), actor=principal().actor(), now=utc_now(),
            )  # fmt: skip
    except ValueError:
        return _show(request_id, Refused("request_total_changed"))
    except MarketError as refusal:
        return _show(request_id, refusal)
    ring(SEND_NOTICES)
    _remember_guest(request_id)
    say(_("Agreed. Pay the deposit, and the groups begin."))
    return see_other("payments.pay", number=number)


@bp.post("/<int:request_id>/questions/<int:question_id>")
@limiter.limit(RATE)
@allow("request.choose", request_thing)
def reply(request_id: int, question_id: int) -> Response:
    """The buyer answers what a group asked."""
    try:
        with transaction() as db_session:
            commands.answer_question(
                db_session, request_id, question_id, forms.clean(request.form.get("answer")),
                actor=principal().actor(), now=utc_now(),
            )  # fmt: skip
    except NotFound:
        raise
    except MarketError as refusal:
        return _show(request_id, refusal)
    ring(SEND_NOTICES)
    say(_("Sent to the group."))
    return see_other("made_to_order.show", request_id=request_id)


@bp.post("/<int:request_id>/withdraw")
@allow("request.choose", request_thing)
def withdraw(request_id: int) -> Response:
    """The buyer does not want it any more."""
    with transaction() as db_session:
        commands.withdraw_request(db_session, request_id, actor=principal().actor(), now=utc_now())
    ring(SEND_NOTICES)
    say(_("Taken back. The groups have been told."))
    return see_other("made_to_order.show", request_id=request_id)


@bp.post("/<int:request_id>/again")
@limiter.limit(RATE)
@allow("request.choose", request_thing)
def again(request_id: int) -> Response:
    """Ask anew with the same answers; the day is asked again."""
    with transaction() as db_session:
        _id, session["request_draft"] = commands.write_anew(db_session, request_id, now=utc_now())
    session.permanent = True
    return see_other("request_writing.ask", question="when", then="review")


@bp.get("/<int:request_id>/picture")
@allow("request.see", request_thing)
def picture(request_id: int) -> Response:
    """The buyer's picture."""
    return picture_of(request_id)


def picture_of(request_id: int) -> Response:
    """The picture of a request, for whoever was let in to it. Raises NotFound."""
    with reading() as db_session:
        seen = see_request(db_session, request_id)
        if seen.picture_hash is None:
            raise NotFound("not_found", what="picture")
        store = file_store()
        kind, data = read_file(db_session, store, seen.picture_hash)
    return Response(data, mimetype=kind)


def _show(request_id: int, refusal: MarketError | None = None) -> Response:
    with reading() as db_session:
        seen = see_request(db_session, request_id)
        answers = answers_of(db_session, request_id)
        questions = questions_of(db_session, request_id)
    if seen.state == RequestState.PROVING:
        return _ask_to_send(seen, refusal)
    proposals = _proposals(seen, answers)
    typed = forms.typed_shares_or_none(request.values)
    return page(
        "made_to_order/show.html",
        seen=seen,
        answers=answers,
        questions=questions,
        proposals=proposals,
        picked=typed or _picked(proposals),
        may_choose=seen.state == RequestState.ASKED and _is_buyer(seen),
        is_buyer=_is_buyer(seen),
        words=words,
        now=utc_now(),
        error=sentence(refusal),
        status=status_of(refusal),
    )


def _ask_to_send(seen: RequestSeen, refusal: MarketError | None) -> Response:
    answer = page(
        "made_to_order/prove.html",
        seen=seen,
        words=words,
        error=sentence(refusal),
        status=status_of(refusal),
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _is_buyer(seen: RequestSeen) -> bool:
    return can("request.choose", request_id=seen.id, buyer_id=seen.buyer_id)


def _proposals(seen: RequestSeen, answers: tuple[AnswerSeen, ...]) -> tuple[Proposal, ...]:
    offered = [found for answer in answers if (found := answer.answered()) is not None]
    return propose(offered, seen.units or 0) if offered else ()


def _picked(proposals: tuple[Proposal, ...]) -> dict[int, int]:
    wanted = request.args.get("plan", "cheapest")
    chosen = next((p for p in proposals if p.plan == wanted), proposals[0] if proposals else None)
    return {share.group_id: share.units for share in chosen.shares} if chosen else {}


def _shares(request_id: int, units: dict[int, int]) -> list[Share]:
    with reading() as db_session:
        seen = see_request(db_session, request_id)
        answers = answers_of(db_session, request_id)
    offered = {a.group_id: found for a in answers if (found := a.answered()) is not None}
    fault = choice_fault(offered, units, seen.units or 0)
    if fault is not None:
        raise Refused(fault[0])
    return [
        Share(group_id=group, units=count, price_satang=offered[group].price_satang)
        for group, count in units.items()
    ]


def _agreement(request_id: int, shares: list[Share], total: Sum) -> Response:
    with reading() as db_session:
        seen = see_request(db_session, request_id)
        groups = {a.group_id: a for a in answers_of(db_session, request_id)}
    if seen.state != RequestState.ASKED:
        return see_other("made_to_order.show", request_id=request_id)
    return page(
        "made_to_order/agree.html",
        seen=seen,
        shares=shares,
        groups=groups,
        total=total,
        missing=(seen.units or 0) - total.units,
        words=words,
        now=utc_now(),
    )


def _pay_way() -> PayWay:
    """A licensed provider where the market's money goes there; else its own account."""
    config: Any = current_app.extensions["market_config"]
    live = live_methods(config.stripe_secret_key, config.stripe_methods)
    if config.payee == "provider" and live:
        first = PayMethod.STRIPE_PROMPTPAY if PayMethod.STRIPE_PROMPTPAY in live else PayMethod.CARD
        return PayWay(payee="provider", methods=(first,))
    return PayWay()


def _remember_guest(request_id: int) -> None:
    """Who proved a contact by letter and agreed in this browser sees the order in it."""
    if principal().signed_in:
        return
    with reading() as db_session:
        buyer_id = see_request(db_session, request_id).buyer_id
    known = [known for known in session.get("buyer_ids", ()) if known != buyer_id]
    session["buyer_ids"] = [buyer_id, *known][:BUYERS_KEPT]
    session.permanent = True
