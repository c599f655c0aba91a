"""Which row holds the heads, and which column is which. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from market.imports.cells import plain
from market.imports.rules import LOOKED_AT
from market.imports.sheets import Sheet


@dataclass(frozen=True, kw_only=True)
class Heads:
    """Where the heads end (index into the rows), their words, and what they were taken for."""

    at: int
    names: tuple[str, ...]
    columns: dict[int, str]
    clear: bool  # no person needs to look


def find_heads(rows: Sequence[tuple[int, list[str]]], sheet: Sheet) -> Heads:
    """The row (or two, where heads are merged over others) that names most columns."""
    best = _heads(0, rows[0][1], sheet)
    for at in range(min(LOOKED_AT, len(rows))):
        one = rows[at][1]
        candidates = [_heads(at, one, sheet)]
        if at + 1 < len(rows):
            candidates.append(_heads(at + 1, _merged(one, rows[at + 1][1]), sheet))
        for found in candidates:
            if len(found.columns) > len(best.columns):
                best = found
    return best


def match_columns(names: Sequence[str], sheet: Sheet) -> dict[int, str]:
    """Each head's column by any of its names; a name that stands twice counts once."""
    known = _known(sheet)
    found: dict[int, str] = {}
    for place, name in enumerate(names):
        key = known.get(plain(name))
        if key is not None and key not in found.values():
            found[place] = key
    return found


def missing_columns(columns: Mapping[int, str], sheet: Sheet) -> tuple[str, ...]:
    """Columns the file cannot do without."""
    return tuple(c.key for c in sheet.columns if c.needed and c.key not in columns.values())


def _known(sheet: Sheet) -> dict[str, str]:
    """Names to keys; an exact head of one column goes before another name of a second."""
    known: dict[str, str] = {}
    for column in sheet.columns:
        for name in (column.th, column.en, column.key):
            known.setdefault(plain(name), column.key)
    for column in sheet.columns:
        for name in column.more:
            known.setdefault(plain(name), column.key)
    return known


def _heads(at: int, names: Sequence[str], sheet: Sheet) -> Heads:
    columns = match_columns(names, sheet)
    written = [plain(name) for name in names if name]
    twice = any(written.count(plain(names[place])) > 1 for place in columns)
    clear = not missing_columns(columns, sheet) and not twice
    return Heads(at=at, names=tuple(names), columns=columns, clear=clear)


def _merged(upper: Sequence[str], lower: Sequence[str]) -> list[str]:
    """Heads over two rows: a word merged over several columns goes before each below it."""
    names, last = [], ""
    for place in range(max(len(upper), len(lower))):
        above = upper[place] if place < len(upper) else ""
        below = lower[place] if place < len(lower) else ""
        last = above or (last if below else "")
        names.append(f"{last} {below}".strip() if below else above)
    return names
