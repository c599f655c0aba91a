"""The basket's page and its buttons. Works without scripts."""

from __future__ import annotations

from typing import TypeVar

from flask import Blueprint, Response, request, session
from flask_babel import gettext as _
from flask_babel import ngettext

from market.clock import utc_now
from market.db import reading, transaction
from market.errors import Refused
from market.orders import cart as basket
from market.orders.asker import owner as _owner
from market.orders.cart_queries import cart_of, count_lines
from market.orders.forms import last_units, typed_id, typed_units
from market.orders.rules import IfShort, MakerChoice
from market.web import allow, page, say, see_other

T = TypeVar("T", MakerChoice, IfShort)

bp = Blueprint("basket", __name__)


@bp.get("/cart")
@allow("cart.use")
def show() -> Response:
    """The basket, by round."""
    owner, now = _owner(), utc_now()
    with reading() as db_session:
        rounds = cart_of(db_session, owner, now=now)
    session["cart_count"] = sum(len(part.lines) for part in rounds)
    return page("orders/cart.html", rounds=rounds, now=now)


@bp.post("/cart/lines")
@allow("cart.use")
def add_line() -> Response:
    """Put goods in the basket."""
    owner, sent = _owner(create=True), request.form
    maker = _choice(MakerChoice, sent.get("maker"), MakerChoice.ANY)
    group_id = typed_id(sent.get("group_id")) if maker is not MakerChoice.ANY else None
    round_id, product_id = typed_id(sent.get("round_id")), typed_id(sent.get("product_id"))
    if round_id is None or product_id is None:
        raise Refused("not_offered")
    with transaction() as db_session:
        session["cart_count"] = basket.put_line(
            db_session,
            owner,
            round_id=round_id,
            product_id=product_id,
            maker=maker,
            group_id=group_id,
            units=typed_units(sent.get("units"), low=1),
            now=utc_now(),
        )
    say(_("In the basket."))
    return see_other("basket.show")


@bp.post("/cart/lines/<int:line_id>")
@allow("cart.use")
def set_line(line_id: int) -> Response:
    """So many of a line, none removes it."""
    owner = _owner()
    with transaction() as db_session:
        basket.set_units(db_session, owner, line_id, last_units(request.form))
        session["cart_count"] = count_lines(db_session, owner)
    return see_other("basket.show")


@bp.post("/cart/rounds/<int:round_id>/if-short")
@allow("cart.use")
def set_if_short(round_id: int) -> Response:
    """What to do where it falls short, for a round's lines or for one of them."""
    answer = _choice(IfShort, request.form.get("answer"), IfShort.FEWER)
    line_id = typed_id(request.form.get("line_id"))
    with transaction() as db_session:
        basket.answer_if_short(db_session, _owner(), round_id, answer, line_id)
    return see_other("basket.show")


@bp.post("/cart/rounds/<int:round_id>/next")
@allow("cart.use")
def move_on(round_id: int) -> Response:
    """Goods of a round that is over go into the open one that has them."""
    with transaction() as db_session:
        moved = basket.move_on(db_session, _owner(), round_id, now=utc_now())
    if moved:
        say(ngettext("%(num)s line is in the open round now.",
                     "%(num)s lines are in the open round now.", moved))  # fmt: skip
    else:
        say(_("No open round has these yet. They stay here."))
    return see_other("basket.show")


@bp.post("/cart/rounds/<int:round_id>/drop")
@allow("cart.use")
def drop_round(round_id: int) -> Response:
    """Take out all that a round has left."""
    owner = _owner()
    with transaction() as db_session:
        basket.drop_round(db_session, owner, round_id)
        session["cart_count"] = count_lines(db_session, owner)
    return see_other("basket.show")


def _choice(kind: type[T], typed: str | None, usual: T) -> T:
    return kind(typed) if typed in set(kind) else usual
