"""Screens of the work on a batch: one question each, for a phone in a kitchen."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request
from flask_babel import gettext as _

from market.clock import utc_now
from market.db import reading, transaction
from market.doorbell import SEND_NOTICES, ring
from market.errors import MarketError, NotFound
from market.fulfilment import queries
from market.fulfilment.work import commands
from market.fulfilment.work.queries import marks_of_boxes, parts_of_batches
from market.fulfilment.work.rules import MOST_MEMBERS, Part, Step, share_out
from market.payments.forms import typed_id
from market.thai import whole_number
from market.web import allow, page, principal, say, see_other, sentence, status_of

bp = Blueprint("work", __name__)
SPARE_ROWS = 2
FIRST_ROWS = 4


@bp.post("/batches/<int:batch_id>/steps/<step>")
@allow("batch.report", queries.batch_thing)
def tick(batch_id: int, step: str) -> Response:
    """A step of the work is done."""
    if step not in set(Step):
        raise NotFound("not_found")
    with transaction() as session:
        commands.tick_step(session, batch_id, Step(step), actor=principal().actor(), now=utc_now())
    return see_other("fulfilment.batch", batch_id=batch_id)


@bp.get("/batches/<int:batch_id>/members")
@allow("batch.report", queries.batch_thing)
def members(batch_id: int) -> Response:
    """Who makes how many?"""
    return _members_page(batch_id)


@bp.post("/batches/<int:batch_id>/members")
@allow("batch.report", queries.batch_thing)
def set_members(batch_id: int) -> Response:
    """As typed, or as evenly as it goes among those named."""
    try:
        with transaction() as session:
            batch = queries.get_batch(session, batch_id)
            parts = _typed_parts()
            if "even" in request.form:
                even = [Part(name=part.name, units=1) for part in parts if part.name.strip()]
                parts = list(share_out(batch.to_make_units, even))
            actor, now = principal().actor(), utc_now()
            commands.set_parts(session, batch_id, parts, actor=actor, now=now)
    except MarketError as refusal:
        return _members_page(batch_id, refusal)
    say(_("Shared out. Everybody's number stands on the list to make."))
    return see_other("desk.make_list", group_id=batch.group_id)


def _typed_parts() -> list[Part]:
    names, units = request.form.getlist("name"), request.form.getlist("units")
    pairs = list(zip(names, units, strict=False))[: MOST_MEMBERS + 1]
    return [
        Part(name=name, units=whole_number(typed, low=0, high=999_999) if typed.strip() else 0)
        for name, typed in pairs
        if name.strip()
    ]


def _members_page(batch_id: int, refusal: MarketError | None = None) -> Response:
    with reading() as session:
        batch = queries.get_batch(session, batch_id)
        known = parts_of_batches(session, {batch_id: batch.to_make_units})[batch_id]
    rows = [(part.name, str(part.units)) for part in known.parts]
    if refusal:
        rows = list(zip(request.form.getlist("name"), request.form.getlist("units"), strict=False))
    rows += [("", "")] * (SPARE_ROWS if rows else FIRST_ROWS)
    return _refusable("work/members.html", refusal, batch=batch, rows=rows, known=known)


@bp.get("/batches/<int:batch_id>/packing")
@allow("batch.report", queries.batch_thing)
def packing(batch_id: int) -> Response:
    """Which boxes, for whom and with what; ticked as they are closed, or printed."""
    with reading() as session:
        batch = queries.get_batch(session, batch_id)
        marks = marks_of_boxes(session, batch_id)
    return page("work/packing.html", batch=batch, marks=marks)


@bp.post("/batches/<int:batch_id>/boxes/<int:consignment_id>/packed")
@allow("batch.report", queries.batch_thing)
def pack(batch_id: int, consignment_id: int) -> Response:
    """This box is closed."""
    with transaction() as session:
        all_packed = commands.pack_box(
            session, batch_id, consignment_id, actor=principal().actor(), now=utc_now()
        )
    if all_packed:
        say(_("Packed. Next is the hand-over."))
        return see_other("fulfilment.batch", batch_id=batch_id)
    return see_other("work.packing", batch_id=batch_id, _anchor=f"box-{consignment_id}")


@bp.get("/batches/<int:batch_id>/hand-over")
@allow("batch.report", queries.batch_thing)
def hand_over(batch_id: int) -> Response:
    """Scan or type each box as it leaves."""
    return hand_over_page(batch_id)


@bp.post("/batches/<int:batch_id>/load")
@allow("batch.report", queries.batch_thing)
def load(batch_id: int) -> Response:
    """A box's code; twice counts once, a foreign one is refused in words."""
    try:
        with transaction() as session:
            box_id, counted = commands.load_box(
                session, batch_id, request.form.get("code", ""), actor=principal().actor(),
                now=utc_now(),
            )  # fmt: skip
    except NotFound:
        raise
    except MarketError as refusal:
        return hand_over_page(batch_id, refusal)
    ring(SEND_NOTICES)
    say(
        _("Box %(box)s is on its way.", box=box_id)
        if counted
        else _("Box %(box)s was counted before. It counts once.", box=box_id)
    )
    return see_other("work.hand_over", batch_id=batch_id)


def hand_over_page(batch_id: int, refusal: MarketError | None = None) -> Response:
    """The screen of the hand-over, with what was refused."""
    with reading() as session:
        batch = queries.get_batch(session, batch_id)
        marks = marks_of_boxes(session, batch_id)
    asked = typed_id(request.args.get("box"))
    return _refusable("work/hand_over.html", refusal, batch=batch, marks=marks, asked=asked)


def _refusable(template: str, refusal: MarketError | None, **shown: Any) -> Response:
    return page(
        template,
        error=sentence(refusal),
        typed=request.form if refusal else {},
        status=status_of(refusal),
        **shown,
    )
