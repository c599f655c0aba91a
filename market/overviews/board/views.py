"""The coordinator's board. It renews itself; its filters stand in the address."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Blueprint, Response, request
from flask.blueprints import BlueprintSetupState

from market.clock import utc_now
from market.db import reading
from market.overviews.board import listing, queries
from market.overviews.board.cases import Case, cases_of
from market.overviews.board.rules import read_filter
from market.overviews.play.stages import standing_of
from market.rounds.queries import get_round, round_thing
from market.rounds.rules import RoundState
from market.web import allow, can, is_htmx, live, page, principal, see_other

bp = Blueprint("board", __name__)


@bp.get("/board")
@allow("board.see")
def index() -> Response:
    """Rounds with what waits in the reader's areas."""
    with reading() as session:
        rounds = listing.rounds_for(session, principal().areas())
    return live(partial(_part, "board/_rounds.html", "board/index.html", rounds=rounds), rounds)


def _part(part: str, whole: str, **shown: Any) -> Response:
    return page(part if is_htmx() else whole, **shown)


@bp.record_once
def _count_in_menu(state: BlueprintSetupState) -> None:
    """The work pages' menu says how much waits for the asker."""
    state.app.extensions.setdefault("market_waiting", {})["cases"] = lambda: sum(
        case.cases
        for case in _cases()
        if case.kind != "calls_due"  # silent counts them
    )


def _cases() -> tuple[Case, ...]:
    with reading() as session:
        may = can("money.see", area="")
        return cases_of(session, principal().areas(), money=may, now=utc_now())


@bp.get("/board/cases")
@allow("board.see")
def cases() -> Response:
    """Everything that needs a person, with the desk where it is done."""
    found = _cases()
    return live(partial(_part, "board/_cases.html", "board/cases.html", cases=found), found)


@bp.get("/board/<int:round_id>")
@allow("board.see", round_thing)
def show(round_id: int) -> Response:
    """One round: red, amber, green."""
    with reading() as session:
        version = queries.board_version(session, utc_now())
    return live(lambda: _board(round_id), version)


def _board(round_id: int) -> Response:
    now, areas = utc_now(), principal().areas()
    chosen = read_filter(request.args)
    with reading() as session:
        round_ = get_round(session, round_id)
        board = queries.board_of(session, round_id, areas, now, chosen)
        over = round_.state == RoundState.COMPLETED
        summary = listing.summary_of(session, round_id, areas) if over else None
        standing = standing_of(session, round_id) if round_.sample else None
    return _part(
        "board/_live.html", "board/show.html",
        round=round_, board=board, summary=summary, standing=standing, now=now,
    )  # fmt: skip


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
