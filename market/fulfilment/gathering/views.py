"""Gather sheets and trips: planned at a desk, printed, given to a driver."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, current_app, request
from flask import session as browser
from flask_babel import gettext as _
from markupsafe import Markup

from market.accounts.trail import note_taken
from market.clock import bangkok_date, utc_now
from market.db import reading, transaction
from market.doorbell import SEND_NOTICES
from market.errors import MarketError
from market.files import read_file
from market.fulfilment.driving.cases import case_file, case_thing
from market.fulfilment.driving.commands import close_case
from market.fulfilment.gathering import commands, queries
from market.fulfilment.gathering.drivers import give_link
from market.fulfilment.gathering.forms import typed_day, typed_outcome, typed_trip, typed_words
from market.fulfilment.gathering.rules import box_address
from market.payments.forms import typed_id
from market.payments.layouts import BOM, csv_lines
from market.payments.qr import qr_svg
from market.web import (
    allow,
    carry_out,
    file_store,
    is_htmx,
    language,
    live,
    page,
    principal,
    say,
    see_other,
    sentence,
    status_of,
)

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

bp = Blueprint("gather", __name__)
LINK = "trip_link"  # in the coordinator's browser, until it was shown


@bp.get("/gather")
@allow("gather.see")
def sheet() -> Response:
    """What leaves which group on a day, and the trips that fetch it."""
    return _sheet_page()


@bp.get("/gather.csv")
@allow("gather.see")
def sheet_file() -> Response:
    """The same for a spreadsheet."""
    seen = _sheet()
    with transaction() as session:
        note_taken(
            session, f"gather:{seen.on.isoformat()}", actor=principal().actor(), now=utc_now(),
            data={"areas": principal().areas()},
        )  # fmt: skip
    answer = Response(
        (BOM, *csv_lines(queries.sheet_rows(seen))), mimetype="text/csv; charset=utf-8"
    )
    name = f"gather-{seen.on.isoformat()}.csv"
    answer.headers["Content-Disposition"] = f"attachment; filename={name}"
    return answer


@bp.post("/trips")
@allow("gather.see")
def plan() -> Response:
    """A trip for the groups that were chosen."""
    try:
        named = f"vehicle_{language()}"
        new = typed_trip(request.form, request.form.getlist("group"), _sheet().vehicles, named)
        with transaction() as session:
            trip_id = commands.plan_trip(
                session, new, principal().areas(), actor=principal().actor(), now=utc_now()
            )
    except MarketError as refusal:
        return _sheet_page(refusal)
    say(_("Planned. Look at the order of the stops, then lock the plan."))
    return see_other("gather.trip", trip_id=trip_id)


@bp.get("/trips/<int:trip_id>")
@allow("trip.manage", queries.trip_thing)
def trip(trip_id: int) -> Response:
    """The plan: stops in order, boxes, driver."""
    return _trip_page(trip_id)


@bp.get("/trips/<int:trip_id>/sheet")
@allow("trip.manage", queries.trip_thing)
def trip_sheet(trip_id: int) -> Response:
    """The plan on A4, to be signed at each stop."""
    with reading() as session:
        seen = queries.get_trip(session, trip_id)
    return page("gathering/print.html", trip=seen)


@bp.get("/trips/<int:trip_id>/labels")
@allow("trip.manage", queries.trip_thing)
def labels(trip_id: int) -> Response:
    """A label for each box of the trip."""
    with reading() as session:
        seen = queries.get_trip(session, trip_id)
    codes = {box.id: _qr(box_address(_public_url(), box.lot_code, box.id)) for box in seen.boxes}
    return page("gathering/labels.html", trip=seen, codes=codes)


@bp.post("/trips/<int:trip_id>/change")
@allow("trip.manage", queries.trip_thing)
def change(trip_id: int) -> Response:
    """Another vehicle, driver or start."""
    return _do(
        trip_id,
        lambda session, who: commands.change_trip(
            session, trip_id, typed_words(request.form), version=_version(), **who
        ),
        _("Changed."),
    )


@bp.post("/trips/<int:trip_id>/arrange")
@allow("trip.manage", queries.trip_thing)
def arrange(trip_id: int) -> Response:
    """The short order again."""
    return _do(
        trip_id,
        lambda session, who: commands.arrange_trip(session, trip_id, version=_version(), **who),
        _("The stops are in a short order again."),
    )


@bp.post("/trips/<int:trip_id>/stops/<int:stop_id>/move")
@allow("trip.manage", queries.trip_thing)
def move(trip_id: int, stop_id: int) -> Response:
    """One stop earlier or later."""
    steps = -1 if request.form.get("way") == "up" else 1
    return _do(
        trip_id,
        lambda session, who: commands.move_stop(
            session, trip_id, stop_id, steps, version=_version(), **who
        ),
        None,
    )


@bp.post("/trips/<int:trip_id>/lock")
@allow("trip.manage", queries.trip_thing)
def lock(trip_id: int) -> Response:
    """The plan stands."""
    return _do(
        trip_id,
        lambda session, who: commands.lock_trip(session, trip_id, version=_version(), **who),
        _("Locked. Print the sheet, or give the driver a link."),
    )


@bp.post("/trips/<int:trip_id>/unlock")
@allow("trip.manage", queries.trip_thing)
def unlock(trip_id: int) -> Response:
    """Change the plan again."""
    return _do(
        trip_id,
        lambda session, who: commands.unlock_trip(session, trip_id, **who),
        _("The plan can be changed again."),
    )


@bp.post("/trips/<int:trip_id>/cancel")
@allow("trip.manage", queries.trip_thing)
def cancel(trip_id: int) -> Response:
    """The trip is not driven."""
    return _do(
        trip_id,
        lambda session, who: commands.cancel_trip(session, trip_id, **who),
        _("Called off. Its boxes are free for another trip."),
    )


@bp.post("/trips/<int:trip_id>/link")
@allow("trip.manage", queries.trip_thing)
def link(trip_id: int) -> Response:
    """A link for the driver, shown once. The one before ends."""
    try:
        with transaction() as session:
            path = give_link(session, trip_id, actor=principal().actor(), now=utc_now())
    except MarketError as refusal:
        return _trip_page(trip_id, refusal)
    browser[LINK] = [trip_id, path]
    return see_other("gather.trip", trip_id=trip_id)


@bp.post("/gather/cases/<int:box_case_id>/close")
@allow("box.case", case_thing)
def close(box_case_id: int) -> Response:
    """What became of a box that was not right."""

    def act(session: Session) -> str:
        outcome, words = typed_outcome(request.form)
        who = principal().actor()
        close_case(session, box_case_id, outcome, words, actor=who, now=utc_now())
        return str(_("Decided."))

    then = see_other("gather.sheet", on=request.form.get("on"))
    return carry_out(act, then=then, again=_sheet_page, bells=[SEND_NOTICES])


@bp.get("/gather/cases/<int:box_case_id>/photo")
@allow("box.case", case_thing)
def photo(box_case_id: int) -> Response:
    """The picture that came with a report."""
    with reading() as session:
        store = file_store()
        kind, data = read_file(session, store, case_file(session, box_case_id))
    return Response(data, mimetype=kind)


def _do(trip_id: int, act: Callable[[Session, dict[str, Any]], None], done: str | None) -> Response:
    """A change of the plan, and the page again: with what is wrong, or as it is now."""

    def work(session: Session) -> str | None:
        act(session, {"actor": principal().actor(), "now": utc_now()})
        return done

    return carry_out(
        work,
        then=see_other("gather.trip", trip_id=trip_id),
        again=lambda refusal: _trip_page(trip_id, refusal),
    )


def _version() -> int:
    return typed_id(request.form.get("version"))


def _sheet() -> queries.GatherSheet:
    on = typed_day(request.values.get("on"))
    with reading() as session:
        return queries.gather_sheet(session, principal().areas(), on, bangkok_date(utc_now()))


def _sheet_page(refusal: MarketError | None = None) -> Response:
    seen = _sheet()
    show = partial(
        page,
        "gathering/_trips.html" if is_htmx() else "gathering/sheet.html",
        sheet=seen,
        typed=request.form if refusal else {},
        chosen=request.form.getlist("group") if refusal else None,
        error=sentence(refusal),
        status=status_of(refusal),
    )
    return live(show, (seen.on, seen.cases, seen.trips))


def _trip_page(trip_id: int, refusal: MarketError | None = None) -> Response:
    with reading() as session:
        seen = queries.get_trip(session, trip_id)
    address = None if is_htmx() else _new_address(trip_id)
    show = partial(
        page,
        "gathering/_trip.html" if is_htmx() else "gathering/trip.html",
        trip=seen,
        address=address,
        qr=_qr(address) if address else None,
        typed=request.form if refusal else {},
        error=sentence(refusal),
        status=status_of(refusal),
    )
    return live(show, seen)


def _new_address(trip_id: int) -> str | None:
    """The driver's link that was just made, once."""
    of_trip, path = browser.pop(LINK, (None, None))
    return f"{_public_url()}{path}" if of_trip == trip_id else None


def _public_url() -> str:
    url: str = current_app.extensions["market_config"].public_url
    return url


def _qr(words: str) -> Markup:
    return Markup(qr_svg(words))  # noqa: S704  our own drawing
