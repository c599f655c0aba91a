"""The end of a day at a pick-up point, reminders, and boxes that never came."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING

from flask import Blueprint, Response, request
from flask_babel import gettext as _
from flask_babel import ngettext

from market.clock import bangkok_date, utc_now
from market.db import reading
from market.doorbell import SEND_NOTICES
from market.errors import MarketError, NotFound, Refused
from market.fulfilment.closing.commands import close_desk, decide_left, remind_missing
from market.fulfilment.closing.queries import closings_of
from market.fulfilment.closing.rules import LeftDecision, usual_keeping
from market.fulfilment.driving.commands import BoxReport, report_box
from market.fulfilment.gathering.forms import typed_day
from market.fulfilment.gathering.rules import BoxProblem
from market.fulfilment.queries import get_desk, point_thing
from market.payments.forms import typed_id
from market.thai import normalise, whole_number
from market.web import allow, carry_out, page, principal, see_other, sentence, status_of

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

bp = Blueprint("closing", __name__)


@bp.get("/points/<int:point_id>/closing")
@allow("point.desk", point_thing)
def closing(point_id: int) -> Response:
    """Count what is left, say why it differs, decide what becomes of it."""
    return _closing_page(point_id)


@bp.post("/points/<int:point_id>/closing")
@allow("point.desk", point_thing)
def close(point_id: int) -> Response:
    """The day is closed with this count."""

    def act(session: Session) -> str:
        counted = whole_number(request.form.get("counted", ""), low=0, high=9999)
        words = normalise(request.form.get("words", "")[:1000])
        close_desk(session, point_id, counted, words, actor=principal().actor(), now=utc_now())
        return str(_("The day is closed. Thank you."))

    return _do(point_id, act)


@bp.post("/points/<int:point_id>/left")
@allow("point.desk", point_thing)
def left(point_id: int) -> Response:
    """What becomes of what nobody fetched."""

    def act(session: Session) -> str:
        count = decide_left(
            session, point_id, _decisions(), actor=principal().actor(), now=utc_now()
        )
        return str(ngettext("%(num)s decision saved.", "%(num)s decisions saved.", count))

    return _do(point_id, act)


@bp.post("/points/<int:point_id>/remind")
@allow("point.desk", point_thing)
def remind(point_id: int) -> Response:
    """Tell everybody whose goods lie here, once a day."""

    def act(session: Session) -> str:
        count = remind_missing(session, point_id, actor=principal().actor(), now=utc_now())
        if not count:
            return str(_("All of them were reminded today."))
        return str(ngettext("%(num)s buyer is reminded.", "%(num)s buyers are reminded.", count))

    return carry_out(
        act,
        then=see_other("fulfilment.point_desk", point_id=point_id),
        again=lambda refusal: _closing_page(point_id, refusal),
        bells=(SEND_NOTICES,),
    )


@bp.post("/points/<int:point_id>/missing")
@allow("point.desk", point_thing)
def missing(point_id: int) -> Response:
    """A box on its way to this point has not come."""

    def act(session: Session) -> str:
        box = typed_id(request.form.get("consignment_id"))
        if box not in {coming.id for coming in get_desk(session, point_id).boxes}:
            raise NotFound("not_found", what="consignment")
        report = BoxReport(box_id=box, kind=BoxProblem.MISSING, units=0, words="")
        report_box(session, report, actor=principal().actor(), now=utc_now())
        return str(_("Reported. The coordinator sees it."))

    return carry_out(
        act,
        then=see_other("fulfilment.point_desk", point_id=point_id),
        again=lambda refusal: _closing_page(point_id, refusal),
    )


def _decisions() -> dict[int, tuple[LeftDecision, date | None]]:
    """Of each order with a choice: what, and until when. Refused when it cannot be read."""
    found = {}
    for name, value in request.form.items():
        if not name.startswith("left-") or not value:
            continue
        if value not in set(LeftDecision):
            raise Refused("left_decision_unreadable")
        order = typed_id(name.removeprefix("left-"))
        found[order] = (LeftDecision(value), typed_day(request.form.get(f"until-{order}")))
    return found


def _do(point_id: int, act: Callable[[Session], str]) -> Response:
    return carry_out(
        act,
        then=see_other("closing.closing", point_id=point_id),
        again=lambda refusal: _closing_page(point_id, refusal),
    )


def _closing_page(point_id: int, refusal: MarketError | None = None) -> Response:
    today = bangkok_date(utc_now())
    with reading() as session:
        desk = get_desk(session, point_id)
        closings = closings_of(session, point_id)
    usual = {fresh: usual_keeping(today, fresh=fresh) for fresh in (True, False)}
    return page(
        "gathering/closing.html",
        desk=desk,
        closings=closings,
        today=today,
        usual=usual,
        typed=request.form if refusal else {},
        error=sentence(refusal),
        status=status_of(refusal),
    )
