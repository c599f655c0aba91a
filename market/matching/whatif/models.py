"""What-ifs beside a match, and the pins and weights that a coordinator took over from them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from market.db import Base, Id
from market.matching.rules import SimulationState


class MatchPin(Base):
    """A coordinator's word on an offer in one match of its round: at least, at most so many.

    rematch_no: the match it was set for; later ones keep only the upper end.
    """

    __tablename__ = "match_pin"
    round_offer_id: Mapped[int] = mapped_column(ForeignKey("round_offer.id"), primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    rematch_no: Mapped[int] = mapped_column(SmallInteger)
    low_units: Mapped[int | None]
    high_units: Mapped[int | None]
    reason: Mapped[str]
    set_by: Mapped[str]  # "user:7"
    set_at: Mapped[datetime]
    __table_args__ = (
        CheckConstraint("low_units >= 0 AND high_units >= 0", name="positive"),
        CheckConstraint("low_units <= high_units", name="order"),
        CheckConstraint("low_units IS NOT NULL OR high_units IS NOT NULL", name="says"),
        CheckConstraint("reason <> ''", name="reason"),
    )


class MatchWeight(Base):
    """A coordinator's change of a group's entitlement in a round, in per cent of the rule's."""

    __tablename__ = "match_weight"
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("producer_group.id"), primary_key=True)
    percent: Mapped[int] = mapped_column(SmallInteger)
    reason: Mapped[str]
    set_by: Mapped[str]
    set_at: Mapped[datetime]
    __table_args__ = (
        CheckConstraint("percent BETWEEN 10 AND 1000", name="percent"),
        CheckConstraint("reason <> ''", name="reason"),
    )


class Simulation(Base):
    """A what-if beside a match: changes on a copy, solved by a worker, never published.

    before, after: measures of the match and of the copy, whole numbers by name.
    """

    __tablename__ = "simulation"
    id: Mapped[Id]
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("match_run.id"))
    state: Mapped[SimulationState]
    changes: Mapped[dict[str, Any]]
    reason: Mapped[str | None]
    params: Mapped[dict[str, Any]]
    versions: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"), default=dict)
    input_hash: Mapped[str | None]
    problem: Mapped[bytes | None] = mapped_column(LargeBinary)  # as of MatchRun
    plan: Mapped[bytes | None] = mapped_column(LargeBinary)
    stages: Mapped[list[Any]] = mapped_column(server_default=text("'[]'"), default=list)
    before: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"), default=dict)
    after: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"), default=dict)
    error: Mapped[str | None]
    created_by: Mapped[str]
    claimed_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint("used_at IS NULL OR state = 'done'", name="used"),
        Index("ix_simulation_due", "claimed_until",
              postgresql_where=text("state IN ('waiting', 'running')")),
    )  # fmt: skip


class SimulationOffer(Base):
    """What an offer gets in a simulation, and why; capacity_units: as changed for it."""

    __tablename__ = "simulation_offer"
    simulation_id: Mapped[int] = mapped_column(ForeignKey("simulation.id"), primary_key=True)
    round_offer_id: Mapped[int] = mapped_column(ForeignKey("round_offer.id"), primary_key=True)
    units: Mapped[int]
    capacity_units: Mapped[int]
    reason: Mapped[str]
    data: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    __table_args__ = (CheckConstraint("units >= 0", name="units"),)
