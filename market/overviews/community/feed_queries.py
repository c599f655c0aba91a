"""What feeds, previews and the map of the site are made of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.errors import NotFound

PER_MAP = 50_000  # addresses a file may hold, sitemaps.org
ENTRIES = 40
_PAGES = """
    SELECT '/' AS path, 0 AS kind, 0::bigint AS id, NULL::timestamptz AS changed_at
    UNION ALL SELECT v.path, 1, v.id, NULL
      FROM (VALUES ('/goods', 1), ('/groups', 2), ('/points', 3), ('/help/how-to-order', 4),
                   ('/map', 7), ('/calendar', 8),
                   ('/help/refunds', 5), ('/privacy', 6)) AS v (path, id)
    UNION ALL SELECT '/goods/' || code, 2, id, NULL FROM product WHERE active
    UNION ALL SELECT '/groups/' || code, 3, id, NULL FROM producer_group WHERE active
    UNION ALL SELECT DISTINCT '/communities/' || tambon_code, 4, tambon_code::bigint,
                     NULL::timestamptz FROM producer_group WHERE active
    UNION ALL SELECT '/articles/' || a.id, 5, a.id, a.edited_at
      FROM article a JOIN producer_group g ON g.id = a.group_id AND g.active
     WHERE a.published_at IS NOT NULL
"""
_SLICE = text(f"SELECT * FROM ({_PAGES}) p ORDER BY kind, id LIMIT :most OFFSET :skipped")  # noqa: S608
_COUNT = text(f"SELECT count(*) FROM ({_PAGES}) p")  # noqa: S608  our own text
_ENTRIES = text(
    """
    SELECT * FROM (
        SELECT 'article' AS kind, a.id, a.title_th, a.title_en, a.body_th, a.body_en, a.author,
               a.published_at AS at, a.edited_at AS changed_at
          FROM article a JOIN producer_group g ON g.id = a.group_id AND g.active
         WHERE a.published_at IS NOT NULL
           AND (CAST(:code AS text) IS NULL OR g.tambon_code = :code)
        UNION ALL
        SELECT 'round', r.id, r.name_th, r.name_en, '', '', '', r.opens_at, r.opens_at
          FROM round r
         WHERE r.state = 'open' AND r.closes_at > :now
           AND (CAST(:code AS text) IS NULL OR EXISTS (
                SELECT 1 FROM round_offer o JOIN producer_group g ON g.id = o.group_id
                 WHERE o.round_id = r.id AND g.tambon_code = :code))) e
     ORDER BY at DESC, kind, id DESC LIMIT :most
    """
)
_CARD = {
    "product": text(
        """
        SELECT p.name_th, p.name_en, p.code, p.category_key AS category, '' AS region,
               c.name_th AS below_th, c.name_en AS below_en
          FROM product p JOIN category c ON c.key = p.category_key
         WHERE p.code = :code AND p.active
        """
    ),
    "group": text(
        """
        SELECT g.name_th, g.name_en, coalesce(p.code, '') AS code,
               coalesce(p.category_key, '') AS category, v.region_code AS region,
               concat_ws(' ', a.name_th, v.name_th) AS below_th,
               concat_ws(', ', a.name_en, v.name_en) AS below_en
          FROM producer_group g
          JOIN amphoe a ON a.code = left(g.tambon_code, 4)
          JOIN province v ON v.code = left(g.tambon_code, 2)
          LEFT JOIN LATERAL (
               SELECT p.code, p.category_key FROM offer o JOIN product p ON p.id = o.product_id
                WHERE o.group_id = g.id AND o.active AND p.active ORDER BY o.id LIMIT 1) p ON true
         WHERE g.code = :code AND g.active
        """
    ),
    "community": text(
        """
        SELECT 'ตำบล' || t.name_th AS name_th, t.name_en, coalesce(p.code, '') AS code,
               coalesce(p.category_key, '') AS category, v.region_code AS region,
               concat_ws(' ', a.name_th, v.name_th) AS below_th,
               concat_ws(', ', a.name_en, v.name_en) AS below_en
          FROM tambon t
          JOIN amphoe a ON a.code = t.amphoe_code
          JOIN province v ON v.code = t.province_code
          LEFT JOIN LATERAL (
               SELECT p.code, p.category_key FROM producer_group g
                 JOIN offer o ON o.group_id = g.id AND o.active
                 JOIN product p ON p.id = o.product_id AND p.active
                WHERE g.tambon_code = t.code ORDER BY o.id LIMIT 1) p ON true
         WHERE t.code = :code
           AND EXISTS (SELECT 1 FROM producer_group g WHERE g.tambon_code = t.code AND g.active)
        """
    ),
}


@dataclass(frozen=True, kw_only=True)
class Entry:
    """Something new: an article, or a round that takes orders."""

    kind: str
    id: int
    title_th: str
    title_en: str
    body_th: str
    body_en: str
    author: str
    at: datetime
    changed_at: datetime


@dataclass(frozen=True, kw_only=True)
class PreviewCard:
    """What stands on the picture of a page."""

    name_th: str
    name_en: str
    below_th: str
    below_en: str
    code: str
    category: str
    region: str


def count_addresses(session: Session) -> int:
    """How many pages the site has for searchers."""
    return int(session.scalar(_COUNT) or 0)


def addresses(session: Session, part: int) -> Iterator[tuple[str, datetime | None]]:
    """Path and last change of the pages of one file, part counts from 0; read as they come."""
    rows = session.execute(
        _SLICE,
        {"most": PER_MAP, "skipped": part * PER_MAP},
        execution_options={"yield_per": 1000},
    )
    for row in rows:
        yield row.path, row.changed_at


def entries(session: Session, now: datetime, code: str | None = None) -> tuple[Entry, ...]:
    """What is new everywhere, or in one community (its tambon code), the newest first."""
    rows = session.execute(_ENTRIES, {"now": now, "code": code, "most": ENTRIES})
    return tuple(Entry(**row._mapping) for row in rows)


def preview_card(session: Session, kind: str, code: str) -> PreviewCard:
    """The words of a page's picture. Raises NotFound."""
    row = session.execute(_CARD[kind], {"code": code}).one_or_none() if kind in _CARD else None
    if row is None:
        raise NotFound("not_found", what="picture")
    return PreviewCard(**row._mapping)
