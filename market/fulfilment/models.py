"""Consignments: a batch's goods for one destination; what was promised, and pictures of it."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from market.db import Base, Id
from market.fulfilment.rules import ConsignmentState


class Consignment(Base):
    """The part of a batch that goes to one pick-up point, or by parcel to one order."""

    __tablename__ = "consignment"
    id: Mapped[Id]
    batch_id: Mapped[int] = mapped_column(ForeignKey("batch.id"))
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    point_id: Mapped[int | None] = mapped_column(ForeignKey("pickup_point.id"), index=True)
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id"), index=True)
    units: Mapped[int]
    state: Mapped[ConsignmentState] = mapped_column(default=ConsignmentState.WAITING)
    tracking_no: Mapped[str | None]
    packed_at: Mapped[datetime | None]  # closed and labelled by the group
    packed_by: Mapped[str | None]
    loaded_at: Mapped[datetime | None]  # scanned as it left; handed over with the whole batch
    loaded_by: Mapped[str | None]
    handed_over_at: Mapped[datetime | None]
    arrived_at: Mapped[datetime | None]
    received_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint("(point_id IS NULL) <> (order_id IS NULL)", name="one_destination"),
        CheckConstraint("units > 0", name="units"),
        Index("uq_consignment_point", "batch_id", "point_id", unique=True,
              postgresql_where=text("point_id IS NOT NULL")),
        Index("uq_consignment_order", "batch_id", "order_id", unique=True,
              postgresql_where=text("order_id IS NOT NULL")),
    )  # fmt: skip


class RoundSummary(Base):
    """A completed round, frozen: planned, made, delivered and what stayed with the makers."""

    __tablename__ = "round_summary"
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("producer_group.id"), primary_key=True)
    planned_units: Mapped[int]
    made_units: Mapped[int]
    delivered_units: Mapped[int]
    income_satang: Mapped[int]
    surplus_satang: Mapped[int]
    completed_at: Mapped[datetime]
    __table_args__ = (CheckConstraint("delivered_units <= made_units", name="delivered"),)


class Promise(Base):
    """By when a group promised to hand a batch over. Append-only: a change is another row.

    The first row has no reason; it is written when the group is told what to make.
    """

    __tablename__ = "promise"
    id: Mapped[Id]
    batch_id: Mapped[int] = mapped_column(ForeignKey("batch.id"))
    due_on: Mapped[date]
    reason: Mapped[str | None]  # an AnswerReason
    note: Mapped[str | None]
    said_at: Mapped[datetime]
    said_by: Mapped[str]
    __table_args__ = (
        Index("ix_promise_batch_id", "batch_id", "id"),
        Index("uq_promise_first", "batch_id", unique=True,
              postgresql_where=text("reason IS NULL")),
    )  # fmt: skip


class BatchPhoto(Base):
    """A picture by the makers of their work, at one of the steps."""

    __tablename__ = "batch_photo"
    id: Mapped[Id]
    batch_id: Mapped[int] = mapped_column(ForeignKey("batch.id"))
    step: Mapped[str]
    file_hash: Mapped[str] = mapped_column(ForeignKey("stored_file.sha256"))
    width: Mapped[int]
    height: Mapped[int]
    sent_at: Mapped[datetime]
    sent_by: Mapped[str]
    hidden_at: Mapped[datetime | None]
    __table_args__ = (
        UniqueConstraint("batch_id", "file_hash"),
        CheckConstraint(
            "step IN ('ingredients', 'made', 'own_use', 'packed', 'labelled', 'handed_over')",
            name="step",
        ),
        CheckConstraint("width > 0 AND height > 0", name="size"),
    )


class MemberPart(Base):
    """How many of a batch a member of the group makes; what is told to others is the sum."""

    __tablename__ = "member_part"
    batch_id: Mapped[int] = mapped_column(ForeignKey("batch.id"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int]  # as the leader wrote them
    units: Mapped[int]
    __table_args__ = (
        CheckConstraint("units >= 0", name="units"),
        CheckConstraint("char_length(name) BETWEEN 1 AND 80", name="name"),
    )


class BatchTick(Base):
    """A step of the work that no state of the batch tells of: who said when that it is done."""

    __tablename__ = "batch_tick"
    batch_id: Mapped[int] = mapped_column(ForeignKey("batch.id"), primary_key=True)
    step: Mapped[str] = mapped_column(primary_key=True)
    ticked_at: Mapped[datetime]
    ticked_by: Mapped[str]
    __table_args__ = (
        CheckConstraint("step IN ('ingredients', 'own_use', 'labelled')", name="step"),
    )
