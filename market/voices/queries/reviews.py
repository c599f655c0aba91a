"""Reads of reviews as anybody sees them, and what they add up to. One statement each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.errors import NotFound
from market.voices.queries.naming import shown_name
from market.voices.rules import Rating

SHOWN = 5  # reviews a page
#: What was made to order is not named: its name is the buyer's own words.
_SELECT = f"""
    SELECT v.id, v.score, v.words, v.sent_at, v.reply,
           {shown_name("v")},
           p.code AS product_code,
           CASE WHEN r.private THEN 'สินค้าสั่งทำ' ELSE p.name_th END AS name_th,
           CASE WHEN r.private THEN 'Made to order' ELSE p.name_en END AS name_en,
           g.id AS group_id, g.code AS group_code, g.name_th AS group_th, g.name_en AS group_en,
           coalesce((SELECT json_agg(json_build_array(x.id, x.width, x.height) ORDER BY x.id)
                       FROM review_photo x WHERE x.review_id = v.id), '[]') AS photos
      FROM review v
      JOIN order_line l ON l.id = v.line_id
      JOIN orders o ON o.id = l.order_id
      JOIN round r ON r.id = o.round_id
      JOIN buyer y ON y.id = o.buyer_id
      JOIN product p ON p.id = v.product_id
      JOIN producer_group g ON g.id = v.group_id
"""  # noqa: S608  our own text alone
_LIST = {
    column: text(
        f"{_SELECT} WHERE v.{column} = :id AND v.hidden_at IS NULL"
        " ORDER BY v.id DESC LIMIT :limit OFFSET :offset"
    )
    for column in ("product_id", "group_id")
}
_ONE = text(f"{_SELECT} WHERE v.id = :id AND v.hidden_at IS NULL")
_RATING = {
    column: text(
        "SELECT coalesce(sum(score), 0)::bigint, count(*) FROM review"  # noqa: S608
        f" WHERE {column} = :id AND hidden_at IS NULL"
    )
    for column in ("product_id", "group_id")
}


@dataclass(frozen=True)
class PhotoSeen:
    """A picture of a review; width and height in pixels, so that nothing shifts."""

    id: int
    width: int
    height: int


@dataclass(frozen=True, kw_only=True)
class ReviewSeen:
    """A review as it is shown. name: the first word, where its owner agreed; else None."""

    id: int
    score: int
    words: str
    name: str | None
    sent_at: datetime
    reply: str | None
    product_code: str
    name_th: str
    name_en: str
    group_id: int
    group_code: str
    group_th: str
    group_en: str
    photos: tuple[PhotoSeen, ...]


@dataclass(frozen=True, kw_only=True)
class ReviewsPage:
    """One page of reviews, the latest first, and what all of them add up to."""

    rating: Rating
    reviews: tuple[ReviewSeen, ...]
    page: int
    pages: int


def reviews_of_product(
    session: Session, product_id: int, limit: int = SHOWN, page: int = 1
) -> ReviewsPage:
    """What receivers say about a product, whoever made it; two statements."""
    return _page(session, "product_id", product_id, limit, page)


def reviews_of_group(
    session: Session, group_id: int, limit: int = SHOWN, page: int = 1
) -> ReviewsPage:
    """What receivers say about a group's goods; two statements."""
    return _page(session, "group_id", group_id, limit, page)


def get_review(session: Session, review_id: int) -> ReviewSeen:
    """One review that is shown. Raises NotFound."""
    row = session.execute(_ONE, {"id": review_id}).one_or_none()
    if row is None:
        raise NotFound("not_found", what="review")
    return seen(row)


def _page(session: Session, column: str, id_: int, limit: int, page: int) -> ReviewsPage:
    rating = Rating(*session.execute(_RATING[column], {"id": id_}).one())
    pages = max(1, -(-rating.count // limit))
    page = min(max(page, 1), pages)
    wanted = {"id": id_, "limit": limit, "offset": (page - 1) * limit}
    rows = session.execute(_LIST[column], wanted) if rating.count else ()
    return ReviewsPage(
        rating=rating, reviews=tuple(seen(row) for row in rows), page=page, pages=pages
    )


def seen(row: Any) -> ReviewSeen:
    """A row with the columns of a review as its read model."""
    values = {name: row._mapping[name] for name in ReviewSeen.__dataclass_fields__}
    return ReviewSeen(**values | {"photos": tuple(PhotoSeen(*photo) for photo in row.photos)})
