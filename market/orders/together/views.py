"""Ordering together: the host's pages, and the page that friends open by the link.

Nobody needs an account. The host is known by their sign-in or their browser's basket, a friend
by a secret of their browser; the link opens the friends' page and nothing of the host's.
"""

from __future__ import annotations

import secrets

from flask import Blueprint, Response, current_app, request, session
from flask_babel import gettext as _

from market.accounts.rules import hash_token
from market.clock import utc_now
from market.db import reading, transaction
from market.doorbell import SEND_NOTICES, SWEEP_PAYMENTS, ring
from market.errors import MarketError, NotFound, Refused
from market.limits import limit_links, limit_orders
from market.orders.asker import owner, remember_buyer
from market.orders.checkout_queries import contact_of
from market.orders.forms import NAME_LENGTH, clean, last_units, typed_id
from market.orders.links import basket_token
from market.orders.queries import order_thing
from market.orders.standing.ways import ways_of_round
from market.orders.together import commands
from market.orders.together.forms import typed_host_order
from market.orders.together.queries import (
    HOST,
    BasketView,
    basket_by_link,
    baskets_of,
    goods_for,
    own_basket,
    quote_together,
)
from market.orders.together.shares import shares_of
from market.places.queries import points_by_province
from market.rounds.methods import live_methods
from market.rounds.queries import open_rounds
from market.web import allow, page, principal, say, see_other, sentence, status_of

bp = Blueprint("together", __name__)


@bp.get("/together")
@allow("cart.use")
def begin() -> Response:
    """Begin one: which round, which pick-up point, whose name; and those that were begun."""
    return _begin(None, 200)


@bp.post("/together")
@allow("cart.use")
@limit_orders
def open_one() -> Response:
    """A basket and its link."""
    sent, who = request.form, owner(create=True)
    try:
        name = clean(sent.get("name"))[:NAME_LENGTH]
        round_id, point_id = typed_id(sent.get("round")), typed_id(sent.get("point"))
        if not name:
            raise Refused("together_name")
        if round_id is None or point_id is None:
            raise Refused("choose_destination")
        with transaction() as db_session:
            basket_id = commands.open_basket(
                db_session, who, round_id=round_id, point_id=point_id, host_name=name,
                secret=_secret(), now=utc_now(),
            )  # fmt: skip
    except MarketError as refusal:
        return _begin(refusal, status_of(refusal))
    return see_other("together.host", basket_id=basket_id)


@bp.get("/together/host/<int:basket_id>")
@allow("cart.use")
def host(basket_id: int) -> Response:
    """The link to pass on, who wants what, what to collect, and ordering for all."""
    return _host(basket_id, None, 200)


@bp.post("/together/host/<int:basket_id>/act")
@allow("cart.use")
def act(basket_id: int) -> Response:
    """Close, open again, make another link, take a friend out."""
    word, who, now = request.form.get("act", ""), owner(), utc_now()
    with transaction() as db_session:
        if word in ("close", "open"):
            commands.close_basket(db_session, basket_id, who, open_again=word == "open", now=now)
        elif word == "link":
            commands.new_link(db_session, basket_id, who, secret=_secret(), now=now)
        else:
            friend_id = typed_id(request.form.get("friend")) or 0
            commands.drop_friend(db_session, basket_id, who, friend_id, now=now)
    if word == "link":
        say(_("This is the new link. The old one opens nothing any more."))
    return see_other("together.host", basket_id=basket_id)


@bp.post("/together/host/<int:basket_id>/order")
@allow("order.place")
@limit_orders
def order(basket_id: int) -> Response:
    """One order of everybody's lines. The same page sent twice makes one."""
    try:
        sent = typed_host_order(request.form)
        with transaction() as db_session:
            placed = commands.order_together(
                db_session, basket_id, owner(), sent, known=principal().buyer_ids, now=utc_now()
            )
    except NotFound:
        raise
    except MarketError as refusal:
        return _host(basket_id, refusal, status_of(refusal))
    ring(SEND_NOTICES)
    ring(SWEEP_PAYMENTS)
    remember_buyer(placed.buyer_id)
    return see_other("order_page.show", number=placed.number)


@bp.get("/together/<token>")
@allow("cart.use")
@limit_links
def friends(token: str) -> Response:
    """For friends: a name, their own lines, the goods of the round that get to the point."""
    return _friends(token, None, 200)


@bp.post("/together/<token>")
@allow("cart.use")
@limit_links
def put(token: str) -> Response:
    """Give a name, or so many of a product; only one's own."""
    sent = request.form
    try:
        with transaction() as db_session:
            key = _key(basket_by_link(db_session, token, now=utc_now()), create=True)
            if "name" in sent and key != HOST:
                name = clean(sent.get("name"))[:NAME_LENGTH]
                commands.join(db_session, token, key, name, now=utc_now())
            product_id = typed_id(sent.get("product"))
            if product_id is not None:
                units = last_units(sent)
                commands.put_line(db_session, token, key, product_id, units, now=utc_now())
    except NotFound:
        raise
    except MarketError as refusal:
        return _friends(token, refusal, status_of(refusal))
    typed = clean(request.args.get("q"))[:80]
    return see_other("together.friends", token=token, **({"q": typed} if typed else {}))


@bp.get("/orders/<number>/friends")
@allow("order.see", order_thing)
def shares(number: str) -> Response:
    """Who gets what and owes how much, to print and to tick off."""
    with reading() as db_session:
        found = shares_of(db_session, number)
    if not found:
        raise NotFound("together_not_found")
    return page("orders/together_shares.html", number=number, shares=found)


def _secret() -> str:
    return str(current_app.extensions["market_config"].secret_key)


def _key(basket: BasketView, *, create: bool = False) -> str:
    """Who this browser is in the basket: the host, or a friend by its own secret."""
    who = owner()
    with reading() as db_session:
        mine = baskets_of(db_session, who, now=utc_now())
    if basket.id in {one.id for one in mine}:
        return HOST
    if "friend" not in session and create:
        session["friend"] = secrets.token_urlsafe(32)
        session.permanent = True
    return hash_token(f"{basket.id}:{session.get('friend', '')}")


def _begin(wrong: MarketError | None, status: int) -> Response:
    who, now = owner(), utc_now()
    with reading() as db_session:
        return page(
            "orders/together_new.html",
            status=status,
            rounds=open_rounds(db_session, now),
            points=points_by_province(db_session),
            baskets=baskets_of(db_session, who, now=now),
            contact=contact_of(db_session, who, principal().buyer_ids),
            sent=request.form,
            wrong=sentence(wrong),
        )


def _host(basket_id: int, wrong: MarketError | None, status: int) -> Response:
    config = current_app.extensions["market_config"]
    live = live_methods(config.stripe_secret_key, config.stripe_methods)
    who, quote = owner(), None
    with reading() as db_session:
        basket = own_basket(db_session, basket_id, who, now=utc_now())
        if basket.total_satang and basket.number is None:
            try:
                quote = quote_together(db_session, basket)
            except MarketError as refusal:
                wrong = wrong or refusal
        token = basket_token(_secret(), basket.id, basket.serial)
        return page(
            "orders/together_host.html",
            status=status,
            basket=basket,
            quote=quote,
            link=f"{config.public_url}/together/{token}",
            token=token,
            methods=ways_of_round(db_session, basket.round_id, live),
            contact=contact_of(db_session, who, principal().buyer_ids),
            sent=request.form if wrong else {},
            wrong=sentence(wrong),
            now=utc_now(),
        )


def _friends(token: str, wrong: MarketError | None, status: int) -> Response:
    typed = clean(request.args.get("q"))[:80]
    with reading() as db_session:
        basket = basket_by_link(db_session, token, now=utc_now())
        key = _key(basket)
        mine = next((one for one in basket.friends if one.key_hash == key), None)
        answer = page(
            "orders/together_friends.html",
            status=status,
            basket=basket,
            mine=mine,
            goods=goods_for(db_session, basket.round_id, basket.point_id, typed=typed)
            if basket.open and mine
            else (),
            typed=typed,
            token=token,
            wrong=sentence(wrong),
            now=utc_now(),
        )
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["Cache-Control"] = "no-store"
    return answer
