"""The resolver: what is short, what each choice would bring, and doing it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Blueprint, Response, request
from flask_babel import gettext as _

from market.clock import utc_now
from market.db import reading, transaction
from market.doorbell import SEND_NOTICES, SWEEP_ANSWERS, ring
from market.intake import row_number
from market.matching import queries as matches
from market.matching.queries.trying import offers_to_try
from market.matching.resolving import instead, neighbours, overview, queries
from market.matching.resolving.alternatives import choices_instead
from market.matching.resolving.asking import ask_more
from market.matching.resolving.forms import ReplyForm, StepForm, typed_units, unreadable
from market.matching.resolving.rules import StepKind
from market.orders.queries import order_thing
from market.principals import Thing
from market.rounds.queries import RoundView, get_round, round_thing
from market.rounds.rules import RoundState
from market.web import (
    allow,
    carry_out,
    is_htmx,
    live,
    page,
    principal,
    say,
    see_other,
    sentence,
)

bp = Blueprint("resolving", __name__)

_DO: dict[str, Callable[..., object]] = {
    StepKind.ASK: ask_more,
    StepKind.NEIGHBOUR: neighbours.offer_to_neighbour,
    StepKind.INSTEAD: instead.offer_instead,
}


def product_thing(session: Any, round_id: int, product_id: int) -> Thing:
    """The round; the query finds only products of the asker's areas."""
    return round_thing(session, round_id)


@bp.get("/rounds/<int:round_id>/short")
@allow("shortfall.resolve", round_thing)
def index(round_id: int) -> Response:
    """What is short, what neighbours ask, and what was done."""
    areas = principal().areas()
    with reading() as session:
        round_ = get_round(session, round_id)
        confirming = round_.state == RoundState.CONFIRMING
        found = {
            "round": round_,
            "tries": _tries(session, round_),
            "short": overview.short_products(session, round_id, areas) if confirming else (),
            "incoming": overview.incoming(session, round_id, areas),
            "done": overview.steps_done(session, round_id, areas),
        }
    return _live("short", found)


def _live(name: str, found: dict[str, Any]) -> Response:
    """The page, or its part alone when it renews itself."""
    template = f"board/_{name}.html" if is_htmx() else f"board/{name}.html"
    return live(partial(page, template, **found), found)


def _tries(session: Any, round_: RoundView) -> dict[str, Any] | None:
    """An unsent match with one product's offers, to try other numbers on; None in other states."""
    if round_.state != RoundState.MATCHED:
        return None
    product_id = request.args.get("product", type=row_number)
    match = matches.get_match(session, round_.id, product_id)
    if match.run is None or match.chosen is None:
        return None
    short = [product for product in match.products if product.short_units]
    chosen = match.chosen if product_id or not short else short[0]
    offers = offers_to_try(session, match.run.id, chosen.id)
    return {"short": short, "chosen": chosen, "offers": offers}


@bp.get("/rounds/<int:round_id>/short/<int:product_id>")
@allow("shortfall.resolve", product_thing)
def show(round_id: int, product_id: int) -> Response:
    """One product: who gets less, and everything that may be done about it."""
    areas = principal().areas()
    with reading() as session:
        short = queries.get_short(session, round_id, product_id, areas, now=utc_now())
        found = {
            "short": short,
            "choices": choices_instead(session, round_id, product_id, areas),
            "done": overview.steps_done(session, round_id, areas, product_id),
        }
    return _live("resolve", found)


@bp.get("/rounds/<int:round_id>/short/<int:product_id>/effect")
@allow("shortfall.resolve", product_thing)
def effect(round_id: int, product_id: int) -> Response:
    """What one choice would bring, before it is done."""
    offer_id = request.args.get("offer", 0, type=row_number)
    kind = request.args.get("kind", "")
    areas = principal().areas()
    with reading() as session:
        short = queries.get_short(session, round_id, product_id, areas, now=utc_now())
        if kind == StepKind.INSTEAD:
            choices = choices_instead(session, round_id, product_id, areas)
            choice = next((c for c in choices if c.round_offer_id == offer_id), None)
            return _effect(short, kind, choice=choice) if choice else _back(round_id, product_id)
        view = short.maker(offer_id)
    units = typed_units(request.args.get("units", "")) or view.helps
    given = view.give(min(units, view.helps))
    if not given or kind not in tuple(StepKind):
        return _back(round_id, product_id)
    return _effect(short, kind, view=view, given=given)


def _effect(short: queries.Short, kind: str, **context: Any) -> Response:
    return page("board/effect.html", short=short, what=kind, form=StepForm(), **context)


def _back(round_id: int, product_id: int) -> Response:
    say(_("This cannot be done any more. Here is how it stands now."))
    return see_other("resolving.show", round_id=round_id, product_id=product_id)


@bp.post("/rounds/<int:round_id>/short/<int:product_id>")
@allow("shortfall.resolve", product_thing)
def act(round_id: int, product_id: int) -> Response:
    """Do it, if the product still is as it was seen."""
    form = StepForm()
    then = see_other("resolving.show", round_id=round_id, product_id=product_id)
    if not form.validate_on_submit():
        say(unreadable(), "error")
        return then

    def do(session: Any) -> str:
        who = principal()
        wish = form.wish(round_id, product_id)
        _DO[form.kind.data](session, wish, who.areas(), actor=who.actor(), now=utc_now())
        return _said(form.kind.data)

    def again(refusal: Any) -> Response:
        say(sentence(refusal), "error")
        return then

    return carry_out(do, then=then, again=again, bells=(SEND_NOTICES,))


def _said(kind: str) -> str:
    said = {
        StepKind.ASK: _("The group is asked. Its answer shows on the board."),
        StepKind.NEIGHBOUR: _("Offered. The coordinator there decides whether to ask the group."),
        StepKind.INSTEAD: _("The buyers are asked. Who says nothing keeps the refund."),
    }
    return str(said[StepKind(kind)])


@bp.post("/rounds/<int:round_id>/neighbours/<int:neighbour_id>")
@allow("batch.answer_for", overview.neighbour_thing)
def answer(round_id: int, neighbour_id: int) -> Response:
    """Ask the own group for what a neighbour is short of, or say no."""
    form = ReplyForm()
    then = see_other("resolving.index", round_id=round_id)
    if not form.validate_on_submit():
        say(unreadable(), "error")
        return then

    def do(session: Any) -> str:
        who = principal()
        neighbours.answer_neighbour(
            session, neighbour_id, accept=form.accepts, reply=form.reply.data or "",
            areas=who.areas(), actor=who.actor(), now=utc_now(),
        )  # fmt: skip
        return str(_("Your group is asked.") if form.accepts else _("Your no is passed on."))

    def again(refusal: Any) -> Response:
        say(sentence(refusal), "error")
        return then

    return carry_out(do, then=then, again=again, bells=(SEND_NOTICES,))


@bp.post("/orders/<number>/instead/<int:instead_id>")
@allow("order.change", order_thing)
def take_instead(number: str, instead_id: int) -> Response:
    """The buyer's yes or no to another product."""
    form = ReplyForm()
    if form.validate_on_submit():
        with transaction() as session:
            instead.answer_instead(
                session, number, instead_id, accept=form.accepts, actor=principal().actor(),
                now=utc_now(),
            )  # fmt: skip
        ring(SWEEP_ANSWERS)
        say(
            _("Thank you. It is in the next match.") if form.accepts else _("Then you pay nothing.")
        )
    return see_other("order_page.show", number=number)
