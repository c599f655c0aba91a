"""Steps against a shortfall: more asked of a group, offered to a neighbour, another product."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from market.db import Base, Id
from market.matching.resolving.rules import OfferState, StepKind


class ShortfallStep(Base):
    """One thing done about a product that is short in a round. The number guards against two at
    once: who looked at the same state writes the same number, and only one can.

    run_id: the match run beside the match that holds what was asked of the group.
    """

    __tablename__ = "shortfall_step"
    id: Mapped[Id]
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    number: Mapped[int] = mapped_column(SmallInteger)
    kind: Mapped[StepKind]
    units: Mapped[int]
    round_offer_id: Mapped[int] = mapped_column(ForeignKey("round_offer.id"))
    run_id: Mapped[int | None] = mapped_column(ForeignKey("match_run.id"), unique=True)
    words: Mapped[str] = mapped_column(server_default="", default="")
    done_by: Mapped[str]
    done_at: Mapped[datetime]
    __table_args__ = (
        UniqueConstraint("round_id", "product_id", "number"),
        CheckConstraint("units > 0 AND number > 0", name="positive"),
        CheckConstraint("(kind = 'ask') = (run_id IS NOT NULL)", name="run"),
        CheckConstraint("length(words) <= 500", name="words"),
    )


class NeighbourOffer(Base):
    """Units offered to the coordinators of another area: they decide whether to ask their group."""

    __tablename__ = "neighbour_offer"
    id: Mapped[Id]
    step_id: Mapped[int] = mapped_column(ForeignKey("shortfall_step.id"), unique=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    round_offer_id: Mapped[int] = mapped_column(ForeignKey("round_offer.id"))
    units: Mapped[int]
    state: Mapped[OfferState]
    answered_by: Mapped[str | None]
    answered_at: Mapped[datetime | None]
    reply: Mapped[str] = mapped_column(server_default="", default="")
    __table_args__ = (
        CheckConstraint("units > 0", name="units"),
        CheckConstraint("(state = 'open') = (answered_at IS NULL)", name="answered"),
        CheckConstraint("length(reply) <= 500", name="reply"),
        Index("uq_neighbour_offer_open", "round_offer_id", unique=True,
              postgresql_where=text("state = 'open'")),
    )  # fmt: skip


class InsteadOffer(Base):
    """Another product offered for a line that nobody makes; without a yes the refund stands.

    new_line_id: the line that took its place. price_satang: a unit's, at most what was accepted.
    """

    __tablename__ = "instead_offer"
    id: Mapped[Id]
    step_id: Mapped[int] = mapped_column(ForeignKey("shortfall_step.id"), index=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    line_id: Mapped[int] = mapped_column(ForeignKey("order_line.id"))
    round_offer_id: Mapped[int] = mapped_column(ForeignKey("round_offer.id"))
    units: Mapped[int]
    price_satang: Mapped[int]
    state: Mapped[OfferState]
    offered_at: Mapped[datetime]
    answer_by: Mapped[datetime]
    answered_by: Mapped[str | None]
    answered_at: Mapped[datetime | None]
    new_line_id: Mapped[int | None] = mapped_column(ForeignKey("order_line.id"), unique=True)
    __table_args__ = (
        CheckConstraint("units > 0 AND price_satang > 0", name="positive"),
        CheckConstraint("(state = 'open') = (answered_at IS NULL)", name="answered"),
        CheckConstraint("(state = 'accepted') = (new_line_id IS NOT NULL)", name="accepted"),
        Index("uq_instead_offer_line", "line_id", unique=True,
              postgresql_where=text("state IN ('open', 'accepted')")),
    )  # fmt: skip
