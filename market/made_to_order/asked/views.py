"""A group answers on a phone; a coordinator sees the requests of the area and answers for it."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

from flask import Blueprint, Response, request
from flask_babel import gettext as _

from market.clock import utc_now
from market.db import reading, transaction
from market.doorbell import SEND_NOTICES, ring
from market.errors import MarketError, Refused
from market.limits import limiter
from market.made_to_order import commands, forms, words
from market.made_to_order.answering import Offered, Voice, earliest_ready_on
from market.made_to_order.queries.choices import groups_to_ask
from market.made_to_order.queries.listing import groups_in, requests_in
from market.made_to_order.queries.listing import requests_of_group as group_requests
from market.made_to_order.queries.showing import (
    AnswerSeen,
    RequestSeen,
    answers_of,
    invite_thing,
    own_goods,
    questions_of,
    see_request,
)
from market.made_to_order.rules import (
    ANSWERABLE,
    CannotReason,
    InviteState,
    RequestState,
    last_ready_on,
)
from market.rounds.queries import group_thing
from market.web import (
    allow,
    can,
    is_htmx,
    live,
    national,
    page,
    principal,
    say,
    see_other,
    sentence,
    status_of,
)

bp = Blueprint("request_asked", __name__)
RATE = "60 per hour"


@bp.get("/made-to-order/<int:request_id>/group/<int:group_id>")
@allow("request.asked", invite_thing)
def show(request_id: int, group_id: int) -> Response:
    """What is asked of one group, and its answer; never what others said."""
    return _show(request_id, group_id)


@bp.post("/made-to-order/<int:request_id>/group/<int:group_id>/answer")
@limiter.limit(RATE)
@allow("request.answer", invite_thing)
def answer(request_id: int, group_id: int) -> Response:
    """Yes, no, or a question, from the group itself."""
    return _take(request_id, group_id, Voice(actor=principal().actor()))


@bp.post("/made-to-order/<int:request_id>/group/<int:group_id>/answer-for")
@limiter.limit(RATE)
@allow("request.answer_for", invite_thing)
def answer_for(request_id: int, group_id: int) -> Response:
    """A coordinator answers after a call; who was called and what was said is kept."""
    voice = Voice(
        actor=principal().actor(), on_behalf=True,
        call_note=forms.clean(request.form.get("call_note")),
    )  # fmt: skip
    return _take(request_id, group_id, voice)


@bp.get("/made-to-order/<int:request_id>/group/<int:group_id>/picture")
@allow("request.asked", invite_thing)
def picture(request_id: int, group_id: int) -> Response:
    """The buyer's picture, for a group that was asked."""
    from market.made_to_order.views import picture_of  # the other way round it is imported there

    return picture_of(request_id)


@bp.get("/group/<int:group_id>/requests")
@allow("group.offer", group_thing)
def of_group(group_id: int) -> Response:
    """Everything the group was asked to make."""
    with reading() as session:
        rows = group_requests(session, group_id)
    return page(
        "made_to_order/of_group.html", rows=rows, group_id=group_id, words=words, now=utc_now()
    )


@bp.get("/requests")
@allow("request.list")
def desk() -> Response:
    """Requests of the coordinator's areas, those that wait first, with whom to call."""
    areas = principal().areas()
    with reading() as session:
        rows = requests_in(session, areas)
        called = groups_in(session, [row.id for row in rows], areas)
        more = groups_to_ask(session) if can("request.invite", area="") else ()
    now = utc_now()
    show = partial(
        page, "made_to_order/_requests.html" if is_htmx() else "made_to_order/desk.html",
        rows=rows, called=called, more=more, words=words, now=now,
    )  # fmt: skip
    return live(show, (rows, called, more, int(now.timestamp()) // 60))


@bp.post("/made-to-order/<int:request_id>/groups")
@allow("request.invite", national)
def add(request_id: int) -> Response:
    """The market asks one more group."""
    group_id = forms.typed_id(request.form.get("group_id"))
    if group_id is None:
        raise Refused("group_missing")
    with transaction() as session:
        commands.add_group(session, request_id, group_id, actor=principal().actor(), now=utc_now())
    ring(SEND_NOTICES)
    say(_("The group has been asked."))
    return see_other("request_asked.desk")


def _take(request_id: int, group_id: int, voice: Voice) -> Response:
    try:
        _write(request_id, group_id, voice)
    except MarketError as refusal:
        if refusal.kind == "not_found":
            raise
        return _show(request_id, group_id, refusal)
    ring(SEND_NOTICES)
    say(_("Your answer was sent to the buyer."))
    return see_other("request_asked.show", request_id=request_id, group_id=group_id)


def _write(request_id: int, group_id: int, voice: Voice) -> None:
    sent, now = request.form, utc_now()
    said, text = sent.get("answer"), forms.clean(sent.get("words"))
    with transaction() as session:
        if said == "no":
            reason = sent.get("reason", "")
            commands.cannot_answer(session, request_id, group_id, reason, text, voice, now=now)
        elif said == "ask":
            question = forms.clean(sent.get("question"))
            commands.ask_buyer(session, request_id, group_id, question, voice, now=now)
        else:
            offered = Offered(
                price_satang=forms.typed_baht(sent.get("price")),
                units=forms.typed_units(sent.get("units")),
                ready_on=forms.typed_day(sent.get("ready_on")), words=text,
            )  # fmt: skip
            commands.offer_answer(session, request_id, group_id, offered, voice, now=now)


def _reasons() -> list[dict[str, Any]]:
    return [
        {"value": reason, "label": words.CANNOT[reason], "icon": words.CANNOT_ICONS[reason]}
        for reason in CannotReason
    ]


def _show(request_id: int, group_id: int, refusal: MarketError | None = None) -> Response:
    now = utc_now()
    with reading() as session:
        seen = see_request(session, request_id)
        mine = answers_of(session, request_id, group_id)[0]
        questions = questions_of(session, request_id, group_id)
        own = own_goods(session, request_id, group_id)
    may = can("request.answer", request_id=request_id, group_id=group_id)
    return page(
        "made_to_order/asked.html",
        seen=seen,
        mine=mine,
        questions=questions,
        own=own,
        said=request.values.get("say", "") or (request.form.get("answer", "") if refusal else ""),
        is_open=_is_open(seen, mine) and now < _until(seen, mine),
        for_group=not may,
        first_on=earliest_ready_on(seen.choose_by) if seen.choose_by else None,
        last_on=last_ready_on(seen.needed_on, seen.weekday) if seen.needed_on else None,
        reasons=_reasons(),
        words=words,
        typed=request.form if refusal else {},
        error=sentence(refusal),
        now=now,
        status=status_of(refusal),
    )


def _is_open(seen: RequestSeen, mine: AnswerSeen) -> bool:
    return seen.state == RequestState.ASKED and mine.state in ANSWERABLE


def _until(seen: RequestSeen, mine: AnswerSeen) -> datetime:
    """Who has answered may change it while the buyer chooses."""
    until = seen.answer_by if mine.state == InviteState.WAITING else seen.choose_by
    return until or mine.asked_at
