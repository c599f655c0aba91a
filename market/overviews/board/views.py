"""The coordinator's board. It renews itself by polling with an ETag."""

from __future__ import annotations

from flask import Blueprint, Response, request

from market.clock import utc_now
from market.db import reading
from market.overviews.board import queries
from market.rounds.queries import get_round, round_thing
from market.rounds.rules import RoundState
from market.web import allow, can, is_htmx, page, principal, see_other

bp = Blueprint("board", __name__)


@bp.get("/board")
@allow("board.see")
def index() -> Response:
    """Rounds with what waits in the reader's areas."""
    with reading() as session:
        return page("board/index.html", rounds=queries.rounds_for(session, principal().areas()))


@bp.get("/board/<int:round_id>")
@allow("board.see", round_thing)
def show(round_id: int) -> Response:
    """One round: red, amber, green."""
    with reading() as session:
        round_ = get_round(session, round_id)
        board = queries.board_of(session, round_id, principal().areas(), utc_now())
        over = round_.state == RoundState.COMPLETED
        summary = queries.summary_of(session, round_id, principal().areas()) if over else None
    template = "board/_live.html" if is_htmx() else "board/show.html"
    answer = page(template, round=round_, board=board, summary=summary, now=utc_now())
    if is_htmx():
        answer.add_etag()
        answer.make_conditional(request)
    return answer


@bp.get("/desk")
@allow("account.use")
def desk() -> Response:
    """Where somebody's work is: the group's day, the board, the money, or the shop."""
    who = principal()
    if who.areas():
        return see_other("board.index")
    if groups := who.group_ids():
        return see_other("desk.today", group_id=groups[0])
    return see_other("money.index" if can("round.see") else "shop.home")
