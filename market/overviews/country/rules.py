"""Indicators from the figures of rounds, and whose figures are of too few to be shown. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

FEWEST = 5  # households or buyers; below this a number could be somebody's
ROUNDS_DRAWN = 12


class Key(StrEnum):
    """What is measured, in the order of the page."""

    COVERAGE = "coverage"
    ANSWERS = "answers"
    FILL = "fill"
    ON_TIME = "on_time"
    MAKERS = "makers"
    SURPLUS = "surplus"
    FAIRNESS = "fairness"
    AGAIN = "again"


class Period(StrEnum):
    """How far back a page looks."""

    LAST4 = "last4"
    QUARTER = "quarter"
    YEAR = "year"


SPAN = {Period.QUARTER: timedelta(days=91), Period.YEAR: timedelta(days=365)}


@dataclass(frozen=True, kw_only=True)
class Figures:
    """A round's sums for an area or a group; money and buyers are None where they are hidden."""

    groups: int = 0
    households: int = 0
    asks: int = 0
    answered: int = 0
    asked_units: int = 0
    filled_units: int = 0
    batches: int = 0
    on_time: int = 0
    goods_satang: int | None = 0
    makers_satang: int | None = 0
    surplus_satang: int | None = 0
    buyers: int | None = 0
    came_again: int | None = 0
    shared: int = 0
    due_satang: int = 0
    fair_satang: int = 0
    low_permille: int | None = None
    middle_permille: int | None = None
    high_permille: int | None = None


@dataclass(frozen=True, kw_only=True)
class RoundFigures(Figures):
    """Figures of one round. final: it is over, they stay as they are."""

    round_id: int
    number: int
    name_th: str
    name_en: str
    closes_at: datetime
    final: bool


@dataclass(frozen=True)
class Measure:
    """part of whole (satang for the surplus, without a whole); None: there is nothing to tell."""

    part: int | None
    whole: int | None = None

    @property
    def permille(self) -> int | None:
        """The share in permille, halves up; None where there is no whole."""
        if self.part is None or not self.whole:
            return None
        return (2000 * self.part + self.whole) // (2 * self.whole)


@dataclass(frozen=True, kw_only=True)
class Sibling:
    """Areas or groups of one parent in one round, and how many people stand behind each."""

    id: int
    parent: int | None
    buyers: int
    households: int

    @property
    def few(self) -> bool:
        """Too few people to show what they bought or earned."""
        return 0 < self.buyers < FEWEST or self.households < FEWEST


def hide_few(levels: Sequence[Sequence[Sibling]]) -> set[int]:
    """Ids whose money and buyers must not be shown; levels from the country down.

    Hidden is what is of too few, what belongs to something hidden, and, as long as those hidden
    among its siblings are one alone or together of too few, the smallest of the others: else
    they would be the difference.
    """
    hidden: set[int] = set()
    for rows in levels:
        for siblings in _by_parent(rows).values():
            hidden |= _hidden_among(siblings, hidden)
    return hidden


def _by_parent(rows: Sequence[Sibling]) -> dict[int | None, list[Sibling]]:
    found: dict[int | None, list[Sibling]] = defaultdict(list)
    for row in rows:
        found[row.parent].append(row)
    return found


def _hidden_among(siblings: Sequence[Sibling], above: set[int]) -> set[int]:
    if siblings[0].parent in above:
        return {one.id for one in siblings}
    few = [one for one in siblings if one.few and one.buyers]
    rest = sorted(
        (one for one in siblings if not one.few and one.buyers),
        key=lambda one: (one.buyers, one.id),
    )
    while few and rest and (len(few) == 1 or _together(few).few):
        few.append(rest.pop(0))
    return {one.id for one in siblings if one.few or one in few}


def _together(rows: Sequence[Sibling]) -> Sibling:
    """What the difference between a sum and what is shown of it would be of."""
    return Sibling(
        id=0, parent=None, buyers=sum(one.buyers for one in rows),
        households=sum(one.households for one in rows),
    )  # fmt: skip


def split_period(
    rows: Sequence[RoundFigures], period: Period, now: datetime
) -> tuple[list[RoundFigures], list[RoundFigures]]:
    """Of rounds, the newest first: those of the period, and those of the one before."""
    if period is Period.LAST4:
        return list(rows[:4]), list(rows[4:8])
    start = now - SPAN[period]
    before = start - SPAN[period]
    return (
        [row for row in rows if row.closes_at >= start],
        [row for row in rows if before <= row.closes_at < start],
    )


def _ratio(part: str, whole: str) -> Callable[[Sequence[Figures]], Measure]:
    def measure(rows: Sequence[Figures]) -> Measure:
        known = [row for row in rows if getattr(row, whole) is not None]
        total = sum(getattr(row, whole) for row in known)
        return Measure(sum(getattr(row, part) for row in known), total) if total else Measure(None)

    return measure


def _surplus(rows: Sequence[Figures]) -> Measure:
    known = [
        row.surplus_satang for row in rows if row.surplus_satang is not None and row.goods_satang
    ]
    return Measure(sum(known)) if known else Measure(None)


#: How each is measured over some rounds. Coverage counts places, so it is not a sum over rounds.
MEASURES: dict[Key, Callable[[Sequence[Figures]], Measure]] = {
    Key.ANSWERS: _ratio("answered", "asks"),
    Key.FILL: _ratio("filled_units", "asked_units"),
    Key.ON_TIME: _ratio("on_time", "batches"),
    Key.MAKERS: _ratio("makers_satang", "goods_satang"),
    Key.SURPLUS: _surplus,
    Key.FAIRNESS: _ratio("fair_satang", "due_satang"),
    Key.AGAIN: _ratio("came_again", "buyers"),
}


def change(now: Measure, before: Measure, *, of_money: bool) -> int | None:
    """How much more or less than before: points in permille, or satang. None: unknown."""
    if of_money:
        return None if now.part is None or before.part is None else now.part - before.part
    if now.permille is None or before.permille is None:
        return None
    return now.permille - before.permille


def height_permille(measure: Measure, most: int) -> int | None:
    """How far a drawing is woven: the share, or money against the most there is."""
    if measure.whole is not None:
        return None if measure.permille is None else min(1000, measure.permille)
    if measure.part is None or most <= 0:
        return None
    return max(0, 1000 * measure.part // most)
