"""Standing orders of a signed-in buyer. Works without scripts."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, request
from flask_babel import gettext as _

from market.clock import utc_now
from market.db import reading, transaction
from market.doorbell import SEND_NOTICES, SWEEP_STANDING, ring
from market.errors import MarketError, NotFound, Refused
from market.orders.addresses.queries import addresses_of
from market.orders.cart_queries import CartOwner
from market.orders.checkout_queries import contact_of
from market.orders.forms import typed_id, typed_units
from market.orders.queries import order_thing
from market.orders.standing import commands
from market.orders.standing.forms import (
    typed_ceiling,
    typed_lines,
    typed_place,
    typed_short,
    typed_terms,
)
from market.orders.standing.queries import see_standing, standing_of
from market.orders.standing.starting import ProductStart, keep_ordering, start_from_product
from market.orders.standing.ways import ways_of
from market.rounds.methods import PayMethod, live_methods
from market.web import allow, page, principal, say, see_other, sentence, status_of

bp = Blueprint("standing", __name__)

_SAID = {
    "skip": lambda: _("The next round is passed over."),
    "unskip": lambda: _("The next round is ordered again."),
    "pause": lambda: _("Paused. Nothing is ordered until you go on."),
    "resume": lambda: _("It goes on, from the round that is open now."),
    "end": lambda: _("Ended. What is ordered already stays."),
}


@bp.get("/standing")
@allow("account.use")
def mine() -> Response:
    """All of them, and what became of the last round."""
    with reading() as db_session:
        found = standing_of(db_session, _user())
    return page("orders/standing.html", standing=found)


@bp.get("/standing/new")
@allow("account.use")
def new() -> Response:
    """The page for goods that are to come every round."""
    return _new_page(_start(), None, 200)


@bp.post("/standing")
@allow("account.use")
def create() -> Response:
    """A new one, or goods more in one that stands. The open round is ordered in at once."""
    start, user_id, sent = _start(), _user(), request.form
    try:
        line = start.line(
            typed_units(sent.get("units"), low=1),
            typed_ceiling(sent.get("ceiling")),
            typed_short(sent.get("short")),
        )
        with transaction() as db_session:
            standing_id = typed_id(sent.get("into"))
            if standing_id is not None:
                commands.add_line(db_session, standing_id, user_id, line, now=utc_now())
            else:
                place = typed_place(sent.get("where"), addresses_of(db_session, user_id))
                terms = typed_terms(sent, place)
                standing_id = commands.create_standing(
                    db_session, user_id, start.cycle, terms, [line], now=utc_now()
                )
                if sent.get("from") == "next":
                    commands.act(db_session, standing_id, user_id, "skip", now=utc_now())
    except MarketError as refusal:
        return _new_page(start, refusal, status_of(refusal))
    return _kept(standing_id)


@bp.post("/orders/<number>/standing")
@allow("order.change", order_thing)
def keep(number: str) -> Response:
    """The same as this order, every round. Guests sign in first: it needs an account."""
    if principal().user_id is None:
        return see_other("security.login", next=f"/orders/{number}")
    with transaction() as db_session:
        order_id = order_thing(db_session, number).order_id
        if order_id is None:
            raise NotFound("order_not_found")
        every = 2 if request.form.get("every") == "2" else 1
        standing_id = keep_ordering(db_session, order_id, _user(), every=every, now=utc_now())
    return _kept(standing_id)


@bp.get("/standing/<int:standing_id>")
@allow("account.use")
def show(standing_id: int) -> Response:
    """Its lines, where it goes, what became of it round by round, and all that may be changed."""
    return _page(standing_id, None, 200)


@bp.post("/standing/<int:standing_id>")
@allow("account.use")
def change(standing_id: int) -> Response:
    """Other lines, place, payment or pace from now on."""
    user_id, sent = _user(), request.form
    try:
        with transaction() as db_session:
            seen = see_standing(db_session, standing_id, user_id, now=utc_now())
            place = typed_place(sent.get("where"), addresses_of(db_session, user_id), seen)
            commands.change_standing(
                db_session,
                standing_id,
                user_id,
                typed_terms(sent, place),
                typed_lines(sent, seen.lines),
                version=typed_id(sent.get("version")) or 0,
                now=utc_now(),
            )
    except NotFound:
        raise
    except MarketError as refusal:
        return _page(standing_id, refusal, status_of(refusal))
    say(_("Changed, from the next order on."))
    return see_other("standing.show", standing_id=standing_id)


@bp.post("/standing/<int:standing_id>/act")
@allow("account.use")
def act(standing_id: int) -> Response:
    """Skip, pause, go on, end."""
    word = request.form.get("act", "")
    with transaction() as db_session:
        commands.act(db_session, standing_id, _user(), word, now=utc_now())
    if word == "resume":
        ring(SWEEP_STANDING)
    say(_SAID[word]())
    return see_other("standing.show", standing_id=standing_id)


@bp.post("/standing/runs/<int:run_id>/again")
@allow("account.use")
def again(run_id: int) -> Response:
    """Try once more in a round that is still open."""
    with transaction() as db_session:
        standing_id = commands.try_again(db_session, run_id, _user(), now=utc_now())
    ring(SWEEP_STANDING)
    say(_("We try again now. Look here in a moment."))
    return see_other("standing.show", standing_id=standing_id)


def _kept(standing_id: int) -> Response:
    ring(SWEEP_STANDING)
    ring(SEND_NOTICES)
    say(_("Kept. It orders by itself, and tells you each time."))
    return see_other("standing.show", standing_id=standing_id)


def _user() -> int:
    user_id = principal().user_id
    if user_id is None:
        raise NotFound("standing_not_found")
    return user_id


def _start() -> ProductStart:
    product_id = typed_id(request.values.get("product_id"))
    if product_id is None:
        raise Refused("not_offered")
    group_id = typed_id(request.values.get("group_id"))
    with reading() as db_session:
        return start_from_product(db_session, product_id, group_id, now=utc_now())


def _live() -> frozenset[PayMethod]:
    config = current_app.extensions["market_config"]
    return live_methods(config.stripe_secret_key, config.stripe_methods)


def _new_page(start: ProductStart, wrong: MarketError | None, status: int) -> Response:
    user_id = _user()
    with reading() as db_session:
        line = start.line(1, start.price_satang, typed_short(None))
        return page(
            "orders/standing_new.html",
            status=status,
            start=start,
            sent=request.form,
            others=[s for s in standing_of(db_session, user_id) if _takes(s, start)],
            ways=ways_of(db_session, start.cycle, [line.draft], _live()),
            addresses=addresses_of(db_session, user_id),
            contact=contact_of(db_session, CartOwner(user_id=user_id), ()),
            wrong=sentence(wrong),
        )


def _takes(other: object, start: ProductStart) -> bool:
    return getattr(other, "cycle", None) == start.cycle and getattr(other, "state", "") != "ended"


def _page(standing_id: int, wrong: MarketError | None, status: int) -> Response:
    user_id = _user()
    with reading() as db_session:
        seen = see_standing(db_session, standing_id, user_id, now=utc_now())
        return page(
            "orders/standing_one.html",
            status=status,
            seen=seen,
            sent=request.form if wrong else {},
            ways=ways_of(db_session, seen.cycle, seen.drafts(), _live()),
            addresses=addresses_of(db_session, user_id),
            reasons={run.id: _why(run.reason, run.data) for run in seen.runs if run.reason},
            wrong=sentence(wrong),
        )


def _why(code: str, data: object) -> str:
    values = data if isinstance(data, dict) else {}
    return sentence(Refused(code, **values))
