"""Frozen figures of rounds, files made of them, and who gets them when.

Snapshots are written by one INSERT .. SELECT each (``freezing``) and never changed; a later version
replaces an earlier one. Their lines name rows of other subjects without a foreign key: what is
frozen stays, and checking half a million keys twice is half the time of freezing.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from market.db import Base, Id

_STAGES = (
    "'open', 'closed', 'confirming', 'paying', 'producing', 'delivering', 'completed', 'cancelled'"
)


class Snapshot(Base):
    """A round's figures at one of its states: due since the state changed, then frozen.

    A trigger on ``round`` writes the due row with the change itself. A later version of the same
    stage replaces the rows of the earlier one (dropped); the heads stay.
    """

    __tablename__ = "report_snapshot"
    id: Mapped[Id]
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id", ondelete="CASCADE"))
    stage: Mapped[str]
    version: Mapped[int] = mapped_column(SmallInteger)
    state: Mapped[str] = mapped_column(server_default="due", default="due")
    due_at: Mapped[datetime]
    frozen_at: Mapped[datetime | None]
    orders: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    lines: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    signature: Mapped[str] = mapped_column(server_default="", default="")  # what batches were then
    __table_args__ = (
        UniqueConstraint("round_id", "stage", "version"),
        CheckConstraint(f"stage IN ({_STAGES})", name="stage"),
        CheckConstraint("state IN ('due', 'frozen', 'dropped')", name="state"),
        CheckConstraint("(state = 'due') = (frozen_at IS NULL)", name="frozen"),
        Index("uq_report_snapshot_due", "round_id", "stage", unique=True,
              postgresql_where=text("state = 'due'")),
    )  # fmt: skip


def _of_snapshot() -> Mapped[int]:
    return mapped_column(ForeignKey("report_snapshot.id", ondelete="CASCADE"), primary_key=True)


class SnapshotThing(Base):
    """A product, group or point as it was called then."""

    __tablename__ = "report_thing"
    snapshot_id: Mapped[int] = _of_snapshot()
    kind: Mapped[str] = mapped_column(primary_key=True)
    ref_id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str]
    name_th: Mapped[str]
    name_en: Mapped[str]
    unit_th: Mapped[str] = mapped_column(server_default="")
    unit_en: Mapped[str] = mapped_column(server_default="")
    place_th: Mapped[str] = mapped_column(server_default="")
    place_en: Mapped[str] = mapped_column(server_default="")
    area_code: Mapped[str] = mapped_column(server_default="")
    weight_g: Mapped[int] = mapped_column(server_default=text("0"))


class SnapshotOrder(Base):
    """An order that stood then; a cancelled one is in no snapshot taken after that."""

    __tablename__ = "report_order"
    snapshot_id: Mapped[int] = _of_snapshot()
    order_id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str]
    buyer: Mapped[str]  # whoever fetches or receives it
    phone: Mapped[str | None]
    point_id: Mapped[int | None]
    tambon_code: Mapped[str]
    place_th: Mapped[str]
    place_en: Mapped[str]
    address: Mapped[str | None]
    delivery_on: Mapped[date]
    pickup_code: Mapped[str]
    pay_method: Mapped[str]
    fee_satang: Mapped[int]
    placed_at: Mapped[datetime]
    __table_args__ = (Index("ix_report_order_order_id", "order_id"),)


class SnapshotLine(Base):
    """Units of an order line from one batch, or (batch 0) what of it nobody makes.

    wanted_units of a line's rows add up to what was ordered. given_units: what the buyer gets as
    far as was known. unit_satang: its price, or the ceiling where nobody makes it yet.
    """

    __tablename__ = "report_line"
    snapshot_id: Mapped[int] = _of_snapshot()
    line_id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(primary_key=True, server_default=text("0"))
    order_id: Mapped[int]
    product_id: Mapped[int]
    group_id: Mapped[int | None]
    wanted_units: Mapped[int]
    given_units: Mapped[int]
    received_units: Mapped[int] = mapped_column(server_default=text("0"))
    unit_satang: Mapped[int]
    amount_satang: Mapped[int]
    reason: Mapped[str | None]
    __table_args__ = (
        CheckConstraint("wanted_units >= given_units AND given_units >= received_units"
                        " AND received_units >= 0", name="units"),
        Index("ix_report_line_group", "snapshot_id", "group_id"),
    )  # fmt: skip


class ReportJob(Base):
    """A file that workers make. ``fingerprint`` is what it is made of: asked twice it is one."""

    __tablename__ = "report_job"
    id: Mapped[Id]
    fingerprint: Mapped[str]
    report: Mapped[str]
    format: Mapped[str]
    language: Mapped[str] = mapped_column(server_default="th", default="th")
    round_id: Mapped[int | None] = mapped_column(ForeignKey("round.id", ondelete="CASCADE"))
    snapshot_id: Mapped[int | None] = mapped_column(
        ForeignKey("report_snapshot.id", ondelete="CASCADE")
    )
    as_of: Mapped[datetime]
    month_on: Mapped[date | None]  # the first of the month, for reports of a month
    areas: Mapped[list[str]] = mapped_column(ARRAY(Text))
    group_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    asked_by: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"))
    asked_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(server_default="asked", default="asked")
    rows_done: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    rows_expected: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    claimed_until: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"), default=0)
    sha256: Mapped[str | None] = mapped_column(ForeignKey("stored_file.sha256"))
    ready_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint("state IN ('asked', 'ready', 'failed', 'expired')", name="state"),
        CheckConstraint("(state = 'ready') = (sha256 IS NOT NULL)", name="file"),
        Index("uq_report_job_live", "fingerprint", unique=True,
              postgresql_where=text("state IN ('asked', 'ready')")),
        Index("ix_report_job_due", "state", "expires_at",
              postgresql_where=text("state IN ('asked', 'ready')")),
        Index("ix_report_job_asked_by", "asked_by", "id"),
    )  # fmt: skip


class ReportSchedule(Base):
    """A report that is sent by itself on an occasion."""

    __tablename__ = "report_schedule"
    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"))
    report: Mapped[str]
    format: Mapped[str]
    occasion: Mapped[str]
    made_at: Mapped[datetime]
    stopped_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint("occasion IN ('closed', 'confirmed', 'delivery_day', 'monthly')",
                        name="occasion"),
        Index("uq_report_schedule_live", "user_id", "report", "format", "occasion", unique=True,
              postgresql_where=text("stopped_at IS NULL")),
    )  # fmt: skip


class ReportRecipient(Base):
    """Who gets it; each may stop it for themselves."""

    __tablename__ = "report_recipient"
    schedule_id: Mapped[int] = mapped_column(
        ForeignKey("report_schedule.id", ondelete="CASCADE"), primary_key=True
    )
    user_id: Mapped[int] = mapped_column(
        ForeignKey("user.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    stopped_at: Mapped[datetime | None]


class ReportSending(Base):
    """One recipient was told of one occasion ("round:12:closed"), or had lost the right."""

    __tablename__ = "report_sending"
    schedule_id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(primary_key=True)
    occurrence: Mapped[str] = mapped_column(primary_key=True)
    job_id: Mapped[int | None] = mapped_column(ForeignKey("report_job.id", ondelete="SET NULL"))
    sent_at: Mapped[datetime]
    outcome: Mapped[str]
    __table_args__ = (
        CheckConstraint("outcome IN ('told', 'no_right')", name="outcome"),
        ForeignKeyConstraint(
            ["schedule_id", "user_id"],
            ["report_recipient.schedule_id", "report_recipient.user_id"],
            ondelete="CASCADE",
        ),
    )
