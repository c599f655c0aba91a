"""Reads of money that does not fit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.payments.cases import REMEDIES, Remedy
from market.payments.states import CaseKind

SHOWN_CASES = 200

# The order, where the case has one: by its charge's attempt, its refund, or as it was found.
_OPEN = text(
    """
    SELECT m.id, m.kind, m.subject, m.round_id, m.amount_satang, m.detail, m.found_at,
           o.number, b.name AS buyer
      FROM money_case m
      LEFT JOIN payment_attempt a
        ON m.subject LIKE 'attempt:%' AND a.id::text = split_part(m.subject, ':', 2)
      LEFT JOIN charge c ON c.id = a.charge_id
      LEFT JOIN refund f
        ON m.subject LIKE 'refund:%' AND f.id::text = split_part(m.subject, ':', 2)
      LEFT JOIN orders o ON o.id = coalesce(
           c.order_id, f.order_id, CAST(m.detail ->> 'order_id' AS bigint))
      LEFT JOIN buyer b ON b.id = o.buyer_id
     WHERE m.state = 'open'
     ORDER BY m.found_at, m.id LIMIT :most
    """
)


@dataclass(frozen=True, kw_only=True)
class CaseRow:
    """A case that waits for a person, and what can be done about it."""

    id: int
    kind: str
    subject: str
    round_id: int | None
    amount_satang: int
    detail: dict[str, Any]
    found_at: datetime
    number: str | None  # of the order
    buyer: str | None

    @property
    def remedies(self) -> tuple[Remedy, ...]:
        """What a person can do with one press."""
        return REMEDIES[CaseKind(self.kind)]


def open_cases(session: Session, most: int = SHOWN_CASES) -> list[CaseRow]:
    """Cases that are open, the oldest first; one statement."""
    return [CaseRow(**row._mapping) for row in session.execute(_OPEN, {"most": most})]
