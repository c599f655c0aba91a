"""Papers with numbers that never change, and what a person has to look at."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from market.db import Base, Id
from market.payments.states import (
    CaseKind,
    CaseState,
    PaperKind,
    ProblemKind,
    ProblemState,
)


class PaperCounter(Base):
    """The last number given to a kind of paper in a Buddhist year; its row is the lock."""

    __tablename__ = "paper_counter"
    kind: Mapped[PaperKind] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(SmallInteger, primary_key=True)  # 2569
    last: Mapped[int]


class Paper(Base):
    """A receipt, statement or credit note as it was issued: frozen, without a gap in numbers."""

    __tablename__ = "paper"
    id: Mapped[Id]
    kind: Mapped[PaperKind]
    year: Mapped[int] = mapped_column(SmallInteger)
    serial: Mapped[int]
    number: Mapped[str] = mapped_column(unique=True)  # "R2569-000012"
    subject: Mapped[str]  # "charge:12", "payout:4"; one paper of a kind each
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id"), index=True)
    group_id: Mapped[int | None] = mapped_column(ForeignKey("producer_group.id"), index=True)
    corrects_id: Mapped[int | None] = mapped_column(ForeignKey("paper.id"))
    check_code: Mapped[str]  # in the QR: whoever holds the paper can compare it
    content: Mapped[dict[str, Any]]
    issued_at: Mapped[datetime]
    issued_by: Mapped[str]
    __table_args__ = (
        UniqueConstraint("kind", "year", "serial"),
        UniqueConstraint("kind", "subject"),
    )


class MoneyCase(Base):
    """Money that does not fit what we know: healed by the reconciliation or by a person."""

    __tablename__ = "money_case"
    id: Mapped[Id]
    kind: Mapped[CaseKind]
    subject: Mapped[str]  # "attempt:12", "order:9", "gateway:pi_..."
    round_id: Mapped[int | None] = mapped_column(ForeignKey("round.id"), index=True)
    state: Mapped[CaseState] = mapped_column(default=CaseState.OPEN)
    amount_satang: Mapped[int]
    detail: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"), default=dict)
    found_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None]
    remedy: Mapped[str | None]
    __table_args__ = (
        UniqueConstraint("kind", "subject"),
        CheckConstraint("(state = 'open') = (closed_at IS NULL)", name="closed"),
        Index("ix_money_case_open", "found_at", postgresql_where=text("state = 'open'")),
    )


class ProblemReport(Base):
    """A buyer says that goods of a line were not right, until somebody has decided about it.

    amount_satang: what goes back, where it was agreed. answer: the sentence to the buyer.
    promised_by: until when the buyer was promised an answer.
    """

    __tablename__ = "problem_report"
    id: Mapped[Id]
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    line_id: Mapped[int] = mapped_column(ForeignKey("order_line.id"))
    batch_id: Mapped[int] = mapped_column(ForeignKey("batch.id"), index=True)
    kind: Mapped[ProblemKind]
    words: Mapped[str]
    file_hash: Mapped[str | None]  # SHA-256 of the picture as we keep it
    state: Mapped[ProblemState] = mapped_column(default=ProblemState.OPEN)
    amount_satang: Mapped[int | None]
    answer: Mapped[str | None]
    reported_at: Mapped[datetime]
    reported_by: Mapped[str]
    promised_by: Mapped[datetime]
    call_note: Mapped[str | None]  # who called, what was said: entered for a buyer, perhaps late
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None]
    __table_args__ = (
        CheckConstraint("(state = 'open') = (decided_at IS NULL)", name="decided"),
        CheckConstraint("(state = 'agreed') = (amount_satang IS NOT NULL)", name="agreed"),
        CheckConstraint("amount_satang > 0", name="amount"),
        CheckConstraint("state <> 'declined' OR answer IS NOT NULL", name="declined"),
        Index("uq_problem_report_open", "line_id", "batch_id", unique=True,
              postgresql_where=text("state = 'open'")),
        Index("ix_problem_report_waiting", "promised_by", postgresql_where=text("state = 'open'")),
    )  # fmt: skip
