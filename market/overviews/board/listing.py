"""The list of rounds, and what became of one: sums over a coordinator's areas."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session


@dataclass(frozen=True, kw_only=True)
class Summary:
    """What became of a completed round in these areas: units over all products, and satang."""

    groups: int
    planned_units: int
    made_units: int
    delivered_units: int
    income_satang: int
    surplus_satang: int


@dataclass(frozen=True, kw_only=True)
class RoundLine:
    """A round in the board's list, with what waits in the reader's areas."""

    id: int
    number: int
    name_th: str
    name_en: str
    state: str
    closes_at: datetime
    answer_by: datetime
    orders: int
    waiting: int
    batches: int
    finished: int


_ROUNDS = """
    SELECT r.id, r.number, r.name_th, r.name_en, r.state, r.closes_at, r.answer_by,
           (SELECT count(*) FROM orders o WHERE o.round_id = r.id AND o.state = 'placed') AS orders,
           count(DISTINCT b.id) FILTER (WHERE a.answer = 'waiting') AS waiting,
           count(DISTINCT b.id) AS batches,
           count(DISTINCT b.id) FILTER (WHERE b.state IN ('paid_out', 'stopped', 'declined'))
               AS finished
      FROM round r
      LEFT JOIN (batch b JOIN producer_group g ON g.id = b.group_id
                 AND g.tambon_code LIKE ANY (:areas)) ON b.round_id = r.id
      LEFT JOIN ask a ON a.batch_id = b.id
     GROUP BY r.id
     ORDER BY array_position(ARRAY['confirming', 'matched', 'closed', 'paying', 'producing',
                                   'delivering', 'open', 'draft'], r.state::text),
              CASE WHEN r.state NOT IN ('completed', 'cancelled') THEN r.closes_at END,
              r.number DESC LIMIT 40
"""

_SUMMARY = """
    SELECT count(*) AS groups, sum(s.planned_units)::bigint AS planned_units,
           sum(s.made_units)::bigint AS made_units,
           sum(s.delivered_units)::bigint AS delivered_units,
           sum(s.income_satang)::bigint AS income_satang,
           sum(s.surplus_satang)::bigint AS surplus_satang
      FROM round_summary s JOIN producer_group g ON g.id = s.group_id
     WHERE s.round_id = :round_id AND g.tambon_code LIKE ANY (:areas)
    HAVING count(*) > 0
"""


def summary_of(session: Session, round_id: int, areas: Sequence[str]) -> Summary | None:
    """What was frozen when the round was completed; None before. 1 statement."""
    given = {"round_id": round_id, "areas": like(areas)}
    row = session.execute(text(_SUMMARY), given).one_or_none()
    return Summary(**row._mapping) if row else None


def rounds_for(session: Session, areas: Sequence[str]) -> tuple[RoundLine, ...]:
    """Rounds with what waits in these areas, the most pressing first. 1 statement."""
    found = session.execute(text(_ROUNDS), {"areas": like(areas)})
    return tuple(RoundLine(**row._mapping) for row in found)


def like(areas: Sequence[str]) -> list[str]:
    return [area + "%" for area in areas]
