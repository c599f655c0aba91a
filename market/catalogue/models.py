"""What is made, by whom, and on what terms a group offers it."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    ForeignKey,
    Index,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from market.db import Base, Id


class Enterprise(Base):
    """The registered organisation (วิสาหกิจชุมชน, สหกรณ์ ...) to which groups belong."""

    __tablename__ = "enterprise"
    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    name_th: Mapped[str]
    name_en: Mapped[str]
    legal_form: Mapped[str]
    tambon_code: Mapped[str] = mapped_column(ForeignKey("tambon.code"), index=True)
    founded_on_year: Mapped[int | None]
    __table_args__ = (
        CheckConstraint(
            "legal_form IN ('community_enterprise', 'farm_women_group', 'livelihood_group',"
            " 'cooperative')",
            name="legal_form",
        ),
    )


class ProducerGroup(Base):
    """กลุ่มผู้ผลิต: the people who make. Readiness 1 sells at its own place only."""

    __tablename__ = "producer_group"
    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("enterprise.id"), index=True)
    tambon_code: Mapped[str] = mapped_column(ForeignKey("tambon.code"), index=True)
    name_th: Mapped[str]
    name_en: Mapped[str]
    craft_th: Mapped[str]
    craft_en: Mapped[str]
    sector: Mapped[str]
    readiness: Mapped[int] = mapped_column(SmallInteger)
    members: Mapped[int]
    households: Mapped[int]
    contact_channel: Mapped[str]
    phone: Mapped[str | None]
    story_th: Mapped[str] = mapped_column(server_default="")
    ships_parcels: Mapped[bool]
    shared_resource_th: Mapped[str | None]
    shared_resource_en: Mapped[str | None]
    shared_minutes: Mapped[int | None]  # a round; None: nothing is shared
    vehicle_th: Mapped[str | None]
    vehicle_en: Mapped[str | None]
    vehicle_reach_m: Mapped[int | None]
    vehicle_satang_per_km: Mapped[int | None]
    vehicle_fixed_satang: Mapped[int | None]
    vehicle_max_g: Mapped[int | None]
    promptpay_id: Mapped[str | None]
    sort_key: Mapped[str]
    search: Mapped[str]
    sample: Mapped[bool] = mapped_column(server_default=text("false"))
    active: Mapped[bool] = mapped_column(server_default=text("true"))
    __table_args__ = (
        CheckConstraint("readiness IN (1, 2)", name="readiness"),
        CheckConstraint("members > 0 AND households BETWEEN 0 AND members", name="members"),
        CheckConstraint("shared_minutes >= 0", name="shared_minutes"),
        CheckConstraint("readiness = 2 OR NOT ships_parcels", name="local_only"),
    )


class Category(Base):
    """A kind of goods, for browsing."""

    __tablename__ = "category"
    key: Mapped[str] = mapped_column(primary_key=True)
    name_th: Mapped[str]
    name_en: Mapped[str]
    position: Mapped[int]


class Product(Base):
    """A thing people order, whoever makes it; unit_th is its Thai classifier."""

    __tablename__ = "product"
    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    category_key: Mapped[str] = mapped_column(ForeignKey("category.key"), index=True)
    name_th: Mapped[str]
    name_en: Mapped[str]
    unit_th: Mapped[str]
    unit_en: Mapped[str]
    pack: Mapped[str]
    ship_weight_g: Mapped[int]  # packed; 0 for what is not carried (a visit)
    ships_parcel: Mapped[bool]
    band_low_satang: Mapped[int]  # any-maker lines accept prices inside the band
    band_high_satang: Mapped[int]
    reference_satang: Mapped[int]  # fairness is measured at this price, not at what is asked
    reference_cost_satang: Mapped[int]
    season_months: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger))
    lead_days_min: Mapped[int]
    shelf_days: Mapped[int]  # 0: does not spoil
    storage: Mapped[str]
    round_cycle: Mapped[str]
    vat_class: Mapped[str]
    label_class: Mapped[str]
    allergens: Mapped[list[str]] = mapped_column(ARRAY(Text))
    required_certificates: Mapped[list[str]] = mapped_column(ARRAY(Text))
    sort_key: Mapped[str]
    search: Mapped[str]
    active: Mapped[bool] = mapped_column(server_default=text("true"))
    __table_args__ = (
        CheckConstraint("ship_weight_g >= 0", name="weight"),
        CheckConstraint("0 < band_low_satang AND band_low_satang <= band_high_satang", name="band"),
        CheckConstraint("reference_satang > 0 AND reference_cost_satang >= 0", name="reference"),
        CheckConstraint("round_cycle IN ('weekly', 'biweekly', 'monthly')", name="cycle"),
        CheckConstraint("storage IN ('ambient', 'fresh', 'chilled', 'frozen', 'none')",
                        name="storage"),
        CheckConstraint("vat_class IN ('exempt', 'standard')", name="vat_class"),
    )  # fmt: skip


class ChainCost(Base):
    """The cost of a product's link in its economic chain (six links, they add up)."""

    __tablename__ = "chain_cost"
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"), primary_key=True)
    link_no: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    link_key: Mapped[str]
    name_th: Mapped[str]
    name_en: Mapped[str]
    cost_satang: Mapped[int]
    __table_args__ = (CheckConstraint("cost_satang >= 0", name="cost"),)


class Offer(Base):
    """A group's standing terms for a product; opting into a round copies them there."""

    __tablename__ = "offer"
    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("producer_group.id"), index=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"), index=True)
    round_cycle: Mapped[str]
    capacity_units: Mapped[int]
    min_batch_units: Mapped[int]
    lot_units: Mapped[int]
    lead_days: Mapped[int]
    price_satang: Mapped[int]
    unit_cost_satang: Mapped[int]
    middleman_satang: Mapped[int]  # 0: no collector buys it
    max_per_order: Mapped[int]
    season_months: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger))
    minutes_per_unit: Mapped[int] = mapped_column(server_default=text("0"))
    own_use: Mapped[bool]
    active: Mapped[bool] = mapped_column(server_default=text("true"))
    __table_args__ = (
        UniqueConstraint("group_id", "product_id"),
        CheckConstraint("0 < lot_units AND lot_units <= min_batch_units"
                        " AND min_batch_units <= capacity_units", name="units"),
        CheckConstraint("capacity_units % lot_units = 0 AND min_batch_units % lot_units = 0",
                        name="whole_lots"),
        CheckConstraint("price_satang > 0 AND unit_cost_satang >= 0 AND middleman_satang >= 0",
                        name="prices"),
        CheckConstraint("max_per_order BETWEEN 1 AND capacity_units", name="max_per_order"),
        CheckConstraint("lead_days > 0 AND minutes_per_unit >= 0", name="times"),
    )  # fmt: skip


class Certificate(Base):
    """A paper that an offer holds. Shown once somebody has checked it, and while it is valid."""

    __tablename__ = "certificate"
    id: Mapped[Id]
    offer_id: Mapped[int] = mapped_column(ForeignKey("offer.id"), index=True)
    kind: Mapped[str]
    number: Mapped[str | None]
    issuer: Mapped[str | None]
    issued_on: Mapped[date | None]
    expires_on: Mapped[date | None]
    checked_by: Mapped[str | None]  # the name of whoever compared it with the paper
    checked_at: Mapped[datetime | None]
    __table_args__ = (
        UniqueConstraint("offer_id", "kind"),
        CheckConstraint(
            "kind IN ('FDA', 'FDA_COS', 'FDA_HERB', 'TCPS', 'GAP', 'ORGTH', 'PGS', 'GI', 'HALAL',"
            " 'OTOP3', 'OTOP4', 'OTOP5')",
            name="kind",
        ),
        CheckConstraint(
            "(checked_by IS NULL) = (checked_at IS NULL)"
            " AND (checked_at IS NULL OR (number IS NOT NULL AND issuer IS NOT NULL))",
            name="checked",
        ),
        Index("ix_certificate_kind", "kind"),
    )


class SearchEntry(Base):
    """Something that can be found: a product, a group, a place, a kind of goods, a certificate.

    names are its own names, text also what stands around it (makers, places, papers), both
    folded (``thai.fold``) and cut by ``|``. Made from the catalogue, see ``search_index``.
    """

    __tablename__ = "search_entry"
    kind: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)  # code of the thing
    ref_id: Mapped[int | None]  # product.id or producer_group.id
    names: Mapped[str]
    text: Mapped[str]
    name_th: Mapped[str]
    name_en: Mapped[str]
    sort_key: Mapped[str]
    __table_args__ = (
        CheckConstraint(
            "kind IN ('product', 'group', 'place', 'category', 'certificate')", name="kind"
        ),
        Index("ix_search_entry_ref", "kind", "ref_id"),
    )


class ProductFacet(Base):
    """What a list of goods can be narrowed by and that hangs on all makers of a product.

    tags are a letter and a value: ``kFDA`` some maker holds that paper, ``wparcel`` it can be
    sent by parcel; provinces are ``p32``. Made from the catalogue, see ``facet_index``.
    """

    __tablename__ = "product_facet"
    product_id: Mapped[int] = mapped_column(
        ForeignKey("product.id", ondelete="CASCADE"), primary_key=True
    )
    provinces: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    months: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger), server_default=text("'{}'"))
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))


class Synonym(Base):
    """What people say and what it is called here; both folded. The market edits these.

    One that was taken off stays as a row that is not active: the words the market starts
    with must not come back.
    """

    __tablename__ = "synonym"
    said: Mapped[str] = mapped_column(primary_key=True)
    means: Mapped[str] = mapped_column(primary_key=True)
    shown: Mapped[str]  # as it was typed: "ปลาแดก = ปลาร้า"
    active: Mapped[bool] = mapped_column(server_default=text("true"), default=True)
    __table_args__ = (CheckConstraint("said <> means AND said <> ''", name="differ"),)


class ChannelRule(Base):
    """On which ways a kind of goods may travel; a kind without a row may use all.

    parcel: by post, kept dry; cold: by post, though it is fresh, chilled or frozen. own_lane:
    by the group's own way to any point it reaches, in its amphoe only, or not at all: the
    buyer comes to the group.
    """

    __tablename__ = "channel_rule"
    category_key: Mapped[str] = mapped_column(ForeignKey("category.key"), primary_key=True)
    parcel: Mapped[bool]
    cold: Mapped[bool]
    own_lane: Mapped[str]
    __table_args__ = (
        CheckConstraint("own_lane IN ('anywhere', 'local', 'visit')", name="own_lane"),
    )
