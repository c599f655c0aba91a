"""How groups are cared for: readiness, visits, who answers for a group or a tambon, flags.

Who did something stands as an actor ("user:7"); names and phones of people stand only in the
two tables of contacts, and go when they ask for it.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

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
from market.errors import Conflict
from market.mentoring.rules import FlagKind, Point, VisitState


class ReadinessCheck(Base):
    """A point of the list that somebody found met, and what shows it. Taken back: the row goes."""

    __tablename__ = "readiness_check"
    id: Mapped[Id]
    group_id: Mapped[int] = mapped_column(ForeignKey("producer_group.id"))
    point: Mapped[Point]
    note: Mapped[str] = mapped_column(server_default="", default="")
    file_hash: Mapped[str | None] = mapped_column(ForeignKey("stored_file.sha256"))
    ticked_at: Mapped[datetime]
    ticked_by: Mapped[str]
    sample: Mapped[bool] = mapped_column(server_default=text("false"), default=False)
    __table_args__ = (
        UniqueConstraint("group_id", "point"),
        CheckConstraint("length(note) <= 1000", name="note"),
    )


class ReadinessDecision(Base):
    """A mentor moved a group between 1 and 2. Append-only; score: points met at that moment."""

    __tablename__ = "readiness_decision"
    id: Mapped[Id]
    group_id: Mapped[int] = mapped_column(ForeignKey("producer_group.id"))
    from_level: Mapped[int] = mapped_column(SmallInteger)
    to_level: Mapped[int] = mapped_column(SmallInteger)
    score: Mapped[int] = mapped_column(SmallInteger)
    reason: Mapped[str]
    decided_at: Mapped[datetime]
    decided_by: Mapped[str]
    __table_args__ = (
        CheckConstraint("from_level IN (1, 2) AND to_level = 3 - from_level", name="levels"),
        CheckConstraint("score BETWEEN 0 AND 10", name="score"),
        CheckConstraint("length(reason) BETWEEN 1 AND 1000", name="reason"),
        Index("ix_readiness_decision_group", "group_id", "id"),
    )


class Visit(Base):
    """A mentor's visit to a group: planned, then recorded answer by answer, then done."""

    __tablename__ = "visit"
    id: Mapped[Id]
    group_id: Mapped[int] = mapped_column(ForeignKey("producer_group.id"))
    state: Mapped[VisitState] = mapped_column(default=VisitState.PLANNED)
    planned_on: Mapped[date]
    planned_by: Mapped[str]
    purpose: Mapped[str] = mapped_column(server_default="", default="")
    looked_at: Mapped[list[str]] = mapped_column(
        ARRAY(Text), server_default=text("'{}'"), default=list
    )
    advice: Mapped[str] = mapped_column(server_default="", default="")
    next_step: Mapped[str] = mapped_column(server_default="", default="")
    next_on: Mapped[date | None]
    next_done_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    done_by: Mapped[str | None]
    seen_at: Mapped[datetime | None]  # by the group
    sample: Mapped[bool] = mapped_column(server_default=text("false"), default=False)
    __table_args__ = (
        CheckConstraint(
            "(state = 'done') = (done_at IS NOT NULL) AND (done_at IS NULL) = (done_by IS NULL)",
            name="done",
        ),
        CheckConstraint("(next_step = '') = (next_on IS NULL)", name="next_step"),
        CheckConstraint("next_done_at IS NULL OR next_on IS NOT NULL", name="next_done"),
        CheckConstraint(
            "length(purpose) <= 200 AND length(advice) <= 2000 AND length(next_step) <= 500",
            name="lengths",
        ),
        Index("ix_visit_group", "group_id", "id"),
        Index("ix_visit_planned", "planned_on", postgresql_where=text("state = 'planned'")),
        Index(
            "uq_visit_planned", "group_id", "planned_on", unique=True,
            postgresql_where=text("state = 'planned'"),
        ),
    )  # fmt: skip

    def must_be(self, state: VisitState) -> None:
        """Raises Conflict where the visit is in another state."""
        if self.state is not state:
            raise Conflict(f"visit_is_{self.state.value}")


class VisitPhoto(Base):
    """A picture taken at a visit."""

    __tablename__ = "visit_photo"
    id: Mapped[Id]
    visit_id: Mapped[int] = mapped_column(ForeignKey("visit.id"))
    file_hash: Mapped[str] = mapped_column(ForeignKey("stored_file.sha256"))
    width: Mapped[int]
    height: Mapped[int]
    __table_args__ = (
        UniqueConstraint("visit_id", "file_hash"),
        CheckConstraint("width > 0 AND height > 0", name="size"),
    )


class GroupContact(Base):
    """Somebody besides the leader who can be called about a group."""

    __tablename__ = "group_contact"
    id: Mapped[Id]
    group_id: Mapped[int] = mapped_column(ForeignKey("producer_group.id"), index=True)
    name: Mapped[str]
    phone: Mapped[str | None]
    part: Mapped[str] = mapped_column(server_default="", default="")  # "เหรัญญิก"
    from_on: Mapped[date]
    to_on: Mapped[date | None]
    entered_at: Mapped[datetime]
    entered_by: Mapped[str]
    sample: Mapped[bool] = mapped_column(server_default=text("false"), default=False)
    __table_args__ = (
        CheckConstraint("name <> '' AND length(name) <= 200 AND length(part) <= 100", name="name"),
        CheckConstraint("phone IS NOT NULL OR to_on IS NOT NULL", name="reachable"),
        CheckConstraint("from_on <= to_on", name="dates"),
        Index(
            "uq_group_contact_phone", "group_id", "phone", unique=True,
            postgresql_where=text("to_on IS NULL"),
        ),
    )  # fmt: skip


class Officer(Base):
    """Who answers for a tambon at its local authority, one at a time.

    after_id: whom this one followed; then the hand-over waits for confirmed_at.
    """

    __tablename__ = "officer"
    id: Mapped[Id]
    tambon_code: Mapped[str] = mapped_column(ForeignKey("tambon.code"), index=True)
    name: Mapped[str]
    office: Mapped[str] = mapped_column(server_default="", default="")
    phone: Mapped[str | None]
    from_on: Mapped[date]
    to_on: Mapped[date | None]
    after_id: Mapped[int | None] = mapped_column(ForeignKey("officer.id"), unique=True)
    confirmed_at: Mapped[datetime | None]
    confirmed_by: Mapped[str | None]
    confirm_note: Mapped[str | None]
    entered_at: Mapped[datetime]
    entered_by: Mapped[str]
    sample: Mapped[bool] = mapped_column(server_default=text("false"), default=False)
    __table_args__ = (
        CheckConstraint(
            "name <> '' AND length(name) <= 200 AND length(office) <= 200", name="name"
        ),
        CheckConstraint("phone IS NOT NULL OR to_on IS NOT NULL", name="reachable"),
        CheckConstraint("from_on <= to_on", name="dates"),
        CheckConstraint(
            "(confirmed_at IS NULL) = (confirmed_by IS NULL)"
            " AND (confirmed_at IS NULL) = (confirm_note IS NULL)",
            name="confirmed",
        ),
        Index("uq_officer_now", "tambon_code", unique=True, postgresql_where=text("to_on IS NULL")),
    )


class Flag(Base):
    """A reason to worry about a group or a tambon: opened and closed by the sweep.

    thing: what it is about, "group:12", "tambon:320502", "certificate:4", "officer:3".
    """

    __tablename__ = "flag"
    id: Mapped[Id]
    kind: Mapped[FlagKind]
    thing: Mapped[str]
    tambon_code: Mapped[str] = mapped_column(ForeignKey("tambon.code"))
    group_id: Mapped[int | None] = mapped_column(ForeignKey("producer_group.id"), index=True)
    data: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"), default=dict)
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    seen_at: Mapped[datetime | None]
    seen_by: Mapped[str | None]
    note: Mapped[str | None]
    __table_args__ = (
        CheckConstraint(
            "(seen_at IS NULL) = (seen_by IS NULL) AND (seen_at IS NULL) = (note IS NULL)",
            name="seen",
        ),
        CheckConstraint("length(note) BETWEEN 1 AND 1000", name="note"),
        CheckConstraint("opened_at <= closed_at", name="dates"),
        Index(
            "uq_flag_open", "kind", "thing", unique=True, postgresql_where=text("closed_at IS NULL")
        ),
        Index("ix_flag_area", "tambon_code", postgresql_where=text("closed_at IS NULL")),
    )


class RoundFigure(Base):
    """What a round was for an area or a group: sums, frozen when the round is completed.

    area_code: '' country, two digits a province, six a tambon; group_id: that group alone.
    Units and satang over all products. low, middle, high: what groups got of what they were
    due, in permille: the lowest tenth, the median, the highest tenth. hidden: money and buyers
    are of too few people to be shown, here or in what would remain of the sum above.
    """

    __tablename__ = "round_figure"
    id: Mapped[Id]
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    area_code: Mapped[str]
    group_id: Mapped[int | None] = mapped_column(ForeignKey("producer_group.id"))
    groups: Mapped[int]
    households: Mapped[int]
    asks: Mapped[int]
    answered: Mapped[int]
    asked_units: Mapped[int]
    filled_units: Mapped[int]
    batches: Mapped[int]
    on_time: Mapped[int]
    goods_satang: Mapped[int]
    makers_satang: Mapped[int]
    surplus_satang: Mapped[int]
    buyers: Mapped[int]
    came_again: Mapped[int]
    shared: Mapped[int]  # groups that were due anything
    due_satang: Mapped[int]  # at reference prices, as rounds.models.GroupDeficit
    got_satang: Mapped[int]
    fair_satang: Mapped[int]  # of what was due, what reached the group that it was due to
    low_permille: Mapped[int | None]
    middle_permille: Mapped[int | None]
    high_permille: Mapped[int | None]
    hidden: Mapped[bool] = mapped_column(server_default=text("false"), default=False)
    __table_args__ = (
        UniqueConstraint(
            "round_id", "area_code", "group_id", name="uq_round_figure_once",
            postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint(r"area_code ~ '^(\d{2}|\d{6})?$'", name="area_code"),
        CheckConstraint(
            "answered BETWEEN 0 AND asks AND filled_units BETWEEN 0 AND asked_units"
            " AND on_time BETWEEN 0 AND batches AND came_again BETWEEN 0 AND buyers"
            " AND fair_satang BETWEEN 0 AND due_satang AND got_satang >= 0",
            name="parts",
        ),
        Index("ix_round_figure_area", "area_code", "round_id"),
        Index("ix_round_figure_group", "group_id", "round_id"),
    )  # fmt: skip


class FigureRun(Base):
    """Which state of a round its figures show; final: the round is completed, they are frozen."""

    __tablename__ = "figure_run"
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), primary_key=True)
    mark: Mapped[str]
    final: Mapped[bool]
    summed_at: Mapped[datetime]
