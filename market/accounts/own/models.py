"""What a person decides about themselves: ways in from outside, consents, taking data, leaving."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from market.db import Base, Id

_OPEN = "cancelled_at IS NULL AND done_at IS NULL"


class Identity(Base):
    """Somebody's account elsewhere that signs in here; a provider's subject opens one account."""

    __tablename__ = "identity"
    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    provider: Mapped[str]
    subject: Mapped[str]
    display_name: Mapped[str | None]
    linked_at: Mapped[datetime]
    __table_args__ = (
        CheckConstraint("provider IN ('line')", name="provider"),
        UniqueConstraint("provider", "subject"),
        UniqueConstraint("user_id", "provider"),
    )


class ConsentEvent(Base):
    """A consent given or taken back, to which words, where. Append-only; the newest one stands."""

    __tablename__ = "consent_event"
    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    kind: Mapped[str]
    given: Mapped[bool]
    words_version: Mapped[str]
    place: Mapped[str]
    at: Mapped[datetime]
    __table_args__ = (
        CheckConstraint("kind IN ('news', 'review_name', 'photo')", name="kind"),
        Index("ix_consent_event_user", "user_id", "kind", "id"),
    )


class DataExport(Base):
    """Everything we keep about a person, asked for, made by the worker, kept for a week."""

    __tablename__ = "data_export"
    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    state: Mapped[str]
    asked_at: Mapped[datetime]
    parts_done: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    parts_total: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    claimed_until: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    sha256: Mapped[str | None] = mapped_column(ForeignKey("stored_file.sha256"))
    ready_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint("state IN ('asked', 'ready', 'failed', 'expired')", name="state"),
        CheckConstraint("(state = 'ready') = (sha256 IS NOT NULL)", name="file"),
        Index("ix_data_export_user", "user_id", "id"),
        Index(
            "uq_data_export_asked", "user_id", unique=True,
            postgresql_where=text("state = 'asked'"),
        ),
        Index(
            "ix_data_export_due", "state", "expires_at",
            postgresql_where=text("state IN ('asked', 'ready')"),
        ),
    )  # fmt: skip


class AccountDeletion(Base):
    """A person wants to leave: seven days to think again, then they are forgotten."""

    __tablename__ = "account_deletion"
    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    asked_at: Mapped[datetime]
    due_at: Mapped[datetime]
    cancelled_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint("cancelled_at IS NULL OR done_at IS NULL", name="one_end"),
        Index(
            "uq_account_deletion_open", "user_id", unique=True, postgresql_where=text(_OPEN)
        ),
        Index("ix_account_deletion_due", "due_at", postgresql_where=text(_OPEN)),
    )  # fmt: skip
