"""Templates that rounds repeat from, what takes part in them, and the market's own calendar."""

from __future__ import annotations

from datetime import date, datetime, time
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
from market.rounds.planning.rules import HolidayRule, Pace, Step
from market.rounds.rules import Cycle

STEPS = ("opens", "closes", "answer", "pay")


class RoundTemplate(Base):
    """How a round that repeats is planned. Steps are days before the first delivery, Thai time.

    ahead: so many rounds stand planned at any time, 0 none. parts: by kind of goods ('' every
    kind), basis points of the price by part; none: what the market takes for all.
    """

    __tablename__ = "round_template"
    id: Mapped[Id]
    name_th: Mapped[str]
    name_en: Mapped[str]
    cycle: Mapped[Cycle]
    first_on: Mapped[date]
    delivery_days: Mapped[int] = mapped_column(SmallInteger)
    opens_before: Mapped[int] = mapped_column(SmallInteger)
    opens_time: Mapped[time]
    closes_before: Mapped[int] = mapped_column(SmallInteger)
    closes_time: Mapped[time]
    answer_before: Mapped[int] = mapped_column(SmallInteger)
    answer_time: Mapped[time]
    pay_before: Mapped[int] = mapped_column(SmallInteger)
    pay_time: Mapped[time]
    answer_hours: Mapped[int]
    rematch_limit: Mapped[int]
    publish_minutes: Mapped[int]
    holidays: Mapped[HolidayRule]
    pay_policy: Mapped[str]
    pay_methods: Mapped[list[str]] = mapped_column(ARRAY(Text))
    fee_percent: Mapped[int] = mapped_column(server_default=text("100"), default=100)
    parts: Mapped[dict[str, Any] | None]
    ahead: Mapped[int] = mapped_column(SmallInteger)
    active: Mapped[bool] = mapped_column(server_default=text("true"), default=True)
    version: Mapped[int] = mapped_column(server_default=text("1"), default=1)
    #: Made from this round, once for a round.
    from_round_id: Mapped[int | None] = mapped_column(
        ForeignKey("round.id", name="fk_round_template_from_round_id", use_alter=True), unique=True
    )
    sample: Mapped[bool] = mapped_column(server_default=text("false"), default=False)
    created_at: Mapped[datetime]
    __table_args__ = (
        CheckConstraint("delivery_days BETWEEN 1 AND 7", name="delivery_days"),
        CheckConstraint("opens_before BETWEEN 0 AND 120 AND closes_before BETWEEN 0 AND 120"
                        " AND answer_before BETWEEN 0 AND 120 AND pay_before BETWEEN 0 AND 120",
                        name="days"),
        CheckConstraint("answer_hours BETWEEN 1 AND 72 AND rematch_limit BETWEEN 0 AND 10"
                        " AND publish_minutes BETWEEN 0 AND 1440", name="pace"),
        CheckConstraint("fee_percent BETWEEN 0 AND 200", name="fee_percent"),
        CheckConstraint("ahead BETWEEN 0 AND 12", name="ahead"),
        CheckConstraint("cardinality(pay_methods) > 0", name="pay_methods"),
    )  # fmt: skip

    def pace(self) -> Pace:
        """The timetable as the rules want it."""
        steps = {
            name: Step(days_before=getattr(self, f"{name}_before"),
                       at=getattr(self, f"{name}_time"))
            for name in STEPS
        }  # fmt: skip
        return Pace(
            cycle=self.cycle, first_on=self.first_on, delivery_days=self.delivery_days,
            answer_hours=self.answer_hours, rematch_limit=self.rematch_limit,
            holidays=self.holidays, **steps,
        )  # fmt: skip

    def take(self, pace: Pace) -> None:
        """Keep this timetable."""
        self.cycle, self.first_on, self.delivery_days = (
            pace.cycle, pace.first_on, pace.delivery_days,
        )  # fmt: skip
        self.answer_hours, self.rematch_limit = pace.answer_hours, pace.rematch_limit
        self.holidays = pace.holidays
        for name in STEPS:
            step: Step = getattr(pace, name)
            setattr(self, f"{name}_before", step.days_before)
            setattr(self, f"{name}_time", step.at)


class TemplateChoice(Base):
    """A kind of goods, a group or a product that takes part; no row of a kind: all of it."""

    __tablename__ = "round_template_choice"
    id: Mapped[Id]
    template_id: Mapped[int] = mapped_column(ForeignKey("round_template.id", ondelete="CASCADE"))
    category_key: Mapped[str | None] = mapped_column(ForeignKey("category.key"))
    group_id: Mapped[int | None] = mapped_column(ForeignKey("producer_group.id"))
    product_id: Mapped[int | None] = mapped_column(ForeignKey("product.id"))
    __table_args__ = (
        CheckConstraint("num_nonnulls(category_key, group_id, product_id) = 1", name="one"),
        UniqueConstraint("template_id", "category_key", "group_id", "product_id",
                         name="uq_round_template_choice_once",
                         postgresql_nulls_not_distinct=True),
    )  # fmt: skip


class TemplatePoint(Base):
    """A pick-up point that a template's rounds deliver to; no row: every point."""

    __tablename__ = "round_template_point"
    template_id: Mapped[int] = mapped_column(
        ForeignKey("round_template.id", ondelete="CASCADE"), primary_key=True
    )
    point_id: Mapped[int] = mapped_column(ForeignKey("pickup_point.id"), primary_key=True)


class RoundPoint(Base):
    """A pick-up point that a round delivers to; no row: every point."""

    __tablename__ = "round_point"
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"), primary_key=True)
    point_id: Mapped[int] = mapped_column(ForeignKey("pickup_point.id"), primary_key=True)
    __table_args__ = (Index("ix_round_point_point", "point_id"),)


class MarketDay(Base):
    """A day on which the market says otherwise than the calendar of holidays.

    works: it works on a public holiday; else it has a day off of its own.
    """

    __tablename__ = "market_day"
    day: Mapped[date] = mapped_column(primary_key=True)
    works: Mapped[bool]
    name_th: Mapped[str]
    name_en: Mapped[str]
