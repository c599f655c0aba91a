"""Charges, receipts, refunds, payouts and the double-entry ledger beneath them. All satang."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from market.db import Base, Id
from market.orders.rules import PayMethod
from market.payments.rules import AccountKind, ChargeState, PayoutState, RefundState


class Charge(Base):
    """What a buyer owes for the confirmed part of an order: goods at makers' prices plus fee."""

    __tablename__ = "charge"
    id: Mapped[Id]
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), unique=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    method: Mapped[PayMethod]
    goods_satang: Mapped[int]
    fee_satang: Mapped[int]
    amount_satang: Mapped[int]
    state: Mapped[ChargeState] = mapped_column(default=ChargeState.DUE)
    pay_by: Mapped[datetime]
    raised_at: Mapped[datetime]
    paid_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint("goods_satang >= 0 AND fee_satang >= 0", name="parts"),
        CheckConstraint("amount_satang = goods_satang + fee_satang", name="adds_up"),
        CheckConstraint("(state = 'paid') = (paid_at IS NOT NULL)", name="paid"),
        Index("ix_charge_due", "pay_by", postgresql_where=text("state = 'due'")),
    )


class Receipt(Base):
    """Money that came in, as a person recorded it. A bank reference is used once, ever."""

    __tablename__ = "receipt"
    id: Mapped[Id]
    charge_id: Mapped[int] = mapped_column(ForeignKey("charge.id"), unique=True)
    method: Mapped[PayMethod]
    bank_reference: Mapped[str | None] = mapped_column(unique=True)
    amount_satang: Mapped[int]
    recorded_by: Mapped[str]
    recorded_at: Mapped[datetime]
    __table_args__ = (
        CheckConstraint("amount_satang > 0", name="amount"),
        CheckConstraint("method <> 'promptpay' OR bank_reference IS NOT NULL", name="reference"),
    )


class PricePart(Base):
    """One part of what an assignment costs; the parts of an assignment add up to its price."""

    __tablename__ = "price_part"
    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignment.id"), primary_key=True)
    part: Mapped[str] = mapped_column(primary_key=True)  # "makers"; more parts come later
    amount_satang: Mapped[int]
    __table_args__ = (CheckConstraint("amount_satang >= 0", name="amount"),)


class LedgerEntry(Base):
    """A balanced transaction with one cause. Append-only; corrections are reversals."""

    __tablename__ = "ledger_entry"
    id: Mapped[Id]
    cause: Mapped[str] = mapped_column(unique=True)  # "receipt:12": one effect per cause
    at: Mapped[datetime]
    memo: Mapped[str]
    round_id: Mapped[int | None] = mapped_column(ForeignKey("round.id"), index=True)


class Posting(Base):
    """A leg of an entry: debit positive, credit negative; the legs of an entry sum to zero."""

    __tablename__ = "posting"
    id: Mapped[Id]
    entry_id: Mapped[int] = mapped_column(ForeignKey("ledger_entry.id"), index=True)
    kind: Mapped[AccountKind]
    owner: Mapped[str] = mapped_column(server_default="", default="")  # "order:9", "group:4"
    amount_satang: Mapped[int]
    __table_args__ = (
        CheckConstraint("amount_satang <> 0", name="amount"),
        Index("ix_posting_account", "kind", "owner"),
    )


class Refund(Base):
    """Money owed back to a buyer, until the treasurer records that it went."""

    __tablename__ = "refund"
    id: Mapped[Id]
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    cause: Mapped[str] = mapped_column(unique=True)  # "stop:batch:4:order:9"
    amount_satang: Mapped[int]
    state: Mapped[RefundState] = mapped_column(default=RefundState.DUE)
    bank_reference: Mapped[str | None] = mapped_column(unique=True)
    due_at: Mapped[datetime]
    paid_at: Mapped[datetime | None]
    paid_by: Mapped[str | None]
    __table_args__ = (
        CheckConstraint("amount_satang > 0", name="amount"),
        CheckConstraint("(state = 'paid') = (paid_at IS NOT NULL AND bank_reference IS NOT NULL)",
                        name="paid"),
    )  # fmt: skip


class Payout(Base):
    """What a group is owed for a round after proof of delivery; one statement a group and round."""

    __tablename__ = "payout"
    id: Mapped[Id]
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    group_id: Mapped[int] = mapped_column(ForeignKey("producer_group.id"), index=True)
    amount_satang: Mapped[int]
    state: Mapped[PayoutState] = mapped_column(default=PayoutState.DUE)
    bank_reference: Mapped[str | None] = mapped_column(unique=True)
    due_at: Mapped[datetime]
    paid_at: Mapped[datetime | None]
    paid_by: Mapped[str | None]
    __table_args__ = (
        UniqueConstraint("round_id", "group_id"),
        CheckConstraint("amount_satang > 0", name="amount"),
        CheckConstraint("(state = 'paid') = (paid_at IS NOT NULL AND bank_reference IS NOT NULL)",
                        name="paid"),
    )  # fmt: skip
