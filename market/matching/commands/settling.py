"""After the answers: silence counts as no, the rest is matched again, then buyers are told."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from market.db import lock
from market.matching.commands.remembering import remember_shares
from market.matching.commands.shares import confirm_many
from market.matching.commands.telling import tell_buyers
from market.matching.models import Ask, Batch, MatchRun
from market.matching.queries.problem_copy import expect_many_rows
from market.matching.resolving.lapsing import (
    lapse_neighbours,
    lines_wait_for_match,
    offers_wait,
)
from market.matching.rules import Answer, AskKind, RunState, paying_deadline
from market.rounds.commands import move_round
from market.rounds.models import Round
from market.rounds.rules import RoundState, last_answer_at


def settle_answers(session: Session, round_id: int, *, now: datetime) -> RoundState:
    """Move a CONFIRMING round on when nobody is waited for; returns its state.

    Waiting asks past their deadline become silent. What is missing is matched again while the
    round's limit allows and something may come of it; else the round goes to PAYING.
    """
    round_ = lock(session, Round, round_id)
    if round_.state is not RoundState.CONFIRMING:
        return round_.state
    expect_many_rows(session)
    session.execute(_SILENCE, {"round_id": round_id, "now": now})
    if _somebody_waits(session, round_id) or offers_wait(session, round_, now):
        return round_.state
    lapse_neighbours(session, round_id, now)
    if round_.rematches < round_.rematch_limit and _worth_another(session, round_id):
        round_.rematches += 1
        move_round(session, round_, RoundState.CLOSED, actor="system", now=now, reason="rematch")
    else:
        _finish(session, round_, now)
    return round_.state


#: Silence, its batches and the trail in one statement; the lock order is batch, then ask.
_SILENCE = text(
    """
    WITH due AS (
        SELECT k.id, k.batch_id, b.confirmed_units, k.units
          FROM ask k JOIN batch b ON b.id = k.batch_id
         WHERE b.round_id = :round_id AND k.kind = 'make' AND k.answer = 'waiting'
           AND k.answer_by <= :now
         ORDER BY b.id FOR NO KEY UPDATE
    ), silent AS (
        UPDATE ask k SET answer = 'silent', answered_at = :now, answered_by = 'system'
          FROM due WHERE due.id = k.id
    ), batches AS (
        UPDATE batch b SET version = b.version + 1,
               state = CASE WHEN b.confirmed_units > 0 THEN 'confirmed' ELSE 'declined' END
          FROM due WHERE due.batch_id = b.id AND b.state = 'asked'
    )
    INSERT INTO audit_event (at, actor, subject, event, from_state, to_state, data)
    SELECT :now, 'system', 'ask:' || id, 'ask.silent', 'waiting', 'silent',
           jsonb_build_object('units', 0, 'asked', units, 'batch_id', batch_id)
      FROM due ORDER BY id
    """
)


def _somebody_waits(session: Session, round_id: int) -> bool:
    waiting = select(Ask.id).join(Batch, Batch.id == Ask.batch_id).where(
        Batch.round_id == round_id, Ask.kind == AskKind.MAKE, Ask.answer == Answer.WAITING
    )  # fmt: skip
    return session.scalar(waiting.limit(1)) is not None


_SHORT = text(
    """
    SELECT count(*) FILTER (WHERE short), count(*) FILTER (WHERE short AND maker = 'first')
      FROM (SELECT l.maker, l.units > coalesce(sum(a.confirmed_units), 0) AS short
              FROM order_line l JOIN orders o ON o.id = l.order_id
              LEFT JOIN assignment a ON a.line_id = l.id
             WHERE l.round_id = :round_id AND l.released_at IS NULL AND o.state = 'placed'
             GROUP BY l.id) AS lines
    """
)


def _worth_another(session: Session, round_id: int) -> bool:
    """May another match serve more: was something refused, or is a named maker now free to pass?

    Where everybody said yes to all, the last match was already the best there is.
    """
    short, named = session.execute(_SHORT, {"round_id": round_id}).one()
    last = (
        select(func.max(MatchRun.id))
        .where(MatchRun.round_id == round_id, MatchRun.state == RunState.PUBLISHED)
        .scalar_subquery()
    )
    refused = session.scalar(
        select(func.count(Ask.id))
        .join(Batch, Batch.id == Ask.batch_id)
        .where(Batch.round_id == round_id, Ask.run_id >= last, Ask.answer != Answer.ALL)
    )
    first = session.scalar(select(MatchRun.rematch_no).where(MatchRun.id == last)) == 0
    instead = lines_wait_for_match(session, round_id)
    return bool(short and (refused or instead or (first and named)))


def _finish(session: Session, round_: Round, now: datetime) -> None:
    """All-or-nothing lines that fell short let go; then the round waits for money."""
    values = {"round_id": round_.id, "now": now}
    session.flush()
    freed = session.scalars(_RELEASE, values).all()
    session.execute(_RELEASED_UNITS, values)
    _offer_again(session, sorted({batch for row in freed for batch in (row or ())}))
    session.execute(_TO_MAKE, values)
    remember_shares(session, round_.id)
    last = last_answer_at(round_.timetable())
    round_.pay_by = paying_deadline(round_.pay_by, last, now)
    move_round(session, round_, RoundState.PAYING, actor="system", now=now)
    tell_buyers(session, round_, now=now)


def _offer_again(session: Session, batch_ids: list[int]) -> None:
    """Units that released lines held go to their batches' lines that fell short."""
    if batch_ids:
        rows = session.execute(_FREE, {"batches": batch_ids})
        confirm_many(session, {batch_id: int(units) for batch_id, units in rows})


_FREE = text(
    """
    WITH locked AS (
        SELECT b.id, b.confirmed_units FROM batch b
         WHERE b.id = ANY(:batches) ORDER BY b.id FOR NO KEY UPDATE
    )
    SELECT b.id, b.confirmed_units - sum(a.confirmed_units)
      FROM locked b JOIN assignment a ON a.batch_id = b.id GROUP BY b.id, b.confirmed_units
    """
)

#: Returns, for each line released, the batches that held units of it.
_RELEASE = text(
    """
    WITH short AS (
        SELECT l.id, array_agg(a.batch_id) FILTER (WHERE a.confirmed_units > 0) AS batches
          FROM order_line l JOIN orders o ON o.id = l.order_id
          LEFT JOIN assignment a ON a.line_id = l.id
         WHERE l.round_id = :round_id AND l.released_at IS NULL AND l.shortage = 'nothing'
           AND o.state = 'placed'
         GROUP BY l.id HAVING coalesce(sum(a.confirmed_units), 0) < l.units
    ), released AS (
        UPDATE order_line l SET released_at = :now, released_reason = 'short'
          FROM short WHERE short.id = l.id
    ), trail AS (
        INSERT INTO audit_event (at, actor, subject, event, to_state, reason, data)
        SELECT :now, 'system', 'line:' || id, 'line.released', 'released', 'short', '{}'
          FROM short ORDER BY id
    )
    SELECT batches FROM short ORDER BY id
    """
)

_RELEASED_UNITS = text(
    """
    UPDATE assignment a SET confirmed_units = 0
      FROM order_line l
     WHERE l.id = a.line_id AND l.round_id = :round_id AND a.confirmed_units > 0
       AND l.released_at = :now AND l.released_reason = 'short'
    """
)

#: A batch makes what lines hold; one that nobody holds any more is stopped.
_TO_MAKE = text(
    """
    WITH held AS (
        SELECT b.id, b.state, coalesce(sum(a.confirmed_units), 0) AS units
          FROM batch b LEFT JOIN assignment a ON a.batch_id = b.id
         WHERE b.round_id = :round_id AND b.state = 'confirmed' GROUP BY b.id
    ), moved AS (
        UPDATE batch b SET to_make_units = held.units,
               state = CASE WHEN held.units > 0 THEN b.state ELSE 'stopped' END,
               version = b.version + 1
          FROM held WHERE held.id = b.id
    )
    INSERT INTO audit_event (at, actor, subject, event, from_state, to_state, reason, data)
    SELECT :now, 'system', 'batch:' || id, 'batch.stopped', state, 'stopped', 'unsold', '{}'
      FROM held WHERE units = 0 ORDER BY id
    """
)
