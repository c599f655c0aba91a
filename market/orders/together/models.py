"""Baskets of several people: the host's, the friends, and who wants what."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from market.db import Base, Id
from market.orders.together.rules import BasketState


class SharedBasket(Base):
    """A host's basket for one round and one pick-up point, filled by friends through a link.

    The host is a user, or a browser by its secret's hash. The link's token is made from the
    basket's id and serial with the market's key; only its hash is kept, a new serial ends it.
    """

    __tablename__ = "shared_basket"
    id: Mapped[Id]
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    point_id: Mapped[int] = mapped_column(ForeignKey("pickup_point.id"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    owner_hash: Mapped[str | None]
    host_name: Mapped[str]
    state: Mapped[BasketState] = mapped_column(server_default="open", default=BasketState.OPEN)
    serial: Mapped[int] = mapped_column(server_default=text("1"), default=1)
    token_hash: Mapped[str] = mapped_column(unique=True)
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id"), unique=True)
    created_at: Mapped[datetime]
    __table_args__ = (
        CheckConstraint("(user_id IS NULL) <> (owner_hash IS NULL)", name="one_host"),
        CheckConstraint("(state = 'ordered') = (order_id IS NOT NULL)", name="ordered"),
        Index("ix_shared_basket_user", "user_id"),
        Index("ix_shared_basket_owner", "owner_hash"),
    )


class SharedFriend(Base):
    """Somebody who opened the link, by their browser's secret (hash kept) and a name they gave."""

    __tablename__ = "shared_friend"
    id: Mapped[Id]
    basket_id: Mapped[int] = mapped_column(ForeignKey("shared_basket.id", ondelete="CASCADE"))
    name: Mapped[str]
    key_hash: Mapped[str]
    created_at: Mapped[datetime]
    __table_args__ = (
        UniqueConstraint("basket_id", "key_hash"),
        CheckConstraint("name <> ''", name="name"),
    )


class SharedLine(Base):
    """So many of a product for one friend; it stays after ordering, to share out and to collect."""

    __tablename__ = "shared_line"
    id: Mapped[Id]
    friend_id: Mapped[int] = mapped_column(ForeignKey("shared_friend.id", ondelete="CASCADE"))
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    units: Mapped[int]
    added_at: Mapped[datetime]
    __table_args__ = (
        UniqueConstraint("friend_id", "product_id"),
        CheckConstraint("units BETWEEN 1 AND 100000", name="units"),
    )
