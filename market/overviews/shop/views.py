"""The storefront's pages. Anybody may look; nothing here is anybody's own."""

from __future__ import annotations

from typing import Any

from babel.dates import get_month_names
from flask import Blueprint, Response, request

from market.clock import utc_now
from market.db import reading
from market.overviews.shop.cards import cards_markup, shares
from market.overviews.shop.forms import code_of, key_of, page_of, round_of, wanted_from
from market.overviews.shop.place_queries import group_page, groups_page, points_page
from market.overviews.shop.product_queries import product_page
from market.overviews.shop.queries import facets, goods_page, home_page, open_rounds
from market.overviews.shop.rows import ProductPage
from market.overviews.shop.rules import (
    makers_share,
    price_parts,
    price_per_measure,
    share_of_hundred,
)
from market.overviews.shop.words import ALLERGENS, CERTIFICATES, LEGAL_FORMS, STORAGE, pack_words
from market.web import allow, language, page

bp = Blueprint("shop", __name__)


@bp.get("/")
@allow("market.see")
def home() -> Response:
    """The rounds that are open now, what is nearly there, and where the money goes."""
    now = utc_now()
    with reading() as session:
        seen = home_page(session, now)
    parts = share_of_hundred(seen.money) if seen.money else ()
    return _public(
        "shop/home.html",
        home=seen,
        now=now,
        shares=shares(parts),
        makers_satang=makers_share(parts),
        cards={shelf: cards_markup(getattr(seen, shelf), language()) for shelf in _SHELVES},
    )


@bp.get("/goods", endpoint="goods", defaults={"here": "goods"})
@bp.get("/search", endpoint="search", defaults={"here": "search"})
@allow("market.see")
def goods(here: str) -> Response:
    """The goods, 24 a page, narrowed and searched."""
    now, wanted = utc_now(), wanted_from(request.args)
    with reading() as session:
        found = goods_page(session, wanted, now)
        choices = facets(session)
        rounds = open_rounds(session, now)
    return _public(
        "shop/goods.html",
        here=here,
        wanted=wanted,
        found=found,
        choices=choices,
        rounds=[row for row in rounds if row.state == "open"],
        cards=cards_markup(found.rows, language()),
    )


@bp.get("/goods/<code>")
@allow("market.see")
def product(code: str) -> Response:
    """One product: its makers in an open round, its price and where that goes."""
    with reading() as session:
        seen = product_page(session, code_of(code), utc_now(), round_of(request.args))
    months = get_month_names("abbreviated", locale=language())
    return page(
        "shop/product.html",
        seen=seen,
        months=months,
        pack=pack_words(seen.product.pack, language()),
        **_prices(seen),
        **_WORDS,
    )


@bp.get("/groups")
@allow("market.see")
def groups() -> Response:
    """The producer groups, 24 a page."""
    province = key_of(request.args, "province")
    with reading() as session:
        found, pages = groups_page(session, province, page_of(request.args))
        choices = facets(session)
    return _public(
        "shop/groups.html", groups=found, pages=pages, choices=choices, province=province
    )


@bp.get("/groups/<code>")
@allow("market.see")
def group(code: str) -> Response:
    """One group: who they are, where, and what they make."""
    with reading() as session:
        seen = group_page(session, code_of(code), utc_now())
    return _public(
        "shop/group.html", seen=seen, cards=cards_markup(seen.rows, language()), **_WORDS
    )


@bp.get("/points")
@allow("market.see")
def points() -> Response:
    """Where orders are picked up, 24 a page."""
    province = key_of(request.args, "province")
    with reading() as session:
        found, pages = points_page(session, province, page_of(request.args))
        choices = facets(session)
    return _public(
        "shop/points.html", points=found, pages=pages, choices=choices, province=province
    )


_SHELVES = ("near", "certain", "fresh")
_WORDS: dict[str, Any] = {
    "storage_words": STORAGE,
    "allergen_words": ALLERGENS,
    "certificate_words": CERTIFICATES,
    "legal_form_words": LEGAL_FORMS,
}


def _public(template: str, **context: Any) -> Response:
    """A page without a form token: the same bytes for the same state, so a browser may keep it."""
    response = page(template, public_page=True, **context)
    response.add_etag()
    response.make_conditional(request)
    return response


def _prices(seen: ProductPage) -> dict[str, Any]:
    """The price of the first maker, the ceiling of any maker, and the parts of the first."""
    if not seen.makers:
        return {"lead": None, "parts": [], "measure": None}
    lead = seen.makers[0]
    banded = [maker.price_satang for maker in seen.makers if maker.in_band]
    parts = price_parts(lead.price_satang, lead.unit_cost_satang, seen.chain)
    return {
        "lead": lead,
        "ceiling_satang": max(banded, default=None),
        "parts": shares(parts),
        "measure": price_per_measure(lead.price_satang, seen.product.pack),
    }
