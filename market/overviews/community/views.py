"""Communities, articles, and what machines read: feeds, previews, the map of the site."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, request
from flask_babel import gettext as _
from flask_babel import ngettext

from market.clock import utc_now
from market.db import browsing
from market.errors import NotFound
from market.limits import limit_drawings
from market.overviews.community.feed_queries import (
    PER_MAP,
    addresses,
    count_addresses,
    entries,
    preview_card,
)
from market.overviews.community.feeds import atom, sitemap, sitemap_index
from market.overviews.community.pictures import card_png
from market.overviews.community.queries import community_page, place_of
from market.overviews.community.seo import article_seo, community_seo
from market.overviews.community.site import NAME, site
from market.overviews.shop.forms import code_of
from market.overviews.shop.public import public_page
from market.stories.queries import get_article
from market.weave import goods_key
from market.web import allow

bp = Blueprint("community", __name__)
DAY_SECONDS = 86_400
_CLOSED_TO_MACHINES = (
    "/account", "/board", "/cart", "/checkout", "/dev", "/group/", "/l/", "/money", "/orders",
    "/pay/", "/papers", "/sign-in", "/sign-up", "/questions/",
)  # fmt: skip


@bp.get("/communities/<code>")
@allow("market.see")
def show(code: str) -> Response:
    """A tambon with its groups, what they build on, and their news."""
    with browsing() as session:
        seen = community_page(session, code_of(code))
    words = ngettext(
        "%(num)d producer group makes things here to order.",
        "%(num)d producer groups make things here to order.", len(seen.groups),
    )  # fmt: skip
    return public_page("community/show.html", seen=seen, seo=community_seo(site(), seen, words))


@bp.get("/articles/<int:article_id>")
@allow("market.see")
def article(article_id: int) -> Response:
    """News of a group."""
    with browsing() as session:
        found = get_article(session, article_id)
    return public_page("community/article.html", article=found, seo=article_seo(site(), found))


@bp.get("/feed.atom", defaults={"code": None})
@bp.get("/communities/<code>/feed.atom")
@allow("market.see")
def feed(code: str | None) -> Response:
    """Rounds that are open and new articles, everywhere or of one community."""
    place = None
    with browsing() as session:
        if code is not None:
            place = place_of(session, code_of(code))
        found = entries(session, utc_now(), place.code if place else None)
    here = site()
    title = f"{NAME} · {here.pick(place)}" if place else NAME
    return _machine(atom(here, request.path, title, found), "application/atom+xml")


@bp.get("/robots.txt")
@allow("market.see")
def robots() -> Response:
    """What searchers may read: everything that is the same for everybody."""
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in _CLOSED_TO_MACHINES)]
    lines.append(f"Sitemap: {site().base}/sitemap.xml")
    return _machine(("\n".join(lines) + "\n").encode(), "text/plain")


@bp.get("/sitemap.xml", defaults={"part": None})
@bp.get("/sitemap-<int:part>.xml")
@allow("market.see")
@limit_drawings
def site_map(part: int | None) -> Response:
    """Every page for searchers; a list of maps where there are more than one may hold."""
    base = site().base
    with browsing() as session:
        parts = -(-count_addresses(session) // PER_MAP)
    if part is None and parts > 1:
        return _machine(sitemap_index(base, parts).encode(), "application/xml")
    if part is not None and not 1 <= part <= parts:
        raise NotFound("not_found", what="sitemap")

    # Joined before it is sent: a slow reader must not hold a connection to the database.
    with browsing() as session:
        written = "".join(sitemap(base, addresses(session, (part or 1) - 1)))
    return _machine(written.encode(), "application/xml")


@bp.get("/og/<kind>/<code>.png")
@allow("market.see")
@limit_drawings
def preview(kind: str, code: str) -> Response:
    """The picture that others show of a page; the same words make the same bytes."""
    if (kind, code) == ("home", "market"):
        words = _("Order first, then the group makes it.")
        return _picture(card_png(NAME, words, "rice", "NE", _("Made to order")))
    with browsing() as session:
        card = preview_card(session, kind, code_of(code))
    here = site()
    drawn = goods_key(card.code, card.category) if card.code else "rice"
    return _picture(card_png(here.pick(card), here.pick(card, "below"), drawn, card.region, NAME))


def _picture(png: bytes) -> Response:
    answer = _machine(png, "image/png")
    answer.headers["Cache-Control"] = f"public, max-age={DAY_SECONDS}"
    return answer


def _machine(data: bytes, kind: str) -> Response:
    """Bytes for machines, with their hash: who has them already is sent nothing."""
    answer = make_response(data)
    answer.mimetype = kind
    answer.add_etag()
    answer.make_conditional(request)
    return answer
