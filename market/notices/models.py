"""Notices: an outbox and an inbox in one table. The payload is stored; nothing looks right."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from market.db import Base, Id
from market.notices.rules import Channel, Kind, NoticeState


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
    kind: Mapped[Kind] = mapped_column(server_default="tell", default=Kind.TELL)
    over_at: Mapped[datetime | None]  # a question that nobody can answer any more from then on
    cost_satang: Mapped[int | None]  # counted against the month; set before it is handed over
    carried_by: Mapped[int | None]  # the notice in whose message these words went along
    carrier_ref: Mapped[str | None]  # the message's name at its service, for reports of it
    delivered_at: Mapped[datetime | None]  # it arrived, where the service tells
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    __table_args__ = (
        UniqueConstraint(
            "user_id", "buyer_id", "channel", "event", "subject", "version",
            name="uq_notice_once", postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint("(user_id IS NULL) <> (buyer_id IS NULL)", name="one_recipient"),
        Index("ix_notice_due", "due_at", postgresql_where=text("state IN ('due', 'sending')")),
        Index("ix_notice_subject", "subject", postgresql_where=text("state IN ('due', 'spare')")),
        Index("ix_notice_created", "created_at"),
        Index("ix_notice_ref", "carrier_ref", postgresql_where=text("carrier_ref IS NOT NULL")),
        Index("ix_notice_failed", "created_at", postgresql_where=text("state = 'failed'")),
    )  # fmt: skip


class ContactWay(Base):
    """Where a person put this way of being told: first, second, or nowhere."""

    __tablename__ = "contact_way"
    user_id: Mapped[int] = mapped_column(
        ForeignKey("user.id", ondelete="CASCADE"), primary_key=True
    )
    channel: Mapped[Channel] = mapped_column(primary_key=True)
    position: Mapped[int | None]  # None: not at all
    __table_args__ = (CheckConstraint("position BETWEEN 1 AND 9", name="position"),)


class PushSubscription(Base):
    """A browser that shows notices; the address is a secret of the browser's maker."""

    __tablename__ = "push_subscription"
    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    endpoint: Mapped[str] = mapped_column(unique=True)
    p256dh: Mapped[str]
    auth: Mapped[str]
    created_at: Mapped[datetime]
    refused: Mapped[int] = mapped_column(server_default=text("0"), default=0)  # in a row
    refused_at: Mapped[datetime | None]  # the first one of them


class ChatContact(Base):
    """Somebody who has the market as a friend in a chat; whose account it is, where we know it."""

    __tablename__ = "chat_contact"
    channel: Mapped[Channel] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)  # the chat's own id of the person
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"))
    met_at: Mapped[datetime]
    left_at: Mapped[datetime | None]  # blocked us
    __table_args__ = (UniqueConstraint("user_id", "channel"),)


class ChatCode(Base):
    """A code that a person sends in the chat so that we know them; one at a time, once."""

    __tablename__ = "chat_code"
    code_hash: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), unique=True)
    expires_at: Mapped[datetime]


class ChannelMonth(Base):
    """What a paid channel has used in a month of Bangkok; month is its first day."""

    __tablename__ = "channel_month"
    channel: Mapped[Channel] = mapped_column(primary_key=True)
    month: Mapped[date] = mapped_column(primary_key=True)
    messages: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    satang: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    __table_args__ = (CheckConstraint("messages >= 0 AND satang >= 0", name="used"),)


class ChannelBudget(Base):
    """What a message of a paid channel costs and how much a month may cost (None: no limit)."""

    __tablename__ = "channel_budget"
    channel: Mapped[Channel] = mapped_column(primary_key=True)
    message_satang: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    month_satang: Mapped[int | None]
    month_messages: Mapped[int | None]
    reserve_percent: Mapped[int] = mapped_column(server_default=text("20"), default=20)
    __table_args__ = (
        CheckConstraint(
            "message_satang >= 0 AND month_satang >= 0 AND month_messages >= 0"
            " AND reserve_percent BETWEEN 0 AND 100",
            name="amounts",
        ),
    )


class ChannelHealth(Base):
    """A channel that failed again and again is left alone until ``away_until``."""

    __tablename__ = "channel_health"
    channel: Mapped[Channel] = mapped_column(primary_key=True)
    failures: Mapped[int] = mapped_column(server_default=text("0"), default=0)  # in a row
    away_until: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(server_default="")
    at: Mapped[datetime]


class NoticeWords(Base):
    """Words of an event as the market has edited them; the newest version is used."""

    __tablename__ = "notice_words"
    id: Mapped[Id]
    event: Mapped[str]
    form: Mapped[str]  # "mail" whole, "short" for a phone's screen
    language: Mapped[str]
    subject: Mapped[str] = mapped_column(server_default="")
    body: Mapped[str]
    edited_by: Mapped[str]
    edited_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]  # back to the usual words
    __table_args__ = (
        CheckConstraint("form IN ('mail', 'short')", name="form"),
        CheckConstraint("language IN ('th', 'en')", name="language"),
        Index(
            "uq_notice_words_used", "event", "form", "language", unique=True,
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
    )  # fmt: skip


class ChatEvent(Base):
    """Something a person did in the chat or by text message, seen once by the sender's id."""

    __tablename__ = "chat_event"
    channel: Mapped[Channel] = mapped_column(primary_key=True)
    event_key: Mapped[str] = mapped_column(primary_key=True)
    outcome: Mapped[str]
    at: Mapped[datetime]
