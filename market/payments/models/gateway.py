"""What we asked of a payment provider and what it told us."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from market.db import Base, Id
from market.orders.rules import PayMethod
from market.payments.states import AttemptKind, AttemptState, CardState, DisputeState


class PaymentAttempt(Base):
    """One try to collect a charge through the provider; its id makes the idempotency key.

    Written before the provider is called, so that a crash between the call and our record
    can be found and finished. At most one attempt of a charge is open at a time. ``asked`` is
    what the call is made of, so that a call made again is the same call.
    """

    __tablename__ = "payment_attempt"
    id: Mapped[Id]
    charge_id: Mapped[int] = mapped_column(ForeignKey("charge.id"), index=True)
    kind: Mapped[AttemptKind]
    method: Mapped[PayMethod]
    state: Mapped[AttemptState] = mapped_column(default=AttemptState.CREATED)
    amount_satang: Mapped[int]
    captured_satang: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    asked: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"), default=dict)
    session_id: Mapped[str | None] = mapped_column(unique=True)  # Checkout Session
    intent_id: Mapped[str | None] = mapped_column(unique=True)  # PaymentIntent
    card_id: Mapped[int | None] = mapped_column(ForeignKey("saved_card.id"))
    pay_url: Mapped[str | None]  # where the buyer goes on
    failure: Mapped[str | None]  # the provider's code: "authentication_required"
    capture_before: Mapped[datetime | None]  # how long a hold stands
    expires_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    checked_at: Mapped[datetime | None]  # when we last fetched it
    settled_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint("amount_satang > 0", name="amount"),
        CheckConstraint("captured_satang BETWEEN 0 AND amount_satang", name="captured"),
        Index("uq_attempt_open", "charge_id", unique=True,
              postgresql_where=text("state IN ('created', 'pending', 'authorized')")),
        Index("ix_attempt_open", "state", "created_at",
              postgresql_where=text("state IN ('created', 'pending', 'authorized')")),
    )  # fmt: skip


class GatewayEvent(Base):
    """A provider's message, kept once by its own id. It only says where to look again."""

    __tablename__ = "gateway_event"
    id: Mapped[str] = mapped_column(primary_key=True)  # evt_...
    kind: Mapped[str]  # "payment_intent.succeeded"
    object_id: Mapped[str]
    livemode: Mapped[bool]
    received_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    try_at: Mapped[datetime]
    error: Mapped[str | None]
    __table_args__ = (
        Index("ix_gateway_event_waiting", "try_at", postgresql_where=text("done_at IS NULL")),
    )


class GatewayCustomer(Base):
    """A buyer as the provider knows them."""

    __tablename__ = "gateway_customer"
    buyer_id: Mapped[int] = mapped_column(ForeignKey("buyer.id"), primary_key=True)
    customer_id: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]


class SavedCard(Base):
    """A card that a buyer lets us charge once an order is confirmed. We keep no number.

    gone and not dropped_at: the provider has still to forget it.
    """

    __tablename__ = "saved_card"
    id: Mapped[Id]
    buyer_id: Mapped[int] = mapped_column(ForeignKey("buyer.id"), index=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), unique=True)
    state: Mapped[CardState] = mapped_column(default=CardState.ASKED)
    session_id: Mapped[str | None] = mapped_column(unique=True)
    setup_id: Mapped[str | None] = mapped_column(unique=True)  # SetupIntent
    payment_method_id: Mapped[str | None]
    brand: Mapped[str | None]
    last4: Mapped[str | None]
    setup_url: Mapped[str | None]
    created_at: Mapped[datetime]
    ready_at: Mapped[datetime | None]
    dropped_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint("state <> 'ready' OR (payment_method_id IS NOT NULL AND ready_at"
                        " IS NOT NULL)", name="ready"),
        Index("ix_saved_card_gone", "id",
              postgresql_where=text("state = 'gone' AND dropped_at IS NULL")),
    )  # fmt: skip


class Dispute(Base):
    """A buyer's bank took the money back, for now or for good."""

    __tablename__ = "dispute"
    id: Mapped[Id]
    gateway_id: Mapped[str] = mapped_column(unique=True)  # dp_...
    attempt_id: Mapped[int] = mapped_column(ForeignKey("payment_attempt.id"), index=True)
    amount_satang: Mapped[int]
    reason: Mapped[str]
    state: Mapped[DisputeState]
    evidence_by: Mapped[datetime | None]
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    detail: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"), default=dict)
    __table_args__ = (
        CheckConstraint("amount_satang > 0", name="amount"),
        UniqueConstraint("attempt_id", "gateway_id"),
    )


class GatewayCheck(Base):
    """A comparison of our books with the provider's: which time it covered, what came of it."""

    __tablename__ = "gateway_check"
    id: Mapped[Id]
    since: Mapped[datetime]
    until: Mapped[datetime]
    looked_at: Mapped[int]  # objects of the provider
    healed: Mapped[int]
    cases: Mapped[int]  # opened for a person
    done_at: Mapped[datetime] = mapped_column(index=True)
    __table_args__ = (CheckConstraint("since <= until", name="time"),)
