"""The storefront's pages. Anybody may look; nothing here is anybody's own."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from datetime import datetime
from typing import Any

from babel.dates import get_month_names
from flask import Blueprint, Response, request, session
from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from market.campaigns.queries import strip_now
from market.clock import utc_now
from market.db import browsing, transaction
from market.limits import first_today, limit_searches
from market.overviews.community.queries import group_about
from market.overviews.community.seo import group_seo, home_seo, product_seo
from market.overviews.community.site import site
from market.overviews.search.queries import Found, find
from market.overviews.search.queries import suggest as suggestions
from market.overviews.shop.asked import offered
from market.overviews.shop.cards import shares
from market.overviews.shop.forms import (
    by_a_person,
    code_of,
    key_of,
    page_of,
    round_of,
    search_words,
    wanted_from,
)
from market.overviews.shop.home_queries import home_page
from market.overviews.shop.near import Start, last_tambon, start_of
from market.overviews.shop.near import provinces as all_provinces
from market.overviews.shop.place_queries import group_page, groups_page, points_page
from market.overviews.shop.product_queries import product_page
from market.overviews.shop.product_rows import ProductPage
from market.overviews.shop.public import WORDS
from market.overviews.shop.public import public_page as _public
from market.overviews.shop.queries import facets, goods_page
from market.overviews.shop.rows import Wanted
from market.overviews.shop.rules import (
    makers_share,
    own_cost,
    price_parts,
    price_per_measure,
    share_of_hundred,
)
from market.overviews.shop.words import pack_words
from market.rounds.signals.commands import note_search
from market.web import allow, language, page, principal, see_other

bp = Blueprint("shop", __name__)
SUGGESTIONS = 8


@bp.get("/")
@allow("market.see")
def home() -> Response:
    """The rounds that are open now, what is nearly there, and where the money goes."""
    now = utc_now()
    with browsing() as db_session:
        seen, strip = home_page(db_session, now), strip_now(db_session, now)
    parts = share_of_hundred(seen.money) if seen.money else ()
    return _public(
        "shop/home.html",
        home=seen,
        strip=strip,
        now=now.replace(second=0, microsecond=0),
        shares=tuple(shares(parts)),
        makers_satang=makers_share(parts),
        seo=home_seo(site(), gettext("Order first, then the group makes it.")),
    )


@bp.get("/goods", endpoint="goods", defaults={"here": "goods"})
@bp.get("/search", endpoint="search", defaults={"here": "search"})
@allow("market.see")
@limit_searches
def goods(here: str) -> Response:
    """The goods, 24 a page, narrowed, sorted and searched."""
    if not all(request.args.values()):
        return see_other(f"shop.{here}", **_given(request.args))
    now, wanted = utc_now(), _from_here(wanted_from(request.args))
    with browsing() as db_session:
        start = start_of(db_session, wanted.near) if wanted.near else None
        found = _found(db_session, wanted, now, start)
        provinces = all_provinces(db_session) if wanted.sort == "near" else ()
    _note(wanted, found, now)
    return _public("shop/goods.html", here=here, **_shown(wanted, found, start, provinces))


def _given(args: MultiDict[str, str]) -> dict[str, str]:
    """An address without what a form sends empty: short enough to share."""
    return {name: value for name, value in args.items() if value}


def _shown(
    wanted: Wanted, found: Found, start: Start | None, provinces: Hashable
) -> dict[str, Hashable]:
    return {
        "wanted": wanted,
        "found": found.goods,
        "offered": offered(wanted, found.goods.counts, language()),
        "groups": found.groups,
        "signs": found.signs,
        "of_the_sort": found.of_the_sort,
        "start": start,
        "provinces": provinces,
    }


def _from_here(wanted: Wanted) -> Wanted:
    """With the place that this browser has picked before, or that was last ordered to."""
    if wanted.near and wanted.near != _remembered():
        session["near"] = {"province": wanted.near[:2], "code": wanted.near}
    if wanted.sort != "near" or wanted.near:
        return wanted
    near = _remembered()
    if not near and principal().buyer_ids:
        with browsing() as db_session:
            near = last_tambon(db_session, principal().buyer_ids)
    return replace(wanted, near=near)


def _remembered() -> str:
    near = session.get("near")
    return str(near.get("code", "")) if isinstance(near, dict) else ""


def _note(wanted: Wanted, found: Found, now: datetime) -> None:
    """Count what a person looked for; the pages of one search are one search."""
    if not wanted.words or wanted.page > 1 or not by_a_person(request.headers):
        return
    if not first_today("search", wanted.words):
        return
    near = _remembered()[:2] or None
    with transaction() as db_session:
        note_search(db_session, wanted.words, found.goods.pages.total > 0, near, now)


@bp.get("/search/suggest")
@allow("market.see")
@limit_searches
def suggest() -> Response:
    """Names that fit what is being typed, as options of the field's list."""
    words = search_words(request.args.get("q", ""))
    with browsing() as db_session:
        pairs = suggestions(db_session, words, SUGGESTIONS)
    names = dict.fromkeys(pair[language() != "th"] for pair in pairs)
    return _public("shop/_suggestions.html", names=tuple(names))


def _found(db_session: Any, wanted: Wanted, now: datetime, start: Start | None) -> Found:
    near = start.place if start else None
    if wanted.words:
        return find(db_session, wanted, now, near)
    return Found(goods=goods_page(db_session, wanted, now, near))


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
        "cost_satang": own_cost(lead.unit_cost_satang, seen.chain)
        if lead.group_satang < lead.price_satang
        else lead.unit_cost_satang,
        "measure": price_per_measure(lead.price_satang, seen.product.pack),
    }
