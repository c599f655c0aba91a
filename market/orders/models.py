"""Carts, orders, lines and the reservations that prove a plan exists."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from market.db import Base, Id
from market.orders.rules import MakerChoice, OrderState, PayMethod, ShortageChoice


class Cart(Base):
    """A basket kept in the database, found by a signed-in user or by a cookie (hash kept)."""

    __tablename__ = "cart"
    id: Mapped[Id]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), unique=True)
    token_hash: Mapped[str | None] = mapped_column(unique=True)
    updated_at: Mapped[datetime]
    __table_args__ = (
        CheckConstraint("(user_id IS NULL) <> (token_hash IS NULL)", name="one_owner"),
    )


class CartLine(Base):
    """A wish: so many of a product in a round, made by whom. Reserves nothing."""

    __tablename__ = "cart_line"
    id: Mapped[Id]
    cart_id: Mapped[int] = mapped_column(ForeignKey("cart.id", ondelete="CASCADE"))
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    group_id: Mapped[int | None] = mapped_column(ForeignKey("producer_group.id"))
    maker: Mapped[MakerChoice]
    shortage: Mapped[ShortageChoice] = mapped_column(
        server_default="fewer", default=ShortageChoice.FEWER
    )
    units: Mapped[int]
    seen_satang: Mapped[int | None]  # the price of a unit when it was put here
    __table_args__ = (
        UniqueConstraint("cart_id", "round_id", "product_id"),
        CheckConstraint("units BETWEEN 1 AND 100000", name="units"),
        CheckConstraint("(maker = 'any') = (group_id IS NULL)", name="maker"),
    )


class Order(Base):
    """One buyer's order in one round, to one destination, on one delivery date."""

    __tablename__ = "orders"
    id: Mapped[Id]
    number: Mapped[str] = mapped_column(unique=True)  # "12-0482": round, then a running number
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    buyer_id: Mapped[int] = mapped_column(ForeignKey("buyer.id"), index=True)
    state: Mapped[OrderState] = mapped_column(default=OrderState.PLACED)
    idempotency_key: Mapped[str] = mapped_column(unique=True)
    version: Mapped[int] = mapped_column(server_default=text("1"), default=1)
    pay_method: Mapped[PayMethod]
    point_id: Mapped[int | None] = mapped_column(ForeignKey("pickup_point.id"), index=True)
    tambon_code: Mapped[str] = mapped_column(ForeignKey("tambon.code"))  # of the destination
    recipient: Mapped[str | None]
    phone: Mapped[str | None]
    address: Mapped[str | None]
    address_note: Mapped[str | None]
    delivery_index: Mapped[int] = mapped_column(SmallInteger)
    delivery_fee_satang: Mapped[int]
    pickup_code: Mapped[str]  # six digits, unique in a round
    placed_at: Mapped[datetime]
    cancelled_at: Mapped[datetime | None]
    funded_at: Mapped[datetime | None]  # its money is there, or held for it
    __table_args__ = (
        UniqueConstraint("round_id", "pickup_code"),
        CheckConstraint("(point_id IS NULL) = (address IS NOT NULL)", name="point_or_address"),
        CheckConstraint("point_id IS NOT NULL OR pay_method <> 'cash'", name="cash_at_point"),
        CheckConstraint("delivery_fee_satang >= 0", name="fee"),
        CheckConstraint(r"pickup_code ~ '^\d{6}$'", name="pickup_code"),
        Index("ix_orders_round", "round_id", "state"),
    )


class OrderLine(Base):
    """A product in an order. At most one line a product.

    ceiling_satang is the most a unit may cost. released_at is set when the line's
    unserved units are given up: unpaid, cancelled, or a *nothing* line that fell short.
    """

    __tablename__ = "order_line"
    id: Mapped[Id]
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    group_id: Mapped[int | None] = mapped_column(ForeignKey("producer_group.id"))
    maker: Mapped[MakerChoice]
    shortage: Mapped[ShortageChoice]
    units: Mapped[int]
    ceiling_satang: Mapped[int]
    priority: Mapped[int] = mapped_column(SmallInteger, server_default=text("1"), default=1)
    released_at: Mapped[datetime | None]
    released_reason: Mapped[str | None]
    __table_args__ = (
        UniqueConstraint("order_id", "product_id"),
        CheckConstraint("units BETWEEN 1 AND 100000", name="units"),
        CheckConstraint("ceiling_satang > 0", name="ceiling"),
        CheckConstraint("priority IN (0, 1, 2)", name="priority"),
        CheckConstraint("(maker = 'any') = (group_id IS NULL)", name="maker"),
        Index("ix_order_line_round", "round_id", "product_id"),
    )


class Reservation(Base):
    """Units of an offer provisionally held for a line while its round is open."""

    __tablename__ = "reservation"
    line_id: Mapped[int] = mapped_column(
        ForeignKey("order_line.id", ondelete="CASCADE"), primary_key=True
    )
    round_offer_id: Mapped[int] = mapped_column(ForeignKey("round_offer.id"), primary_key=True)
    units: Mapped[int]
    __table_args__ = (
        CheckConstraint("units > 0", name="units"),
        Index("ix_reservation_offer", "round_offer_id"),
    )


class Gift(Base):
    """An order for somebody else: the greeting on its slip, and the link to the pick-up code.

    The order's recipient and phone are theirs. The link's token is made from the order with the
    market's key; only its hash is kept.
    """

    __tablename__ = "gift"
    order_id: Mapped[int] = mapped_column(
        ForeignKey("orders.id"), primary_key=True, autoincrement=False
    )
    words: Mapped[str] = mapped_column(server_default="", default="")
    token_hash: Mapped[str] = mapped_column(unique=True)
    __table_args__ = (CheckConstraint("length(words) <= 300", name="words"),)


class SavedAddress(Base):
    """Where a signed-in buyer has things sent; at most one of theirs is the usual one."""

    __tablename__ = "saved_address"
    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"))
    recipient: Mapped[str]
    phone: Mapped[str]
    tambon_code: Mapped[str] = mapped_column(ForeignKey("tambon.code"))
    house_no: Mapped[str] = mapped_column(server_default="", default="")
    moo: Mapped[str] = mapped_column(server_default="", default="")
    village: Mapped[str] = mapped_column(server_default="", default="")
    soi: Mapped[str] = mapped_column(server_default="", default="")
    road: Mapped[str] = mapped_column(server_default="", default="")
    note: Mapped[str] = mapped_column(server_default="", default="")
    usual: Mapped[bool] = mapped_column(server_default=text("false"), default=False)
    created_at: Mapped[datetime]
    __table_args__ = (
        CheckConstraint("house_no <> ''", name="house_no"),
        Index("ix_saved_address_user", "user_id", "id"),
        Index("uq_saved_address_usual", "user_id", unique=True, postgresql_where=text("usual")),
    )
