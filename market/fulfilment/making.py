"""From paid orders to packed goods: a round starts making, groups report what they made."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.accounts.commands import issue_links, record
from market.accounts.queries import leaders_of
from market.accounts.rules import LinkPurpose, NewLink
from market.db import lock
from market.errors import Conflict, Refused
from market.fulfilment.rules import lot_code
from market.matching.models import Batch
from market.matching.rules import BatchState
from market.notices.commands import notify_many
from market.notices.rules import NewNotice
from market.payments.drops import drop_units, parts_of_batches, stop_batches
from market.payments.lowering import Why
from market.payments.rules import ReleaseReason, drop_beyond
from market.payments.tell import Trail, record_many
from market.rounds.commands import move_round
from market.rounds.models import Round
from market.rounds.rules import RoundState

# What still keeps a paying round from producing; empty when it may start.
_WAITING_FOR = text(
    """
    SELECT 'charge' FROM charge
     WHERE round_id = :round_id AND state = 'due' AND method <> 'cash'
       AND received_satang < least(coalesce(deposit_satang, amount_satang), amount_satang)
    UNION ALL
    SELECT 'shrink' FROM ask k JOIN batch b ON b.id = k.batch_id
     WHERE b.round_id = :round_id AND b.state = 'confirmed' AND k.kind = 'shrink'
       AND k.answer IN ('waiting', 'no', 'silent')
    UNION ALL
    SELECT 'uncharged' FROM assignment a
      JOIN order_line l ON l.id = a.line_id JOIN batch b ON b.id = a.batch_id
     WHERE b.round_id = :round_id AND b.state = 'confirmed' AND a.confirmed_units > 0
       AND l.released_at IS NULL AND l.shortage <> 'nothing'
       AND NOT EXISTS (SELECT 1 FROM charge c WHERE c.order_id = l.order_id)
     LIMIT 1
    """
)
_LIVE = text(
    """
    SELECT b.id, coalesce(sum(a.live_units), 0) AS live
      FROM batch b LEFT JOIN assignment a ON a.batch_id = b.id
     WHERE b.round_id = :round_id AND b.state = 'confirmed'
     GROUP BY b.id ORDER BY b.id
    """
)
_TO_MAKE = text(
    """
    UPDATE batch b SET state = 'to_make', to_make_units = t.units, lot_code = t.lot,
                       version = b.version + 1
      FROM unnest(CAST(:ids AS bigint[]), CAST(:units AS bigint[]), CAST(:lots AS text[]))
           AS t(id, units, lot)
     WHERE b.id = t.id
    """
)
# One box for each pick-up point, one parcel for each order with an address.
_CONSIGN = text(
    """
    INSERT INTO consignment (batch_id, round_id, point_id, order_id, units, state)
    SELECT b.id, b.round_id, o.point_id, CASE WHEN o.point_id IS NULL THEN o.id END,
           sum(a.live_units), 'waiting'
      FROM assignment a
      JOIN batch b ON b.id = a.batch_id
      JOIN order_line l ON l.id = a.line_id
      JOIN orders o ON o.id = l.order_id
     WHERE b.round_id = :round_id AND b.state = 'to_make' AND a.live_units > 0
     GROUP BY 1, 2, 3, 4 ORDER BY 1, 3, 4
        ON CONFLICT DO NOTHING
    """
)
# What buyers were told when they ordered, frozen. Once a batch: this row has no reason.
_PROMISE = text(
    """
    INSERT INTO promise (batch_id, due_on, said_at, said_by)
    SELECT b.id, r.delivery_on[b.delivery_index + 1], :now, 'system'
      FROM batch b JOIN round r ON r.id = b.round_id
     WHERE b.round_id = :round_id AND b.state = 'to_make' ORDER BY b.id
    ON CONFLICT DO NOTHING
    """
)
RECOUNT_CONSIGNMENTS = text(
    """
    UPDATE consignment c SET
           units = CASE WHEN n.units > 0 THEN n.units ELSE c.units END,
           state = CASE WHEN n.units > 0 THEN c.state ELSE 'cancelled' END
      FROM (SELECT s.id, coalesce(sum(a.live_units), 0) AS units
              FROM consignment s
              LEFT JOIN (assignment a JOIN order_line l ON l.id = a.line_id
                         JOIN orders o ON o.id = l.order_id)
                ON a.batch_id = s.batch_id
               AND (o.point_id = s.point_id OR (s.order_id = o.id AND o.point_id IS NULL))
             WHERE s.batch_id = ANY(:ids) GROUP BY s.id) n
     WHERE c.id = n.id AND c.state <> 'received'
    """
)
_NEWS = text(
    """
    SELECT b.id, b.group_id, b.to_make_units, b.delivery_index, p.name_th, p.name_en,
           p.unit_th, p.unit_en
      FROM batch b JOIN product p ON p.id = b.product_id
     WHERE b.round_id = :round_id AND b.state = 'to_make' ORDER BY b.id
    """
)
# Boxes that were not ticked one by one are packed with the batch.
_PACK_BOXES = text(
    "UPDATE consignment SET packed_at = :now, packed_by = :actor"
    " WHERE batch_id = :batch_id AND packed_at IS NULL AND state = 'waiting'"
)
LINK_DAYS = 45


def start_making(session: Session, round_id: int, *, now: datetime) -> bool:
    """A paying round in which nothing is open any more starts producing; True when it did.

    Batches get their lot code and the number to make; their goods are divided into one
    consignment a pick-up point and one a parcel.
    """
    round_ = lock(session, Round, round_id)
    if round_.state is not RoundState.PAYING:
        return False
    if session.execute(_WAITING_FOR, {"round_id": round_id}).first() is not None:
        return False
    live = session.execute(_LIVE, {"round_id": round_id}).all()
    why = Why(reason=ReleaseReason.STOPPED, actor="system", now=now)
    stop_batches(session, [row.id for row in live if not row.live], why)
    _begin(session, round_, [row for row in live if row.live], now)
    session.execute(_CONSIGN, {"round_id": round_id})
    session.execute(_PROMISE, {"round_id": round_id, "now": now})
    move_round(session, round_, RoundState.PRODUCING, actor="system", now=now)
    _tell_groups(session, round_, now)
    return True


def report_made(session: Session, batch_id: int, units: int, *, actor: str, now: datetime) -> None:
    """The group made so many. Fewer than asked: those served last go short and are paid back.

    Refused above what was asked for; the same report again changes nothing, even when it was on
    its way for days; Conflict when another number was reported before.
    """
    batch = lock(session, Batch, batch_id)
    if batch.state is not BatchState.TO_MAKE and batch.made_units == units:
        return
    if batch.state is not BatchState.TO_MAKE:
        raise Conflict("batch_cannot_move", state=str(batch.state), target="made")
    if not 0 <= units <= batch.to_make_units:
        raise Refused("made_out_of_range", high=batch.to_make_units)
    batch.made_units, batch.made_at = units, now
    if units < batch.to_make_units:
        _go_short(session, batch, units, actor, now)
    if units:
        move_batch(session, batch, BatchState.MADE, actor=actor, now=now, data={"units": units})


def report_packed(session: Session, batch_id: int, *, actor: str, now: datetime) -> None:
    """Everything of the batch is packed and labelled. Twice changes nothing."""
    batch = lock(session, Batch, batch_id)
    if batch.packed_at is not None:
        return
    batch.packed_at = now
    move_batch(session, batch, BatchState.PACKED, actor=actor, now=now)
    session.execute(_PACK_BOXES, {"batch_id": batch_id, "now": now, "actor": actor})


def _go_short(session: Session, batch: Batch, units: int, actor: str, now: datetime) -> None:
    why = Why(reason=ReleaseReason.SHORT, actor=actor, now=now)
    if units == 0:
        stop_batches(session, [batch.id], why)
    else:
        drop_units(session, drop_beyond(parts_of_batches(session, [batch.id]), units), why)
    session.execute(RECOUNT_CONSIGNMENTS, {"ids": [batch.id]})


def move_batch(
    session: Session,
    batch: Batch,
    target: BatchState,
    *,
    actor: str,
    now: datetime,
    data: dict[str, Any] | None = None,
) -> None:
    """Move a locked batch along a drawn arrow and write the trail."""
    source = batch.move(target)
    record(
        session, actor=actor, subject=f"batch:{batch.id}", event=f"batch.{target}", at=now,
        from_state=source, to_state=target, data=data,
    )  # fmt: skip


def _begin(session: Session, round_: Round, rows: Sequence[Any], now: datetime) -> None:
    if not rows:
        return
    session.execute(
        _TO_MAKE,
        {
            "ids": [row.id for row in rows],
            "units": [int(row.live) for row in rows],
            "lots": [lot_code(round_.number, row.id) for row in rows],
        },
    )
    trail = [
        Trail(subject=f"batch:{row.id}", event="batch.to_make", from_state="confirmed",
              to_state="to_make", data={"units": int(row.live)})
        for row in rows
    ]  # fmt: skip
    record_many(session, trail, actor="system", at=now)


def _tell_groups(session: Session, round_: Round, now: datetime) -> None:
    rows = session.execute(_NEWS, {"round_id": round_.id}).all()
    leaders = leaders_of(session, {row.group_id for row in rows})
    letters = [(row, user) for row in rows for user in leaders[row.group_id]]
    people = sorted({(row.group_id, user) for row, user in letters})
    links = [
        NewLink(
            purpose=LinkPurpose.ANSWER, user_id=user, group_id=group, round_id=round_.id,
            expires_at=now + timedelta(days=LINK_DAYS),
        )
        for group, user in people
    ]  # fmt: skip
    tokens = dict(zip(people, issue_links(session, links, now=now), strict=True))
    notices = [
        NewNotice(
            event="batch.to_make",
            subject=f"batch:{row.id}",
            user_id=user,
            payload=_words(row, round_) | {"link": f"/l/{tokens[row.group_id, user]}"},
        )
        for row, user in letters
    ]
    notify_many(session, notices, now)


def _words(row: Any, round_: Round) -> dict[str, Any]:
    day = round_.delivery_on[row.delivery_index]
    return {
        "round_th": round_.name_th,
        "round_en": round_.name_en,
        "units": row.to_make_units,
        "name_th": row.name_th,
        "name_en": row.name_en,
        "unit_th": row.unit_th,
        "unit_en": row.unit_en,
        "delivery_on": day.isoformat(),
    }
