"""Ordering again by one tap, and the page that a gift's link opens."""

from __future__ import annotations

from flask import Blueprint, Response, session
from flask_babel import ngettext

from market.clock import utc_now
from market.db import reading, transaction
from market.errors import NotFound
from market.limits import limit_links
from market.orders.again.commands import order_again
from market.orders.again.queries import look_again
from market.orders.asker import owner
from market.orders.cart_queries import count_lines
from market.orders.gifts import open_gift
from market.orders.queries import order_thing
from market.web import allow, page, say, see_other

bp = Blueprint("again", __name__)


@bp.post("/orders/<number>/again")
@allow("order.change", order_thing)
def put(number: str) -> Response:
    """Fill the basket from an old order; where something is not offered, say what."""
    who = owner(create=True)
    with transaction() as db_session:
        order_id = _order(order_thing(db_session, number).order_id)
        told = order_again(db_session, who, order_id, now=utc_now())
        session["cart_count"] = count_lines(db_session, who)
    if told.missing or not told.put:
        return see_other("again.missing", number=number)
    say(ngettext("%(num)s line is in the basket.", "%(num)s lines are in the basket.", told.put))
    return see_other("basket.show")


@bp.get("/orders/<number>/again")
@allow("order.change", order_thing)
def missing(number: str) -> Response:
    """What of an old order no open round has, and how to hear when one does."""
    with reading() as db_session:
        order_id = _order(order_thing(db_session, number).order_id)
        told = look_again(db_session, order_id, now=utc_now())
    return page("orders/again.html", number=number, told=told)


@bp.get("/gift/<token>")
@allow("market.see")
@limit_links
def gift(token: str) -> Response:
    """For whoever gets it: where, when, with which code. No price."""
    with reading() as db_session:
        seen = open_gift(db_session, token, now=utc_now())
    answer = page("orders/gift.html", gift=seen)
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


def _order(order_id: int | None) -> int:
    if order_id is None:
        raise NotFound("order_not_found")
    return order_id
