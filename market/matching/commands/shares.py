"""Which lines get the units that a group has confirmed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import case, func, select, text, true
from sqlalchemy.orm import Session

from market.matching.models import Assignment, Batch
from market.matching.rules import Share, spread
from market.orders.models import OrderLine
from market.orders.rules import MakerChoice, ShortageChoice

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
    given = spread(units, _shares(session, batch, run_id))
    if given:
        session.execute(_CONFIRM, {"ids": list(given), "units": list(given.values())})
    return sum(given.values())


def _shares(session: Session, batch: Batch, run_id: int | None) -> list[Share]:
    rows = _waiting(session, batch, run_id)
    served = _served(session, {row.line_id for row in rows})
    return [
        Share(
            assignment_id=row.id,
            line_id=row.line_id,
            units=row.waiting,
            line_left=row.ordered - served[row.line_id],
            whole=row.shortage is ShortageChoice.NOTHING,
        )
        for row in rows
    ]


def _waiting(session: Session, batch: Batch, run_id: int | None) -> Sequence[Any]:
    """Assignments not yet confirmed in full, in the order in which they are served."""
    return session.execute(
        select(
            Assignment.id, Assignment.line_id, OrderLine.units.label("ordered"),
            OrderLine.shortage, (Assignment.units - Assignment.confirmed_units).label("waiting"),
        )
        .join(OrderLine, OrderLine.id == Assignment.line_id)
        .where(
            Assignment.batch_id == batch.id,
            Assignment.confirmed_units < Assignment.units,
            OrderLine.released_at.is_(None),
            true() if run_id is None else Assignment.run_id == run_id,
        )
        .order_by(
            case((OrderLine.maker == MakerChoice.ONLY, 0), else_=1), OrderLine.priority,
            OrderLine.order_id, OrderLine.id, Assignment.id,
        )
    ).all()  # fmt: skip


def _served(session: Session, line_ids: set[int]) -> dict[int, int]:
    """Units confirmed for each line so far, by anybody."""
    rows = session.execute(
        select(Assignment.line_id, func.sum(Assignment.confirmed_units))
        .where(Assignment.line_id.in_(line_ids))
        .group_by(Assignment.line_id)
    ).all()
    return {line_id: int(units) for line_id, units in rows}
