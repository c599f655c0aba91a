"""Places by code, the points where goods are picked up, and what it costs to get there."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from market.db import Base, Id


class Province(Base):
    """จังหวัด, by its 2-digit code."""

    __tablename__ = "province"
    code: Mapped[str] = mapped_column(primary_key=True)
    name_th: Mapped[str]
    name_en: Mapped[str]
    region_code: Mapped[str]
    sort_key: Mapped[str]
    __table_args__ = (CheckConstraint(r"code ~ '^\d{2}$'", name="code"),)


class Amphoe(Base):
    """อำเภอ / เขต, by its 4-digit code."""

    __tablename__ = "amphoe"
    code: Mapped[str] = mapped_column(primary_key=True)
    province_code: Mapped[str] = mapped_column(ForeignKey("province.code"), index=True)
    name_th: Mapped[str]
    name_en: Mapped[str]
    __table_args__ = (CheckConstraint(r"code ~ '^\d{4}$'", name="code"),)


class Tambon(Base):
    """ตำบล / แขวง, by its 6-digit code. Names and postcodes repeat: only the code is a key."""

    __tablename__ = "tambon"
    code: Mapped[str] = mapped_column(primary_key=True)
    amphoe_code: Mapped[str] = mapped_column(ForeignKey("amphoe.code"), index=True)
    province_code: Mapped[str] = mapped_column(ForeignKey("province.code"), index=True)
    name_th: Mapped[str]
    name_en: Mapped[str]
    postcode: Mapped[str]
    lat: Mapped[float | None]
    lon: Mapped[float | None]
    readiness: Mapped[int | None]
    search: Mapped[str]  # every name, code and postcode one may type, see thai.search_text
    sort_key: Mapped[str]
    __table_args__ = (
        CheckConstraint(r"code ~ '^\d{6}$'", name="code"),
        CheckConstraint("left(code, 4) = amphoe_code AND left(code, 2) = province_code",
                        name="prefix"),
        CheckConstraint("readiness IN (1, 2)", name="readiness"),
    )  # fmt: skip


class PickupPoint(Base):
    """จุดรับสินค้า. Each group's own place is one too: then group_id is set."""

    __tablename__ = "pickup_point"
    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    name_th: Mapped[str]
    name_en: Mapped[str]
    tambon_code: Mapped[str] = mapped_column(ForeignKey("tambon.code"), index=True)
    lat: Mapped[float | None]
    lon: Mapped[float | None]
    weekday: Mapped[int | None]  # 0 Monday; None: any delivery date
    hours: Mapped[str | None]  # "16:00-19:00", local time
    capacity_boxes: Mapped[int | None]
    group_id: Mapped[int | None] = mapped_column(ForeignKey("producer_group.id"), unique=True)
    active: Mapped[bool] = mapped_column(server_default=text("true"), default=True)
    __table_args__ = (CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),)


class PostRate(Base):
    """What parcel post costs the market between two regions."""

    __tablename__ = "post_rate"
    from_region: Mapped[str] = mapped_column(primary_key=True)
    to_region: Mapped[str] = mapped_column(primary_key=True)
    first_kg_satang: Mapped[int]
    extra_kg_satang: Mapped[int]
    days: Mapped[int]
    __table_args__ = (
        CheckConstraint("first_kg_satang >= 0 AND extra_kg_satang >= 0 AND days > 0", name="rates"),
    )


class DeliveryTariff(Base):
    """What a buyer pays for delivery to a region: published, by weight, whoever makes the goods."""

    __tablename__ = "delivery_tariff"
    to_region: Mapped[str] = mapped_column(primary_key=True)
    first_kg_satang: Mapped[int]
    extra_kg_satang: Mapped[int]
    __table_args__ = (
        CheckConstraint("first_kg_satang >= 0 AND extra_kg_satang >= 0", name="rates"),
    )


class Lane(Base):
    """A group's own way to a point: its place (distance 0), or by its vehicle within reach."""

    __tablename__ = "lane"
    group_id: Mapped[int] = mapped_column(ForeignKey("producer_group.id"), primary_key=True)
    point_id: Mapped[int] = mapped_column(ForeignKey("pickup_point.id"), primary_key=True)
    distance_m: Mapped[int]
    cost_satang_per_kg: Mapped[int]
    fixed_cost_satang: Mapped[int]
    max_weight_g: Mapped[int]  # a date; 0 none
    __table_args__ = (
        CheckConstraint(
            "distance_m >= 0 AND cost_satang_per_kg >= 0 AND fixed_cost_satang >= 0"
            " AND max_weight_g >= 0",
            name="positive",
        ),
        Index("ix_lane_point", "point_id", "group_id"),
    )
