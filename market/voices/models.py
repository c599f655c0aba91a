"""What people say after the goods came: reviews, thanks, and who was invited to say something.

Whose words they are stands in the order (line -> order -> buyer) and nowhere else: a buyer who
is forgotten there is forgotten here. Triggers refuse words about goods that nobody received.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from market.db import Base, Id
from market.errors import Refused
from market.voices.rules import may_edit

_HIDDEN = (
    "(hidden_at IS NULL) = (hidden_reason IS NULL) AND (hidden_at IS NULL) = (hidden_by IS NULL)"
)


class Review(Base):
    """What the buyer of a line says about the goods that a batch brought; once a line."""

    __tablename__ = "review"
    id: Mapped[Id]
    line_id: Mapped[int] = mapped_column(ForeignKey("order_line.id"), unique=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("batch.id"))
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    group_id: Mapped[int] = mapped_column(ForeignKey("producer_group.id"))
    score: Mapped[int] = mapped_column(SmallInteger)  # 1 bad .. 5 very good
    words: Mapped[str]
    show_name: Mapped[bool]  # the buyer's consent to the first word of the name
    sent_at: Mapped[datetime]
    edited_at: Mapped[datetime | None]
    reply: Mapped[str | None]  # the group's, once
    replied_at: Mapped[datetime | None]
    replied_by: Mapped[str | None]
    hidden_at: Mapped[datetime | None]
    hidden_by: Mapped[str | None]
    hidden_reason: Mapped[str | None]
    __table_args__ = (
        CheckConstraint("score BETWEEN 1 AND 5", name="score"),
        CheckConstraint("length(words) <= 1000", name="words"),
        CheckConstraint("length(reply) BETWEEN 1 AND 1000", name="reply"),
        CheckConstraint(
            "(reply IS NULL) = (replied_at IS NULL) AND (reply IS NULL) = (replied_by IS NULL)",
            name="replied",
        ),
        CheckConstraint(_HIDDEN, name="hidden"),
        Index("ix_review_product", "product_id", "id", postgresql_where=text("hidden_at IS NULL")),
        Index("ix_review_group", "group_id", "id"),
    )

    def change(self, score: int, words: str, *, show_name: bool, now: datetime) -> None:
        """The buyer thinks again. Refused when the time for it is over, or it was taken away."""
        if not may_edit(self.sent_at, now):
            raise Refused("review_too_old")
        if self.hidden_at is not None:
            raise Refused("review_hidden")
        self.score, self.words, self.show_name, self.edited_at = score, words, show_name, now


class ReviewPhoto(Base):
    """A picture that came with a review."""

    __tablename__ = "review_photo"
    id: Mapped[Id]
    review_id: Mapped[int] = mapped_column(ForeignKey("review.id"))
    file_hash: Mapped[str] = mapped_column(ForeignKey("stored_file.sha256"))
    width: Mapped[int]
    height: Mapped[int]
    __table_args__ = (
        UniqueConstraint("review_id", "file_hash"),
        CheckConstraint("width > 0 AND height > 0", name="size"),
    )


class ReviewReport(Base):
    """Somebody says that a review should not stand; a coordinator looks. All guests are one."""

    __tablename__ = "review_report"
    id: Mapped[Id]
    review_id: Mapped[int] = mapped_column(ForeignKey("review.id"))
    words: Mapped[str]
    told_at: Mapped[datetime]
    told_by: Mapped[str]
    done_at: Mapped[datetime | None]
    __table_args__ = (
        UniqueConstraint("review_id", "told_by"),
        CheckConstraint("length(words) <= 500", name="words"),
        Index("ix_review_report_waiting", "told_at", postgresql_where=text("done_at IS NULL")),
    )


class Thanks(Base):
    """A buyer's note to the makers, once an order and group."""

    __tablename__ = "thanks"
    id: Mapped[Id]
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    group_id: Mapped[int] = mapped_column(ForeignKey("producer_group.id"))
    words: Mapped[str]
    file_hash: Mapped[str | None] = mapped_column(ForeignKey("stored_file.sha256"))
    is_public: Mapped[bool]  # the sender's consent to stand on the group's page
    show_name: Mapped[bool]
    sent_at: Mapped[datetime]
    seen_at: Mapped[datetime | None]  # by the group
    hidden_at: Mapped[datetime | None]
    hidden_by: Mapped[str | None]
    hidden_reason: Mapped[str | None]
    __table_args__ = (
        UniqueConstraint("order_id", "group_id"),
        CheckConstraint("words <> '' OR file_hash IS NOT NULL", name="something"),
        CheckConstraint("length(words) <= 500", name="words"),
        CheckConstraint(_HIDDEN, name="hidden"),
        Index("ix_thanks_group", "group_id", "id"),
    )


class ReviewInvite(Base):
    """An order whose buyer was asked how it was. The row is what makes it once."""

    __tablename__ = "review_invite"
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    sent_at: Mapped[datetime]


class ReviewQuiet(Base):
    """A buyer who does not want to be asked."""

    __tablename__ = "review_quiet"
    buyer_id: Mapped[int] = mapped_column(ForeignKey("buyer.id"), primary_key=True)
    since: Mapped[datetime]
