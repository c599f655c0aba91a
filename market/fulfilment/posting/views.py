"""Parcels: the day's sheet, labels, and the carrier's numbers typed as one list."""

from __future__ import annotations

from datetime import date
from functools import partial

from flask import Blueprint, Response, current_app, request
from flask_babel import ngettext
from markupsafe import Markup

from market.accounts.trail import note_taken
from market.clock import bangkok_date, utc_now
from market.db import reading, transaction
from market.doorbell import SEND_NOTICES, ring
from market.errors import MarketError
from market.fulfilment.gathering.forms import typed_day
from market.fulfilment.gathering.rules import box_address
from market.fulfilment.posting.commands import post_parcels
from market.fulfilment.posting.queries import (
    MOST_PAGES,
    Parcel,
    Stage,
    Wish,
    parcel_page,
    parcel_rows,
    parcels_of,
)
from market.payments.forms import typed_id
from market.payments.layouts import BOM, csv_lines
from market.payments.qr import qr_svg
from market.web import (
    allow,
    is_htmx,
    live,
    page,
    principal,
    say,
    see_other,
    sentence,
    status_of,
)

bp = Blueprint("posting", __name__)


@bp.get("/parcels")
@allow("gather.see")
def parcels() -> Response:
    """Parcels of a day with a field for each number."""
    return _sheet()


@bp.get("/parcels.csv")
@allow("gather.see")
def parcels_file() -> Response:
    """The same for the carrier's own program."""
    rows = parcel_rows(_parcels())
    with transaction() as session:
        note_taken(
            session, f"parcels:{_day().isoformat()}", actor=principal().actor(), now=utc_now(),
            data={"areas": principal().areas()},
        )  # fmt: skip
    answer = Response((BOM, *csv_lines(rows)), mimetype="text/csv; charset=utf-8")
    name = f"parcels-{_day().isoformat()}.csv"
    answer.headers["Content-Disposition"] = f"attachment; filename={name}"
    return answer


@bp.get("/parcels/labels")
@allow("gather.see")
def labels() -> Response:
    """Address labels on A4."""
    found = _parcels()
    url = current_app.extensions["market_config"].public_url
    codes = {
        parcel.id: Markup(qr_svg(box_address(url, parcel.lot_code, parcel.id)))  # noqa: S704
        for parcel in found
    }
    return page("gathering/parcel_labels.html", on=_day(), parcels=found, codes=codes)


@bp.post("/parcels")
@allow("gather.see")
def post() -> Response:
    """All numbers that were typed, in one go."""
    typed, seen = _by_parcel("tracking-"), _by_parcel("seen-")
    try:
        with transaction() as session:
            count = post_parcels(
                session, typed, principal().areas(),
                seen=seen, actor=principal().actor(), now=utc_now(),
            )  # fmt: skip
    except MarketError as refusal:
        return _sheet(refusal)
    ring(SEND_NOTICES)
    say(
        ngettext(
            "%(num)s parcel noted. Its buyer is told.",
            "%(num)s parcels noted. Their buyers are told.",
            count,
        )
    )
    return see_other("posting.parcels", on=_day(), **_shown(_wish()))


def _by_parcel(prefix: str) -> dict[int, str]:
    """What the form says of each parcel in the fields of this name."""
    return {
        typed_id(name.removeprefix(prefix)): value[:80]
        for name, value in request.form.items()
        if name.startswith(prefix)
    }


def _changed() -> dict[str, str]:
    """The fields that somebody typed into; the others show what is noted by now."""
    typed, seen = _by_parcel("tracking-"), _by_parcel("seen-")
    return {f"tracking-{box}": value for box, value in typed.items() if value != seen.get(box)}


def _day() -> date:
    return typed_day(request.values.get("on")) or bangkok_date(utc_now())


def _parcels() -> tuple[Parcel, ...]:
    with reading() as session:
        return parcels_of(session, principal().areas(), _day())


def _wish() -> Wish:
    """Which of them, from the address or from the form that was sent."""
    show, number = request.values.get("show", ""), typed_id(request.values.get("page"))
    return Wish(
        stage=Stage(show) if show in set(Stage) else None,
        any=show == "all",
        find=request.values.get("find", "").strip()[:60],
        number=min(max(number, 1), MOST_PAGES),
    )


def _shown(wish: Wish) -> dict[str, str]:
    show = "all" if wish.any else wish.stage or ""
    return {key: value for key, value in (("show", show), ("find", wish.find)) if value}


def _sheet(refusal: MarketError | None = None) -> Response:
    wish, areas = _wish(), principal().areas()
    with reading() as session:
        found = parcel_page(session, areas, _day(), wish=wish)
    show = partial(
        page,
        "gathering/_parcels.html" if is_htmx() else "gathering/parcels.html",
        on=_day(),
        found=found,
        shown=_shown(wish),
        asked=_shown(wish) | {"page": wish.number},
        typed=_changed() if refusal else {},
        error=sentence(refusal),
        status=status_of(refusal),
    )
    return live(show, found)
