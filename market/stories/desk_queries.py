"""Reads for those who tell: drafts as well, what waits for an answer, papers to be checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from market.errors import NotFound
from market.principals import Thing
from market.stories.commands import MODELS
from market.stories.rules import KINDS, Kind

_GROUP = text(
    """
    SELECT g.id, g.code, g.name_th, g.name_en, g.tambon_code AS area
      FROM producer_group g WHERE g.id = :group_id
    """
)
_COUNTS = text(
    " UNION ALL ".join(
        f"SELECT '{key}' AS key, count(published_at) AS shown,"  # noqa: S608  our own names
        f" count(*) - count(published_at) AS drafts"
        f" FROM {MODELS[key].__tablename__} WHERE group_id = :group_id"
        for key in KINDS
    )
)
_WAITING = text(
    """
    SELECT (SELECT count(*) FROM question WHERE group_id = :group_id AND answer IS NULL
               AND hidden_at IS NULL) AS questions,
           (SELECT count(*) FROM certificate c JOIN offer o ON o.id = c.offer_id
             WHERE o.group_id = :group_id AND c.checked_at IS NULL) AS papers
    """
)
_QUESTIONS = text(
    """
    SELECT q.id, q.name, q.words, q.asked_at, q.answer, q.answered_at, q.reports, q.hidden_at,
           q.hidden_reason, p.name_th AS product_th, p.name_en AS product_en
      FROM question q LEFT JOIN product p ON p.id = q.product_id
     WHERE q.group_id = :group_id
     ORDER BY q.hidden_at IS NOT NULL, q.answer IS NOT NULL, q.reports DESC, q.asked_at LIMIT 100
    """
)
_PAPERS = text(
    """
    SELECT c.id, c.kind, c.number, c.issuer, c.issued_on, c.expires_on, c.checked_by, c.checked_at,
           p.code AS product_code, p.name_th AS product_th, p.name_en AS product_en
      FROM certificate c
      JOIN offer o ON o.id = c.offer_id
      JOIN product p ON p.id = o.product_id
     WHERE o.group_id = :group_id
     ORDER BY c.checked_at IS NOT NULL, p.sort_key, c.kind
    """
)
_PRODUCTS = text(
    """
    SELECT p.id, p.code, p.name_th, p.name_en
      FROM offer o JOIN product p ON p.id = o.product_id AND p.active
     WHERE o.group_id = :group_id ORDER BY p.sort_key, p.id
    """
)
_PHOTOS = text(
    """
    SELECT id, sha256, alt_th, alt_en FROM photo
     WHERE group_id = :group_id AND shown_at IS NOT NULL ORDER BY position, id LIMIT 40
    """
)
_QUESTION_THING = text(
    """
    SELECT q.group_id, g.tambon_code FROM question q JOIN producer_group g ON g.id = q.group_id
     WHERE q.id = :question_id
    """
)


@dataclass(frozen=True, kw_only=True)
class TellingGroup:
    """Whose page this is."""

    id: int
    code: str
    name_th: str
    name_en: str
    area: str


@dataclass(frozen=True, kw_only=True)
class Count:
    """How much of a kind is shown, and how much is a draft."""

    shown: int
    drafts: int


@dataclass(frozen=True, kw_only=True)
class TellingDesk:
    """What a group tells, counted, and what waits."""

    group: TellingGroup
    counts: Mapping[str, Count]
    questions: int
    papers: int


@dataclass(frozen=True, kw_only=True)
class Item:
    """One thing told, with everything that was typed."""

    id: int
    values: Mapping[str, Any]
    published_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class QuestionItem:
    """A question as the group and its coordinator see it."""

    id: int
    name: str
    words: str
    asked_at: datetime
    answer: str | None
    answered_at: datetime | None
    reports: int
    hidden_at: datetime | None
    hidden_reason: str | None
    product_th: str | None
    product_en: str | None


@dataclass(frozen=True, kw_only=True)
class PaperItem:
    """A paper of one of the group's offers, checked or not."""

    id: int
    kind: str
    number: str | None
    issuer: str | None
    issued_on: date | None
    expires_on: date | None
    checked_by: str | None
    checked_at: datetime | None
    product_code: str
    product_th: str
    product_en: str


@dataclass(frozen=True, kw_only=True)
class OwnProduct:
    """A product that the group makes."""

    id: int
    code: str
    name_th: str
    name_en: str


@dataclass(frozen=True, kw_only=True)
class OwnPhoto:
    """A photo of the group that everybody may see."""

    id: int
    sha256: str
    alt_th: str
    alt_en: str


@dataclass(frozen=True, kw_only=True)
class Own:
    """What a group can point at."""

    products: tuple[OwnProduct, ...]
    photos: tuple[OwnPhoto, ...]

    @property
    def ids(self) -> dict[str, set[int]]:
        """By the word that rules use."""
        return {
            "product": {product.id for product in self.products},
            "photo": {photo.id for photo in self.photos},
        }


def telling_group(session: Session, group_id: int) -> TellingGroup:
    """The group. Raises NotFound."""
    row = session.execute(_GROUP, {"group_id": group_id}).one_or_none()
    if row is None:
        raise NotFound("group_not_found")
    return TellingGroup(**row._mapping)


def telling_thing(session: Session, group_id: int, **_more: Any) -> Thing:
    """Whose page, for the policy. Raises NotFound."""
    return Thing(area=telling_group(session, group_id).area, group_id=group_id)


def question_thing(session: Session, question_id: int) -> Thing:
    """To whom the question is, for the policy. Raises NotFound."""
    row = session.execute(_QUESTION_THING, {"question_id": question_id}).one_or_none()
    if row is None:
        raise NotFound("not_found", what="question")
    return Thing(area=row.tambon_code, group_id=row.group_id)


def telling_desk(session: Session, group_id: int) -> TellingDesk:
    """The hub, in three statements. Raises NotFound."""
    counts = session.execute(_COUNTS, {"group_id": group_id})
    waiting = session.execute(_WAITING, {"group_id": group_id}).one()
    return TellingDesk(
        group=telling_group(session, group_id),
        counts={row.key: Count(shown=row.shown, drafts=row.drafts) for row in counts},
        questions=waiting.questions,
        papers=waiting.papers,
    )


def items_of(session: Session, kind: Kind, group_id: int) -> tuple[Item, ...]:
    """Everything of a kind that a group told, steps by product and in their order."""
    model = MODELS[kind.key]
    order = [getattr(model, name) for name in ("product_id", "number") if kind.key == "steps"]
    rows = session.scalars(
        select(model).where(model.group_id == group_id).order_by(*order, model.id)
    )
    return tuple(_item(row) for row in rows)


def get_item(session: Session, kind: Kind, group_id: int, item_id: int) -> Item:
    """One thing told; item 0 is one to be. Raises NotFound."""
    if not item_id:
        return Item(id=0, values={}, published_at=None)
    model = MODELS[kind.key]
    row = session.scalar(select(model).where(model.id == item_id, model.group_id == group_id))
    if row is None:
        raise NotFound("not_found", what=kind.key)
    return _item(row)


def own_things(session: Session, group_id: int) -> Own:
    """The products and photos a group can point at."""
    products = session.execute(_PRODUCTS, {"group_id": group_id})
    photos = session.execute(_PHOTOS, {"group_id": group_id})
    return Own(
        products=tuple(OwnProduct(**row._mapping) for row in products),
        photos=tuple(OwnPhoto(**row._mapping) for row in photos),
    )


def questions_to(session: Session, group_id: int) -> tuple[QuestionItem, ...]:
    """Questions to a group: those that wait first, then those that somebody reported."""
    rows = session.execute(_QUESTIONS, {"group_id": group_id})
    return tuple(QuestionItem(**row._mapping) for row in rows)


def papers_of(session: Session, group_id: int) -> tuple[PaperItem, ...]:
    """The papers of a group's offers, unchecked ones first."""
    rows = session.execute(_PAPERS, {"group_id": group_id})
    return tuple(PaperItem(**row._mapping) for row in rows)


def _item(row: Any) -> Item:
    values = {column.key: getattr(row, column.key) for column in row.__table__.columns}
    return Item(id=row.id, values=values, published_at=row.published_at)
