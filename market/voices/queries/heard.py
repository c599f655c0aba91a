"""What groups hear of their buyers, and what coordinators look at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.voices.queries.naming import shown_name

SHOWN_THANKS = 30
SHOWN_REPORTED = 50

_NAME = shown_name("t")
_THANKS = f"""
    SELECT t.id, t.words, {_NAME}, t.sent_at, t.seen_at, t.is_public,
           t.file_hash IS NOT NULL AS has_picture, pr.name_th AS province_th,
           pr.name_en AS province_en
      FROM thanks t
      JOIN orders o ON o.id = t.order_id
      JOIN buyer y ON y.id = o.buyer_id
      JOIN tambon tb ON tb.code = o.tambon_code
      JOIN province pr ON pr.code = tb.province_code
     WHERE t.group_id = :group_id AND t.hidden_at IS NULL
"""  # noqa: S608  our own text alone
_TO_GROUP = text(f"{_THANKS} ORDER BY t.seen_at IS NOT NULL, t.id DESC LIMIT :limit")
_ON_PAGE = text(f"{_THANKS} AND t.is_public ORDER BY t.id DESC LIMIT :limit")
_NEWS = text(
    """
    SELECT (SELECT count(*) FROM thanks t WHERE t.group_id = :id AND t.hidden_at IS NULL
               AND t.seen_at IS NULL) AS thanks,
           (SELECT count(*) FROM review v WHERE v.group_id = :id AND v.hidden_at IS NULL
               AND v.reply IS NULL AND v.words <> '') AS reviews
    """
)
# Reported first, then the latest: a coordinator reads what is said in the area all the same.
_DESK = text(
    """
    SELECT v.id, v.score, v.words, v.sent_at, v.hidden_at, v.hidden_reason, v.reply,
           p.name_th, p.name_en, g.name_th AS group_th, g.name_en AS group_en, g.code AS group_code,
           coalesce(r.said, '{}') AS reports, r.first_at AS reported_at,
           count(*) FILTER (WHERE r.first_at IS NOT NULL) OVER () AS waiting
      FROM review v
      JOIN product p ON p.id = v.product_id
      JOIN producer_group g ON g.id = v.group_id
      LEFT JOIN LATERAL (
           SELECT array_agg(x.words ORDER BY x.id) AS said, min(x.told_at) AS first_at
             FROM review_report x WHERE x.review_id = v.id AND x.done_at IS NULL) r ON true
     WHERE g.tambon_code LIKE ANY(:areas)
     ORDER BY r.first_at NULLS LAST, v.id DESC LIMIT :limit
    """
)


_REPORTED = text(
    """
    SELECT count(DISTINCT r.review_id)
      FROM review_report r JOIN review v ON v.id = r.review_id
      JOIN producer_group g ON g.id = v.group_id
     WHERE r.done_at IS NULL AND v.hidden_at IS NULL AND g.tambon_code LIKE ANY(:areas)
    """
)


@dataclass(frozen=True, kw_only=True)
class ThanksSeen:
    """A note of thanks as its makers, or with consent everybody, see it."""

    id: int
    words: str
    name: str | None
    sent_at: datetime
    seen_at: datetime | None
    is_public: bool
    has_picture: bool
    province_th: str
    province_en: str


@dataclass(frozen=True, kw_only=True)
class GroupNews:
    """How many thanks nobody has looked at, and reviews in words without an answer."""

    thanks: int
    reviews: int


@dataclass(frozen=True, kw_only=True)
class ReviewRow:
    """A review on the coordinator's desk; reports: why people say it should not stand."""

    id: int
    score: int
    words: str
    sent_at: datetime
    hidden_at: datetime | None
    hidden_reason: str | None
    reply: str | None
    name_th: str
    name_en: str
    group_th: str
    group_en: str
    group_code: str
    reports: tuple[str, ...]
    reported_at: datetime | None
    waiting: int


def thanks_to(session: Session, group_id: int) -> tuple[ThanksSeen, ...]:
    """What buyers thanked a group for, unread first; one statement."""
    return _thanks(session, _TO_GROUP, group_id, SHOWN_THANKS)


def thanks_on_page(session: Session, group_id: int, limit: int = 3) -> tuple[ThanksSeen, ...]:
    """The latest thanks whose senders let everybody read them; one statement."""
    return _thanks(session, _ON_PAGE, group_id, limit)


def news_of(session: Session, group_id: int) -> GroupNews:
    """What is new for a group; one statement."""
    row = session.execute(_NEWS, {"id": group_id}).one()
    return GroupNews(thanks=row.thanks, reviews=row.reviews)


def reviews_to_watch(session: Session, areas: Sequence[str]) -> tuple[ReviewRow, ...]:
    """Reviews of groups in these areas ('': everywhere), the reported ones first."""
    wanted = {"areas": [f"{area}%" for area in areas], "limit": SHOWN_REPORTED}
    return tuple(
        ReviewRow(**dict(row._mapping) | {"reports": tuple(row.reports)})
        for row in session.execute(_DESK, wanted)
    )


def count_reported(session: Session, areas: Sequence[str]) -> int:
    """How many reviews in these areas were reported and not looked at."""
    wanted = {"areas": [f"{area}%" for area in areas]}
    return int(session.execute(_REPORTED, wanted).scalar_one())


def _thanks(session: Session, query: Any, group_id: int, limit: int) -> tuple[ThanksSeen, ...]:
    rows = session.execute(query, {"group_id": group_id, "limit": limit})
    return tuple(ThanksSeen(**row._mapping) for row in rows)
