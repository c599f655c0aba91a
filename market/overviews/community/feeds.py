"""Feeds and the map of the site as XML, made by the library's writer, never by hand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

from market.overviews.community.feed_queries import Entry
from market.overviews.community.seo import Site, moment
from market.stories.richtext import cleaned, summary

ATOM = "http://www.w3.org/2005/Atom"
SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"


def atom(site: Site, path: str, title: str, rows: Iterable[Entry]) -> bytes:
    """An Atom feed (RFC 4287). The ids of entries never change."""
    found = list(rows)
    feed = ET.Element("feed", {"xmlns": ATOM, "xml:lang": site.language})
    _add(feed, "id", site.base + path)
    _add(feed, "title", title)
    ET.SubElement(feed, "link", rel="self", href=site.base + path)
    ET.SubElement(feed, "link", rel="alternate", href=site.base + "/")
    changed = max((row.changed_at for row in found), default=None)
    _add(feed, "updated", moment(changed) if changed else "1970-01-01T00:00:00+00:00")
    _add(ET.SubElement(feed, "author"), "name", site.name)
    for row in found:
        _entry(feed, site, row)
    written: bytes = ET.tostring(feed, encoding="utf-8", xml_declaration=True)
    return written


def _entry(feed: ET.Element, site: Site, row: Entry) -> None:
    entry = ET.SubElement(feed, "entry")
    address = f"{site.base}/articles/{row.id}" if row.kind == "article" else f"{site.base}/"
    identity = address if row.kind == "article" else f"{site.base}/rounds/{row.id}#open"
    _add(entry, "id", identity)
    _add(entry, "title", site.pick(row, "title"))
    ET.SubElement(entry, "link", rel="alternate", href=address)
    _add(entry, "updated", moment(row.changed_at))
    _add(entry, "published", moment(row.at))
    if row.author:
        _add(ET.SubElement(entry, "author"), "name", row.author)
    body = site.pick(row, "body")
    if body:
        _add(entry, "summary", summary(body))
        _add(entry, "content", cleaned(body)).set("type", "html")


def _add(parent: ET.Element, name: str, words: str) -> ET.Element:
    element = ET.SubElement(parent, name)
    element.text = words
    return element


def sitemap(base: str, rows: Iterable[tuple[str, datetime | None]]) -> Iterator[str]:
    """The addresses of the site, a line each, as they come out of the database."""
    yield f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="{SITEMAP}">\n'
    for path, changed_at in rows:
        when = f"<lastmod>{moment(changed_at)}</lastmod>" if changed_at else ""
        yield f"<url><loc>{escape(base + path)}</loc>{when}</url>\n"
    yield "</urlset>\n"


def sitemap_index(base: str, parts: int) -> str:
    """The list of the maps, where one file cannot hold all addresses."""
    maps = "".join(
        f"<sitemap><loc>{escape(base)}/sitemap-{part}.xml</loc></sitemap>\n"
        for part in range(1, parts + 1)
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<sitemapindex xmlns="{SITEMAP}">\n{maps}'
        "</sitemapindex>\n"
    )
