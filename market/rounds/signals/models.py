"""Reminders, the calls that answer them, searches without a person, and demand by the month."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from market.db import Base, Id
from market.rounds.signals.rules import Reason


class Reminder(Base):
    """Somebody wants to hear when a round opens with this in it.

    Nothing as a target means any round. A guest's buyer row holds the e-mail address; until it
    is confirmed nothing else is sent there. units is what a full round did not have; one whose
    reason is full is told once, then it has ended.
    """

    __tablename__ = "reminder"
    id: Mapped[Id]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"))
    buyer_id: Mapped[int | None] = mapped_column(ForeignKey("buyer.id", ondelete="CASCADE"))
    product_id: Mapped[int | None] = mapped_column(ForeignKey("product.id"), index=True)
    group_id: Mapped[int | None] = mapped_column(ForeignKey("producer_group.id"), index=True)
    category: Mapped[str | None] = mapped_column(ForeignKey("category.key"))
    reason: Mapped[Reason]
    units: Mapped[int | None]
    province_code: Mapped[str | None] = mapped_column(ForeignKey("province.code"))
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    __table_args__ = (
        UniqueConstraint(
            "user_id", "buyer_id", "product_id", "group_id", "category",
            name="uq_reminder_once", postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint("(user_id IS NULL) <> (buyer_id IS NULL)", name="one_person"),
        CheckConstraint("category IS NULL OR (product_id IS NULL AND group_id IS NULL)",
                        name="target"),
        CheckConstraint("reason <> 'full' OR units IS NOT NULL", name="full_has_units"),
        CheckConstraint("reason <> 'full' OR product_id IS NOT NULL", name="full_of_what"),
        CheckConstraint("units BETWEEN 1 AND 100000", name="units"),
        Index("ix_reminder_buyer", "buyer_id"),
        Index("ix_reminder_unconfirmed", "created_at",
              postgresql_where=text("confirmed_at IS NULL")),
    )  # fmt: skip


class RoundCall(Base):
    """An open round whose reminders are being told; done_at once everybody was."""

    __tablename__ = "round_call"
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), primary_key=True)
    started_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    __table_args__ = (
        Index("ix_round_call_open", "round_id", postgresql_where=text("done_at IS NULL")),
    )


class ReminderTold(Base):
    """This reminder was part of the digest of this round: once."""

    __tablename__ = "reminder_told"
    reminder_id: Mapped[int] = mapped_column(
        ForeignKey("reminder.id", ondelete="CASCADE"), primary_key=True
    )
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), primary_key=True)
    told_at: Mapped[datetime]


class ReminderKey(Base):
    """What a letter's link opens: one person's reminders, to confirm or stop. Hash only."""

    __tablename__ = "reminder_key"
    token_hash: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[int | None] = mapped_column(
        ForeignKey("user.id", ondelete="CASCADE"), index=True
    )
    buyer_id: Mapped[int | None] = mapped_column(
        ForeignKey("buyer.id", ondelete="CASCADE"), index=True
    )
    expires_at: Mapped[datetime] = mapped_column(index=True)
    __table_args__ = (
        CheckConstraint("(user_id IS NULL) <> (buyer_id IS NULL)", name="one_person"),
    )


class SearchNote(Base):
    """How often words were searched on a day, from a province ('': not known), by nobody.

    term is folded, so that spellings count together; shown is the first one of the day. missed:
    how many of those searches found nothing.
    """

    __tablename__ = "search_note"
    day: Mapped[date] = mapped_column(primary_key=True)
    province_code: Mapped[str] = mapped_column(primary_key=True, server_default="")
    term: Mapped[str] = mapped_column(primary_key=True)
    shown: Mapped[str]
    times: Mapped[int]
    missed: Mapped[int]
    __table_args__ = (
        CheckConstraint("times > 0 AND missed BETWEEN 0 AND times", name="counts"),
        CheckConstraint(r"province_code ~ '^(\d{2})?$'", name="province_code"),
        CheckConstraint("char_length(term) BETWEEN 2 AND 60 AND char_length(shown) <= 120",
                        name="term"),
    )  # fmt: skip


class DemandMonth(Base):
    """What people of a province wanted in a month, summed once a day from everything above.

    province_code is '' where nobody knows. people are different buyers, accounts, baskets or
    (of searches) searches; asked and served are units of the product.
    """

    __tablename__ = "demand_month"
    id: Mapped[Id]
    month: Mapped[date]  # its first day
    province_code: Mapped[str] = mapped_column(server_default="")
    kind: Mapped[str]
    product_id: Mapped[int | None] = mapped_column(ForeignKey("product.id"))
    group_id: Mapped[int | None] = mapped_column(ForeignKey("producer_group.id"))
    category: Mapped[str | None] = mapped_column(ForeignKey("category.key"))
    term: Mapped[str | None]
    shown: Mapped[str | None]  # the term as most people spelled it
    people: Mapped[int]
    asked_units: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    served_units: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    summed_at: Mapped[datetime]
    __table_args__ = (
        UniqueConstraint(
            "month", "province_code", "kind", "product_id", "group_id", "category", "term",
            name="uq_demand_month_once", postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint(
            "kind IN ('order', 'wait', 'full', 'basket', 'search', 'missed', 'request')",
            name="kind",
        ),
        CheckConstraint("people > 0 AND served_units BETWEEN 0 AND asked_units", name="counts"),
        Index("ix_demand_month_product", "product_id"),
    )  # fmt: skip
