"""Everything in a coordinator's areas that needs a person, and at which desk it is done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.clock import bangkok_date
from market.overviews.board.listing import like


@dataclass(frozen=True, kw_only=True)
class Case:
    """Cases of one kind (and round, where it has one): how many, and the oldest."""

    kind: str  # calls_due, late, silent, neighbours, boxes, problems, money, imports
    round_id: int | None
    round_number: int | None
    name_th: str | None
    name_en: str | None
    cases: int
    since: datetime


_CASES = """
    WITH here AS (SELECT id FROM producer_group WHERE tambon_code LIKE ANY (:areas)),
    waiting AS (
        SELECT b.round_id, b.group_id, min(k.asked_at) AS asked_at
          FROM ask k JOIN batch b ON b.id = k.batch_id JOIN here ON here.id = b.group_id
          JOIN round r ON r.id = b.round_id AND r.state IN ('confirming', 'paying')
         WHERE k.answer = 'waiting' AND k.answer_by > :now GROUP BY 1, 2
    ), noted AS (
        SELECT DISTINCT ON (n.round_id, n.group_id) n.* FROM call_note n
          JOIN waiting w ON (w.round_id, w.group_id) = (n.round_id, n.group_id)
         ORDER BY n.round_id, n.group_id, n.id DESC
    ), found AS (
        SELECT 'calls_due' AS kind, round_id, count(*) AS cases, min(call_again_at) AS since
          FROM noted WHERE call_again_at <= :now GROUP BY 2
        UNION ALL
        SELECT 'silent', round_id, count(*), min(asked_at) FROM waiting GROUP BY 2
        UNION ALL
        SELECT 'neighbours', n.round_id, count(*), min(s.done_at)
          FROM neighbour_offer n JOIN shortfall_step s ON s.id = n.step_id
          JOIN round_offer f ON f.id = n.round_offer_id JOIN here ON here.id = f.group_id
         WHERE n.state = 'open' GROUP BY 2
        UNION ALL
        SELECT 'late', b.round_id, count(*),
               min(r.delivery_on[b.delivery_index + 1])::timestamp AT TIME ZONE 'Asia/Bangkok'
          FROM batch b JOIN here ON here.id = b.group_id JOIN round r ON r.id = b.round_id
         WHERE b.state IN ('to_make', 'made', 'packed')
           AND r.delivery_on[b.delivery_index + 1] <= :today GROUP BY 2
        UNION ALL
        SELECT 'boxes', NULL, count(*), min(k.found_at)
          FROM box_case k JOIN consignment c ON c.id = k.consignment_id
          JOIN batch b ON b.id = c.batch_id JOIN here ON here.id = b.group_id
         WHERE k.closed_at IS NULL HAVING count(*) > 0
        UNION ALL
        SELECT 'problems', NULL, count(*), min(p.reported_at)
          FROM problem_report p JOIN orders o ON o.id = p.order_id
         WHERE p.state = 'open' AND o.tambon_code LIKE ANY (:areas) HAVING count(*) > 0
        UNION ALL
        SELECT 'money', NULL, count(*), min(found_at) FROM money_case
         WHERE state = 'open' AND :money HAVING count(*) > 0
        UNION ALL
        SELECT 'imports', NULL, count(*), min(created_at) FROM sheet_import
         WHERE state IN ('matching', 'checked') AND area_code LIKE ANY (:areas)
           AND created_at < :now - interval '1 hour' HAVING count(*) > 0
    )
    SELECT f.kind, f.round_id, r.number AS round_number, r.name_th, r.name_en, f.cases, f.since
      FROM found f LEFT JOIN round r ON r.id = f.round_id
     ORDER BY array_position(ARRAY['calls_due', 'late', 'silent', 'neighbours', 'boxes', 'problems',
                                   'money', 'imports'], f.kind), f.since
"""


def cases_of(
    session: Session, areas: Sequence[str], *, money: bool, now: datetime
) -> tuple[Case, ...]:
    """What needs a person, the most pressing first. money: may the reader see the market's money?
    1 statement.
    """
    given = {"areas": like(areas), "now": now, "today": bangkok_date(now), "money": money}
    return tuple(Case(**row._mapping) for row in session.execute(text(_CASES), given))
