"""Notices: an outbox and an inbox in one table. The payload is stored; nothing looks right."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from market.db import Base, Id
from market.notices.rules import Channel, NoticeState


class Notice(Base):
    """One message to one recipient over one channel, once per event, subject and version."""

    __tablename__ = "notice"
    id: Mapped[Id]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    buyer_id: Mapped[int | None] = mapped_column(ForeignKey("buyer.id"), index=True)
    channel: Mapped[Channel]
    address: Mapped[str | None]  # e-mail address when the channel is e-mail
    language: Mapped[str] = mapped_column(server_default="th", default="th")
    event: Mapped[str]  # "batch.asked", "order.placed": names the template
    subject: Mapped[str]  # "ask:44"
    version: Mapped[int] = mapped_column(default=1)
    payload: Mapped[dict[str, Any]]
    state: Mapped[NoticeState] = mapped_column(default=NoticeState.DUE)
    due_at: Mapped[datetime]
    claimed_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    sent_at: Mapped[datetime | None]
    seen_at: Mapped[datetime | None]
    error: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    __table_args__ = (
        UniqueConstraint(
            "user_id", "buyer_id", "channel", "event", "subject", "version",
            name="uq_notice_once", postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint("(user_id IS NULL) <> (buyer_id IS NULL)", name="one_recipient"),
        Index("ix_notice_due", "due_at", postgresql_where=text("state IN ('due', 'sending')")),
    )  # fmt: skip
