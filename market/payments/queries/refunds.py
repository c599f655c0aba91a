"""Reads of refunds that a person sends: what is owed, since when, and where to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.errors import NotFound

SHOWN_REFUNDS = 200

# What goes back through the provider is not sent by hand, unless the provider could not.
_OWED = text(
    """
    SELECT f.id, f.order_id, o.number, b.name AS buyer, b.phone, f.amount_satang, f.cause, f.state,
           f.way, f.to_promptpay, f.to_name, f.failure, f.due_at, f.promised_by, x.group_id,
           g.name_th AS group_th, g.name_en AS group_en, count(*) OVER () AS found
      FROM refund f
      JOIN orders o ON o.id = f.order_id
      JOIN buyer b ON b.id = o.buyer_id
      LEFT JOIN receipt x ON x.id = f.receipt_id
      LEFT JOIN producer_group g ON g.id = x.group_id
     WHERE f.state IN ('due', 'needs_details', 'failed')
       AND (f.way IS DISTINCT FROM 'source' OR f.state = 'failed')
       AND (f.id = CAST(:only AS bigint) OR CAST(:only AS bigint) IS NULL)
     ORDER BY f.state = 'needs_details', f.promised_by NULLS LAST, f.id LIMIT :limit
    """
)
_WITH = text(
    "SELECT x.group_id FROM refund f LEFT JOIN receipt x ON x.id = f.receipt_id WHERE f.id = :id"
)


@dataclass(frozen=True, kw_only=True)
class RefundOwed:
    """A refund that waits for the treasurer, or for the buyer's number."""

    id: int
    order_id: int
    number: str
    buyer: str
    phone: str | None
    amount_satang: int
    cause: str
    state: str
    way: str | None
    to_promptpay: str | None
    to_name: str | None
    failure: str | None
    due_at: datetime
    promised_by: datetime | None
    group_id: int | None  # the group that was paid directly sends it back
    group_th: str | None
    group_en: str | None
    found: int

    @property
    def reason(self) -> str:
        """The first word of the cause."""
        return self.cause.partition(":")[0]


def refunds_owed(session: Session) -> tuple[RefundOwed, ...]:
    """Those that can be sent first, the oldest promise before the others; one statement."""
    return _rows(session, None)


def refund_owed(session: Session, refund_id: int) -> RefundOwed:
    """One of them. Raises NotFound."""
    found = _rows(session, refund_id)
    if not found:
        raise NotFound("not_found", what="refund")
    return found[0]


def group_with_money(session: Session, refund_id: int) -> int | None:
    """The group that was paid directly what this refund gives back; None: the market has it."""
    found: int | None = session.scalar(_WITH, {"id": refund_id})
    return found


def _rows(session: Session, only: int | None) -> tuple[RefundOwed, ...]:
    wanted: dict[str, Any] = {"only": only, "limit": SHOWN_REFUNDS}
    return tuple(RefundOwed(**row._mapping) for row in session.execute(_OWED, wanted))
