"""The coordinator's board, group by group: who has answered, what is short, what is late."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from market.accounts.models import AuditEvent
from market.clock import bangkok_date
from market.matching.rules import BatchState
from market.overviews.board.aside import PointLine, Shortfall, points_of, shortfalls_of
from market.overviews.board.listing import like
from market.overviews.board.rules import PAGE_GROUPS, BoardFilter, Show


@dataclass(frozen=True, kw_only=True)
class BoardRow:
    """One batch of a group. asked and confirmed are units; ask_id: the ask that waits."""

    batch_id: int
    ask_id: int | None
    group_id: int
    product_id: int
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
    status: str  # silent, declined, part, confirmed
    late: bool


@dataclass(frozen=True, kw_only=True)
class BoardGroup:
    """A group with its batches, the worst first. called_at, outcome: of the last call."""

    id: int
    name_th: str
    name_en: str
    tambon_th: str
    tambon_en: str
    province_th: str
    province_en: str
    phone: str | None
    calls: int
    called_at: datetime | None
    outcome: str | None
    call_again_at: datetime | None
    rows: tuple[BoardRow, ...]

    @property
    def status(self) -> str:
        """Of its worst batch."""
        return self.rows[0].status

    @property
    def late(self) -> bool:
        """Is anything behind its date?"""
        return any(row.late for row in self.rows)

    @property
    def ask_id(self) -> int | None:
        """The first ask that waits for an answer."""
        return next((row.ask_id for row in self.rows if row.ask_id is not None), None)


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A place or product that one may narrow the board to, and how many groups are there."""

    kind: str  # amphoe, tambon, product
    key: str
    name_th: str
    name_en: str
    groups: int


@dataclass(frozen=True, kw_only=True)
class Figures:
    """Sums over the areas; counts: groups beside each filter, with the other filters as set."""

    groups: int
    groups_answered: int
    asked_units: int
    confirmed_units: int
    late: int
    counts: dict[str, int]


@dataclass(frozen=True, kw_only=True)
class Board:
    """A round's board for one coordinator's areas: one page of groups, and sums over all."""

    groups: tuple[BoardGroup, ...]
    figures: Figures
    choices: tuple[Choice, ...]
    shortfalls: tuple[Shortfall, ...]
    points: tuple[PointLine, ...]
    chosen: BoardFilter

    @property
    def pages(self) -> int:
        """How many pages the groups fill."""
        return -(-self.figures.counts[self.chosen.show] // PAGE_GROUPS)


#: Every batch of the areas with its status; ``picked``: the filters of area, product, name let it
#: through. Red, amber, green by rank.
_JUDGED = """
    WITH asked AS (
        SELECT b.id AS batch_id, b.group_id, b.product_id, b.state AS batch_state, g.tambon_code,
               r.delivery_on[b.delivery_index + 1] AS delivery_on,
               sum(a.units)::bigint AS asked_units,
               sum(a.confirmed_units)::bigint AS confirmed_units, min(a.asked_at) AS asked_at,
               max(a.answered_at) AS answered_at, bool_or(a.on_behalf) AS on_behalf,
               max(a.id) FILTER (WHERE a.answer = 'waiting') AS ask_id,
               (array_agg(a.reason ORDER BY a.id DESC) FILTER (WHERE a.reason IS NOT NULL))[1]
                   AS reason,
               :find = '' OR g.search LIKE '%' || :find || '%' AS named
          FROM batch b
          JOIN round r ON r.id = b.round_id
          JOIN ask a ON a.batch_id = b.id AND a.kind = 'make'
          JOIN producer_group g ON g.id = b.group_id
         WHERE b.round_id = :round_id AND g.tambon_code LIKE ANY (:areas)
         GROUP BY b.id, r.id, g.id
    ), judged AS (
        SELECT asked.*,
               CASE WHEN ask_id IS NOT NULL THEN 'silent' WHEN confirmed_units = 0 THEN 'declined'
                    WHEN confirmed_units = asked_units THEN 'confirmed' ELSE 'part' END AS status,
               batch_state = ANY (:to_hand_over) AND delivery_on <= :today AS late,
               tambon_code LIKE :area || '%' AS here,
               :product_id = 0 OR product_id = :product_id AS that
          FROM asked
    ), ranked AS (
        SELECT judged.*, named AND here AND that AS picked,
               array_position(ARRAY['silent', 'declined', 'part', 'confirmed'], status) AS place
          FROM judged
    )
"""

_SHOWN = {
    Show.ALL: "true",
    Show.SILENT: "status = 'silent'",
    Show.SHORT: "status IN ('part', 'declined')",
    Show.LATE: "late",
    Show.CONFIRMED: "status = 'confirmed'",
}

_COUNTS = ", ".join(
    f"count(DISTINCT group_id) FILTER (WHERE picked AND {where}) AS n_{show}"
    for show, where in _SHOWN.items()
)

_FIGURES = f"""{_JUDGED}
    SELECT count(DISTINCT group_id) AS groups,
           count(DISTINCT group_id) FILTER (WHERE status = 'silent') AS waiting,
           coalesce(sum(asked_units), 0)::bigint AS asked_units,
           coalesce(sum(confirmed_units), 0)::bigint AS confirmed_units,
           count(*) FILTER (WHERE late) AS late, {_COUNTS}
      FROM ranked
"""  # noqa: S608  our own words

#: A page of groups: the worst first, behind their date before others, then the longest silence.
_GROUPS = f"""{_JUDGED}, page AS (
        SELECT group_id, row_number() OVER (
                   ORDER BY (ARRAY[1, 2, 2, 3])[min(place)], NOT bool_or(late),
                            min(asked_at), group_id) AS turn
          FROM ranked
         GROUP BY group_id HAVING bool_or(picked AND SHOWN)
         ORDER BY turn LIMIT :most OFFSET :offset
    )
    SELECT page.turn, x.*, g.craft_th AS name_th, g.craft_en AS name_en,
           coalesce(g.phone, u.phone) AS phone,
           t.name_th AS tambon_th, t.name_en AS tambon_en, v.name_th AS province_th,
           v.name_en AS province_en, p.code AS product_code, p.name_th AS product_th,
           p.name_en AS product_en, p.unit_th, p.unit_en, c.calls, c.called_at, c.outcome,
           c.call_again_at
      FROM page
      JOIN ranked x ON x.group_id = page.group_id
      JOIN producer_group g ON g.id = x.group_id
      JOIN tambon t ON t.code = g.tambon_code
      JOIN province v ON v.code = t.province_code
      JOIN product p ON p.id = x.product_id
      LEFT JOIN LATERAL (
           SELECT min(l.us_phone_number) AS phone FROM grant_ r
             JOIN "user" l ON l.id = r.user_id AND l.active
            WHERE r.group_id = g.id AND r.role = 'group_leader') u ON true
      LEFT JOIN LATERAL (
           SELECT count(*) AS calls, max(n.called_at) AS called_at,
                  (array_agg(n.outcome ORDER BY n.id DESC))[1] AS outcome,
                  (array_agg(n.call_again_at ORDER BY n.id DESC))[1] AS call_again_at
             FROM call_note n WHERE n.group_id = g.id AND n.round_id = :round_id) c ON true
     ORDER BY page.turn, x.place, NOT x.late, x.asked_at, x.batch_id
"""  # noqa: S608  our own words

_CHOICES = f"""{_JUDGED}
    SELECT 'tambon' AS kind, t.code AS key, t.name_th, t.name_en,
           count(DISTINCT group_id) AS groups, a.name_th AS sort
      FROM ranked x JOIN tambon t ON t.code = x.tambon_code
      JOIN amphoe a ON a.code = t.amphoe_code WHERE named AND that GROUP BY t.code, a.code
    UNION ALL
    SELECT 'amphoe', a.code, a.name_th, a.name_en, count(DISTINCT group_id), a.name_th
      FROM ranked x JOIN tambon t ON t.code = x.tambon_code
      JOIN amphoe a ON a.code = t.amphoe_code WHERE named AND that GROUP BY a.code
    UNION ALL
    SELECT 'product', p.id::text, p.name_th, p.name_en, count(DISTINCT group_id), p.sort_key
      FROM ranked x JOIN product p ON p.id = x.product_id WHERE named AND here GROUP BY p.id
     ORDER BY 1, 6, 2
"""  # noqa: S608  our own words

_BEFORE_HAND_OVER = [str(s) for s in (BatchState.TO_MAKE, BatchState.MADE, BatchState.PACKED)]
_OF_GROUP = (
    "name_th", "name_en", "tambon_th", "tambon_en", "province_th", "province_en", "phone",
    "calls", "called_at", "outcome", "call_again_at",
)  # fmt: skip


def board_of(
    session: Session, round_id: int, areas: Sequence[str], now: datetime,
    chosen: BoardFilter = BoardFilter(),  # noqa: B008  frozen
) -> Board:  # fmt: skip
    """The board of a round for somebody who coordinates ``areas`` (code prefixes). 5 statements."""
    given = {
        "round_id": round_id, "areas": like(areas), "today": bangkok_date(now),
        "to_hand_over": _BEFORE_HAND_OVER, "area": chosen.area, "product_id": chosen.product_id,
        "find": chosen.words(),
    }  # fmt: skip
    return Board(
        groups=_groups(session, given, chosen),
        figures=_figures(session.execute(text(_FIGURES), given).one()),
        choices=tuple(_choice(row) for row in session.execute(text(_CHOICES), given)),
        shortfalls=shortfalls_of(session, given),
        points=points_of(session, given),
        chosen=chosen,
    )


def board_version(session: Session, now: datetime) -> tuple[int, int]:
    """Changes whenever the board may: every change of state leaves a row in the trail; and each
    minute, for what depends on the time. One look at an index.
    """
    last = session.scalar(select(func.max(AuditEvent.id))) or 0
    return last, int(now.timestamp()) // 60


def _groups(session: Session, given: dict[str, Any], chosen: BoardFilter) -> tuple[BoardGroup, ...]:
    paging = {"most": PAGE_GROUPS, "offset": (chosen.page - 1) * PAGE_GROUPS}
    statement = text(_GROUPS.replace("SHOWN", _SHOWN[chosen.show]))
    found = session.execute(statement, given | paging)
    return tuple(_group(list(rows)) for _turn, rows in groupby(found, key=lambda row: row.turn))


def _group(rows: list[Any]) -> BoardGroup:
    first = rows[0]
    return BoardGroup(
        id=first.group_id,
        rows=tuple(
            BoardRow(**{name: getattr(row, name) for name in BoardRow.__dataclass_fields__})
            for row in rows
        ),
        **{name: getattr(first, name) for name in _OF_GROUP},
    )


def _figures(row: Any) -> Figures:
    return Figures(
        groups=row.groups, groups_answered=row.groups - row.waiting, asked_units=row.asked_units,
        confirmed_units=row.confirmed_units, late=row.late,
        counts={show: getattr(row, f"n_{show}") for show in Show},
    )  # fmt: skip


def _choice(row: Any) -> Choice:
    return Choice(
        kind=row.kind, key=row.key, name_th=row.name_th, name_en=row.name_en, groups=row.groups
    )
