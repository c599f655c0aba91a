"""Certificates of a group that run out, and questions that wait: what the day page warns of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

#: Warned of this many days before, ever more plainly.
WARN_DAYS = (60, 30, 7)

_DUE = text(
    """
    SELECT c.kind, c.expires_on, p.name_th, p.name_en, p.code AS product_code,
           c.kind = ANY(p.required_certificates) AS stops
      FROM certificate c
      JOIN offer o ON o.id = c.offer_id
      JOIN product p ON p.id = o.product_id
     WHERE o.group_id = :group_id AND c.checked_at IS NOT NULL AND c.expires_on <= :until
     ORDER BY c.expires_on, c.id LIMIT 20
    """
)
_QUESTIONS = text(
    "SELECT count(*) FROM question"
    " WHERE group_id = :group_id AND answer IS NULL AND hidden_at IS NULL"
)


@dataclass(frozen=True, kw_only=True)
class PaperDue:
    """A certificate that runs out soon, or has. stops: the goods may not be sold without it."""

    kind: str
    expires_on: date
    days_left: int
    name_th: str
    name_en: str
    product_code: str
    stops: bool

    @property
    def level(self) -> str:
        """over, or within 7, 30 or 60 days."""
        return warn_level(self.days_left)


def warn_level(days_left: int) -> str:
    """How plainly to warn: ``over`` once the last day has passed, then ``7``, ``30``, ``60``."""
    if days_left < 0:
        return "over"
    return str(min(limit for limit in WARN_DAYS if days_left <= limit))


def papers_due(session: Session, group_id: int, *, today: date) -> tuple[PaperDue, ...]:
    """Checked certificates that run out within 60 days, or have; the first to run out first."""
    asked = {"group_id": group_id, "until": today + timedelta(days=max(WARN_DAYS))}
    return tuple(
        PaperDue(**row._mapping, days_left=(row.expires_on - today).days)
        for row in session.execute(_DUE, asked)
    )


def waiting_questions(session: Session, group_id: int) -> int:
    """Questions of visitors that nobody has answered."""
    return session.scalar(_QUESTIONS, {"group_id": group_id}) or 0
