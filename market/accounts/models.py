"""People: who signs in, what they may do, where, and who buys."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_security.core import RoleMixin, UserMixin
from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from market.accounts.rules import LinkPurpose, Role
from market.db import Base, Id


class SecurityRole(Base, RoleMixin):
    """The sign-in library's roles. We keep none: a Grant is the right."""

    __tablename__ = "security_role"
    id: Mapped[Id]
    name: Mapped[str] = mapped_column(unique=True)


class User(Base, UserMixin):
    """Somebody who signs in, by e-mail and password or by phone and one-time code."""

    __tablename__ = "user"
    id: Mapped[Id]
    name: Mapped[str]
    # The library's mixin says every user has an e-mail; some of ours have only a phone.
    email: Mapped[str | None] = mapped_column(unique=True)  # type: ignore[assignment]
    username: Mapped[str | None] = mapped_column(unique=True)
    us_phone_number: Mapped[str | None] = mapped_column(unique=True)
    password: Mapped[str | None]
    active: Mapped[bool] = mapped_column(default=True)
    fs_uniquifier: Mapped[str] = mapped_column(unique=True)
    confirmed_at: Mapped[datetime | None]
    us_totp_secrets: Mapped[str | None]
    tf_primary_method: Mapped[str | None]
    tf_totp_secret: Mapped[str | None]
    tf_phone_number: Mapped[str | None]
    mf_recovery_codes: Mapped[list[Any] | None]
    language: Mapped[str] = mapped_column(server_default="th", default="th")
    sample: Mapped[bool] = mapped_column(server_default=text("false"), default=False)
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    deleted_at: Mapped[datetime | None]

    @property
    def roles(self) -> list[RoleMixin]:
        """None: the library asks on every request, and that must cost no query."""
        return []

    @roles.setter
    def roles(self, _given: list[RoleMixin]) -> None:
        """The library sets an empty list on a new user."""


class Grant(Base):
    """A right: a role in an area (code prefix, '' is the country) or in a group."""

    __tablename__ = "grant_"
    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    role: Mapped[Role]
    area_code: Mapped[str | None]
    group_id: Mapped[int | None] = mapped_column(ForeignKey("producer_group.id"), index=True)
    __table_args__ = (
        CheckConstraint("(area_code IS NULL) <> (group_id IS NULL)", name="area_or_group"),
        CheckConstraint(r"area_code ~ '^(\d{2}|\d{4}|\d{6})?$'", name="area_code"),
        UniqueConstraint(
            "user_id", "role", "area_code", "group_id", postgresql_nulls_not_distinct=True
        ),
    )


class Buyer(Base):
    """A consumer, with or without an account."""

    __tablename__ = "buyer"
    id: Mapped[Id]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), unique=True)
    name: Mapped[str]
    phone: Mapped[str | None]
    email: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    sample: Mapped[bool] = mapped_column(server_default=text("false"), default=False)
    forgotten_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint(
            "phone IS NOT NULL OR email IS NOT NULL OR forgotten_at IS NOT NULL", name="reachable"
        ),
        Index("ix_buyer_phone", "phone"),
        Index("ix_buyer_email", "email"),
    )


class SignedLink(Base):
    """A link in a notice: who, which group or order, which round, what for. Hash only."""

    __tablename__ = "signed_link"
    id: Mapped[Id]
    token_hash: Mapped[str] = mapped_column(unique=True)
    purpose: Mapped[LinkPurpose]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    group_id: Mapped[int | None] = mapped_column(ForeignKey("producer_group.id"))
    round_id: Mapped[int | None] = mapped_column(ForeignKey("round.id"))
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id"))
    request_id: Mapped[int | None] = mapped_column(ForeignKey("goods_request.id"), index=True)
    trip_id: Mapped[int | None] = mapped_column(ForeignKey("trip.id"), index=True)
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    __table_args__ = (
        CheckConstraint(
            "group_id IS NOT NULL OR order_id IS NOT NULL OR request_id IS NOT NULL"
            " OR trip_id IS NOT NULL",
            name="bound",
        ),
        Index("ix_signed_link_group", "group_id", "round_id"),
        Index("ix_signed_link_order", "order_id"),
    )


class AuditEvent(Base):
    """One state change: who, when, from, to, why. Append-only (a trigger refuses the rest)."""

    __tablename__ = "audit_event"
    id: Mapped[Id]
    at: Mapped[datetime]
    actor: Mapped[str]  # "user:7", "link:3", "buyer:9", "system"
    subject: Mapped[str]  # "round:12", "ask:44"
    event: Mapped[str]
    from_state: Mapped[str | None]
    to_state: Mapped[str | None]
    reason: Mapped[str | None]
    data: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"), default=dict)
    __table_args__ = (Index("ix_audit_event_subject", "subject", "id"),)
