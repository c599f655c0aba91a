"""The words of standing orders, and what of one may be ordered in a round. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from market.orders.rules import DraftLine, QuotedLine, ShortageChoice


class StandingState(StrEnum):
    """active <-> paused; ended is for good."""

    ACTIVE = "active"
    PAUSED = "paused"
    ENDED = "ended"


class RunState(StrEnum):
    """What became of a standing order in one round."""

    DUE = "due"
    PLACED = "placed"
    PART = "part"  # some lines were left out, or got fewer units
    FAILED = "failed"  # nothing was ordered; reason says why
    SKIPPED = "skipped"  # the buyer said so
    RESTING = "resting"  # every second round, and this is the other one


@dataclass(frozen=True, kw_only=True)
class StandingLine:
    """A line and the most that a unit of it may cost."""

    draft: DraftLine
    ceiling_satang: int


@dataclass(frozen=True, kw_only=True)
class Missed:
    """A line that was not ordered, or not whole: why, in a code of ``sentences.py``."""

    product_id: int
    units: int  # so many are missing
    code: str
    data: Mapping[str, Any] = field(default_factory=dict)

    def columns(self) -> dict[str, Any]:
        """As kept with the run."""
        return {
            "product_id": self.product_id,
            "units": self.units,
            "code": self.code,
            "data": dict(self.data),
        }


@dataclass(frozen=True, kw_only=True)
class Sorting:
    """What can be asked for, and what is left out."""

    lines: tuple[DraftLine, ...]
    missed: tuple[Missed, ...]


def sort_out(lines: Sequence[StandingLine], quoted: Sequence[QuotedLine]) -> Sorting:
    """Which lines may be ordered at these terms. ``quoted`` has the lines in the same order."""
    wanted, missed = [], []
    for line, seen in zip(lines, quoted, strict=True):
        reason = _hindrance(line, seen)
        if reason is None:
            wanted.append(line.draft)
            continue
        missed.append(reason)
        if reason.units < line.draft.units:
            wanted.append(replace(line.draft, units=line.draft.units - reason.units))
    return Sorting(lines=tuple(wanted), missed=tuple(missed))


def _hindrance(line: StandingLine, seen: QuotedLine) -> Missed | None:
    product_id, units = line.draft.product_id, line.draft.units
    if not seen.offers:
        return Missed(product_id=product_id, units=units, code="standing_not_offered")
    if seen.ceiling_satang > line.ceiling_satang:
        return Missed(
            product_id=product_id, units=units, code="standing_too_dear",
            data={"price_satang": seen.ceiling_satang, "ceiling_satang": line.ceiling_satang},
        )  # fmt: skip
    if units <= seen.most_units:
        return None
    least = 0 if line.draft.shortage is ShortageChoice.NOTHING else seen.most_units
    return Missed(
        product_id=product_id, units=units - least, code="standing_too_many",
        data={"most": seen.most_units},
    )  # fmt: skip


def without(
    lines: Sequence[DraftLine], product_id: int, left_units: int
) -> tuple[tuple[DraftLine, ...], Missed]:
    """The lines after goods ran short: fewer of them where the buyer takes fewer, else none.

    Raises KeyError for goods that are not among the lines.
    """
    short = {line.product_id: line for line in lines}[product_id]
    kept_units = left_units if short.shortage is ShortageChoice.FEWER else 0
    kept = tuple(
        replace(line, units=kept_units) if line is short else line
        for line in lines
        if line is not short or kept_units
    )
    missed = Missed(
        product_id=product_id, units=short.units - kept_units, code="standing_full",
        data={"left": left_units},
    )  # fmt: skip
    return kept, missed
