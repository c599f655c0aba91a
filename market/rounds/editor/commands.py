"""Changing many lines of a planned round: cell by cell, or all that a narrowing leaves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from market.accounts.commands import record
from market.catalogue.models import ProducerGroup, Product
from market.errors import Refused
from market.rounds.editor.queries import Narrowing, narrowed
from market.rounds.editor.rules import (
    CELLS,
    MOST_SATANG,
    MOST_UNITS,
    Bulk,
    Change,
    Line,
    Outcome,
    decide,
)
from market.rounds.joining import lock_draft
from market.rounds.models import RoundOffer

#: Per cent that all prices or capacities can be changed by in one go.
LEAST_PERCENT, MOST_PERCENT = -50, 100


@dataclass(frozen=True, kw_only=True)
class Saved:
    """How many lines were written; by line, why the others were not."""

    lines: int
    refused: Mapping[int, Outcome] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Done:
    """What was done to many lines: how many changed, how many could not."""

    changed: int
    left: int


def save_lines(
    session: Session, round_id: int, changes: Sequence[Change], *, actor: str, now: datetime
) -> Saved:
    """Write the changed cells that may stand; the others stay and are told by line.

    A line that left the round meanwhile is not written. Conflict once the round has opened.
    Four statements, however many lines.
    """
    lock_draft(session, round_id)
    standing = _standing(session, round_id, [change.offer_id for change in changes])
    outcomes = {
        change.offer_id: decide(change, standing[change.offer_id])
        if change.offer_id in standing
        else Outcome(cells={}, fault="line_gone")
        for change in changes
    }
    good = {
        offer_id: outcome.cells
        for offer_id, outcome in outcomes.items()
        if outcome.fault is None and outcome.differing is None
    }
    if good:
        _write(session, good)
        _note(session, round_id, {str(key): dict(cells) for key, cells in good.items()}, actor, now)
    return Saved(
        lines=len(good), refused={key: out for key, out in outcomes.items() if key not in good}
    )


def _standing(session: Session, round_id: int, ids: Sequence[int]) -> dict[int, Line]:
    rows = session.execute(
        select(RoundOffer.id, RoundOffer.version, *(getattr(RoundOffer, cell) for cell in CELLS))
        .where(RoundOffer.round_id == round_id, RoundOffer.id.in_(ids))
        .order_by(RoundOffer.id)
        .with_for_update()
    ).all()
    return {
        row.id: Line(version=row.version, cells={cell: getattr(row, cell) for cell in CELLS})
        for row in rows
    }


def _write(session: Session, lines: Mapping[int, Mapping[str, int]]) -> None:
    columns = {cell: [cells[cell] for cells in lines.values()] for cell in CELLS}
    session.execute(text(_UPDATE), {"ids": list(lines), **columns})
    session.expire_all()


_UPDATE = """
    UPDATE round_offer o SET
           capacity_units = n.capacity, min_batch_units = n.minimum, lot_units = n.lot,
           price_satang = n.price, max_per_order = least(o.max_per_order, n.capacity),
           in_band = n.price BETWEEN p.band_low_satang AND p.band_high_satang,
           version = o.version + 1
      FROM unnest(CAST(:ids AS bigint[]), CAST(:capacity_units AS bigint[]),
                  CAST(:min_batch_units AS bigint[]), CAST(:lot_units AS bigint[]),
                  CAST(:price_satang AS bigint[]))
           AS n (id, capacity, minimum, lot, price), product p
     WHERE o.id = n.id AND p.id = o.product_id
"""


def change_all(
    session: Session, round_id: int, by: Narrowing, act: Bulk, number: int, *, actor: str,
    now: datetime,
) -> Done:  # fmt: skip
    """Do one thing to every line that the narrowing leaves; one statement writes them.

    Lines for which the result could not stand are left as they are and counted. Refused for
    a number outside its limits, Conflict once the round has opened.
    """
    lock_draft(session, round_id)
    _refuse_number(act, number)
    ids = (
        narrowed(
            select(RoundOffer.id).join(Product, Product.id == RoundOffer.product_id)
            .join(ProducerGroup, ProducerGroup.id == RoundOffer.group_id),
            round_id, by,
        )
    )  # fmt: skip
    wanted = session.scalars(ids).all()
    values: dict[str, Any] = {"ids": list(wanted), "n": number}
    changed = session.execute(text(_BULK[act]), values).rowcount  # type: ignore[attr-defined]
    session.expire_all()
    record(
        session, actor=actor, subject=f"round:{round_id}", event="lines.changed", at=now,
        data={"act": str(act), "number": number, "words": by.words, "category": by.category,
              "group_id": by.group_id, "changed": changed},
    )  # fmt: skip
    return Done(changed=changed, left=len(wanted) - changed)


def _refuse_number(act: Bulk, number: int) -> None:
    low, high = {
        Bulk.PRICE_PERCENT: (LEAST_PERCENT, MOST_PERCENT),
        Bulk.CAPACITY_PERCENT: (LEAST_PERCENT, MOST_PERCENT),
        Bulk.MINIMUM: (1, MOST_UNITS),
        Bulk.TAKE_OUT: (0, 0),
    }[act]
    if not low <= number <= high:
        raise Refused("bulk_number", low=low, high=high)


_IDS = "o.id = ANY (CAST(:ids AS bigint[]))"
#: As rules.raised: to the whole baht, halves up, at least one.
_RAISED = "greatest(100, (o.price_satang * (100 + CAST(:n AS bigint)) + 5000) / 10000 * 100)"
#: To whole lots, downwards, at least one lot.
_CAPACITY = (
    "greatest(1, o.capacity_units * (100 + CAST(:n AS bigint)) / 100 / o.lot_units) * o.lot_units"
)
_BULK = {
    Bulk.PRICE_PERCENT: f"""
        UPDATE round_offer o SET price_satang = {_RAISED}, version = o.version + 1,
               in_band = {_RAISED} BETWEEN p.band_low_satang AND p.band_high_satang
          FROM product p
         WHERE p.id = o.product_id AND {_IDS} AND {_RAISED} <= {MOST_SATANG}""",  # noqa: S608 - our own fragments only
    Bulk.CAPACITY_PERCENT: f"""
        UPDATE round_offer o SET capacity_units = {_CAPACITY}, version = o.version + 1,
               max_per_order = least(o.max_per_order, {_CAPACITY})
         WHERE {_IDS} AND {_CAPACITY} BETWEEN o.min_batch_units AND {MOST_UNITS}""",  # noqa: S608
    Bulk.MINIMUM: f"""
        UPDATE round_offer o SET min_batch_units = CAST(:n AS bigint), version = o.version + 1
         WHERE {_IDS} AND CAST(:n AS bigint) BETWEEN o.lot_units AND o.capacity_units""",  # noqa: S608
    Bulk.TAKE_OUT: f"DELETE FROM round_offer o WHERE {_IDS} AND CAST(:n AS bigint) = 0",  # noqa: S608
}


def _note(
    session: Session, round_id: int, lines: Mapping[str, Any], actor: str, now: datetime
) -> None:
    record(
        session, actor=actor, subject=f"round:{round_id}", event="lines.written", at=now,
        data={"lines": lines},
    )  # fmt: skip
