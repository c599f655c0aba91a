"""Household books: what a household earned and spent, month by month. Private."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from market.db import Base, Id


class Household(Base):
    """A household that lets its paper book be kept here. Its phone's owner sees it.

    code is what the tambon's team calls it by. Without consent there is no row's worth: when
    the household takes it back (ended_at) its entries, name and phone go at once.
    """

    __tablename__ = "household"
    id: Mapped[Id]
    tambon_code: Mapped[str] = mapped_column(ForeignKey("tambon.code"))
    code: Mapped[str]
    name: Mapped[str]
    phone: Mapped[str | None] = mapped_column(index=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    consent_at: Mapped[datetime]
    consent_by: Mapped[str]  # whoever heard it: "user:7"
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    __table_args__ = (
        UniqueConstraint("tambon_code", "code"),
        CheckConstraint("char_length(code) BETWEEN 1 AND 40", name="code"),
    )


class HouseholdEntry(Base):
    """One category of one month of one household, in satang."""

    __tablename__ = "household_entry"
    id: Mapped[Id]
    household_id: Mapped[int] = mapped_column(ForeignKey("household.id", ondelete="CASCADE"))
    month: Mapped[date]  # its first day
    category: Mapped[str]
    amount_satang: Mapped[int]
    entered_by: Mapped[str]
    entered_at: Mapped[datetime]
    __table_args__ = (
        UniqueConstraint("household_id", "month", "category"),
        CheckConstraint("amount_satang >= 0", name="amount"),
        CheckConstraint("month = date_trunc('month', month)::date", name="month"),
    )
