"""Requests for what is on no shelf, the groups asked, and what they answer."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from market.db import Base, Id
from market.errors import Conflict
from market.made_to_order.rules import (
    REQUEST_MOVES,
    BuyerKind,
    InviteState,
    RequestState,
)


class GoodsRequest(Base):
    """What a buyer asks for. A draft belongs to the browser that holds its token (hash kept).

    ship_weight_g: of one unit, packed. follows_id: this one asks for what a group of that one
    failed to make.
    """

    __tablename__ = "goods_request"
    id: Mapped[Id]
    state: Mapped[RequestState] = mapped_column(default=RequestState.DRAFT)
    version: Mapped[int] = mapped_column(server_default=text("1"), default=1)
    draft_hash: Mapped[str | None] = mapped_column(unique=True)
    buyer_id: Mapped[int | None] = mapped_column(ForeignKey("buyer.id"))
    buyer_kind: Mapped[BuyerKind | None]
    org_name: Mapped[str | None]
    tax_id: Mapped[str | None]
    name: Mapped[str | None]
    phone: Mapped[str | None]
    email: Mapped[str | None]
    words: Mapped[str | None]
    category_key: Mapped[str | None] = mapped_column(ForeignKey("category.key"))
    product_id: Mapped[int | None] = mapped_column(ForeignKey("product.id"))  # one like it
    picture_hash: Mapped[str | None] = mapped_column(ForeignKey("stored_file.sha256"))
    units: Mapped[int | None]
    unit_th: Mapped[str | None]
    unit_en: Mapped[str | None]
    ship_weight_g: Mapped[int] = mapped_column(server_default=text("1000"), default=1000)
    max_price_satang: Mapped[int | None]  # a unit
    standards: Mapped[list[str]] = mapped_column(
        ARRAY(Text), server_default=text("'{}'"), default=list
    )
    needed_on: Mapped[date | None]
    point_id: Mapped[int | None] = mapped_column(ForeignKey("pickup_point.id"))
    tambon_code: Mapped[str | None] = mapped_column(ForeignKey("tambon.code"))
    address: Mapped[str | None]
    address_note: Mapped[str | None]
    deposit_basis_points: Mapped[int | None]  # frozen when it is sent
    sample: Mapped[bool] = mapped_column(server_default=text("false"), default=False)
    created_at: Mapped[datetime]
    asked_at: Mapped[datetime | None]
    answer_by: Mapped[datetime | None]
    choose_by: Mapped[datetime | None]
    ready_told_at: Mapped[datetime | None]  # the buyer knows that the answers are in
    agreed_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    closed_reason: Mapped[str | None]
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id"), unique=True)
    round_id: Mapped[int | None] = mapped_column(ForeignKey("round.id"), unique=True)
    follows_id: Mapped[int | None] = mapped_column(ForeignKey("goods_request.id"), unique=True)
    __table_args__ = (
        CheckConstraint(
            "state IN ('draft', 'withdrawn') OR (words IS NOT NULL AND units IS NOT NULL"
            " AND unit_th IS NOT NULL AND unit_en IS NOT NULL AND max_price_satang IS NOT NULL"
            " AND needed_on IS NOT NULL AND tambon_code IS NOT NULL AND buyer_kind IS NOT NULL"
            " AND name IS NOT NULL AND phone IS NOT NULL"
            " AND (point_id IS NULL) = (address IS NOT NULL))", name="complete"),
        CheckConstraint(
            "state IN ('draft', 'proving', 'withdrawn') OR (buyer_id IS NOT NULL"
            " AND asked_at IS NOT NULL AND answer_by > asked_at AND choose_by > answer_by"
            " AND deposit_basis_points IS NOT NULL)", name="asked"),
        CheckConstraint(
            "(state IN ('agreed', 'lapsed')) = (order_id IS NOT NULL AND round_id IS NOT NULL)",
            name="agreed"),
        CheckConstraint("units BETWEEN 1 AND 100000 AND ship_weight_g BETWEEN 1 AND 1000000",
                        name="units"),
        CheckConstraint("max_price_satang > 0", name="price"),
        CheckConstraint("deposit_basis_points BETWEEN 0 AND 10000", name="deposit"),
        Index("ix_goods_request_buyer", "buyer_id"),
        Index("ix_goods_request_due", "answer_by", postgresql_where=text("state = 'asked'")),
        Index("ix_goods_request_agreed", "id", postgresql_where=text("state = 'agreed'")),
    )  # fmt: skip

    def move(self, target: RequestState) -> RequestState:
        """Go along a drawn arrow; returns the state left. Raises Conflict where there is none."""
        if target not in REQUEST_MOVES[self.state]:
            raise Conflict("request_cannot_move", state=str(self.state), target=str(target))
        source, self.state = self.state, target
        self.version += 1
        return source


class RequestInvite(Base):
    """A group that is asked, why it is, and its answer. product_id: its goods that come nearest."""

    __tablename__ = "request_invite"
    id: Mapped[Id]
    request_id: Mapped[int] = mapped_column(ForeignKey("goods_request.id"))
    group_id: Mapped[int] = mapped_column(ForeignKey("producer_group.id"))
    state: Mapped[InviteState] = mapped_column(default=InviteState.WAITING)
    version: Mapped[int] = mapped_column(server_default=text("1"), default=1)
    product_id: Mapped[int | None] = mapped_column(ForeignKey("product.id"))
    score: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    reasons: Mapped[list[Any]] = mapped_column(server_default=text("'[]'"), default=list)
    lot_units: Mapped[int] = mapped_column(server_default=text("1"), default=1)
    price_satang: Mapped[int | None]  # a unit
    units: Mapped[int | None]  # the most it makes
    ready_on: Mapped[date | None]
    words: Mapped[str | None]
    cannot_reason: Mapped[str | None]
    chosen_units: Mapped[int | None]
    added_by: Mapped[str | None]
    asked_at: Mapped[datetime]
    reminded_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[str | None]  # "user:7" or "link:3"
    on_behalf: Mapped[bool] = mapped_column(server_default=text("false"), default=False)
    call_note: Mapped[str | None]
    __table_args__ = (
        UniqueConstraint("request_id", "group_id", name="uq_request_invite_request_id"),
        CheckConstraint("state NOT IN ('offered', 'chosen', 'passed') OR (price_satang > 0"
                        " AND units > 0 AND ready_on IS NOT NULL)", name="answer"),
        CheckConstraint("lot_units > 0 AND units % lot_units = 0", name="lots"),
        CheckConstraint("(state = 'chosen') = (chosen_units IS NOT NULL) AND chosen_units > 0"
                        " AND chosen_units <= units AND chosen_units % lot_units = 0",
                        name="chosen"),
        CheckConstraint("NOT on_behalf OR call_note IS NOT NULL", name="call_note"),
        Index("ix_request_invite_group", "group_id", "state"),
    )  # fmt: skip


class RequestQuestion(Base):
    """What a group wants to know before it answers, and what the buyer says."""

    __tablename__ = "request_question"
    id: Mapped[Id]
    invite_id: Mapped[int] = mapped_column(ForeignKey("request_invite.id"), index=True)
    question: Mapped[str]
    asked_at: Mapped[datetime]
    answer: Mapped[str | None]
    answered_at: Mapped[datetime | None]
    __table_args__ = (CheckConstraint("(answer IS NULL) = (answered_at IS NULL)", name="answered"),)
