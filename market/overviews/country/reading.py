"""One page of the country: its indicators, with what was before, and what lies below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from market.overviews.country import queries
from market.overviews.country.rules import (
    MEASURES,
    ROUNDS_DRAWN,
    Key,
    Measure,
    Period,
    RoundFigures,
    change,
    height_permille,
    split_period,
)


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """An indicator in one round. height: of the drawing, in permille."""

    round: RoundFigures
    measure: Measure
    height: int | None


@dataclass(frozen=True, kw_only=True)
class Indicator:
    """An indicator over the period. change: in permille, or satang; rounds: the oldest first."""

    key: Key
    measure: Measure
    before: Measure
    change: int | None
    rounds: tuple[Drawn, ...]


@dataclass(frozen=True, kw_only=True)
class Below:
    """What lies below, by one indicator."""

    child: queries.Child
    measure: Measure
    height: int | None


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the reader looks at: where, over which time, and whose provinces they may see."""

    area: str
    period: Period
    now: datetime
    areas: tuple[str, ...] = ("",)
    group_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class Overview:
    """All of a page."""

    rounds: tuple[RoundFigures, ...]  # of the period, the newest first
    indicators: tuple[Indicator, ...]
    coverage: queries.Coverage | None
    children: tuple[queries.Child, ...]

    def below(self, key: Key) -> tuple[Below, ...]:
        """What lies below, by this indicator."""
        measures = [_of_child(child, key) for child in self.children]
        most = max((measure.part or 0 for measure in measures), default=0)
        return tuple(
            Below(child=child, measure=measure, height=height_permille(measure, most))
            for child, measure in zip(self.children, measures, strict=True)
        )


def read_overview(session: Session, asked: Asked) -> Overview:
    """An area or a group with its indicators. 4 statements, 1 for a group."""
    rounds = queries.rounds_of(session, asked.area, asked.group_id)
    these, before = split_period(rounds, asked.period, asked.now)
    indicators = [_indicator(key, these, before) for key in MEASURES]
    if asked.group_id is not None:
        return Overview(
            rounds=tuple(these), indicators=tuple(indicators), coverage=None, children=()
        )
    ids = [row.round_id for row in these]
    coverage = queries.coverage_of(session, asked.area, ids)
    earlier = queries.coverage_of(session, asked.area, [row.round_id for row in before])
    indicators.insert(0, _coverage(coverage, earlier if before else None))
    indicators = [_over_rounds(one, coverage, earlier) for one in indicators]
    children = queries.children_of(session, asked.area, ids, asked.areas)
    return Overview(
        rounds=tuple(these), indicators=tuple(indicators), coverage=coverage, children=children
    )


def _coverage(now: queries.Coverage, before: queries.Coverage | None) -> Indicator:
    measure = Measure(now.active_tambons, now.tambons)
    earlier = Measure(before.active_tambons, before.tambons) if before else Measure(None)
    return Indicator(
        key=Key.COVERAGE, measure=measure, before=earlier,
        change=change(measure, earlier, of_money=False), rounds=(),
    )  # fmt: skip


def _over_rounds(
    indicator: Indicator, now: queries.Coverage, before: queries.Coverage
) -> Indicator:
    """Fairness is a matter of all rounds together: each group's shares add up."""
    if indicator.key is not Key.FAIRNESS:
        return indicator
    return replace(
        indicator, measure=now.fairness, before=before.fairness,
        change=change(now.fairness, before.fairness, of_money=False),
    )  # fmt: skip


def _indicator(
    key: Key, these: Sequence[RoundFigures], before: Sequence[RoundFigures]
) -> Indicator:
    measure, earlier = MEASURES[key](these), MEASURES[key](before)
    drawn = [(row, MEASURES[key]([row])) for row in reversed(these[:ROUNDS_DRAWN])]
    most = max((one.part or 0 for _row, one in drawn), default=0)
    return Indicator(
        key=key, measure=measure, before=earlier,
        change=change(measure, earlier, of_money=key is Key.SURPLUS),
        rounds=tuple(
            Drawn(round=row, measure=one, height=height_permille(one, most)) for row, one in drawn
        ),
    )  # fmt: skip


def _of_child(child: queries.Child, key: Key) -> Measure:
    return child.coverage if key is Key.COVERAGE else MEASURES[key]([child.figures])
