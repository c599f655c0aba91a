"""What a group tells of itself: story, steps of making, people, capitals, articles, answers."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    SmallInteger,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from market.db import Base, Id
from market.stories.rules import CapitalKind, Consent, StepIcon


class Story(Base):
    """A group's own words. source_* is what was typed, body_* the clean HTML that is shown."""

    __tablename__ = "story"
    id: Mapped[Id]
    group_id: Mapped[int] = mapped_column(ForeignKey("producer_group.id"), unique=True)
    source_th: Mapped[str] = mapped_column(server_default="", default="")
    source_en: Mapped[str] = mapped_column(server_default="", default="")
    body_th: Mapped[str] = mapped_column(server_default="", default="")
    body_en: Mapped[str] = mapped_column(server_default="", default="")
    edited_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    __table_args__ = (CheckConstraint("published_at IS NULL OR body_th <> ''", name="published"),)


class MakingStep(Base):
    """A step (ขั้นตอน) of how a group makes a product, in its order."""

    __tablename__ = "making_step"
    id: Mapped[Id]
    group_id: Mapped[int] = mapped_column(ForeignKey("producer_group.id"))
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    number: Mapped[int] = mapped_column(SmallInteger)
    words_th: Mapped[str] = mapped_column(server_default="", default="")
    words_en: Mapped[str] = mapped_column(server_default="", default="")
    minutes: Mapped[int | None]  # how long it takes
    icon: Mapped[StepIcon] = mapped_column(
        server_default=StepIcon.HANDS.value, default=StepIcon.HANDS
    )
    photo_id: Mapped[int | None] = mapped_column(ForeignKey("photo.id", ondelete="SET NULL"))
    edited_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    __table_args__ = (
        UniqueConstraint("group_id", "product_id", "number", deferrable=True, initially="DEFERRED"),
        CheckConstraint("number > 0 AND minutes > 0", name="positive"),
        CheckConstraint("published_at IS NULL OR words_th <> ''", name="published"),
        Index("ix_making_step_product", "product_id", "group_id"),
    )


class Portrait(Base):
    """A person of the group. Shown only while the consent stands."""

    __tablename__ = "portrait"
    id: Mapped[Id]
    group_id: Mapped[int] = mapped_column(ForeignKey("producer_group.id"), index=True)
    name_th: Mapped[str] = mapped_column(server_default="", default="")
    name_en: Mapped[str] = mapped_column(server_default="", default="")
    role_th: Mapped[str] = mapped_column(server_default="", default="")
    role_en: Mapped[str] = mapped_column(server_default="", default="")
    words_th: Mapped[str] = mapped_column(server_default="", default="")
    words_en: Mapped[str] = mapped_column(server_default="", default="")
    consent: Mapped[Consent] = mapped_column(
        server_default=Consent.NOT_ASKED.value, default=Consent.NOT_ASKED
    )
    consent_at: Mapped[datetime | None]
    photo_id: Mapped[int | None] = mapped_column(ForeignKey("photo.id", ondelete="SET NULL"))
    edited_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint(
            "published_at IS NULL OR (name_th <> '' AND consent IN ('written', 'spoken')"
            " AND consent_at IS NOT NULL)",
            name="published",
        ),
    )


class Capital(Base):
    """What the community has and builds on (ทุนชุมชน): whose it is, and in which goods it is."""

    __tablename__ = "capital"
    id: Mapped[Id]
    group_id: Mapped[int] = mapped_column(ForeignKey("producer_group.id"), index=True)
    product_id: Mapped[int | None] = mapped_column(ForeignKey("product.id"))
    kind: Mapped[CapitalKind] = mapped_column(
        server_default=CapitalKind.RESOURCE.value, default=CapitalKind.RESOURCE
    )
    name_th: Mapped[str] = mapped_column(server_default="", default="")
    name_en: Mapped[str] = mapped_column(server_default="", default="")
    words_th: Mapped[str] = mapped_column(server_default="", default="")
    words_en: Mapped[str] = mapped_column(server_default="", default="")
    owner_th: Mapped[str] = mapped_column(server_default="", default="")
    owner_en: Mapped[str] = mapped_column(server_default="", default="")
    edited_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    __table_args__ = (CheckConstraint("published_at IS NULL OR name_th <> ''", name="published"),)


class Article(Base):
    """News of a group, with its author. source_* as typed, body_* the clean HTML that is shown."""

    __tablename__ = "article"
    id: Mapped[Id]
    group_id: Mapped[int] = mapped_column(ForeignKey("producer_group.id"), index=True)
    title_th: Mapped[str] = mapped_column(server_default="", default="")
    title_en: Mapped[str] = mapped_column(server_default="", default="")
    author: Mapped[str] = mapped_column(server_default="", default="")
    source_th: Mapped[str] = mapped_column(server_default="", default="")
    source_en: Mapped[str] = mapped_column(server_default="", default="")
    body_th: Mapped[str] = mapped_column(server_default="", default="")
    body_en: Mapped[str] = mapped_column(server_default="", default="")
    photo_id: Mapped[int | None] = mapped_column(ForeignKey("photo.id", ondelete="SET NULL"))
    edited_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint(
            "published_at IS NULL OR (title_th <> '' AND author <> '' AND body_th <> '')",
            name="published",
        ),
        Index(
            "ix_article_published",
            "published_at",
            postgresql_where=text("published_at IS NOT NULL"),
        ),
    )


class Question(Base):
    """A question to a group, perhaps about a product. Shown once it is answered."""

    __tablename__ = "question"
    id: Mapped[Id]
    group_id: Mapped[int] = mapped_column(ForeignKey("producer_group.id"))
    product_id: Mapped[int | None] = mapped_column(ForeignKey("product.id"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    buyer_id: Mapped[int | None] = mapped_column(ForeignKey("buyer.id"))
    name: Mapped[str]  # as the asker wants it shown; '' shows nobody's
    words: Mapped[str]
    asked_at: Mapped[datetime]
    answer: Mapped[str | None]
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[str | None]
    reports: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    hidden_at: Mapped[datetime | None]
    hidden_reason: Mapped[str | None]
    __table_args__ = (
        CheckConstraint("words <> ''", name="words"),
        CheckConstraint("user_id IS NOT NULL OR buyer_id IS NOT NULL", name="asker"),
        CheckConstraint(
            "(answer IS NULL) = (answered_at IS NULL) AND (answer IS NULL) = (answered_by IS NULL)",
            name="answered",
        ),
        CheckConstraint("(hidden_at IS NULL) = (hidden_reason IS NULL)", name="hidden"),
        Index("ix_question_group", "group_id", "answered_at"),
        Index("ix_question_product", "product_id"),
    )
