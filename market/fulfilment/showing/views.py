"""Pictures of the work, a later day with its reason, and the buyer who does not wait for it."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, Response, request
from flask_babel import gettext as _

from market.clock import bangkok_date, utc_now
from market.db import reading, transaction
from market.doorbell import SEND_NOTICES, SWEEP_PAYMENTS, ring
from market.errors import MarketError, NotFound, Refused
from market.files import read_file
from market.fulfilment import commands, queries
from market.fulfilment.promising import NewPromise
from market.fulfilment.rules import days_after
from market.fulfilment.work.rules import Step
from market.limits import limiter
from market.matching.rules import AnswerReason
from market.orders.queries import order_thing
from market.pictures import MAX_BYTES
from market.snapshots import keep_snapshot, read_snapshot
from market.thai import normalise
from market.web import (
    allow,
    can,
    file_store,
    most_bytes,
    page,
    principal,
    say,
    see_other,
    sentence,
    status_of,
)

bp = Blueprint("showing", __name__)
#: Pictures of the making itself; on later ones a label may be seen, with a name on it.
FOR_ALL = frozenset({Step.INGREDIENTS, Step.MADE, Step.OWN_USE})


@bp.get("/batches/<int:batch_id>/photos")
@allow("batch.report", queries.batch_thing)
def photos(batch_id: int) -> Response:
    """The pictures of a batch, and one more."""
    return _photos(batch_id)


@bp.post("/batches/<int:batch_id>/photos")
@limiter.limit("60 per hour")
@most_bytes(2 * MAX_BYTES)
@allow("batch.report", queries.batch_thing)
def add(batch_id: int) -> Response:
    """A picture for those who ordered. The same one again is the same one."""
    try:
        sent = request.files.get("picture")
        snapshot = read_snapshot(sent.read() if sent else b"")
        with transaction() as session:
            now, owner = utc_now(), f"batch:{batch_id}"
            kept = keep_snapshot(session, file_store(), snapshot, owner=owner, now=now)
            commands.add_photo(
                session, batch_id, kept, actor=principal().actor(), now=now, step=_typed_step()
            )
    except MarketError as refusal:
        return _photos(batch_id, refusal)
    say(_("The picture is there. Those who ordered can see it."))
    then = "showing.photos" if _typed_step() is None else "fulfilment.batch"
    return see_other(then, batch_id=batch_id)


def _typed_step() -> str | None:
    """The step that a picture proves, where it was taken on that step's screen."""
    typed = request.form.get("step", "")
    return typed if typed in set(Step) else None


@bp.post("/batches/<int:batch_id>/photos/<int:photo_id>/hide")
@allow("batch.report", queries.batch_thing)
def hide(batch_id: int, photo_id: int) -> Response:
    """Take a picture away."""
    with transaction() as session:
        commands.hide_photo(session, batch_id, photo_id, actor=principal().actor(), now=utc_now())
    say(_("Taken away. Nobody sees it any more."))
    return see_other("showing.photos", batch_id=batch_id)


@bp.get("/batches/photos/<int:photo_id>")
@allow("market.see")
def photo(photo_id: int) -> Response:
    """Pictures of the making are for everybody; later ones may show a label with a name on it,
    so they are for those who ordered and those who make and coordinate.
    """
    with reading() as session:
        file = queries.photo_file(session, photo_id)
        for_all = file.step in FOR_ALL and not file.private
        if not for_all and not _may_see(session, file.batch_id):
            raise NotFound("not_found", what="file")
        kind, data = read_file(session, file_store(), file.file_hash)
    answer = Response(data, mimetype=kind)
    answer.headers["Cache-Control"] = ("public" if for_all else "private") + ", max-age=3600"
    return answer


def _may_see(session: Any, batch_id: int) -> bool:
    if can("batch.report", **vars(queries.batch_thing(session, batch_id))):
        return True
    who = principal()
    orders = [link.order_id for link in who.links if link.order_id is not None]
    return queries.has_bought(session, batch_id, buyers=who.buyer_ids, orders=orders)


def _photos(batch_id: int, refusal: MarketError | None = None) -> Response:
    with reading() as session:
        batch = queries.get_batch(session, batch_id)
        pictures = queries.photos_of_batches(session, [batch_id])[batch_id]
    return _refusable("fulfilment/photos.html", refusal, batch=batch, photos=pictures)


@bp.get("/batches/<int:batch_id>/later")
@allow("batch.report", queries.batch_thing)
def later(batch_id: int) -> Response:
    """The group needs longer: until when, and why?"""
    return _later(batch_id)


@bp.post("/batches/<int:batch_id>/later")
@allow("batch.report", queries.batch_thing)
def promise_later(batch_id: int) -> Response:
    """A new day; buyers are told."""
    try:
        promise = _typed_promise()
        with transaction() as session:
            commands.promise_later(
                session, batch_id, promise, actor=principal().actor(), now=utc_now()
            )
    except MarketError as refusal:
        return _later(batch_id, refusal)
    ring(SEND_NOTICES)
    say(_("Said. Those who ordered are told the new day and why."))
    return see_other("fulfilment.batch", batch_id=batch_id)


def _typed_promise() -> NewPromise:
    reason = request.form.get("reason", "")
    if reason not in set(AnswerReason):
        raise Refused("promise_reason_missing")
    return NewPromise(
        due_on=_typed_day(request.form.get("due_on", "")),
        reason=AnswerReason(reason),
        note=normalise(request.form.get("note", "")[:1000]),
    )


def _typed_day(typed: str) -> date:
    """The chosen day; one long past where it is none, which the command refuses in words."""
    try:
        return date.fromisoformat(typed)
    except ValueError:
        return date.min


def _later(batch_id: int, refusal: MarketError | None = None) -> Response:
    with reading() as session:
        batch = queries.get_batch(session, batch_id)
        promises = queries.promises_of_batches(session, [batch_id])[batch_id]
    days = days_after(
        promises[-1].due_on if promises else batch.delivery_on, bangkok_date(utc_now())
    )
    return _refusable("fulfilment/later.html", refusal, batch=batch, promises=promises, days=days)


@bp.post("/orders/<number>/late/<int:batch_id>")
@allow("order.change", order_thing)
def give_up(number: str, batch_id: int) -> Response:
    """The buyer does not wait for goods that come later than promised."""
    with transaction() as session:
        commands.give_up_late(session, number, batch_id, actor=principal().actor(), now=utc_now())
    ring(SWEEP_PAYMENTS)
    ring(SEND_NOTICES)
    say(_("Given up. The money for it goes back to you."))
    return see_other("order_page.show", number=number)


def _refusable(template: str, refusal: MarketError | None, **shown: Any) -> Response:
    return page(
        template,
        typed=request.form if refusal else {},
        error=sentence(refusal),
        status=status_of(refusal),
        **shown,
    )
