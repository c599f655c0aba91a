"""The call list, and the sheet beside the telephone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, current_app, request
from flask_babel import gettext as _

from market.clock import utc_now
from market.db import reading
from market.errors import NotFound
from market.intake import row_number
from market.matching.calling import queries
from market.matching.calling.commands import log_call, rest_calls
from market.matching.calling.forms import CallForm
from market.matching.calling.queries import Contact
from market.matching.calling.rules import AGAIN_HOURS
from market.notices.calls import calls_waiting
from market.rounds.queries import get_round, group_thing, round_thing
from market.web import (
    allow,
    carry_out,
    is_htmx,
    live,
    page,
    principal,
    see_other,
    sentence,
    status_of,
)

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

bp = Blueprint("calling", __name__)
PAGES = 10_000


def _others(session: Session, group_ids: Sequence[int]) -> Mapping[int, Sequence[Contact]]:
    """Second contacts, told by who keeps them (``market_contacts``)."""
    told = current_app.extensions.get("market_contacts")
    if told is None:
        return {}
    return {
        group_id: [Contact(name=name, phone=phone, role=part) for name, phone, part in people]
        for group_id, people in told(session, group_ids).items()
    }


@bp.get("/rounds/<int:round_id>/calls")
@allow("board.see", round_thing)
def index(round_id: int) -> Response:
    """Whom to call in the reader's areas, with the words to say."""
    now = utc_now()
    at = min(request.args.get("page", 1, type=row_number) or 1, PAGES)
    with reading() as session:
        round_ = get_round(session, round_id)
        found = queries.calls_due(session, round_id, principal().areas(), now=now, page=at)
        ids = [line.group_id for line in found.lines]
        others = _others(session, ids)
        lines = (line.with_others(others.get(line.group_id, ())) for line in found.lines)
        found = replace(found, lines=tuple(lines))
        tried = {due.group_id: due for due in calls_waiting(session, now, ids)} if ids else {}
    template = "board/_calls.html" if is_htmx() else "board/calls.html"
    show = partial(page, template, round=round_, calls=found, tried=tried, now=now)
    return live(show, (round_.state, found, tried, int(now.timestamp()) // 60))


@bp.get("/rounds/<int:round_id>/calls/<int:group_id>")
@allow("batch.answer_for", group_thing)
def sheet(round_id: int, group_id: int) -> Response:
    """One group: numbers, what to say, what was said before, and what came of it."""
    return _sheet(round_id, group_id, CallForm(), status=200)


def _sheet(
    round_id: int, group_id: int, form: CallForm, *, status: int, error: str | None = None
) -> Response:
    now = utc_now()
    with reading() as session:
        round_ = get_round(session, round_id)
        line = queries.call_of(session, round_id, group_id, now=now)
        others = _others(session, [group_id]).get(group_id, ())
    if line is None:
        raise NotFound("group_not_found")
    return page(
        "board/call.html", status=status, round=round_, line=line.with_others(others), form=form,
        hours=AGAIN_HOURS, error=error, now=now,
    )  # fmt: skip


@bp.post("/rounds/<int:round_id>/calls/<int:group_id>")
@allow("batch.answer_for", group_thing)
def log(round_id: int, group_id: int) -> Response:
    """Keep a call: reached, no answer, later, wrong number."""
    form = CallForm()
    if not form.validate_on_submit() or not form.check():
        return _sheet(round_id, group_id, form, status=422)

    def act(session: Any) -> str:
        who = principal().actor()
        call, now = form.call(), utc_now()
        log_call(session, round_id, group_id, call, actor=who, now=now)
        rest_calls(session, round_id, group_id, call, actor=who, now=now)
        return str(_("The call is kept."))

    return carry_out(
        act,
        then=see_other("calling.index", round_id=round_id),
        again=lambda refusal: _sheet(
            round_id, group_id, form, status=status_of(refusal), error=sentence(refusal)
        ),
    )
