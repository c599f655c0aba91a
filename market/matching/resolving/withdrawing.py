"""Other goods are offered no more once the line's own goods are made after all.

In the transaction that confirms the units, so that a buyer never has both, and a round does not
wait for an answer of no use.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.matching.resolving.rows import MADE
from market.matching.resolving.telling import subject_of, tell_buyers_of
from market.notices.commands import settle
from market.rounds.models import Round

#: Of lines that this batch's units went to. What is out of time lapses with the next sweep. An
#: offer that a buyer is just taking is waited for: the row's state says who came first.
_WITHDRAW = text(
    f"""
    WITH made AS (
        SELECT i.id, i.line_id, i.units FROM instead_offer i
         WHERE i.round_id = :round_id AND i.state = 'open' AND i.answer_by > :now
           AND EXISTS (SELECT 1 FROM assignment a WHERE a.line_id = i.line_id
                          AND a.batch_id = :batch_id AND a.confirmed_units > 0)
         ORDER BY i.id FOR NO KEY UPDATE
    ), gone AS (
        UPDATE instead_offer i SET state = 'lapsed', answered_at = :now, answered_by = 'system'
          FROM made WHERE made.id = i.id
    ), trail AS (
        INSERT INTO audit_event (at, actor, subject, event, from_state, to_state, reason, data)
        SELECT :now, 'system', 'line:' || line_id, 'line.instead_withdrawn', 'open', 'lapsed',
               'made', jsonb_build_object('offer', id, 'units', units,
                                          'batch_id', CAST(:batch_id AS bigint))
          FROM made ORDER BY id
    )
    SELECT made.id, o.id AS order_id, o.buyer_id, o.number, {MADE} AS units, l.units AS wanted,
           p.name_th, p.name_en, p.unit_th, p.unit_en
      FROM made JOIN order_line l ON l.id = made.line_id JOIN orders o ON o.id = l.order_id
      JOIN product p ON p.id = l.product_id
     ORDER BY made.id
    """  # noqa: S608  our own words
)


def withdraw_offers(session: Session, round_: Round, batch_id: int, *, now: datetime) -> None:
    """Take back other goods offered for lines of which this batch now makes units; tell buyers.

    A buyer not yet told of the offer is not told of it any more.
    """
    given = {"round_id": round_.id, "batch_id": batch_id, "now": now}
    rows = session.execute(_WITHDRAW, given).mappings().all()
    if rows:
        settle(session, *(subject_of(row["id"]) for row in rows))
        tell_buyers_of(session, round_, "order.made_after_all", rows, now)
