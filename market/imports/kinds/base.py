"""What every kind of sheet can do: be checked, carried out and undone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from market.imports.rules import Reach, Row
from market.imports.sheets import Sheet


@dataclass(frozen=True, kw_only=True)
class Job:
    """Whose import it is, of which round, and how far that person reaches.

    holding: what is read is locked, because it is about to be changed.
    """

    import_id: int
    round_id: int | None
    reach: Reach
    actor: str
    now: datetime
    holding: bool = False


Act = Callable[[Session, Job, Sequence[Row]], None]


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of sheet.

    judge settles rows that have been read: faults, effect, before. apply and undo write rows
    and say their outcome. All of them take the rows at once, in a fixed number of statements.
    one_by_one: rows are carried out in transactions of their own, see ``paper``.
    """

    sheet: Sheet
    judge: Act
    apply: Act
    undo: Act
    one_by_one: bool = False


def need(row: Row, sheet: Sheet) -> None:
    """What a thing that is not there yet cannot be without."""
    for column in sheet.columns:
        if column.for_new and column.key not in row.given:
            row.wrong(column.key, "needed_for_new")


def beyond(job: Job, row: Row, area: str, group_id: int | None = None) -> bool:
    """Is this row's place no longer its importer's? Then it stays as it is, and says so.

    Rights may have gone between the check and the doing, for a part of the rows only.
    """
    if job.reach.covers(area, group_id):
        return False
    row.outcome, row.reason = "refused" if row.outcome is None else "kept", "beyond_reach"
    return True


def lock_words(job: Job, alias: str) -> str:
    """The end of a SELECT whose rows are about to be changed."""
    return f" FOR NO KEY UPDATE OF {alias}" if job.holding else ""
