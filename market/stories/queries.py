"""Reads of what groups tell, as everybody sees it: only what is published, checked, consented."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, TextClause, text
from sqlalchemy.orm import Session

from market.catalogue.photos.queries import ShownPhoto, photo_sql, shown_photo
from market.errors import NotFound

QUESTIONS = 20  # answered questions on a page
ARTICLES = 12


def _with_photo(statement: str) -> TextClause:
    """A statement whose table ``s`` points at a photo, which is shown only while it may be."""
    return text(statement.replace("{photo}", photo_sql("s.photo_id") + " AS photo"))


_STORY = text(
    "SELECT body_th, body_en FROM story WHERE group_id = :group_id AND published_at IS NOT NULL"
)
_PEOPLE = _with_photo(
    """
    SELECT s.id, s.name_th, s.name_en, s.role_th, s.role_en, s.words_th, s.words_en, {photo}
      FROM portrait s
     WHERE group_id = :group_id AND published_at IS NOT NULL
       AND consent <> 'not_asked' AND consent_at IS NOT NULL
     ORDER BY s.id LIMIT 60
    """
)
_CAPITALS = text(
    """
    SELECT c.id, c.kind, c.name_th, c.name_en, c.words_th, c.words_en, c.owner_th, c.owner_en,
           g.code AS group_code, p.code AS product_code, p.name_th AS product_th,
           p.name_en AS product_en
      FROM capital c
      JOIN producer_group g ON g.id = c.group_id
      LEFT JOIN product p ON p.id = c.product_id AND p.active
     WHERE c.group_id = ANY(:group_ids) AND c.published_at IS NOT NULL
     ORDER BY array_position(CAST(:kinds AS text[]), CAST(c.kind AS text)), c.id LIMIT 120
    """
)
_ARTICLES = _with_photo(
    """
    SELECT s.id, s.title_th, s.title_en, s.author, s.body_th, s.body_en, s.published_at,
           g.code AS group_code, g.name_th AS group_th, g.name_en AS group_en, {photo}
      FROM article s JOIN producer_group g ON g.id = s.group_id AND g.active
     WHERE s.published_at IS NOT NULL
       AND (CAST(:group_ids AS bigint[]) IS NULL OR s.group_id = ANY(:group_ids))
       AND (CAST(:id AS bigint) IS NULL OR s.id = :id)
     ORDER BY s.published_at DESC, s.id DESC LIMIT :most
    """
)
_STEPS = _with_photo(
    """
    SELECT s.id, s.group_id, s.words_th, s.words_en, s.minutes, s.icon, {photo}
      FROM making_step s
     WHERE s.product_id = :product_id AND s.group_id = ANY(:group_ids)
       AND s.published_at IS NOT NULL
     ORDER BY s.group_id, s.number
    """
)
_QUESTIONS = text(
    """
    SELECT q.id, q.name, q.words, q.asked_at, q.answer, q.answered_at,
           g.code AS group_code, g.name_th AS group_th, g.name_en AS group_en,
           t.name_th AS tambon_th, t.name_en AS tambon_en,
           p.code AS product_code, p.name_th AS product_th, p.name_en AS product_en
      FROM question q
      JOIN producer_group g ON g.id = q.group_id
      JOIN tambon t ON t.code = g.tambon_code
      LEFT JOIN product p ON p.id = q.product_id
     WHERE q.answer IS NOT NULL AND q.hidden_at IS NULL
       AND (CAST(:group_id AS bigint) IS NULL OR q.group_id = :group_id)
       AND (CAST(:product_id AS bigint) IS NULL OR q.product_id = :product_id)
     ORDER BY q.answered_at DESC, q.id DESC LIMIT :most
    """
)
_PAPERS = text(
    """
    SELECT o.group_id, c.kind, c.number, c.issuer, c.issued_on, c.expires_on, c.checked_by,
           c.checked_at
      FROM certificate c JOIN offer o ON o.id = c.offer_id
     WHERE o.product_id = :product_id AND o.group_id = ANY(:group_ids)
       AND c.checked_at IS NOT NULL AND (c.expires_on IS NULL OR c.expires_on >= :today)
     ORDER BY o.group_id, c.kind
    """
)
KINDS_OF_CAPITAL = ("resource", "social", "economic", "cultural")


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody of the group who said yes to being shown."""

    id: int
    name_th: str
    name_en: str
    role_th: str
    role_en: str
    words_th: str
    words_en: str
    photo: ShownPhoto | None


@dataclass(frozen=True, kw_only=True)
class CapitalRow:
    """Something that the community builds on."""

    id: int
    kind: str
    name_th: str
    name_en: str
    words_th: str
    words_en: str
    owner_th: str
    owner_en: str
    group_code: str
    product_code: str | None
    product_th: str | None
    product_en: str | None


@dataclass(frozen=True, kw_only=True)
class ArticleRow:
    """A published article; bodies are clean HTML."""

    id: int
    title_th: str
    title_en: str
    author: str
    body_th: str
    body_en: str
    published_at: datetime
    group_code: str
    group_th: str
    group_en: str
    photo: ShownPhoto | None


@dataclass(frozen=True, kw_only=True)
class StepRow:
    """One step of making."""

    id: int
    words_th: str
    words_en: str
    minutes: int | None
    icon: str
    photo: ShownPhoto | None


@dataclass(frozen=True, kw_only=True)
class QuestionRow:
    """A question with its answer."""

    id: int
    name: str
    words: str
    asked_at: datetime
    answer: str
    answered_at: datetime
    group_code: str
    group_th: str
    group_en: str
    tambon_th: str
    tambon_en: str
    product_code: str | None
    product_th: str | None
    product_en: str | None


@dataclass(frozen=True, kw_only=True)
class PaperRow:
    """A certificate that somebody checked and that is valid today."""

    kind: str
    number: str
    issuer: str
    issued_on: date | None
    expires_on: date | None
    checked_by: str
    checked_at: datetime


@dataclass(frozen=True, kw_only=True)
class Told:
    """All that a group tells of itself."""

    story_th: str
    story_en: str
    people: tuple[Person, ...]
    capitals: tuple[CapitalRow, ...]
    articles: tuple[ArticleRow, ...]
    questions: tuple[QuestionRow, ...]


def told_by(session: Session, group_id: int) -> Told:
    """What a group tells. Five statements, whatever there is."""
    story = session.execute(_STORY, {"group_id": group_id}).one_or_none()
    return Told(
        story_th=story.body_th if story else "",
        story_en=story.body_en if story else "",
        people=_rows(session, _PEOPLE, Person, group_id=group_id),
        capitals=capitals_of(session, [group_id]),
        articles=articles_of(session, [group_id]),
        questions=answered(session, group_id=group_id),
    )


def capitals_of(session: Session, group_ids: Collection[int]) -> tuple[CapitalRow, ...]:
    """The capitals of groups, by kind."""
    return _rows(
        session, _CAPITALS, CapitalRow, group_ids=sorted(group_ids), kinds=list(KINDS_OF_CAPITAL)
    )


def articles_of(
    session: Session, group_ids: Collection[int] | None = None, most: int = ARTICLES
) -> tuple[ArticleRow, ...]:
    """Articles of groups (None: of all), the newest first."""
    ids = None if group_ids is None else sorted(group_ids)
    return _rows(session, _ARTICLES, ArticleRow, group_ids=ids, id=None, most=most)


def get_article(session: Session, article_id: int) -> ArticleRow:
    """A published article. Raises NotFound."""
    found = _rows(session, _ARTICLES, ArticleRow, group_ids=None, id=article_id, most=1)
    if not found:
        raise NotFound("article_not_found")
    article: ArticleRow = found[0]
    return article


def answered(
    session: Session, *, group_id: int | None = None, product_id: int | None = None
) -> tuple[QuestionRow, ...]:
    """Answered questions to a group or about a product, the newest answer first."""
    return _rows(
        session, _QUESTIONS, QuestionRow, group_id=group_id, product_id=product_id, most=QUESTIONS
    )


def steps_by_group(
    session: Session, product_id: int, group_ids: Collection[int]
) -> Mapping[int, tuple[StepRow, ...]]:
    """How each of these groups makes a product."""
    return _by_group(session, _STEPS, StepRow, product_id=product_id, group_ids=sorted(group_ids))


def papers_by_group(
    session: Session, product_id: int, group_ids: Collection[int], today: date
) -> Mapping[int, tuple[PaperRow, ...]]:
    """The checked, valid papers of each of these groups for a product."""
    return _by_group(
        session, _PAPERS, PaperRow, product_id=product_id, group_ids=sorted(group_ids), today=today
    )


def _by_group(
    session: Session, query: Any, kind: type[Any], **wanted: Any
) -> Mapping[int, tuple[Any, ...]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for row in session.execute(query, wanted):
        values = _values(row)
        found[values.pop("group_id")].append(kind(**values))
    return {group_id: tuple(rows) for group_id, rows in found.items()}


def _rows(session: Session, query: Any, kind: type[Any], **wanted: Any) -> tuple[Any, ...]:
    return tuple(kind(**_values(row)) for row in session.execute(query, wanted))


def _values(row: Row[Any]) -> dict[str, Any]:
    values = dict(row._mapping)
    if "photo" in values:
        values["photo"] = shown_photo(values["photo"])
    return values
