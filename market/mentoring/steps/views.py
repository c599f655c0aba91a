"""The ten points of one group: what is left for the group, ticking and deciding for the mentor."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response
from flask_babel import gettext as _

from market.clock import utc_now
from market.db import reading, transaction
from market.doorbell import SEND_NOTICES
from market.errors import MarketError
from market.files import read_file
from market.mentoring import commands
from market.mentoring.forms import PICTURE_BYTES, said, typed_level
from market.mentoring.queries import people, readiness, things, visits
from market.mentoring.rules import MOST_WORDS, Point, missing_points
from market.voices.forms import keep_all, sent_pictures
from market.voices.forms import typed_words as typed
from market.web import (
    allow,
    carry_out,
    file_store,
    most_bytes,
    page,
    principal,
    say,
    see_other,
    sentence,
)

bp = Blueprint("steps", __name__)


@bp.get("/group/<int:group_id>/readiness")
@allow("care.read", things.group_thing)
def left(group_id: int) -> Response:
    """For the group: what is left, and what the mentor advised."""
    with reading() as session:
        group = things.get_cared(session, group_id)
        met = readiness.met_points(session, group_id)
        told = [one for one in visits.visits_of(session, group_id) if one.advice and one.done_at]
        contacts = people.contacts_of(session, group_id)
    return page(
        "mentoring/left.html", group=group, met=met, left=missing_points(met.keys()), told=told,
        contacts=contacts,
    )  # fmt: skip


@bp.post("/group/<int:group_id>/readiness/read")
@allow("advice.read", things.group_thing)
def read(group_id: int) -> Response:
    """The group says that it has read the advice; the mentor sees that."""
    with transaction() as session:
        commands.read_advice(session, group_id, actor=principal().actor(), now=utc_now())
    return see_other("steps.left", group_id=group_id)


@bp.get("/care/groups/<int:group_id>")
@allow("care.do", things.group_thing)
def checklist(group_id: int) -> Response:
    """For the mentor: the ten points, visits, people to call, flags."""
    with reading() as session:
        return page(
            "mentoring/group.html",
            points=tuple(Point),
            group=things.get_cared(session, group_id),
            met=readiness.met_points(session, group_id),
            decisions=readiness.decisions_of(session, group_id),
            visits=visits.visits_of(session, group_id),
            contacts=people.contacts_of(session, group_id),
            flags=[one for one in people.flags_of_group(session, group_id) if not one.closed_at],
        )


@bp.get("/care/groups/<int:group_id>/points/<point>")
@allow("care.do", things.point_thing)
def point(group_id: int, point: str) -> Response:
    """One point: what shows that it is met."""
    return _point(group_id, point)


@bp.post("/care/groups/<int:group_id>/points/<point>")
@most_bytes(PICTURE_BYTES)
@allow("care.do", things.point_thing)
def tick(group_id: int, point: str) -> Response:
    """It is met, or the evidence is another now."""
    met, now, actor = things.get_point(point), utc_now(), principal().actor()
    try:
        pictures = sent_pictures("picture", most=1)
        with transaction() as session:
            kept = keep_all(session, pictures[:1], owner=f"group:{group_id}", now=now)
            commands.tick_point(
                session, group_id, met, typed("note"), kept[0].file_hash if kept else None,
                actor=actor, now=now,
            )  # fmt: skip
    except MarketError as refusal:
        return _point(group_id, point, refusal)
    return see_other("steps.checklist", group_id=group_id)


@bp.post("/care/groups/<int:group_id>/points/<point>/untick")
@allow("care.do", things.point_thing)
def untick(group_id: int, point: str) -> Response:
    """It is not met after all."""
    with transaction() as session:
        commands.untick_point(
            session, group_id, things.get_point(point), actor=principal().actor(), now=utc_now()
        )
    return see_other("steps.checklist", group_id=group_id)


@bp.get("/care/groups/<int:group_id>/decide")
@allow("care.decide", things.group_thing)
def decide_form(group_id: int) -> Response:
    """The decision: what is met, what is not, and why the mentor decides so."""
    return _decide(group_id)


@bp.post("/care/groups/<int:group_id>/decide")
@allow("care.decide", things.group_thing)
def decide(group_id: int) -> Response:
    """Move the group; selling outside follows at once."""

    def act(session: Any) -> Any:
        level = commands.decide_readiness(
            session, group_id, typed_level(), typed("reason"), actor=principal().actor(),
            now=utc_now(),
        )  # fmt: skip
        if level == 2:
            return _("Decided. The group sells outside from its next round on.")
        return _("Decided. The group sells at its own place only.")

    return carry_out(
        act,
        then=see_other("steps.checklist", group_id=group_id),
        again=lambda refusal: _decide_again(group_id, refusal),
        bells=(SEND_NOTICES,),
    )


@bp.get("/care/checks/<int:check_id>/picture")
@allow("care.do", things.check_thing)
def picture(check_id: int) -> Response:
    """What shows that a point is met."""
    return private_picture("check", check_id)


def private_picture(what: str, row_id: int) -> Response:
    """A kept picture, for those who may see it only."""
    with reading() as session:
        kind, data = read_file(session, file_store(), things.file_of(session, what, row_id))
    answer = Response(data, mimetype=kind)
    answer.headers["Cache-Control"] = "private, max-age=3600"
    return answer


def _point(group_id: int, point: str, refusal: MarketError | None = None) -> Response:
    with reading() as session:
        group = things.get_cared(session, group_id)
        met = readiness.met_points(session, group_id).get(things.get_point(point))
    return page(
        "mentoring/point.html", group=group, point=point, met=met, most_words=MOST_WORDS,
        **said(refusal),
    )  # fmt: skip


def _decide_again(group_id: int, refusal: MarketError) -> Response:
    """After another's decision the question is the opposite one: no form with these words."""
    if refusal.code == "readiness_is_so":
        say(sentence(refusal), "error")
        return see_other("steps.checklist", group_id=group_id)
    return _decide(group_id, refusal)


def _decide(group_id: int, refusal: MarketError | None = None) -> Response:
    with reading() as session:
        group = things.get_cared(session, group_id)
        met = readiness.met_points(session, group_id)
    return page(
        "mentoring/decide.html", group=group, met=met, left=missing_points(met.keys()),
        most_words=MOST_WORDS, **said(refusal),
    )  # fmt: skip
