"""How far a round's match is, told every few seconds, and the button that stops it."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, Response
from flask_babel import gettext as _

from market.clock import utc_now
from market.db import reading, transaction
from market.matching import commands, queries
from market.matching.forms import RunForm
from market.web import allow, is_htmx, live, page, principal, say, see_other

bp = Blueprint("waiting", __name__)


@bp.get("/rounds/<int:round_id>/match/progress")
@allow("match.see", queries.match_thing)
def progress(round_id: int) -> Response:
    """The part of the match page that renews itself; the whole page when the wait is over."""
    if not is_htmx():
        return see_other("matching.show_round", round_id=round_id)
    with reading() as session:
        found = queries.progress_of(session, round_id, now=utc_now())
    if not found.waiting:
        return Response(headers={"HX-Refresh": "true"})
    return live(partial(page, "matching/_progress.html", progress=found), found)


@bp.post("/rounds/<int:round_id>/match/cancel")
@allow("match.run", queries.match_thing)
def cancel(round_id: int) -> Response:
    """Stop the running match; nothing starts again until somebody asks for it."""
    form = RunForm()
    if not form.validate_on_submit():
        say(_("The reason is too long."), "error")
        return see_other("matching.show_round", round_id=round_id)
    with transaction() as session:
        commands.cancel_run(
            session, round_id, actor=principal().actor(), reason=form.words(), now=utc_now()
        )
    say(_("The match is stopped. Nothing was sent to the groups."))
    return see_other("matching.show_round", round_id=round_id)
