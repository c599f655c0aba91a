"""The words of bringing in a sheet: kinds, states, limits, and what a row is. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from market.principals import Right

MOST_BYTES = 5 * 1024 * 1024
MOST_ROWS = 20_000
MOST_COLUMNS = 60
LOOKED_AT = 15  # rows from the top: titles and notes may stand above the heads
MOST_LETTERS = 2_000  # of one cell
#: Up to here a file is checked and applied while its sender waits.
AT_ONCE = 1_000
SHOWN = 50
KEPT = timedelta(days=7)  # of files that nobody applied, and of household books
UNDO_DAYS = timedelta(days=30)
#: Orders are placed one by one, which takes longer than writing a set.
ORDERS_AT_ONCE = 100


class ImportKind(StrEnum):
    """What a sheet holds."""

    PRODUCTS = "products"
    OFFERS = "offers"  # of a round
    ORDERS = "orders"  # that were taken on paper
    BOOKS = "books"  # of households


class ImportState(StrEnum):
    """matching -> checking -> checked -> applying -> applied -> undoing -> undone."""

    MATCHING = "matching"  # a person says which column is which
    CHECKING = "checking"
    CHECKED = "checked"
    APPLYING = "applying"
    APPLIED = "applied"
    UNDOING = "undoing"
    UNDONE = "undone"
    DROPPED = "dropped"


_S = ImportState
MOVES: dict[ImportState, frozenset[ImportState]] = {
    _S.MATCHING: frozenset({_S.CHECKING, _S.DROPPED}),
    _S.CHECKING: frozenset({_S.CHECKED, _S.MATCHING, _S.DROPPED}),
    _S.CHECKED: frozenset({_S.MATCHING, _S.CHECKING, _S.APPLYING, _S.DROPPED}),
    _S.APPLYING: frozenset({_S.APPLIED, _S.CHECKED}),
    _S.APPLIED: frozenset({_S.UNDOING}),
    _S.UNDOING: frozenset({_S.UNDONE, _S.APPLIED}),
    _S.UNDONE: frozenset(),
    _S.DROPPED: frozenset(),
}
DUE = (ImportState.CHECKING, ImportState.APPLYING, ImportState.UNDOING)
OF_A_ROUND = frozenset({ImportKind.OFFERS, ImportKind.ORDERS})

_MARKET = frozenset({"marketing", "administrator"})
_FIELD = frozenset({"tambon_coordinator", "province_coordinator"})
#: Who brings in what; a leader, their own group's offers.
BRINGERS: dict[ImportKind, frozenset[str]] = {
    ImportKind.PRODUCTS: _MARKET,
    ImportKind.OFFERS: _MARKET | _FIELD | {"group_leader"},
    ImportKind.ORDERS: _FIELD,
    ImportKind.BOOKS: _FIELD,
}


@dataclass(frozen=True)
class Reach:
    """Where somebody may bring in rows: code prefixes, and groups."""

    areas: tuple[str, ...] = ()
    groups: tuple[int, ...] = ()

    def covers(self, area: str, group_id: int | None = None) -> bool:
        """Is this tambon, or this group, theirs?"""
        return group_id in self.groups or any(area.startswith(mine) for mine in self.areas)

    def __bool__(self) -> bool:
        return bool(self.areas or self.groups)


def reach_of(rights: Iterable[Right], kind: ImportKind) -> Reach:
    """What these rights reach for this kind of sheet; nothing where they do not."""
    mine = [right for right in rights if right.role in BRINGERS[kind]]
    areas = {right.area for right in mine if right.area is not None}
    if kind is ImportKind.PRODUCTS:
        areas &= {""}  # the goods are everybody's
    groups = {right.group_id for right in mine if right.group_id is not None}
    return Reach(tuple(sorted(areas)), tuple(sorted(groups)))


def common_area(areas: Sequence[str]) -> str:
    """The smallest area (country, province, amphoe, tambon) that holds all of these."""
    for length in (6, 4, 2):
        heads = {area[:length] for area in areas}
        if len(heads) == 1 and len(min(heads)) == length:
            return min(heads)
    return ""


@dataclass(frozen=True)
class Fault:
    """One thing wrong with a row: at which column, and what."""

    column: str
    code: str
    data: dict[str, Any] = field(default_factory=dict)

    def stored(self) -> list[Any]:
        """As the database keeps it."""
        return [self.column, self.code, self.data]


@dataclass
class Row:
    """A row on its way: cells as written, given as read; judged against the market."""

    no: int
    cells: list[str]
    given: dict[str, Any] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    effect: str = "new"
    before: dict[str, Any] = field(default_factory=dict)
    target_id: int | None = None
    outcome: str | None = None
    reason: str | None = None
    reason_data: dict[str, Any] | None = None

    def wrong(self, column: str, code: str, **data: Any) -> None:
        """Note what is wrong; a column is complained about once."""
        if all(fault.column != column for fault in self.faults):
            self.faults.append(Fault(column, code, data))

    def settle(self, before: dict[str, Any] | None) -> None:
        """Say what the row does; before: the old values of what it gives (None: nothing yet)."""
        if self.faults:
            self.effect = "wrong"
        elif before is None:
            self.effect = "new"
        else:
            self.before = {key: before[key] for key in self.given if before[key] != self.given[key]}
            self.effect = "changed" if self.before else "same"

    @property
    def judged(self) -> tuple[str, dict[str, Any], int | None]:
        """What a reader of the check saw; when it differs later, something moved."""
        return self.effect, self.before, self.target_id


def at_once(kind: ImportKind, total_rows: int) -> bool:
    """May whoever sent it wait for it? Else a worker does it."""
    return total_rows <= (ORDERS_AT_ONCE if kind is ImportKind.ORDERS else AT_ONCE)


def undo_until(kind: ImportKind, applied_at: datetime) -> datetime:
    """How long its rows are kept after it was carried out."""
    return applied_at + (KEPT if kind is ImportKind.BOOKS else UNDO_DAYS)


def tell_twins(rows: Iterable[Row], keys: Sequence[str]) -> None:
    """The same thing twice in a file: the later row is wrong and names the first."""
    seen: dict[tuple[Any, ...], int] = {}
    for row in rows:
        key = tuple(row.given.get(name) for name in keys)
        if None not in key and seen.setdefault(key, row.no) != row.no:
            row.wrong(keys[-1], "twice", row=seen[key])
