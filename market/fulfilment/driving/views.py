"""The driver's phone: one stop a screen, boxes scanned or all at once, what is wrong with one.

Every form may come late and twice: a phone without signal keeps it and sends it by itself. So the
answer is always the page again, with words.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from flask import Blueprint, Response, request
from flask_babel import gettext as _

from market.clock import utc_now
from market.db import reading, transaction
from market.doorbell import SEND_NOTICES, ring
from market.errors import MarketError, NotFound, Refused
from market.fulfilment.driving.commands import BoxReport, finish_stop, report_box, scan_box
from market.fulfilment.gathering.queries import get_trip, trip_thing
from market.fulfilment.gathering.rules import BoxProblem
from market.limits import limiter
from market.payments.forms import typed_id
from market.pictures import MAX_BYTES
from market.snapshots import Snapshot, keep_snapshot, read_snapshot
from market.thai import arabic_digits, normalise
from market.web import allow, file_store, most_bytes, page, principal, say, see_other, sentence

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

bp = Blueprint("driving", __name__)


@bp.get("/trips/<int:trip_id>/drive")
@allow("trip.drive", trip_thing)
def drive(trip_id: int) -> Response:
    """All stops, one a screen; the next one is open."""
    with reading() as session:
        seen = get_trip(session, trip_id)
    return page("gathering/drive.html", trip=seen)


@bp.post("/trips/<int:trip_id>/stops/<int:stop_id>/scan")
@limiter.limit("120 per minute")
@allow("trip.drive", trip_thing)
def scan(trip_id: int, stop_id: int) -> Response:
    """One box, by its code."""

    def act(session: Session) -> str:
        box = scan_box(
            session, trip_id, stop_id, request.form.get("code", "")[:400],
            actor=principal().actor(), now=utc_now(),
        )  # fmt: skip
        return str(_("Box %(box)s: noted.", box=box.id))

    return _back(trip_id, stop_id, act)


@bp.post("/trips/<int:trip_id>/stops/<int:stop_id>/done")
@allow("trip.drive", trip_thing)
def done(trip_id: int, stop_id: int) -> Response:
    """Everything here is taken, or put down."""

    def act(session: Session) -> str:
        finish_stop(session, trip_id, stop_id, actor=principal().actor(), now=utc_now())
        return str(_("Done here. Drive safely."))

    return _back(trip_id, None, act)


@bp.post("/trips/<int:trip_id>/stops/<int:stop_id>/problem")
@limiter.limit("60 per hour")
@most_bytes(2 * MAX_BYTES)
@allow("trip.drive", trip_thing)
def problem(trip_id: int, stop_id: int) -> Response:
    """A box is missing, short or broken; with a picture, if there is one."""

    def act(session: Session) -> str:
        kept = None
        if picture is not None:
            store = file_store()
            kept = keep_snapshot(
                session, store, picture, owner=f"trip:{trip_id}", now=utc_now()
            ).file_hash
        report_box(
            session, _report(kept), trip_id=trip_id, actor=principal().actor(), now=utc_now()
        )
        return str(_("Reported. The coordinator sees it."))

    try:
        picture = _picture()
    except MarketError as refusal:
        say(sentence(refusal), "error")
        return see_other("driving.drive", trip_id=trip_id, _anchor=f"stop-{stop_id}")
    return _back(trip_id, stop_id, act)


def _picture() -> Snapshot | None:
    sent = request.files.get("picture")
    data = sent.read() if sent else b""
    return read_snapshot(data) if data else None


def _report(file_hash: str | None) -> BoxReport:
    kind = request.form.get("kind", "")
    box_id = typed_id(request.form.get("box"))
    if kind not in set(BoxProblem) or not box_id:
        raise Refused("box_report_unreadable")
    return BoxReport(
        box_id=box_id,
        kind=BoxProblem(kind),
        units=typed_id(arabic_digits(request.form.get("units", ""))),
        words=normalise(request.form.get("words", "")[:1000]),
        file_hash=file_hash,
    )


def _back(trip_id: int, stop_id: int | None, act: Callable[[Session], str]) -> Response:
    try:
        with transaction() as session:
            words = act(session)
    except NotFound:
        raise
    except MarketError as refusal:
        say(sentence(refusal), "error")
    else:
        ring(SEND_NOTICES)
        say(words)
    anchor = f"stop-{stop_id}" if stop_id else None
    return see_other("driving.drive", trip_id=trip_id, _anchor=anchor)
