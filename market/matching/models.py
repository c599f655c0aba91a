"""Demand cells, match runs, what each group is asked to make, and which line gets what."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    SmallInteger,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from market.db import Base, Id
from market.errors import Conflict
from market.matching.rules import (
    BATCH_MOVES,
    Answer,
    AskKind,
    BatchState,
    Mode,
    PieceState,
    RunState,
)


class DemandCell(Base):
    """A round's frozen demand, summed by everything that decides who may serve it.

    Sums of order lines, whose keys are checked: checking them again for a million cells is half
    the time of freezing a national round.
    """

    __tablename__ = "demand_cell"
    id: Mapped[Id]
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    product_id: Mapped[int]
    point_id: Mapped[int | None]
    tambon_code: Mapped[str]
    delivery_index: Mapped[int] = mapped_column(SmallInteger)
    group_id: Mapped[int | None]  # insisted
    priority: Mapped[int] = mapped_column(SmallInteger)
    ceiling_satang: Mapped[int]
    units: Mapped[int]
    lines: Mapped[int]
    __table_args__ = (
        CheckConstraint("units > 0 AND lines > 0", name="positive"),
        Index("ix_demand_cell_round", "round_id", "product_id"),
    )


class MatchRun(Base):
    """One solve: inputs, parameters, versions and result, so that it can be replayed.

    lines: of the problem, once it is read. phase and done_permille say how far a running solve
    is (``market.matching.progress``).
    """

    __tablename__ = "match_run"
    id: Mapped[Id]
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    rematch_no: Mapped[int] = mapped_column(SmallInteger)  # 0: the first match
    state: Mapped[RunState]
    mode: Mapped[str]
    params: Mapped[dict[str, Any]]
    versions: Mapped[dict[str, Any]]
    input_hash: Mapped[str | None]
    problem: Mapped[bytes | None] = mapped_column(LargeBinary)  # NPZ of the engine's file format
    plan: Mapped[bytes | None] = mapped_column(LargeBinary)  # NPZ
    stages: Mapped[list[Any]] = mapped_column(server_default=text("'[]'"), default=list)
    error: Mapped[str | None]
    claimed_until: Mapped[datetime | None]
    lines: Mapped[int | None]
    phase: Mapped[str] = mapped_column(server_default=text("'reading'"), default="reading")
    done_permille: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"), default=0)
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    published_at: Mapped[datetime | None]
    __table_args__ = (
        Index(
            "uq_match_run_live",
            "round_id",
            unique=True,
            postgresql_where=text("state IN ('running', 'solved')"),
        ),
    )


class MatchPiece(Base):
    """Work of a running match that any worker may take; gone when the step it belongs to is done.

    stage: step of the run; number: place in its step. kit: the solver's versions, since others
    might answer differently. task, result: ``market.matching.packing``; a result is kept only
    where another process than the run's own solved the piece.
    """

    __tablename__ = "match_piece"
    id: Mapped[Id]
    run_id: Mapped[int] = mapped_column(ForeignKey("match_run.id"))
    stage: Mapped[int] = mapped_column(SmallInteger)
    number: Mapped[int]
    weight: Mapped[int]
    kit: Mapped[str]
    work: Mapped[str]
    task: Mapped[bytes] = mapped_column(LargeBinary)
    state: Mapped[PieceState] = mapped_column(
        server_default=text("'waiting'"), default=PieceState.WAITING
    )
    claimed_until: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"), default=0)
    result: Mapped[bytes | None] = mapped_column(LargeBinary)
    error: Mapped[str | None]
    __table_args__ = (
        UniqueConstraint("run_id", "stage", "number"),
        CheckConstraint("state <> 'taken' OR claimed_until IS NOT NULL", name="taken"),
        Index(
            "ix_match_piece_open",
            "run_id",
            "weight",
            postgresql_where=text("state IN ('waiting', 'taken')"),
        ),
    )


class OfferResult(Base):
    """What a run gives an offer, and the one reason why so many, as a code with its numbers."""

    __tablename__ = "offer_result"
    run_id: Mapped[int] = mapped_column(ForeignKey("match_run.id"), primary_key=True)
    round_offer_id: Mapped[int] = mapped_column(ForeignKey("round_offer.id"), primary_key=True)
    units: Mapped[int]
    insisted_units: Mapped[int] = mapped_column(server_default=text("0"))
    reason: Mapped[str]
    data: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    __table_args__ = (CheckConstraint("units >= 0", name="units"),)


class UnservedLine(Base):
    """A line that a run could not serve whole, and which rule stopped it."""

    __tablename__ = "unserved_line"
    run_id: Mapped[int] = mapped_column(ForeignKey("match_run.id"), primary_key=True)
    line_id: Mapped[int] = mapped_column(ForeignKey("order_line.id"), primary_key=True)
    units: Mapped[int]
    reason: Mapped[str]
    data: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    __table_args__ = (
        CheckConstraint("units > 0", name="units"),
        Index("ix_unserved_line_line", "line_id"),
    )


class MatchFlow(Base):
    """Units that a run sends from a group's province to the buyers' province, for the map."""

    __tablename__ = "match_flow"
    run_id: Mapped[int] = mapped_column(ForeignKey("match_run.id"), primary_key=True)
    mode: Mapped[Mode] = mapped_column(primary_key=True)
    from_province: Mapped[str] = mapped_column(ForeignKey("province.code"), primary_key=True)
    to_province: Mapped[str] = mapped_column(ForeignKey("province.code"), primary_key=True)
    units: Mapped[int]
    __table_args__ = (CheckConstraint("units > 0", name="units"),)


class Batch(Base):
    """What a group makes of a product for a delivery date of a round."""

    __tablename__ = "batch"
    id: Mapped[Id]
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), index=True)
    round_offer_id: Mapped[int] = mapped_column(ForeignKey("round_offer.id"))
    group_id: Mapped[int] = mapped_column(ForeignKey("producer_group.id"), index=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    delivery_index: Mapped[int] = mapped_column(SmallInteger)
    state: Mapped[BatchState]
    confirmed_units: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    to_make_units: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    made_units: Mapped[int | None]
    lot_code: Mapped[str | None] = mapped_column(unique=True)
    made_at: Mapped[datetime | None]
    packed_at: Mapped[datetime | None]
    handed_over_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(server_default=text("1"), default=1)
    __table_args__ = (
        UniqueConstraint("round_offer_id", "delivery_index"),
        CheckConstraint("confirmed_units >= 0 AND to_make_units >= 0", name="units"),
        CheckConstraint("made_units >= 0", name="made"),
    )

    def move(self, target: BatchState) -> BatchState:
        """Go along a drawn arrow; returns the state left. Raises Conflict where there is none."""
        if target not in BATCH_MOVES[self.state]:
            raise Conflict("batch_cannot_move", state=str(self.state), target=str(target))
        source, self.state = self.state, target
        self.version += 1
        return source


class Ask(Base):
    """A published run asks a group for units of a batch. Answered once; version guards replays."""

    __tablename__ = "ask"
    id: Mapped[Id]
    batch_id: Mapped[int] = mapped_column(ForeignKey("batch.id"))
    run_id: Mapped[int] = mapped_column(ForeignKey("match_run.id"), index=True)
    kind: Mapped[AskKind] = mapped_column(default=AskKind.MAKE)
    units: Mapped[int]
    lot_units: Mapped[int]
    answer: Mapped[Answer] = mapped_column(default=Answer.WAITING)
    confirmed_units: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    reason: Mapped[str | None]
    note: Mapped[str | None]
    asked_at: Mapped[datetime]
    answer_by: Mapped[datetime]
    reminded_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[str | None]  # "user:7" or "link:3"
    on_behalf: Mapped[bool] = mapped_column(server_default=text("false"), default=False)
    __table_args__ = (
        UniqueConstraint("batch_id", "run_id", "kind"),
        CheckConstraint("units > 0", name="units"),
        CheckConstraint("confirmed_units BETWEEN 0 AND units", name="confirmed"),
        CheckConstraint("(answer = 'waiting') = (answered_at IS NULL)", name="answered"),
        CheckConstraint("answer NOT IN ('no', 'silent', 'waiting') OR confirmed_units = 0",
                        name="no_means_none"),
        CheckConstraint("answer <> 'all' OR confirmed_units = units", name="all_means_all"),
        Index("ix_ask_waiting", "answer_by", postgresql_where=text("answer = 'waiting'")),
    )  # fmt: skip


class Assignment(Base):
    """Units of a line given to a batch by a run.

    units: as published. confirmed_units: what the group's answer covers (frozen for
    re-matches). live_units: what is still to be delivered (less when unpaid or stopped).
    received_units: what the buyer took away.
    """

    __tablename__ = "assignment"
    id: Mapped[Id]
    run_id: Mapped[int] = mapped_column(ForeignKey("match_run.id"))
    batch_id: Mapped[int] = mapped_column(ForeignKey("batch.id"), index=True)
    line_id: Mapped[int] = mapped_column(ForeignKey("order_line.id"))
    mode: Mapped[Mode]
    units: Mapped[int]
    confirmed_units: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    live_units: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    received_units: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    received_at: Mapped[datetime | None]
    price_satang: Mapped[int]
    __table_args__ = (
        # The line first: it serves look-ups by line, and rows written in order of the line
        # append to it. Half the time of writing a million rows was the other order.
        UniqueConstraint("line_id", "batch_id", "run_id", "mode"),
        CheckConstraint("units > 0", name="units"),
        CheckConstraint("received_units >= 0 AND received_units <= live_units"
                        " AND live_units <= confirmed_units AND confirmed_units <= units",
                        name="funnel"),
        CheckConstraint("price_satang > 0", name="price"),
    )  # fmt: skip
