"""Standing orders, their lines, and what became of them round by round."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from market.db import Base, Id
from market.orders.rules import MakerChoice, PayMethod, ShortageChoice
from market.orders.standing.rules import RunState, StandingState
from market.rounds.rules import Cycle


class StandingOrder(Base):
    """What a signed-in buyer wants in every round of a cycle (or in each second one), and where.

    skip_next: the next round that opens is passed over once.
    """

    __tablename__ = "standing_order"
    id: Mapped[Id]
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    buyer_id: Mapped[int] = mapped_column(ForeignKey("buyer.id"))
    state: Mapped[StandingState] = mapped_column(
        server_default="active", default=StandingState.ACTIVE
    )
    cycle: Mapped[Cycle]
    every: Mapped[int] = mapped_column(SmallInteger, server_default=text("1"), default=1)
    skip_next: Mapped[bool] = mapped_column(server_default=text("false"), default=False)
    pay_method: Mapped[PayMethod]
    point_id: Mapped[int | None] = mapped_column(ForeignKey("pickup_point.id"))
    tambon_code: Mapped[str | None] = mapped_column(ForeignKey("tambon.code"))
    recipient: Mapped[str]
    phone: Mapped[str]
    address: Mapped[str | None]
    address_note: Mapped[str | None]
    version: Mapped[int] = mapped_column(server_default=text("1"), default=1)
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint("every IN (1, 2)", name="every"),
        CheckConstraint("(point_id IS NULL) = (tambon_code IS NOT NULL)"
                        " AND (point_id IS NULL) = (address IS NOT NULL)",
                        name="point_or_address"),
        CheckConstraint("point_id IS NOT NULL OR pay_method <> 'cash'", name="cash_at_point"),
        Index("ix_standing_order_user", "user_id", "id"),
        Index("ix_standing_order_active", "cycle", postgresql_where=text("state = 'active'")),
    )  # fmt: skip


class StandingOrderLine(Base):
    """So many of a product, by whom, and the most that one unit may cost."""

    __tablename__ = "standing_line"
    id: Mapped[Id]
    standing_id: Mapped[int] = mapped_column(ForeignKey("standing_order.id", ondelete="CASCADE"))
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    group_id: Mapped[int | None] = mapped_column(ForeignKey("producer_group.id"))
    maker: Mapped[MakerChoice]
    shortage: Mapped[ShortageChoice] = mapped_column(
        server_default="fewer", default=ShortageChoice.FEWER
    )
    units: Mapped[int]
    ceiling_satang: Mapped[int]
    __table_args__ = (
        UniqueConstraint("standing_id", "product_id"),
        CheckConstraint("units BETWEEN 1 AND 100000", name="units"),
        CheckConstraint("ceiling_satang > 0", name="ceiling"),
        CheckConstraint("(maker = 'any') = (group_id IS NULL)", name="maker"),
    )


class StandingRun(Base):
    """A standing order in one round: at most one, whoever looks how often.

    missed: the lines that were left out, as ``rules.Missed`` writes them. reason and data
    say in a code why nothing was ordered. claimed_until: a worker has it until then.
    """

    __tablename__ = "standing_run"
    id: Mapped[Id]
    standing_id: Mapped[int] = mapped_column(ForeignKey("standing_order.id"))
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    state: Mapped[RunState] = mapped_column(server_default="due", default=RunState.DUE)
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id"), unique=True)
    reason: Mapped[str | None]
    data: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"), default=dict)
    missed: Mapped[list[Any]] = mapped_column(server_default=text("'[]'"), default=list)
    created_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    claimed_until: Mapped[datetime | None]
    __table_args__ = (
        UniqueConstraint("standing_id", "round_id"),
        CheckConstraint("(state IN ('placed', 'part')) = (order_id IS NOT NULL)", name="order"),
        CheckConstraint("(state = 'failed') = (reason IS NOT NULL)", name="reason"),
        Index("ix_standing_run_round", "round_id"),
        Index("ix_standing_run_due", "id", postgresql_where=text("state = 'due'")),
    )
