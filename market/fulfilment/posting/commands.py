"""Writes of parcels: a list of carrier's numbers, all of it or nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.errors import Conflict, NotFound, Refused
from market.fulfilment.gathering.queries import area_of
from market.fulfilment.leaving import hand_over_boxes
from market.fulfilment.rules import tracking_number
from market.payments.tell import Trail, record_many
from market.thai import arabic_digits

# Batches first, then their boxes: the order in which everybody locks them.
_LOCK = (
    text("SELECT id FROM batch WHERE id IN (SELECT batch_id FROM consignment WHERE id = ANY(:ids))"
         " ORDER BY id FOR NO KEY UPDATE"),
    text(
        """
        SELECT s.id, s.state, s.tracking_no, o.number
          FROM consignment s
          JOIN orders o ON o.id = s.order_id
          JOIN batch b ON b.id = s.batch_id
          JOIN producer_group g ON g.id = b.group_id
         WHERE s.id = ANY(:ids) AND s.state IN ('waiting', 'handed_over')
           AND g.tambon_code LIKE ANY(CAST(:areas AS text[]))
         ORDER BY s.id FOR NO KEY UPDATE OF s
        """
    ),
)  # fmt: skip
_CORRECT = text(
    """
    UPDATE consignment c SET tracking_no = t.number
      FROM unnest(CAST(:ids AS bigint[]), CAST(:numbers AS text[])) AS t(id, number)
     WHERE c.id = t.id
    """
)


def post_parcels(
    session: Session,
    typed: Mapping[int, str],
    areas: Sequence[str],
    *,
    seen: Mapping[int, str],
    actor: str,
    now: datetime,
) -> int:
    """Write carrier's numbers (by consignment id) and hand those parcels over; how many changed.

    The same list again changes nothing; another number corrects the one before, if that is the
    one its writer saw (``seen``; a field left as it was seen is not sent at all). Refused, with
    the order's number, for a number that cannot be one; Conflict where somebody noted another
    meanwhile; NotFound for a parcel elsewhere.
    """
    wanted = {
        box: number for box, number in typed.items() if number.strip() and number != seen.get(box)
    }
    if not wanted:
        return 0
    rows = _locked(session, sorted(wanted), areas)
    numbers = {row.id: _number(wanted[row.id], row.number) for row in rows}
    _refuse_overtaken(rows, numbers, seen)
    changed = [row for row in rows if row.tracking_no != numbers[row.id]]
    _write_numbers(session, changed, numbers, actor, now)
    hand_over_boxes(session, list(numbers), actor=actor, now=now)
    return len(changed)


def _locked(session: Session, ids: Sequence[int], areas: Sequence[str]) -> Sequence[Any]:
    for statement in _LOCK:
        rows = session.execute(statement, {"ids": ids, **area_of(areas)}).all()
    if len(rows) != len(ids):
        raise NotFound("not_found", what="consignment")
    return rows


def _refuse_overtaken(
    rows: Sequence[Any], numbers: Mapping[int, str], seen: Mapping[int, str]
) -> None:
    for row in rows:
        known = row.tracking_no or ""
        if row.id in seen and known not in (seen[row.id], numbers[row.id]):
            raise Conflict("parcel_number_overtaken", number=row.number, known=known)


def _write_numbers(
    session: Session, rows: Sequence[Any], numbers: Mapping[int, str], actor: str, now: datetime
) -> None:
    ids = [row.id for row in rows]
    session.execute(_CORRECT, {"ids": ids, "numbers": [numbers[box] for box in ids]})
    trail = [
        Trail(subject=f"consignment:{row.id}", event="consignment.tracking",
              data={"before": row.tracking_no, "after": numbers[row.id]})
        for row in rows
    ]  # fmt: skip
    record_many(session, trail, actor=actor, at=now)


def _number(typed: str, order_number: str) -> str:
    number = tracking_number(arabic_digits(typed))
    if number is None:
        raise Refused("parcel_number_unreadable", number=order_number)
    return number
