"""Visits on the phone: what is due, one question a screen, then the group reads the advice."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request
from flask_babel import gettext as _

from market.clock import bangkok_date, utc_now
from market.db import reading, transaction
from market.doorbell import SEND_NOTICES
from market.errors import MarketError
from market.mentoring import commands
from market.mentoring.forms import PICTURE_BYTES, said, typed_day
from market.mentoring.queries import readiness, things, visits
from market.mentoring.rules import (
    MOST_ADVICE,
    MOST_PHOTOS,
    MOST_PURPOSE,
    MOST_STEP,
    VisitPart,
    VisitState,
)
from market.mentoring.steps.views import private_picture
from market.voices.forms import keep_all, sent_pictures
from market.voices.forms import typed_words as typed
from market.web import (
    allow,
    carry_out,
    most_bytes,
    page,
    principal,
    say,
    see_other,
)

bp = Blueprint("visits", __name__)
PARTS = tuple(VisitPart)


@bp.get("/care/visits")
@allow("care.list")
def due() -> Response:
    """What waits: late and coming visits, steps agreed, groups nobody visits."""
    now = utc_now()
    with reading() as session:
        found = visits.visits_due(session, principal().areas(), now)
    return page("mentoring/visits.html", due=found, today=bangkok_date(now))


@bp.get("/care/groups/<int:group_id>/visits/new")
@allow("care.do", things.group_thing)
def new(group_id: int) -> Response:
    """Which day, and what for?"""
    return _new(group_id)


@bp.post("/care/groups/<int:group_id>/visits/new")
@allow("care.do", things.group_thing)
def plan(group_id: int) -> Response:
    """Plan it. "Now": the mentor is there already and goes on to the questions."""
    now = utc_now()
    try:
        on = bangkok_date(now) if typed("now") else typed_day("planned_on") or bangkok_date(now)
        with transaction() as session:
            visit_id = commands.plan_visit(
                session, group_id, on, typed("purpose"), actor=principal().actor(), now=now
            )
    except MarketError as refusal:
        return _new(group_id, refusal)
    if typed("now"):
        return see_other("visits.ask", visit_id=visit_id, step=PARTS[0].value)
    say(_("The visit is planned."))
    return see_other("visits.due")


@bp.get("/care/visits/<int:visit_id>")
@allow("care.do", things.visit_thing)
def show(visit_id: int) -> Response:
    """A visit: what was seen and said; before it is recorded, what the group will read."""
    return _show(visit_id)


@bp.get("/care/visits/<int:visit_id>/<step>")
@allow("care.do", things.visit_thing)
def ask(visit_id: int, step: str) -> Response:
    """One question about the visit."""
    return _ask(visit_id, step)


@bp.post("/care/visits/<int:visit_id>/<step>")
@most_bytes(PICTURE_BYTES)
@allow("care.do", things.visit_thing)
def answer(visit_id: int, step: str) -> Response:
    """Keep the answer and go on to the next question, at last to the whole."""
    part = things.get_part(step)
    try:
        pictures = sent_pictures("pictures", MOST_PHOTOS) if part is VisitPart.PHOTOS else []
        with transaction() as session:
            _keep(session, visit_id, part, pictures)
    except MarketError as refusal:
        return _ask(visit_id, step, refusal)
    following = PARTS[PARTS.index(part) + 1 :]
    if not following:
        return see_other("visits.show", visit_id=visit_id)
    return see_other("visits.ask", visit_id=visit_id, step=following[0].value)


def _keep(session: Any, visit_id: int, part: VisitPart, pictures: list[Any]) -> None:
    now = utc_now()
    if part is VisitPart.LOOKED:
        commands.note_looked(session, visit_id, request.form.getlist("looked"))
    elif part is VisitPart.ADVICE:
        commands.note_advice(session, visit_id, typed("advice"))
    elif part is VisitPart.NEXT:
        commands.note_next(session, visit_id, typed("next_step"), typed_day("next_on"), now=now)
    else:
        kept = keep_all(session, pictures, owner=f"visit:{visit_id}", now=now)
        commands.add_photos(session, visit_id, kept)


@bp.post("/care/visits/<int:visit_id>/done")
@allow("care.do", things.visit_thing)
def finish(visit_id: int) -> Response:
    """It is recorded; the group reads the advice."""

    def act(session: Any) -> Any:
        commands.finish_visit(session, visit_id, actor=principal().actor(), now=utc_now())
        return _("Recorded. The group reads your advice on its page.")

    return _carried(act, visit_id, SEND_NOTICES)


@bp.post("/care/visits/<int:visit_id>/cancel")
@allow("care.do", things.visit_thing)
def cancel(visit_id: int) -> Response:
    """It will not take place."""

    def act(session: Any) -> Any:
        commands.cancel_visit(
            session, visit_id, typed("reason"), actor=principal().actor(), now=utc_now()
        )
        return _("The visit is called off.")

    return _carried(act, visit_id)


@bp.post("/care/visits/<int:visit_id>/step-done")
@allow("care.do", things.visit_thing)
def step_done(visit_id: int) -> Response:
    """What was agreed is done."""

    def act(session: Any) -> Any:
        commands.finish_step(session, visit_id, actor=principal().actor(), now=utc_now())
        return _("Good. It is off the list.")

    return _carried(act, visit_id)


@bp.get("/care/pictures/<int:visit_photo_id>")
@allow("care.do", things.visit_photo_thing)
def photo(visit_photo_id: int) -> Response:
    """A picture of a visit."""
    return private_picture("photo", visit_photo_id)


def _carried(act: Any, visit_id: int, *bells: str) -> Response:
    return carry_out(
        act, then=see_other("visits.due"), again=lambda refusal: _show(visit_id, refusal),
        bells=bells,
    )  # fmt: skip


def _new(group_id: int, refusal: MarketError | None = None) -> Response:
    with reading() as session:
        group = things.get_cared(session, group_id)
    return page(
        "mentoring/visit_new.html", group=group, today=bangkok_date(utc_now()),
        most_words=MOST_PURPOSE, **said(refusal),
    )  # fmt: skip


def _show(visit_id: int, refusal: MarketError | None = None) -> Response:
    with reading() as session:
        visit = visits.get_visit(session, visit_id)
    return page("mentoring/visit.html", visit=visit, most_words=MOST_PURPOSE, **said(refusal))


def _ask(visit_id: int, step: str, refusal: MarketError | None = None) -> Response:
    part = things.get_part(step)
    with reading() as session:
        visit = visits.get_visit(session, visit_id)
        met = readiness.met_points(session, visit.group_id)
    if visit.state != VisitState.PLANNED and refusal is None:
        return see_other("visits.show", visit_id=visit_id)
    return page(
        "mentoring/visit_ask.html", visit=visit, part=part.value, number=PARTS.index(part) + 1,
        parts=[one.value for one in PARTS], today=bangkok_date(utc_now()), met=met,
        most_photos=MOST_PHOTOS, most_advice=MOST_ADVICE, most_step=MOST_STEP, **said(refusal),
    )  # fmt: skip
