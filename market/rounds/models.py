"""A round, who takes part in it and on what terms."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from market.db import Base, Id
from market.errors import Conflict
from market.rounds.rules import Cycle, RoundState, Timetable, may_move


class Round(Base):
    """One round: its timetable and where it stands."""

    __tablename__ = "round"
    id: Mapped[Id]
    number: Mapped[int] = mapped_column(unique=True)
    name_th: Mapped[str]
    name_en: Mapped[str]
    cycle: Mapped[Cycle]
    state: Mapped[RoundState] = mapped_column(default=RoundState.DRAFT)
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    answer_by: Mapped[datetime]  # moves on with each re-match
    first_answer_by: Mapped[datetime]
    answer_hours: Mapped[int]
    rematch_limit: Mapped[int]
    rematches: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    publish_at: Mapped[datetime | None]  # a matched round publishes itself then
    pay_by: Mapped[datetime]
    delivery_on: Mapped[list[date]] = mapped_column(ARRAY(Date))
    pay_policy: Mapped[str] = mapped_column(server_default="after_match", default="after_match")
    payee: Mapped[str] = mapped_column(server_default="market", default="market")
    pay_methods: Mapped[list[str]] = mapped_column(
        ARRAY(Text), server_default=text("'{promptpay,cash}'"),
        default=lambda: ["promptpay", "cash"],
    )  # fmt: skip
    sample: Mapped[bool] = mapped_column(server_default=text("false"), default=False)
    #: Made by an agreement for one buyer: never gathered, never listed to others.
    private: Mapped[bool] = mapped_column(server_default=text("false"), default=False)
    #: Repeated from a template: due_on names the occurrence, met_on the day off that moved it.
    template_id: Mapped[int | None] = mapped_column(ForeignKey("round_template.id"))
    due_on: Mapped[date | None]
    met_on: Mapped[date | None]
    copied_from_id: Mapped[int | None] = mapped_column(ForeignKey("round.id"))
    copy_key: Mapped[str | None] = mapped_column(unique=True)
    publish_minutes: Mapped[int | None]  # from the match to its publication; None: as usual
    fee_percent: Mapped[int] = mapped_column(server_default=text("100"), default=100)
    parts: Mapped[dict[str, Any] | None]  # its own shares of the price, see RoundTemplate
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    __table_args__ = (
        CheckConstraint("opens_at < closes_at AND closes_at < first_answer_by"
                        " AND first_answer_by < pay_by", name="timetable"),
        CheckConstraint("cardinality(delivery_on) > 0", name="delivery"),
        CheckConstraint("rematches BETWEEN 0 AND rematch_limit", name="rematches"),
        CheckConstraint("pay_policy IN ('after_match', 'upfront')", name="pay_policy"),
        CheckConstraint("payee IN ('market', 'provider', 'groups')", name="payee"),
        CheckConstraint("cardinality(pay_methods) > 0", name="pay_methods"),
        UniqueConstraint("template_id", "due_on"),
        CheckConstraint("(template_id IS NULL) = (due_on IS NULL)", name="template"),
        CheckConstraint("fee_percent BETWEEN 0 AND 200", name="fee_percent"),
        CheckConstraint("publish_minutes BETWEEN 0 AND 1440", name="publish_minutes"),
        Index("ix_round_state", "state", "closes_at"),
    )  # fmt: skip

    def move(self, target: RoundState) -> RoundState:
        """Go along a drawn arrow; returns the state left. Raises Conflict where there is none."""
        if not may_move(self.state, target):
            raise Conflict("round_cannot_move", state=str(self.state), target=str(target))
        source, self.state = self.state, target
        return source

    def timetable(self) -> Timetable:
        """The moments as the rules want them."""
        return Timetable(
            opens_at=self.opens_at,
            closes_at=self.closes_at,
            answer_by=self.first_answer_by,
            answer_hours=self.answer_hours,
            rematch_limit=self.rematch_limit,
            pay_by=self.pay_by,
            delivery_on=tuple(self.delivery_on),
        )


class RoundGroup(Base):
    """A group's part in a round: its shared minutes and how many are reserved."""

    __tablename__ = "round_group"
    id: Mapped[Id]
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    group_id: Mapped[int] = mapped_column(ForeignKey("producer_group.id"), index=True)
    shared_minutes: Mapped[int | None]  # None: nothing is shared
    reserved_minutes: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    entitlement_satang: Mapped[int]  # income at reference prices that counts as a full share
    __table_args__ = (
        UniqueConstraint("round_id", "group_id"),
        CheckConstraint("reserved_minutes >= 0 AND reserved_minutes <= shared_minutes",
                        name="reserved"),
        CheckConstraint("entitlement_satang > 0", name="entitlement"),
    )  # fmt: skip


class GroupDeficit(Base):
    """What a group was due and got in a settled round, and what it is still owed after it.

    Satang at reference prices. even_satang: an even share of the latest round that sold
    anything, the yardstick of carried_satang. The latest row of a group is the one that counts.
    """

    __tablename__ = "group_deficit"
    id: Mapped[Id]
    group_id: Mapped[int] = mapped_column(ForeignKey("producer_group.id"))
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    even_satang: Mapped[int]
    due_satang: Mapped[int]
    got_satang: Mapped[int]
    carried_satang: Mapped[int]
    __table_args__ = (
        UniqueConstraint("group_id", "round_id"),
        CheckConstraint("even_satang >= 0 AND due_satang >= 0 AND got_satang >= 0"
                        " AND carried_satang >= 0", name="positive"),
    )  # fmt: skip


class RoundOffer(Base):
    """An offer taking part in a round. Its terms are frozen when the round opens.

    reserved_units counts the provisional reservations of accepted lines; the
    database refuses more than capacity_units, whatever the code does.
    """

    __tablename__ = "round_offer"
    id: Mapped[Id]
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    offer_id: Mapped[int] = mapped_column(ForeignKey("offer.id"), index=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("producer_group.id"))
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    capacity_units: Mapped[int]
    min_batch_units: Mapped[int]
    lot_units: Mapped[int]
    price_satang: Mapped[int]
    unit_cost_satang: Mapped[int]
    middleman_satang: Mapped[int]
    max_per_order: Mapped[int]
    minutes_per_unit: Mapped[int]
    lead_days: Mapped[int]
    ready_index: Mapped[int] = mapped_column(SmallInteger)  # first delivery date it can meet
    in_band: Mapped[bool]  # any-maker lines accept it
    group_satang: Mapped[int | None]  # of the price, to the group; NULL until the round opens
    reserved_units: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    version: Mapped[int] = mapped_column(server_default=text("1"), default=1)  # of the terms
    __table_args__ = (
        UniqueConstraint("round_id", "group_id", "product_id"),
        UniqueConstraint("round_id", "offer_id"),
        CheckConstraint("0 < lot_units AND lot_units <= min_batch_units"
                        " AND min_batch_units <= capacity_units", name="units"),
        CheckConstraint("capacity_units % lot_units = 0", name="whole_lots"),
        CheckConstraint("reserved_units BETWEEN 0 AND capacity_units", name="reserved"),
        CheckConstraint("price_satang > 0 AND minutes_per_unit >= 0", name="terms"),
        CheckConstraint("group_satang BETWEEN 0 AND price_satang", name="group_part"),
        Index("ix_round_offer_product", "round_id", "product_id"),
    )  # fmt: skip


class PartRule(Base):
    """A part of the price for a kind of goods ('' is every kind), in basis points of the price.

    What the parts leave is the makers'. The market edits these; a round freezes them per offer.
    """

    __tablename__ = "part_rule"
    category: Mapped[str] = mapped_column(primary_key=True, server_default="", default="")
    part: Mapped[str] = mapped_column(primary_key=True)
    basis_points: Mapped[int]
    __table_args__ = (
        CheckConstraint("basis_points BETWEEN 0 AND 10000", name="basis_points"),
        CheckConstraint("part <> 'makers'", name="part"),
    )


class RoundOfferPart(Base):
    """A part of one unit's price, frozen when the round opens; the parts add up to the price."""

    __tablename__ = "round_offer_part"
    round_offer_id: Mapped[int] = mapped_column(
        ForeignKey("round_offer.id", ondelete="CASCADE"), primary_key=True
    )
    part: Mapped[str] = mapped_column(primary_key=True)
    amount_satang: Mapped[int]
    __table_args__ = (CheckConstraint("amount_satang >= 0", name="amount"),)
