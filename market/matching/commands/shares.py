"""Which lines get the units that a group has confirmed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.matching.models import Batch
from market.matching.rules import Share, spread

#: Assignments not yet confirmed in full, batch by batch in the order in which they are served;
#: served: what is confirmed of the line so far, by anybody.
_WAITING = text(
    """
    SELECT a.batch_id, a.id, a.line_id, a.units - a.confirmed_units AS waiting,
           l.units AS ordered, l.shortage = 'nothing' AS whole,
           (SELECT sum(x.confirmed_units) FROM assignment x WHERE x.line_id = l.id) AS served
      FROM assignment a JOIN order_line l ON l.id = a.line_id
     WHERE a.batch_id = ANY(:batches) AND a.confirmed_units < a.units AND l.released_at IS NULL
       AND a.run_id = coalesce(CAST(:run_id AS bigint), a.run_id)
     ORDER BY a.batch_id, l.maker <> 'only', l.priority, l.order_id, l.id, a.id
    """
)

_CONFIRM = text(
    """
    UPDATE assignment a SET confirmed_units = a.confirmed_units + given.units
      FROM unnest(CAST(:ids AS bigint[]), CAST(:units AS bigint[])) AS given (id, units)
     WHERE a.id = given.id
    """
)


def confirm_shares(session: Session, batch: Batch, units: int, *, run_id: int | None = None) -> int:
    """Give ``units`` of a locked batch to its waiting assignments; returns what was given.

    This-group-only lines first, then by class, then in order of ordering. run_id: only what
    this run assigned, else what any run did.
    """
    return confirm_many(session, {batch.id: units}, run_id=run_id)


def confirm_many(session: Session, units: Mapping[int, int], *, run_id: int | None = None) -> int:
    """``confirm_shares`` for many locked batches in two statements; units by batch id."""
    values = {"batches": sorted(units), "run_id": run_id}
    given = _spread_all(session.execute(_WAITING, values), units)
    if given:
        session.execute(_CONFIRM, {"ids": list(given), "units": list(given.values())})
    return sum(given.values())


def _spread_all(rows: Iterable[Any], units: Mapping[int, int]) -> dict[int, int]:
    """Units by assignment; what one batch gives a line, the next need not."""
    given: dict[int, int] = {}
    now: dict[int, int] = {}
    for batch_id, waiting in groupby(rows, key=lambda row: row.batch_id):
        shares = [_share(row, now.get(row.line_id, 0)) for row in waiting]
        found = spread(units[batch_id], shares)
        for share in shares:
            now[share.line_id] = now.get(share.line_id, 0) + found.get(share.assignment_id, 0)
        given |= found
    return given


def _share(row: Any, now: int) -> Share:
    return Share(
        assignment_id=row.id, line_id=row.line_id, units=row.waiting, whole=row.whole,
        line_left=row.ordered - int(row.served) - now,
    )  # fmt: skip
