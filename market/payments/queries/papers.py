"""Reads of papers: the whole one for its owner, little for whoever checks it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.errors import NotFound
from market.principals import Thing

_PAPER = text(
    """
    SELECT p.id, p.kind, p.number, p.subject, p.order_id, p.group_id, p.check_code, p.content,
           p.issued_at, c.number AS corrects,
           (SELECT array_agg(n.number ORDER BY n.id) FROM paper n WHERE n.corrects_id = p.id)
               AS corrected_by
      FROM paper p LEFT JOIN paper c ON c.id = p.corrects_id
     WHERE p.number = :number
    """
)
_THING = text(
    """
    SELECT o.tambon_code AS order_area, o.buyer_id, p.order_id, p.group_id,
           g.tambon_code AS group_area
      FROM paper p
      LEFT JOIN orders o ON o.id = p.order_id
      LEFT JOIN producer_group g ON g.id = p.group_id
     WHERE p.number = :number
    """
)
_OF_CHARGE = text(
    """
    SELECT p.number, p.kind, p.issued_at, (p.content ->> 'amount_satang')::bigint AS amount_satang
      FROM paper p JOIN charge c ON c.order_id = p.order_id
     WHERE c.id = :charge_id ORDER BY p.id
    """
)


@dataclass(frozen=True, kw_only=True)
class PaperView:
    """A paper as it was issued. content is what its maker in drafts.py wrote."""

    id: int
    kind: str
    number: str
    subject: str
    order_id: int | None
    group_id: int | None
    check_code: str
    content: dict[str, Any]
    issued_at: datetime
    corrects: str | None
    corrected_by: list[str] | None

    @property
    def amount_satang(self) -> int:
        """The sum on the paper."""
        return int(self.content["amount_satang"])

    @property
    def paid_at(self) -> datetime:
        """When the money moved."""
        return datetime.fromisoformat(self.content["paid_at"])


@dataclass(frozen=True, kw_only=True)
class PaperRow:
    """A paper in a list."""

    number: str
    kind: str
    issued_at: datetime
    amount_satang: int


def get_paper(session: Session, number: str) -> PaperView:
    """A paper by its number. Raises NotFound."""
    row = session.execute(_PAPER, {"number": number}).one_or_none()
    if row is None:
        raise NotFound("not_found", what="paper")
    return PaperView(**row._mapping)


def paper_thing(session: Session, paper: str) -> Thing:
    """Whose paper this is: a buyer's, or a group's. Raises NotFound."""
    row = session.execute(_THING, {"number": paper}).one_or_none()
    if row is None:
        raise NotFound("not_found", what="paper")
    return Thing(
        area=row.order_area or row.group_area,
        order_id=row.order_id,
        buyer_id=row.buyer_id,
        group_id=row.group_id,
    )


def papers_of_charge(session: Session, charge_id: int) -> tuple[PaperRow, ...]:
    """The receipt and refund notes of an order, as they were issued."""
    rows = session.execute(_OF_CHARGE, {"charge_id": charge_id})
    return tuple(PaperRow(**row._mapping) for row in rows)
