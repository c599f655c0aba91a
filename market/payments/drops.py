"""Units that were confirmed and will not be delivered: what becomes of them and of the money.

Paid money becomes a refund that is owed at once; what was still due is charged no more.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from market.matching.models import Batch
from market.matching.rules import BatchState
from market.payments.lowering import Why, lock_charges, settle_charges
from market.payments.parts import rewrite_parts
from market.payments.rules import Drop, Part
from market.payments.tell import News, Trail, record_many, tell_buyers

_PARTS = """
    SELECT a.id AS assignment_id, a.batch_id, a.line_id, l.order_id, a.live_units, a.price_satang,
           l.shortage = 'nothing' AS whole, l.units AS line_units, l.maker = 'only' AS insists,
           l.priority
      FROM assignment a JOIN order_line l ON l.id = a.line_id JOIN batch b ON b.id = a.batch_id
     WHERE a.live_units > 0 AND {where}
     ORDER BY a.id
"""
_PARTS_OF_BATCHES = text(_PARTS.format(where="a.batch_id = ANY(:ids)"))
_PARTS_OF_ROUND = text(_PARTS.format(where="b.round_id = :round_id AND b.state = 'confirmed'"))

_SHRINK_LIVE = text(
    """
    UPDATE assignment a SET live_units = a.live_units - d.units
      FROM unnest(CAST(:ids AS bigint[]), CAST(:units AS bigint[])) AS d(id, units)
     WHERE a.id = d.id
    """
)
_RELEASE_LINES = text(
    """
    UPDATE order_line l SET released_at = :now, released_reason = :reason
     WHERE l.id = ANY(:ids) AND l.released_at IS NULL AND NOT EXISTS (
           SELECT 1 FROM assignment a WHERE a.line_id = l.id AND a.live_units > 0)
    """
)
_LEFT_OF_ORDERS = text(
    """
    SELECT l.order_id, coalesce(sum(a.live_units * a.price_satang), 0) AS satang
      FROM order_line l LEFT JOIN assignment a ON a.line_id = l.id AND a.live_units > 0
     WHERE l.order_id = ANY(:ids) GROUP BY l.order_id
    """
)
_GOODS = text(
    """
    SELECT l.id, p.name_th, p.name_en, p.unit_th, p.unit_en, p.storage
      FROM order_line l JOIN product p ON p.id = l.product_id WHERE l.id = ANY(:ids)
    """
)


def parts_of_batches(session: Session, batch_ids: Collection[int]) -> list[Part]:
    """What is still to be delivered from these batches."""
    rows = session.execute(_PARTS_OF_BATCHES, {"ids": list(batch_ids)})
    return [Part(**row._mapping) for row in rows]


def parts_of_round(session: Session, round_id: int) -> list[Part]:
    """What is still to be delivered from a round's confirmed batches."""
    return [
        Part(**row._mapping) for row in session.execute(_PARTS_OF_ROUND, {"round_id": round_id})
    ]


def drop_all(parts: Iterable[Part]) -> list[Drop]:
    """All units of these parts."""
    return [Drop(part=part, units=part.live_units) for part in parts]


def stop_batches(session: Session, batch_ids: Collection[int], why: Why) -> int:
    """These batches are not made: buyers are told and paid back. How many were stopped."""
    batches = session.scalars(
        select(Batch)
        .where(Batch.id.in_(batch_ids), Batch.state.not_in((BatchState.STOPPED,)))
        .order_by(Batch.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).all()
    trail = [
        Trail(subject=f"batch:{batch.id}", event="batch.stopped", reason=str(why.reason),
              from_state=str(batch.move(BatchState.STOPPED)), to_state=str(BatchState.STOPPED))
        for batch in batches
    ]  # fmt: skip
    session.flush()
    record_many(session, trail, actor=why.actor, at=why.now)
    drop_units(session, drop_all(parts_of_batches(session, [b.id for b in batches])), why)
    return len(batches)


def drop_units(session: Session, drops: Sequence[Drop], why: Why) -> None:
    """Take these units out of delivery, and settle the money of their orders."""
    if not drops:
        return
    order_ids = sorted({drop.part.order_id for drop in drops})
    charges = lock_charges(session, order_ids)
    ids = [drop.part.assignment_id for drop in drops]
    session.execute(_SHRINK_LIVE, {"ids": ids, "units": [drop.units for drop in drops]})
    rewrite_parts(session, ids)
    release_lines(session, [drop.part.line_id for drop in drops], why)
    left = {
        row.order_id: int(row.satang)
        for row in session.execute(_LEFT_OF_ORDERS, {"ids": order_ids})
    }
    goods = {
        row.id: row
        for row in session.execute(_GOODS, {"ids": sorted({d.part.line_id for d in drops})})
    }
    storage = {drop.part.batch_id: goods[drop.part.line_id].storage for drop in drops}
    paid_back = settle_charges(session, charges, _by_order(drops), left, storage, why)
    _tell(session, drops, goods, paid_back, why)


def release_lines(session: Session, line_ids: Collection[int], why: Why) -> None:
    """Lines of which nothing is left to deliver are given up, with the reason."""
    session.execute(
        _RELEASE_LINES,
        {"ids": sorted(set(line_ids)), "now": why.now, "reason": str(why.reason)},
    )


def _by_order(drops: Iterable[Drop]) -> dict[int, list[Drop]]:
    grouped: dict[int, list[Drop]] = defaultdict(list)
    for drop in drops:
        grouped[drop.part.order_id].append(drop)
    return dict(sorted(grouped.items()))


def _tell(
    session: Session,
    drops: Sequence[Drop],
    goods: Mapping[int, Any],
    paid_back: Mapping[int, int],
    why: Why,
) -> None:
    news = []
    for order_id, mine in _by_order(drops).items():
        first = min(mine, key=lambda drop: drop.part.batch_id).part
        news.append(
            News(
                order_id=order_id,
                event="order.short",
                # So many were left before: a batch that falls short again is news again.
                subject=f"{why.reason}:batch:{first.batch_id}:order:{order_id}:{first.live_units}",
                data={
                    "reason": str(why.reason),
                    "refund_satang": paid_back.get(order_id, 0),
                    "goods": [_words(drop, goods[drop.part.line_id]) for drop in mine],
                },
            )
        )
    tell_buyers(session, news, now=why.now)


def _words(drop: Drop, product: Any) -> dict[str, Any]:
    return {
        "units": drop.units,
        "name_th": product.name_th,
        "name_en": product.name_en,
        "unit_th": product.unit_th,
        "unit_en": product.unit_en,
    }
