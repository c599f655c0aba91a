"""Institutions that order in bulk, their orders and lines."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from market.campaigns.institutions.rules import BulkState
from market.db import Base, Id


class Institution(Base):
    """A hospital, school or shop: whom to bill, whom to call, where it is delivered."""

    __tablename__ = "institution"
    id: Mapped[Id]
    name: Mapped[str]
    tax_id: Mapped[str | None]
    branch: Mapped[str | None]
    contact: Mapped[str]
    phone: Mapped[str]
    email: Mapped[str | None]
    point_id: Mapped[int | None] = mapped_column(ForeignKey("pickup_point.id"))
    tambon_code: Mapped[str] = mapped_column(ForeignKey("tambon.code"))
    address: Mapped[str | None]
    billing_words: Mapped[str]
    version: Mapped[int] = mapped_column(server_default=text("1"), default=1)
    created_at: Mapped[datetime]
    __table_args__ = (
        CheckConstraint("tax_id ~ '^[0-9]{13}$'", name="tax_id"),
        CheckConstraint("(point_id IS NULL) = (address IS NOT NULL)", name="place"),
    )


class InstitutionOrder(Base):
    """What an institution wants, with its own number; quoted until a day, then asked of groups."""

    __tablename__ = "institution_order"
    id: Mapped[Id]
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"), index=True)
    po_number: Mapped[str | None]
    key: Mapped[str] = mapped_column(unique=True)
    state: Mapped[BulkState] = mapped_column(default=BulkState.DRAFT)
    quote_number: Mapped[int | None] = mapped_column(unique=True)
    valid_until: Mapped[date | None]
    version: Mapped[int] = mapped_column(server_default=text("1"), default=1)
    created_at: Mapped[datetime]
    quoted_at: Mapped[datetime | None]
    asked_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint("(state IN ('closed', 'declined')) = (ended_at IS NOT NULL)", name="ended"),
        CheckConstraint("(quote_number IS NULL) = (valid_until IS NULL)"
                        " AND (quote_number IS NULL) = (quoted_at IS NULL)", name="quote"),
    )  # fmt: skip


class InstitutionLine(Base):
    """Goods wanted on a day, at a quoted price a unit; request_id once the groups are asked."""

    __tablename__ = "institution_line"
    id: Mapped[Id]
    order_id: Mapped[int] = mapped_column(ForeignKey("institution_order.id", ondelete="CASCADE"))
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    units: Mapped[int]
    price_satang: Mapped[int]
    needed_on: Mapped[date]
    request_id: Mapped[int | None] = mapped_column(ForeignKey("goods_request.id"), unique=True)
    __table_args__ = (
        UniqueConstraint("order_id", "product_id", "needed_on"),
        CheckConstraint("units BETWEEN 1 AND 100000 AND price_satang > 0", name="terms"),
    )
