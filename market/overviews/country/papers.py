"""The papers of a group's offers, with the day they lapse."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import text
from sqlalchemy.orm import Session


@dataclass(frozen=True, kw_only=True)
class Paper:
    """A paper of an offer, or one that its label needs and nobody brought (held is false)."""

    kind: str
    product_th: str
    product_en: str
    held: bool
    checked: bool
    expires_on: date | None


_PAPERS = text(
    """
    SELECT need.kind, p.name_th AS product_th, p.name_en AS product_en, c.id IS NOT NULL AS held,
           c.checked_at IS NOT NULL AS checked, c.expires_on
      FROM offer o
      JOIN product p ON p.id = o.product_id
     CROSS JOIN LATERAL (
           SELECT unnest(p.required_certificates) AS kind
            UNION SELECT h.kind FROM certificate h WHERE h.offer_id = o.id) AS need
      LEFT JOIN certificate c ON c.offer_id = o.id AND c.kind = need.kind
     WHERE o.group_id = :group_id AND o.active
     ORDER BY c.id IS NOT NULL, c.expires_on NULLS LAST, p.sort_key, need.kind LIMIT 60
    """
)


def papers_of(session: Session, group_id: int) -> tuple[Paper, ...]:
    """Papers that a group holds or lacks: what is missing first. 1 statement."""
    rows = session.execute(_PAPERS, {"group_id": group_id})
    return tuple(Paper(**row._mapping) for row in rows)
