"""The storefront's pages. Anybody may look; nothing here is anybody's own."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from babel.dates import get_month_names
from flask import Blueprint, Response, request
from flask_babel import gettext

from market.clock import utc_now
from market.db import browsing
from market.overviews.community.queries import group_about
from market.overviews.community.seo import group_seo, home_seo, product_seo
from market.overviews.community.site import site
from market.overviews.search.queries import Found, find
from market.overviews.shop.cards import shares
from market.overviews.shop.forms import (
    code_of,
    key_of,
    page_of,
    round_of,
    search_words,
    wanted_from,
)
from market.overviews.shop.home_queries import home_page, open_rounds
from market.overviews.shop.place_queries import group_page, groups_page, points_page
from market.overviews.shop.product_queries import product_page
from market.overviews.shop.product_rows import ProductPage
from market.overviews.shop.public import WORDS
from market.overviews.shop.public import public_page as _public
from market.overviews.shop.queries import facets, goods_page
from market.overviews.shop.rows import Wanted
from market.overviews.shop.rules import (
    makers_share,
    price_parts,
    price_per_measure,
    share_of_hundred,
)
from market.overviews.shop.words import pack_words
from market.web import allow, language, page

bp = Blueprint("shop", __name__)
SUGGESTIONS = 8


@bp.get("/")
@allow("market.see")
def home() -> Response:
    """The rounds that are open now, what is nearly there, and where the money goes."""
    now = utc_now()
    with browsing() as db_session:
        seen = home_page(db_session, now)
    parts = share_of_hundred(seen.money) if seen.money else ()
    return _public(
        "shop/home.html",
        home=seen,
        now=now.replace(second=0, microsecond=0),
        shares=tuple(shares(parts)),
        makers_satang=makers_share(parts),
        seo=home_seo(site(), gettext("Order first, then the group makes it.")),
    )


@bp.get("/goods", endpoint="goods", defaults={"here": "goods"})
@bp.get("/search", endpoint="search", defaults={"here": "search"})
@allow("market.see")
def goods(here: str) -> Response:
    """The goods, 24 a page, narrowed and searched."""
    now, wanted = utc_now(), wanted_from(request.args)
    with browsing() as db_session:
        found = _found(db_session, wanted, now)
        choices = facets(db_session)
        rounds = open_rounds(db_session, now)
    return _public(
        "shop/goods.html",
        here=here,
        wanted=wanted,
        found=found.goods,
        groups=found.groups,
        signs=found.signs,
        of_the_sort=found.of_the_sort,
        choices=choices,
        rounds=tuple(row for row in rounds if row.state == "open"),
    )


@bp.get("/search/suggest")
@allow("market.see")
def suggest() -> Response:
    """Names that fit what is being typed, as options of the field's list."""
    wanted = Wanted(words=search_words(request.args.get("q", "")))
    with browsing() as db_session:
        found = find(db_session, wanted, utc_now())
    return _public("shop/_suggestions.html", names=found.names(language(), SUGGESTIONS))


def _found(db_session: Any, wanted: Wanted, now: datetime) -> Found:
    if wanted.words:
        return find(db_session, wanted, now)
    return Found(goods=goods_page(db_session, wanted, now))


@bp.get("/goods/<code>")
@allow("market.see")
def product(code: str) -> Response:
    """One product: its makers in an open round, its price and where that goes."""
    with browsing() as db_session:
        seen = product_page(db_session, code_of(code), utc_now(), round_of(request.args))
    months = get_month_names("abbreviated", locale=language())
    return page(
        "shop/product.html",
        seen=seen,
        months=months,
        pack=pack_words(seen.product.pack, language()),
        seo=product_seo(site(), seen),
        **_prices(seen),
        **WORDS,
    )


@bp.get("/groups")
@allow("market.see")
def groups() -> Response:
    """The producer groups, 24 a page."""
    province = key_of(request.args, "province")
    with browsing() as db_session:
        found, pages = groups_page(db_session, province, page_of(request.args))
        choices = facets(db_session)
    return _public(
        "shop/groups.html", groups=found, pages=pages, choices=choices, province=province
    )


@bp.get("/groups/<code>")
@allow("market.see")
def group(code: str) -> Response:
    """One group: who they are, where, and what they make."""
    with browsing() as db_session:
        seen = group_page(db_session, code_of(code), utc_now())
        about = group_about(db_session, seen.group.id)
    return _public("shop/group.html", seen=seen, about=about, seo=group_seo(site(), seen, about))


@bp.get("/points")
@allow("market.see")
def points() -> Response:
    """Where orders are picked up, 24 a page."""
    province = key_of(request.args, "province")
    with browsing() as db_session:
        found, pages = points_page(db_session, province, page_of(request.args))
        choices = facets(db_session)
    return _public(
        "shop/points.html", points=found, pages=pages, choices=choices, province=province
    )


def _prices(seen: ProductPage) -> dict[str, Any]:
    """The price of the first maker, the ceiling of any maker, and the parts of the first."""
    if not seen.makers:
        return {"lead": None, "parts": [], "measure": None}
    lead = seen.makers[0]
    banded = [maker.price_satang for maker in seen.makers if maker.in_band]
    parts = price_parts(lead.price_satang, lead.unit_cost_satang, seen.chain, lead.group_satang)
    return {
        "lead": lead,
        "ceiling_satang": max(banded, default=None),
        "parts": shares(parts),
        "measure": price_per_measure(lead.price_satang, seen.product.pack),
    }
