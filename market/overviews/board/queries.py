"""The coordinator's board: who has answered, what is short, what is late, by area."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.clock import bangkok_date
from market.matching.rules import BatchState


@dataclass(frozen=True, kw_only=True)
class BoardRow:
    """One batch of one group. asked and confirmed are units; state is red, amber or green."""

    batch_id: int
    ask_id: int | None  # the ask that waits for an answer
    group_id: int
    group_th: str
    group_en: str
    tambon_th: str
    tambon_en: str
    province_th: str
    province_en: str
    phone: str | None
    product_code: str
    product_th: str
    product_en: str
    unit_th: str
    unit_en: str
    asked_units: int
    confirmed_units: int
    batch_state: str
    delivery_on: date
    asked_at: datetime
    answered_at: datetime | None
    on_behalf: bool
    reason: str | None
    state: str  # silent, part, confirmed, declined
    late: bool


@dataclass(frozen=True, kw_only=True)
class Shortfall:
    """Units of a product that no group has confirmed, and the buyers who wait for them."""

    product_code: str
    name_th: str
    name_en: str
    unit_th: str
    unit_en: str
    ordered_units: int
    confirmed_units: int
    short_units: int
    buyers: int


@dataclass(frozen=True, kw_only=True)
class PointLine:
    """A pick-up point of the round: boxes on their way and boxes that wait there."""

    point_id: int
    name_th: str
    name_en: str
    coming: int
    here: int


@dataclass(frozen=True, kw_only=True)
class Board:
    """A round's board for one coordinator's areas."""

    rows: tuple[BoardRow, ...]
    shortfalls: tuple[Shortfall, ...]
    points: tuple[PointLine, ...]

    @property
    def groups(self) -> int:
        """How many groups were asked."""
        return len({row.group_id for row in self.rows})

    @property
    def groups_answered(self) -> int:
        """How many of them owe no answer."""
        return self.groups - len({row.group_id for row in self.rows if row.ask_id is not None})

    @property
    def asked_units(self) -> int:
        """Units asked for, over all products."""
        return sum(row.asked_units for row in self.rows)

    @property
    def confirmed_units(self) -> int:
        """Units confirmed, over all products."""
        return sum(row.confirmed_units for row in self.rows)

    @property
    def late(self) -> int:
        """Batches behind their date."""
        return sum(row.late for row in self.rows)


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


_ROWS = """
    SELECT b.id AS batch_id, g.id AS group_id, g.craft_th AS group_th, g.craft_en AS group_en,
           t.name_th AS tambon_th, t.name_en AS tambon_en,
           v.name_th AS province_th, v.name_en AS province_en, g.phone,
           p.code AS product_code, p.name_th AS product_th, p.name_en AS product_en,
           p.unit_th, p.unit_en, b.state AS batch_state,
           r.delivery_on[b.delivery_index + 1] AS delivery_on,
           sum(a.units) AS asked_units, sum(a.confirmed_units) AS confirmed_units,
           min(a.asked_at) AS asked_at, max(a.answered_at) AS answered_at,
           max(a.id) FILTER (WHERE a.answer = 'waiting') AS ask_id,
           bool_or(a.on_behalf) AS on_behalf,
           (array_agg(a.reason ORDER BY a.id DESC) FILTER (WHERE a.reason IS NOT NULL))[1]
               AS reason
      FROM batch b
      JOIN round r ON r.id = b.round_id
      JOIN ask a ON a.batch_id = b.id AND a.kind = 'make'
      JOIN producer_group g ON g.id = b.group_id
      JOIN tambon t ON t.code = g.tambon_code
      JOIN province v ON v.code = t.province_code
      JOIN product p ON p.id = b.product_id
     WHERE b.round_id = :round_id AND g.tambon_code LIKE ANY (:areas)
     GROUP BY b.id, r.id, g.id, t.code, v.code, p.id
"""

_SHORT = """
    SELECT p.code AS product_code, p.name_th, p.name_en, p.unit_th, p.unit_en,
           sum(l.units) AS ordered_units, sum(coalesce(got.units, 0)) AS confirmed_units,
           sum(l.units - coalesce(got.units, 0)) AS short_units,
           count(DISTINCT o.buyer_id) FILTER (WHERE l.units > coalesce(got.units, 0)) AS buyers
      FROM order_line l
      JOIN orders o ON o.id = l.order_id AND o.state = 'placed'
      JOIN product p ON p.id = l.product_id
      LEFT JOIN LATERAL (
           SELECT sum(CASE WHEN a.answer = 'waiting' THEN s.units ELSE s.confirmed_units END)
               AS units
             FROM assignment s
             LEFT JOIN ask a ON a.batch_id = s.batch_id AND a.run_id = s.run_id AND a.kind = 'make'
            WHERE s.line_id = l.id) AS got
        ON true
     WHERE l.round_id = :round_id AND EXISTS (
           SELECT 1 FROM round_offer f JOIN producer_group g ON g.id = f.group_id
            WHERE f.round_id = l.round_id AND f.product_id = l.product_id
              AND g.tambon_code LIKE ANY (:areas))
     GROUP BY p.id HAVING sum(l.units - coalesce(got.units, 0)) > 0
     ORDER BY short_units DESC, p.sort_key
"""

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

_POINTS = """
    SELECT p.id AS point_id, p.name_th, p.name_en,
           count(*) FILTER (WHERE c.state IN ('waiting', 'handed_over')) AS coming,
           count(*) FILTER (WHERE c.state = 'arrived') AS here
      FROM consignment c JOIN pickup_point p ON p.id = c.point_id
     WHERE c.round_id = :round_id AND p.tambon_code LIKE ANY (:areas)
     GROUP BY p.id HAVING bool_or(c.state IN ('waiting', 'handed_over', 'arrived'))
     ORDER BY here DESC, coming DESC, p.id
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

#: Red, amber, green: the order of the rows.
_RANK = {"silent": 0, "declined": 1, "part": 1, "confirmed": 2}
_BEFORE_HAND_OVER = {BatchState.TO_MAKE, BatchState.MADE, BatchState.PACKED}


def board_of(session: Session, round_id: int, areas: Sequence[str], now: datetime) -> Board:
    """The board of a round for somebody who coordinates ``areas`` (code prefixes). 3 statements."""
    given = {"round_id": round_id, "areas": _like(areas)}
    today = bangkok_date(now)
    rows = [_row(dict(row._mapping), today) for row in session.execute(text(_ROWS), given)]
    rows.sort(key=lambda row: (_RANK[row.state], not row.late, row.asked_at, row.batch_id))
    short = tuple(Shortfall(**row._mapping) for row in session.execute(text(_SHORT), given))
    points = tuple(PointLine(**row._mapping) for row in session.execute(text(_POINTS), given))
    return Board(rows=tuple(rows), shortfalls=short, points=points)


def summary_of(session: Session, round_id: int, areas: Sequence[str]) -> Summary | None:
    """What was frozen when the round was completed; None before. 1 statement."""
    given = {"round_id": round_id, "areas": _like(areas)}
    row = session.execute(text(_SUMMARY), given).one_or_none()
    return Summary(**row._mapping) if row else None


def rounds_for(session: Session, areas: Sequence[str]) -> tuple[RoundLine, ...]:
    """Rounds with what waits in these areas, the most pressing first. 1 statement."""
    found = session.execute(text(_ROUNDS), {"areas": _like(areas)})
    return tuple(RoundLine(**row._mapping) for row in found)


def _like(areas: Sequence[str]) -> list[str]:
    return [area + "%" for area in areas]


def _row(values: dict[str, Any], today: date) -> BoardRow:
    asked, confirmed = int(values.pop("asked_units")), int(values.pop("confirmed_units"))
    late = values["batch_state"] in _BEFORE_HAND_OVER and values["delivery_on"] <= today
    return BoardRow(
        **values,
        asked_units=asked,
        confirmed_units=confirmed,
        state=_state(values["ask_id"], asked, confirmed),
        late=late,
    )


def _state(ask_id: int | None, asked: int, confirmed: int) -> str:
    if ask_id is not None:
        return "silent"
    if confirmed == 0:
        return "declined"
    return "confirmed" if confirmed == asked else "part"
