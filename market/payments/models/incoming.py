"""Slips that buyers send and lines of the bank's statement, until a person has decided."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from market.db import Base, Id
from market.payments.states import BankLineState, SlipState


class Slip(Base):
    """A picture of a transfer. It proves nothing by itself; its reference is used once."""

    __tablename__ = "slip"
    id: Mapped[Id]
    charge_id: Mapped[int] = mapped_column(ForeignKey("charge.id"), index=True)
    group_id: Mapped[int | None] = mapped_column(ForeignKey("producer_group.id"))
    file_hash: Mapped[str] = mapped_column(unique=True)  # SHA-256 of the picture as we keep it
    bank_code: Mapped[str | None]  # from the mini-QR
    trans_ref: Mapped[str | None] = mapped_column(unique=True)
    told_satang: Mapped[int | None]  # what the buyer, or a slip service, says was sent
    state: Mapped[SlipState] = mapped_column(default=SlipState.WAITING)
    refused_reason: Mapped[str | None]
    receipt_id: Mapped[int | None] = mapped_column(ForeignKey("receipt.id"), unique=True)
    verified_by: Mapped[str | None]  # a slip service, when one is set
    sent_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None]
    __table_args__ = (
        CheckConstraint("(state = 'matched') = (receipt_id IS NOT NULL)", name="matched"),
        Index("ix_slip_waiting", "sent_at", postgresql_where=text("state = 'waiting'")),
    )


class BankStatement(Base):
    """A file of the bank, imported once."""

    __tablename__ = "bank_statement"
    id: Mapped[Id]
    file_hash: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    lines: Mapped[int]
    imported_at: Mapped[datetime]
    imported_by: Mapped[str]


class BankLine(Base):
    """Money that came into the bank account, as the bank says."""

    __tablename__ = "bank_line"
    id: Mapped[Id]
    statement_id: Mapped[int] = mapped_column(ForeignKey("bank_statement.id"), index=True)
    row: Mapped[int]
    booked_on: Mapped[date] = mapped_column(Date)
    amount_satang: Mapped[int]
    reference: Mapped[str] = mapped_column(unique=True)  # the bank's, or row and file where none
    payer: Mapped[str] = mapped_column(server_default="", default="")
    memo: Mapped[str] = mapped_column(server_default="", default="")
    state: Mapped[BankLineState] = mapped_column(default=BankLineState.WAITING)
    receipt_id: Mapped[int | None] = mapped_column(ForeignKey("receipt.id"), unique=True)
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None]
    __table_args__ = (
        UniqueConstraint("statement_id", "row"),
        CheckConstraint("amount_satang > 0", name="amount"),
        CheckConstraint("(state = 'matched') = (receipt_id IS NOT NULL)", name="matched"),
        Index("ix_bank_line_waiting", "amount_satang", postgresql_where=text("state = 'waiting'")),
    )
