"""What machines read of our pages: addresses, previews, Schema.org data. Pure.

Only what is on the page and true stands in the data: no rating without reviews, no offer
without an open round.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from markupsafe import Markup

from market.overviews.community.queries import Community, GroupAbout, Place
from market.overviews.shop.product_rows import ProductPage
from market.overviews.shop.rows import GroupPage
from market.stories.queries import ArticleRow
from market.stories.richtext import summary
from market.voices.queries.reviews import ReviewSeen

SCHEMA = "https://schema.org"
_ESCAPED = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026",
                          "\u2028": "\\u2028", "\u2029": "\\u2029"})  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Site:
    """Where the market is reached, and in which language it speaks now."""

    base: str  # "https://talad.example", no slash behind
    name: str
    language: str

    def pick(self, thing: Any, field: str = "name") -> str:
        """The words of a thing in the language; Thai where nobody wrote English."""
        english: str = getattr(thing, f"{field}_en")
        return english if self.language != "th" and english else getattr(thing, f"{field}_th")


@dataclass(frozen=True, kw_only=True)
class Seo:
    """The head of a page for machines."""

    url: str
    url_th: str
    url_en: str
    title: str
    description: str
    kind: str  # of Open Graph: website, article, product
    picture: str
    data: tuple[Markup, ...]
    feed: str = ""


def json_ld(data: Mapping[str, Any]) -> Markup:
    """A data block. ``<`` is escaped, so that no text in it can end the element."""
    words = json.dumps({"@context": SCHEMA, **data}, ensure_ascii=False)
    return Markup(words.translate(_ESCAPED))  # noqa: S704  nothing in it is a tag any more


def crumbs(site: Site, steps: Sequence[tuple[str, str]]) -> Markup:
    """The way to a page: (name, path) from the first page on."""
    return json_ld(
        {
            "@type": "BreadcrumbList",
            "itemListElement": [
                {"@type": "ListItem", "position": n, "name": name, "item": site.base + path}
                for n, (name, path) in enumerate(steps, start=1)
            ],
        }
    )


def home_seo(site: Site, words: str) -> Seo:
    """The market itself, and how to search it."""
    organization = {
        "@type": "Organization", "name": site.name, "url": site.base + "/",
        "logo": f"{site.base}/static/img/mark.svg",
    }  # fmt: skip
    search = {
        "@type": "SearchAction",
        "target": {
            "@type": "EntryPoint", "urlTemplate": site.base + "/search?q={search_term_string}",
        },
        "query-input": "required name=search_term_string",
    }  # fmt: skip
    website = {
        "@type": "WebSite", "name": site.name, "url": site.base + "/", "inLanguage": ["th", "en"],
        "potentialAction": search,
    }  # fmt: skip
    return _seo(
        site, "/", "home/market", title=site.name, description=words, kind="website",
        data=(json_ld(organization), json_ld(website)), feed="/feed.atom",
    )  # fmt: skip


def product_seo(site: Site, seen: ProductPage) -> Seo:
    """A product, its offers of the open round, and its rating where people have rated it."""
    product, path = seen.product, f"/goods/{seen.product.code}"
    name = site.pick(product)
    picture = f"{site.base}/og/product/{product.code}.png"
    data: dict[str, Any] = {
        "@type": "Product", "name": name, "sku": product.code, "image": [picture],
        "description": _product_words(site, seen), "category": site.pick(product, "category"),
        "url": site.base + path,
    }  # fmt: skip
    if seen.makers:
        data["offers"] = _offers(site, seen, path)
        data["brand"] = {"@type": "Organization", "name": site.pick(seen.makers[0])}
    rating = seen.reviews.rating
    if rating.count:
        data["aggregateRating"] = {
            "@type": "AggregateRating", "ratingValue": str(rating.average),
            "reviewCount": rating.count, "bestRating": 5, "worstRating": 1,
        }  # fmt: skip
        data["review"] = [_review(review) for review in seen.reviews.reviews]
    way = crumbs(site, [(site.name, "/"), (site.pick(product, "category"),
                 f"/goods?category={product.category}"), (name, path)])  # fmt: skip
    return _seo(
        site, path, f"product/{product.code}", title=name, description=data["description"],
        kind="product", data=(json_ld(data), way),
    )  # fmt: skip


def group_seo(site: Site, seen: GroupPage, about: GroupAbout) -> Seo:
    """A group as an organisation with an address."""
    path, name = f"/groups/{seen.group.code}", site.pick(seen.group)
    story = about.told.story_en if site.language != "th" else about.told.story_th
    words = summary(story or about.told.story_th) or seen.story_th or site.pick(seen.group, "craft")
    data: dict[str, Any] = {
        "@type": "LocalBusiness", "name": name, "url": site.base + path, "description": words,
        "image": f"{site.base}/og/group/{seen.group.code}.png",
        "address": _address(site, about.place), "currenciesAccepted": "THB",
    }  # fmt: skip
    if about.place.lat is not None and about.place.lon is not None:
        data["geo"] = {
            "@type": "GeoCoordinates", "latitude": about.place.lat, "longitude": about.place.lon,
        }  # fmt: skip
    if seen.founded_on_year:
        data["foundingDate"] = str(seen.founded_on_year)
    community = f"/communities/{about.place.code}"
    way = crumbs(site, [(site.name, "/"), (site.pick(about.place), community), (name, path)])
    return _seo(
        site, path, f"group/{seen.group.code}", title=name, description=words, kind="website",
        data=(json_ld(data), way), feed=f"{community}/feed.atom",
    )  # fmt: skip


def community_seo(site: Site, seen: Community, words: str) -> Seo:
    """A tambon and the groups in it."""
    path, name = f"/communities/{seen.place.code}", site.pick(seen.place)
    data = {
        "@type": "AdministrativeArea", "name": name, "url": site.base + path,
        "address": _address(site, seen.place),
        "containedInPlace": {
            "@type": "AdministrativeArea", "name": site.pick(seen.place, "province"),
        },
    }  # fmt: skip
    way = crumbs(site, [(site.name, "/"), (name, path)])
    return _seo(
        site, path, f"community/{seen.place.code}", title=name, description=words, kind="website",
        data=(json_ld(data), way), feed=f"{path}/feed.atom",
    )  # fmt: skip


def article_seo(site: Site, article: ArticleRow) -> Seo:
    """News of a group."""
    path, name = f"/articles/{article.id}", site.pick(article, "title")
    words = summary(site.pick(article, "body"))
    data = {
        "@type": "Article", "headline": name[:110], "description": words,
        "datePublished": moment(article.published_at), "inLanguage": site.language,
        "author": {"@type": "Person", "name": article.author},
        "publisher": {"@type": "Organization", "name": site.pick(article, "group")},
        "image": [f"{site.base}/og/group/{article.group_code}.png"],
        "mainEntityOfPage": site.base + path,
    }  # fmt: skip
    way = crumbs(site, [(site.name, "/"), (site.pick(article, "group"),
                 f"/groups/{article.group_code}"), (name, path)])  # fmt: skip
    return _seo(
        site, path, f"group/{article.group_code}", title=name, description=words, kind="article",
        data=(json_ld(data), way),
    )  # fmt: skip


def moment(at: datetime) -> str:
    """A moment as Schema.org and Atom write it."""
    return at.replace(microsecond=0).isoformat()


def _seo(site: Site, path: str, picture: str, *, feed: str = "", **more: Any) -> Seo:
    address, english = site.base + path, f"{site.base}{path}?lang=en"
    return Seo(
        url=english if site.language == "en" else address,
        url_th=address,
        url_en=english,
        picture=f"{site.base}/og/{picture}.png",
        feed=site.base + feed if feed else "",
        **more,
    )


def _product_words(site: Site, seen: ProductPage) -> str:
    """Name, pack, and who makes it: what stands on the page."""
    words = [site.pick(seen.product)]
    if seen.makers:
        words += [site.pick(seen.makers[0]), site.pick(seen.makers[0], "province")]
    return " · ".join(words)


def _offers(site: Site, seen: ProductPage, path: str) -> dict[str, Any]:
    """The offers of the open round: made to order, hence PreOrder while units are left."""
    prices = [maker.price_satang for maker in seen.makers]
    left = any(maker.left_units for maker in seen.makers)
    data: dict[str, Any] = {
        "priceCurrency": "THB", "url": site.base + path,
        "availability": f"{SCHEMA}/{'PreOrder' if left else 'SoldOut'}",
    }  # fmt: skip
    if len(prices) > 1:
        return data | {
            "@type": "AggregateOffer", "lowPrice": baht(min(prices)),
            "highPrice": baht(max(prices)), "offerCount": len(prices),
        }  # fmt: skip
    maker = seen.makers[0]
    return data | {
        "@type": "Offer", "price": baht(prices[0]), "priceValidUntil": moment(maker.closes_at),
        "availabilityEnds": moment(maker.closes_at),
        "seller": {"@type": "Organization", "name": site.pick(maker)},
    }  # fmt: skip


def baht(satang: int) -> str:
    """``65.00``"""
    return f"{satang // 100}.{satang % 100:02d}"


def _review(review: ReviewSeen) -> dict[str, Any]:
    data: dict[str, Any] = {
        "@type": "Review", "datePublished": moment(review.sent_at),
        "reviewRating": {"@type": "Rating", "ratingValue": review.score, "bestRating": 5},
        "author": {"@type": "Person", "name": review.name or "–"},
    }  # fmt: skip
    return data | ({"reviewBody": review.words} if review.words else {})


def _address(site: Site, place: Place) -> dict[str, Any]:
    return {
        "@type": "PostalAddress", "addressCountry": "TH", "postalCode": place.postcode,
        "addressLocality": f"{site.pick(place)} {site.pick(place, 'amphoe')}",
        "addressRegion": site.pick(place, "province"),
    }  # fmt: skip
