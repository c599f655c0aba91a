"""Refunds: owed at once and unasked, sent the way the money came or as the buyer chooses.

due -> (needs_details ->) sending -> paid; failed waits for a person or another way. The
ledger knows a refund twice: when it is owed (held or overpaid -> refund) and when it went.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.orm import Session

from market.orders.rules import PayMethod
from market.payments.ledger import Entry, debit_credit, post_entries
from market.payments.models import Refund
from market.payments.rules import AccountKind, RefundState
from market.payments.sources import Piece, Source, promised_by, split_refund
from market.payments.states import RefundWay
from market.payments.tell import Trail, record_many

# What of each receipt has not gone back yet; money above a charge goes back by itself.
_SOURCES = text(
    """
    SELECT c.order_id, r.id AS receipt_id, r.method,
           r.amount_satang - r.excess_satang - coalesce((
               SELECT sum(f.amount_satang) FROM refund f
                WHERE f.receipt_id = r.id AND f.cause NOT LIKE 'excess:%'), 0) AS left_satang
      FROM receipt r JOIN charge c ON c.id = r.charge_id
     WHERE c.order_id = ANY(:orders)
     ORDER BY r.id
    """
)
_ONE_SOURCE = text("SELECT id AS receipt_id, method FROM receipt WHERE id = ANY(:ids)")
_BUYERS = text("SELECT id, buyer_id FROM orders WHERE id = ANY(:ids)")


@dataclass(frozen=True, kw_only=True)
class NewRefund:
    """Money to give back: for which order, why (once a cause) and how much.

    receipt_id where it is that money and no other; storage: of the goods it is for, which
    decides what is promised.
    """

    order_id: int
    round_id: int
    cause: str
    amount_satang: int
    receipt_id: int | None = None
    line_id: int | None = None
    batch_id: int | None = None
    storage: str | None = None
    source: AccountKind = AccountKind.HELD
    source_owner: str | None = None  # the order, when none is named


def owe_refund(session: Session, refund: NewRefund, *, actor: str, now: datetime) -> None:
    """Owe one refund."""
    owe_refunds(session, [refund], actor=actor, now=now)


def owe_refunds(
    session: Session, refunds: Sequence[NewRefund], *, actor: str, now: datetime
) -> None:
    """Owe money to buyers; a cause that was already owed is left alone.

    The charges of these orders are locked by the caller. A refund becomes a row per receipt
    it goes back by; what was paid with store credit is store credit again at once.
    """
    fresh = _not_yet_owed(session, refunds)
    if not fresh:
        return
    pieces = _pieces(session, fresh)
    ids = _insert(session, pieces, actor, now)
    new = [(refund, piece, ids[cause]) for refund, piece, cause in pieces if cause in ids]
    entries = [_owed_entry(*row) for row in new]
    entries += _credited(session, new)
    post_entries(session, entries, at=now)
    trail = [
        Trail(subject=f"refund:{refund_id}", event="refund.owed", to_state=str(_state(piece)),
              reason=refund.cause, data={"amount_satang": piece.amount_satang})
        for refund, piece, refund_id in new
    ]  # fmt: skip
    record_many(session, trail, actor=actor, at=now)


def _not_yet_owed(session: Session, refunds: Sequence[NewRefund]) -> list[NewRefund]:
    if not refunds:
        return []
    asked = select(Refund.cause).where(Refund.cause.in_([refund.cause for refund in refunds]))
    owed = set(session.scalars(asked))
    return [refund for refund in refunds if refund.cause not in owed]


def _pieces(session: Session, refunds: Sequence[NewRefund]) -> list[tuple[NewRefund, Piece, str]]:
    """Each refund by the receipts it goes back by, with a cause of its own a piece."""
    named = _named_sources(session, refunds)
    by_order = _sources(session, {r.order_id for r in refunds if r.receipt_id is None})
    pieces = []
    for refund in refunds:
        if refund.receipt_id is not None:
            parts = [Piece(source=named[refund.receipt_id], amount_satang=refund.amount_satang)]
        else:
            parts = split_refund(refund.amount_satang, by_order[refund.order_id])
            by_order[refund.order_id] = _used(by_order[refund.order_id], parts)
        for number, piece in enumerate(parts):
            cause = f"{refund.cause}:{number + 1}" if number else refund.cause
            pieces.append((refund, piece, cause))
    return pieces


def _sources(session: Session, orders: Collection[int]) -> dict[int, list[Source]]:
    found: dict[int, list[Source]] = defaultdict(list)
    if orders:
        for row in session.execute(_SOURCES, {"orders": sorted(orders)}):
            found[row.order_id].append(_source(row, int(row.left_satang)))
    return found


def _named_sources(session: Session, refunds: Sequence[NewRefund]) -> dict[int, Source]:
    ids = sorted({r.receipt_id for r in refunds if r.receipt_id is not None})
    rows = session.execute(_ONE_SOURCE, {"ids": ids}) if ids else ()
    return {row.receipt_id: _source(row, 0) for row in rows}


def _source(row: Any, left_satang: int) -> Source:
    return Source(receipt_id=row.receipt_id, method=PayMethod(row.method), left_satang=left_satang)


def _used(sources: Sequence[Source], parts: Sequence[Piece]) -> list[Source]:
    gone = {part.source.receipt_id: part.amount_satang for part in parts}
    return [
        Source(
            receipt_id=source.receipt_id,
            method=source.method,
            left_satang=source.left_satang - gone.get(source.receipt_id, 0),
        )
        for source in sources
    ]


def _state(piece: Piece) -> RefundState:
    states = {RefundWay.SOURCE: RefundState.DUE, RefundWay.CREDIT: RefundState.PAID}
    way = piece.source.way
    return RefundState.NEEDS_DETAILS if way is None else states[way]


def _insert(
    session: Session, pieces: Sequence[tuple[NewRefund, Piece, str]], actor: str, now: datetime
) -> dict[str, int]:
    rows = [
        {
            "order_id": refund.order_id, "line_id": refund.line_id, "batch_id": refund.batch_id,
            "receipt_id": piece.source.receipt_id, "cause": cause,
            "amount_satang": piece.amount_satang, "state": _state(piece),
            "way": piece.source.way, "due_at": now,
            "promised_by": promised_by(refund.cause.partition(":")[0], refund.storage, now),
            "paid_at": now if _state(piece) is RefundState.PAID else None,
            "paid_by": actor if _state(piece) is RefundState.PAID else None,
        }
        for refund, piece, cause in pieces
    ]  # fmt: skip
    statement = (
        pg_insert(Refund)
        .on_conflict_do_nothing(index_elements=["cause"])
        .returning(Refund.id, Refund.cause)
    )
    return {row.cause: row.id for row in session.execute(statement, rows)}


def _owed_entry(refund: NewRefund, piece: Piece, refund_id: int) -> Entry:
    owner = f"order:{refund.order_id}"
    return Entry(
        cause=f"refund-owed:{refund_id}",
        legs=debit_credit(
            refund.source, AccountKind.REFUND, piece.amount_satang,
            debit_owner=owner if refund.source_owner is None else refund.source_owner,
            credit_owner=owner,
        ),
        memo=refund.cause,
        round_id=refund.round_id,
    )  # fmt: skip


def _credited(session: Session, new: Sequence[tuple[NewRefund, Piece, int]]) -> list[Entry]:
    """What came from store credit is store credit again."""
    back = [row for row in new if row[1].source.way is RefundWay.CREDIT]
    if not back:
        return []
    ids = sorted({refund.order_id for refund, _, _ in back})
    buyers = {row.id: row.buyer_id for row in session.execute(_BUYERS, {"ids": ids})}
    return [
        Entry(
            cause=f"refund-paid:{refund_id}",
            legs=debit_credit(
                AccountKind.REFUND, AccountKind.CREDIT, piece.amount_satang,
                debit_owner=f"order:{refund.order_id}",
                credit_owner=f"buyer:{buyers[refund.order_id]}",
            ),
            memo="store credit",
            round_id=refund.round_id,
        )
        for refund, piece, refund_id in back
    ]  # fmt: skip
