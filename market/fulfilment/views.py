"""Pages of making and handing over: the batch on a phone, the labels, the pick-up desk."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from flask import Blueprint, Response, current_app, request
from flask_babel import gettext as _
from markupsafe import Markup

from market.catalogue.words import ALLERGENS
from market.clock import utc_now
from market.db import reading, transaction
from market.doorbell import SEND_NOTICES, SWEEP_FULFILMENT, ring
from market.errors import MarketError
from market.fulfilment import commands, queries
from market.fulfilment.closing.views import bp as closing_bp
from market.fulfilment.driving.views import bp as driving_bp
from market.fulfilment.gathering.rules import box_address
from market.fulfilment.gathering.views import bp as gather_bp
from market.fulfilment.posting.views import bp as posting_bp
from market.fulfilment.showing.views import bp as showing_bp
from market.fulfilment.work.queries import get_work
from market.fulfilment.work.views import bp as work_bp
from market.fulfilment.work.views import hand_over_page
from market.limits import count_as_refused, limit_codes
from market.payments.forms import typed_id
from market.payments.qr import qr_svg
from market.policy import allowed
from market.thai import whole_number
from market.web import allow, is_htmx, live, page, principal, say, see_other, sentence, status_of

bp = Blueprint("fulfilment", __name__)
BLUEPRINTS = (bp, showing_bp, work_bp, gather_bp, driving_bp, posting_bp, closing_bp)


@bp.get("/batches/<int:batch_id>")
@allow("batch.report", queries.batch_thing)
def batch(batch_id: int) -> Response:
    """The one thing to do now for a batch."""
    return _batch_page(batch_id)


@bp.get("/batches/<int:batch_id>/labels")
@allow("batch.report", queries.batch_thing)
def labels(batch_id: int) -> Response:
    """A label for each buyer's bag: A4 sheets to cut, or singles of 50 x 30 mm.

    Its code leads to the makers, and says which box it belongs to.
    """
    with reading() as session:
        view = queries.get_batch(session, batch_id)
    url = current_app.extensions["market_config"].public_url
    codes = {box.id: box_address(url, view.lot_code or "", box.id) for box in view.boxes}
    return page(
        "fulfilment/labels.html", batch=view, small=request.args.get("size") == "50x30",
        qr={box_id: Markup(qr_svg(code)) for box_id, code in codes.items()},  # noqa: S704  ours
        allergen_words=ALLERGENS,
    )  # fmt: skip


@bp.post("/batches/<int:batch_id>/made")
@allow("batch.report", queries.batch_thing)
def made(batch_id: int) -> Response:
    """The group made so many."""
    try:
        units = whole_number(request.form.get("units", ""), low=0, high=999_999)
        with transaction() as session:
            commands.report_made(session, batch_id, units, actor=principal().actor(), now=utc_now())
    except MarketError as refusal:
        return _batch_page(batch_id, refusal)
    return _done(batch_id, _("Noted. Now pack and label."))


@bp.post("/batches/<int:batch_id>/packed")
@allow("batch.report", queries.batch_thing)
def packed(batch_id: int) -> Response:
    """Everything is packed and labelled."""
    try:
        with transaction() as session:
            commands.report_packed(session, batch_id, actor=principal().actor(), now=utc_now())
    except MarketError as refusal:
        return _batch_page(batch_id, refusal)
    return _done(batch_id, _("Packed. Next is the hand-over."))


@bp.post("/batches/<int:batch_id>/handed-over")
@allow("batch.report", queries.batch_thing)
def handed_over(batch_id: int) -> Response:
    """The goods left the group; parcels with the carrier's numbers."""
    numbers = {
        typed_id(name.removeprefix("tracking-")): value
        for name, value in request.form.items()
        if name.startswith("tracking-")
    }
    try:
        with transaction() as session:
            commands.hand_over(
                session, batch_id, actor=principal().actor(), now=utc_now(), tracking=numbers
            )
    except MarketError as refusal:
        return hand_over_page(batch_id, refusal)
    return _done(batch_id, _("Handed over. Thank you."))


@bp.get("/points/<int:point_id>/desk")
@allow("point.desk", queries.point_thing)
@limit_codes
def point_desk(point_id: int) -> Response:
    """The pick-up desk; with ``?code=`` what to hand out for it. Changes nothing."""
    code = request.args.get("code", "")
    handed = None
    try:
        if code:
            with reading() as session:
                found = queries.find_at_point(session, point_id, code)
                handed = queries.hand_out_of(session, point_id, found.order_id)
            handed.refuse_if_not_ready()
    except MarketError as refusal:
        return _desk_page(point_id, code=code, handed=handed, refusal=refusal)
    return _desk_page(point_id, code=code, handed=handed)


@bp.post("/points/<int:point_id>/receive")
@allow("point.desk", queries.point_thing)
@limit_codes
def receive(point_id: int) -> Response:
    """Handed out, and the cash taken that the desk saw on its screen."""
    code = request.form.get("code", "")
    kept = "kept" in request.form  # written down without signal: nobody sees this page's answer
    try:
        cash = typed_cash(request.form) if kept else typed_id(request.form.get("cash_satang"))
        with transaction() as session:
            handed = commands.receive_order(
                session, point_id, code, actor=principal().actor(), now=utc_now(), cash_satang=cash
            )
    except MarketError as refusal:
        if not kept:
            return _desk_page(point_id, code=code, refusal=refusal)
        count_as_refused()
        say(_("Code %(code)s: %(why)s", code=code[:20], why=sentence(refusal)), "error")
        return see_other("fulfilment.point_desk", point_id=point_id)
    ring(SWEEP_FULFILMENT)
    say(_("Order %(number)s handed out.", number=handed.number))
    return see_other("fulfilment.point_desk", point_id=point_id)


@bp.post("/points/<int:point_id>/arrive")
@allow("point.desk", queries.point_thing)
def arrive(point_id: int) -> Response:
    """One box has come, or every box on its way."""
    box = typed_id(request.form.get("consignment_id"))
    try:
        with transaction() as session:
            count = commands.arrive_boxes(
                session, point_id, box or None, actor=principal().actor(), now=utc_now()
            )
    except MarketError as refusal:
        return _desk_page(point_id, refusal=refusal)
    ring(SEND_NOTICES)
    say(_("%(n)s boxes are here. Buyers whose goods are complete are told.", n=count))
    return see_other("fulfilment.point_desk", point_id=point_id)


@bp.post("/orders/<number>/received")
@allow("order.change", queries.order_thing)
def received(number: str) -> Response:
    """The buyer has the parcel."""
    with transaction() as session:
        thing = queries.order_thing(session, number)
        commands.receive_parcel(
            session, thing.order_id or 0, actor=principal().actor(), now=utc_now()
        )
    ring(SWEEP_FULFILMENT)
    say(_("Thank you. The makers are paid soon."))
    return see_other("order_page.show", number=number)


def typed_cash(form: Mapping[str, str]) -> int:
    """Baht that were taken without signal, in satang; nothing typed is none."""
    typed = form.get("cash", "").strip()
    return whole_number(typed, low=0, high=1_000_000) * 100 if typed else 0


def _done(batch_id: int, words: str) -> Response:
    ring(SEND_NOTICES)
    say(words)
    return see_other("fulfilment.batch", batch_id=batch_id)


def _batch_page(batch_id: int, refusal: MarketError | None = None) -> Response:
    with reading() as session:
        view = queries.get_batch(session, batch_id)
        work = get_work(session, batch_id, view.state, view.label_class)
    return page(
        "fulfilment/batch.html",
        batch=view,
        work=work,
        typed=request.form if refusal else {},
        error=sentence(refusal),
        status=status_of(refusal),
    )


def _desk_page(point_id: int, *, refusal: MarketError | None = None, **shown: Any) -> Response:
    with reading() as session:
        whose = queries.point_thing(session, point_id)
        desk = queries.get_desk(
            session, point_id, request.args.get("find", "")[:60],
            by_phone=allowed(principal(), "point.phone", whose),
        )  # fmt: skip
    show = partial(
        page,
        "fulfilment/_desk.html" if is_htmx() else "fulfilment/desk.html",
        desk=desk,
        find=request.args.get("find", "")[:60],
        code=shown.get("code", "")[:20],
        handed=None if refusal else shown.get("handed"),
        error=sentence(refusal),
        status=status_of(refusal),
    )
    return live(show, desk)
