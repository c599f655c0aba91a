"""Trips with their stops and boxes, what is wrong with a box, and a desk's end of the day."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from market.db import Base, Id
from market.fulfilment.closing.rules import LeftDecision
from market.fulfilment.gathering.rules import BoxProblem, CaseOutcome, TripState


class Trip(Base):
    """A vehicle's way on a delivery day. area_code: the smallest area of the groups it visits."""

    __tablename__ = "trip"
    id: Mapped[Id]
    area_code: Mapped[str]
    delivery_on: Mapped[date] = mapped_column(index=True)
    starts_at: Mapped[datetime]
    vehicle: Mapped[str]
    capacity_g: Mapped[int]
    driver_name: Mapped[str]
    driver_phone: Mapped[str | None]
    state: Mapped[TripState]
    version: Mapped[int]
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    locked_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint(r"area_code ~ '^(\d{2}|\d{4}|\d{6})?$'", name="area"),
        CheckConstraint("capacity_g > 0", name="capacity"),
    )


class TripStop(Base):
    """A place on a trip: boxes are taken at a group and put down at a point."""

    __tablename__ = "trip_stop"
    id: Mapped[Id]
    trip_id: Mapped[int] = mapped_column(ForeignKey("trip.id", ondelete="CASCADE"))
    position: Mapped[int]
    group_id: Mapped[int | None] = mapped_column(ForeignKey("producer_group.id"))
    point_id: Mapped[int | None] = mapped_column(ForeignKey("pickup_point.id"))
    done_at: Mapped[datetime | None]
    done_by: Mapped[str | None]
    __table_args__ = (
        CheckConstraint("(group_id IS NULL) <> (point_id IS NULL)", name="one_place"),
        UniqueConstraint("trip_id", "group_id"),
        UniqueConstraint("trip_id", "point_id"),
        UniqueConstraint("trip_id", "position", deferrable=True, initially="IMMEDIATE"),
    )


class TripBox(Base):
    """A box (consignment) on its one trip, and who took it and put it down when."""

    __tablename__ = "trip_box"
    consignment_id: Mapped[int] = mapped_column(ForeignKey("consignment.id"), primary_key=True)
    trip_id: Mapped[int] = mapped_column(ForeignKey("trip.id"), index=True)
    collected_at: Mapped[datetime | None]
    collected_by: Mapped[str | None]
    delivered_at: Mapped[datetime | None]
    delivered_by: Mapped[str | None]
    __table_args__ = (
        CheckConstraint("delivered_at IS NULL OR collected_at IS NOT NULL", name="in_order"),
    )


class BoxCase(Base):
    """Units of a box that are missing or broken. before_hand_over: the group never gave them."""

    __tablename__ = "box_case"
    id: Mapped[Id]
    consignment_id: Mapped[int] = mapped_column(ForeignKey("consignment.id"))
    trip_id: Mapped[int | None] = mapped_column(ForeignKey("trip.id"), index=True)
    kind: Mapped[BoxProblem]
    units: Mapped[int]
    words: Mapped[str]
    before_hand_over: Mapped[bool]
    file_hash: Mapped[str | None] = mapped_column(ForeignKey("stored_file.sha256"))
    found_at: Mapped[datetime]
    found_by: Mapped[str]
    outcome: Mapped[CaseOutcome | None]
    answer: Mapped[str | None]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None]
    __table_args__ = (
        CheckConstraint("units > 0", name="units"),
        CheckConstraint("(closed_at IS NULL) = (outcome IS NULL)", name="end"),
        Index("uq_box_case_open", "consignment_id", "kind", unique=True,
              postgresql_where=text("closed_at IS NULL")),
    )  # fmt: skip


class DeskClosing(Base):
    """A point's count at the end of a day, and in words why it differs from what was expected."""

    __tablename__ = "desk_closing"
    id: Mapped[Id]
    point_id: Mapped[int] = mapped_column(ForeignKey("pickup_point.id"))
    closed_on: Mapped[date]
    expected_bags: Mapped[int]
    counted_bags: Mapped[int]
    words: Mapped[str]
    closed_at: Mapped[datetime]
    closed_by: Mapped[str]
    __table_args__ = (
        CheckConstraint("expected_bags >= 0 AND counted_bags >= 0", name="counts"),
        CheckConstraint("expected_bags = counted_bags OR words <> ''", name="explained"),
        UniqueConstraint("point_id", "closed_on"),
    )


class LeftOrder(Base):
    """What becomes of goods that nobody fetched: kept until a day, or given away."""

    __tablename__ = "left_order"
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    point_id: Mapped[int] = mapped_column(ForeignKey("pickup_point.id"), index=True)
    decision: Mapped[LeftDecision]
    keep_until: Mapped[date | None]
    decided_at: Mapped[datetime]
    decided_by: Mapped[str]
    __table_args__ = (
        CheckConstraint("(decision = 'keep') = (keep_until IS NOT NULL)", name="until"),
    )
