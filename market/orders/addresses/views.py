"""Picking a place by any typed part, and the addresses that a signed-in buyer keeps."""

from __future__ import annotations

from flask import Blueprint, Response, request
from flask_babel import gettext as _

from market.clock import utc_now
from market.db import reading, transaction
from market.errors import MarketError, NotFound
from market.limits import limit_searches
from market.orders.addresses import commands
from market.orders.addresses.forms import typed_address
from market.orders.addresses.queries import addresses_of
from market.orders.cart_queries import CartOwner
from market.orders.checkout_queries import contact_of
from market.orders.forms import clean
from market.places.queries import TambonView, get_tambon, search_tambons
from market.web import allow, page, principal, say, see_other, sentence, status_of

bp = Blueprint("addresses", __name__)
SHOWN = 8


@bp.get("/places")
@allow("market.see")
@limit_searches
def suggest() -> Response:
    """The places that fit what is typed so far, as a list to put under the field."""
    typed = clean(request.args.get("q"))[:80]
    with reading() as db_session:
        found = search_tambons(db_session, typed, SHOWN)
    answer = page("orders/_places.html", tambons=found, typed=typed, to=request.args.get("to", ""))
    answer.headers["Cache-Control"] = "private, max-age=300"
    return answer


@bp.get("/account/addresses")
@allow("account.use")
def mine() -> Response:
    """The kept ones, and a form for another."""
    return _page(None, 200)


@bp.post("/account/addresses")
@allow("account.use")
def add() -> Response:
    """Keep another."""
    try:
        with transaction() as db_session:
            commands.save_address(db_session, _user(), typed_address(request.form), now=utc_now())
    except MarketError as refusal:
        return _page(refusal, status_of(refusal))
    say(_("Kept."))
    return see_other("addresses.mine")


@bp.post("/account/addresses/<int:address_id>/usual")
@allow("account.use")
def usual(address_id: int) -> Response:
    """Offer this one first."""
    with transaction() as db_session:
        commands.make_usual(db_session, _user(), address_id)
    return see_other("addresses.mine")


@bp.post("/account/addresses/<int:address_id>/forget")
@allow("account.use")
def forget(address_id: int) -> Response:
    """Forget one; orders keep theirs."""
    with transaction() as db_session:
        commands.forget_address(db_session, _user(), address_id)
    say(_("Deleted."))
    return see_other("addresses.mine")


def _user() -> int:
    user_id = principal().user_id
    if user_id is None:
        raise NotFound("address_not_found")
    return user_id


def _page(wrong: MarketError | None, status: int) -> Response:
    user_id, sent = _user(), request.values
    typed = clean(sent.get("q"))[:80]
    with reading() as db_session:
        return page(
            "orders/addresses.html",
            status=status,
            addresses=addresses_of(db_session, user_id),
            contact=contact_of(db_session, CartOwner(user_id=user_id), ()),
            tambon=_tambon(clean(sent.get("tambon"))[:6]),
            typed=typed,
            tambons=search_tambons(db_session, typed) if typed else (),
            sent=request.form,
            wrong=sentence(wrong),
        )


def _tambon(code: str) -> TambonView | None:
    if not code:
        return None
    try:
        with reading() as db_session:
            return get_tambon(db_session, code)
    except NotFound:
        return None
