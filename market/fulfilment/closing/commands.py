"""Writes at the end of a day: the count, what becomes of what was left, reminders."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.orm import Session

from market.accounts.commands import record
from market.clock import bangkok_date
from market.db import lock
from market.errors import Conflict, NotFound, Refused
from market.fulfilment.closing.rules import LONGEST_KEPT, LeftDecision
from market.fulfilment.gathering.models import DeskClosing, LeftOrder
from market.payments.tell import News, Trail, record_many, tell_buyers
from market.places.models import PickupPoint

MOST_WORDS = 300

# Orders of which something lies at the point: bags are (order, box) pairs.
_HERE = """
    SELECT o.id, o.pickup_code, count(DISTINCT s.id) AS bags, pt.name_th AS point_th,
           pt.name_en AS point_en, pt.hours, max(x.keep_until) AS keep_until,
           bool_and(s.state IN ('arrived', 'received')) AS all_here
      FROM orders o
      JOIN order_line l ON l.order_id = o.id
      JOIN assignment a ON a.line_id = l.id AND a.live_units > a.received_units
      JOIN consignment s ON s.batch_id = a.batch_id AND s.point_id = o.point_id
       AND s.state IN ({states})
      JOIN pickup_point pt ON pt.id = o.point_id
      LEFT JOIN left_order x ON x.order_id = o.id
     WHERE o.point_id = :point_id AND x.decision IS DISTINCT FROM 'give_away'
     GROUP BY o.id, pt.id ORDER BY o.id
"""
_LYING = text(_HERE.format(states="'arrived'"))
_COMPLETE = text(_HERE.format(states="'waiting', 'handed_over', 'arrived'"))
_TOLD = text(
    "SELECT count(DISTINCT subject) FROM notice WHERE event = 'order.waiting'"
    " AND subject = ANY(:subjects)"
)


def close_desk(
    session: Session, point_id: int, counted: int, words: str, *, actor: str, now: datetime
) -> int:
    """The day is closed with so many bags left; the number that was expected.

    Refused without words where they differ. The same count again changes nothing; another one
    is a Conflict.
    """
    lock(session, PickupPoint, point_id)  # two people closing wait for each other
    today = bangkok_date(now)
    rows = session.execute(_LYING, {"point_id": point_id})
    expected = sum(int(row.bags) for row in rows)
    if counted != expected and not words:
        raise Refused("closing_words_missing", counted=counted, expected=expected)
    closing_id = session.scalar(
        pg_insert(DeskClosing)
        .values(
            point_id=point_id, closed_on=today, expected_bags=expected, counted_bags=counted,
            words=words[:MOST_WORDS], closed_at=now, closed_by=actor,
        )
        .on_conflict_do_nothing(index_elements=["point_id", "closed_on"])
        .returning(DeskClosing.id)
    )  # fmt: skip
    if closing_id is None:
        _refuse_other(session, point_id, today, counted)
        return expected
    record(
        session, actor=actor, subject=f"pickup_point:{point_id}", event="desk.closed", at=now,
        reason=words[:MOST_WORDS] or None, data={"expected": expected, "counted": counted},
    )  # fmt: skip
    return expected


def _refuse_other(session: Session, point_id: int, today: date, counted: int) -> None:
    before = session.scalar(
        text("SELECT counted_bags FROM desk_closing WHERE point_id = :id AND closed_on = :day"),
        {"id": point_id, "day": today},
    )
    if before != counted:
        raise Conflict("closing_done")


def decide_left(
    session: Session,
    point_id: int,
    decisions: Mapping[int, tuple[LeftDecision, date | None]],
    *,
    actor: str,
    now: datetime,
) -> int:
    """What becomes of orders (ids) that nobody fetched; how many decisions are new.

    Refused for a day that has passed or is far away; NotFound for an order that does not lie
    here. What was paid stays with the makers once the time to report a problem is over; cash
    that never came is given up then, as always.
    """
    last = bangkok_date(now) + LONGEST_KEPT
    for decision, until in decisions.values():
        if decision is LeftDecision.KEEP and not (until and bangkok_date(now) <= until <= last):
            raise Refused("left_until_out_of_range", days=LONGEST_KEPT.days)
    lock(session, PickupPoint, point_id)
    here = {row.id: row for row in session.execute(_LYING, {"point_id": point_id})}
    if not set(decisions) <= set(here):
        raise NotFound("not_found", what="order")
    fresh = {
        order: (decision, until)
        for order, (decision, until) in decisions.items()
        if decision is LeftDecision.GIVE_AWAY or until != here[order].keep_until
    }
    if fresh:
        _write(session, point_id, fresh, actor, now)
    return len(fresh)


def _write(
    session: Session,
    point_id: int,
    decisions: Mapping[int, tuple[LeftDecision, date | None]],
    actor: str,
    now: datetime,
) -> None:
    rows = [
        {
            "order_id": order, "point_id": point_id, "decision": decision,
            "keep_until": until if decision is LeftDecision.KEEP else None,
            "decided_at": now, "decided_by": actor,
        }
        for order, (decision, until) in sorted(decisions.items())
    ]  # fmt: skip
    insert = pg_insert(LeftOrder).values(rows)
    changed = {name: insert.excluded[name] for name in rows[0] if name != "order_id"}
    session.execute(insert.on_conflict_do_update(index_elements=["order_id"], set_=changed))
    trail = [
        Trail(subject=f"order:{row['order_id']}", event="order.left",
              to_state=str(row["decision"]),
              data={"until": str(row["keep_until"]) if row["keep_until"] else None})
        for row in rows
    ]  # fmt: skip
    record_many(session, trail, actor=actor, at=now)


def remind_missing(session: Session, point_id: int, *, actor: str, now: datetime) -> int:
    """Whoever has everything here and has not come is told again, once a day; how many now."""
    rows = [r for r in session.execute(_COMPLETE, {"point_id": point_id}) if r.all_here]
    day = bangkok_date(now).isoformat()
    subjects = {row.id: f"order:{row.id}:waiting:{day}" for row in rows}
    before = session.scalar(_TOLD, {"subjects": list(subjects.values())}) or 0
    news = [
        News(
            order_id=row.id,
            event="order.waiting",
            subject=subjects[row.id],
            data={
                "code": row.pickup_code, "point_th": row.point_th, "point_en": row.point_en,
                "hours": row.hours,
                "keep_on": row.keep_until.isoformat() if row.keep_until else None,
            },
        )
        for row in rows
    ]  # fmt: skip
    tell_buyers(session, news, now=now)
    if len(rows) > before:
        record(
            session, actor=actor, subject=f"pickup_point:{point_id}", event="desk.reminded",
            at=now, data={"orders": len(rows) - before},
        )  # fmt: skip
    return len(rows) - before
