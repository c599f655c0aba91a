"""The double-entry ledger, and the parts of a price it is paid out by."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from market.db import Base, Id
from market.payments.rules import AccountKind


class PricePart(Base):
    """One part of what an assignment costs; the parts of an assignment add up to its price."""

    __tablename__ = "price_part"
    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignment.id"), primary_key=True)
    part: Mapped[str] = mapped_column(primary_key=True)  # a PartKind; what is not deducted: makers
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
    reverses_id: Mapped[int | None] = mapped_column(ForeignKey("ledger_entry.id"), unique=True)


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
