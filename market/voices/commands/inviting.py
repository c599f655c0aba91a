"""Buyers are asked once how it was, some days after they have everything, in one letter."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.orm import Session

from market.clock import BANGKOK
from market.payments.tell import News, tell_buyers
from market.voices.models import ReviewQuiet
from market.voices.rules import INVITE_AFTER, INVITE_UNTIL, is_quiet

AT_ONCE = 500  # buyers a sweep; the next one goes on

# One order stands for all that its buyer received in these days: they are marked together, the
# letter is about the latest. Whoever was asked in these days, has said something, or wants to be
# left alone is not asked.
_INVITE = text(
    """
    WITH received AS (
        SELECT l.order_id, o.buyer_id
          FROM assignment a
          JOIN order_line l ON l.id = a.line_id
          JOIN orders o ON o.id = l.order_id AND o.state = 'placed'
         WHERE a.received_at BETWEEN :since AND :until AND a.received_units > 0
           AND NOT EXISTS (SELECT 1 FROM review_invite i WHERE i.order_id = o.id)
         GROUP BY l.order_id, o.buyer_id),
    wanted AS (
        SELECT r.order_id, r.buyer_id FROM received r
         WHERE NOT EXISTS (SELECT 1 FROM review_quiet q WHERE q.buyer_id = r.buyer_id)
           AND NOT EXISTS (
               SELECT 1 FROM assignment a JOIN order_line l ON l.id = a.line_id
                WHERE l.order_id = r.order_id AND a.live_units > a.received_units)
           AND NOT EXISTS (
               SELECT 1 FROM review v JOIN order_line l ON l.id = v.line_id
                WHERE l.order_id = r.order_id)
           AND NOT EXISTS (
               SELECT 1 FROM problem_report p WHERE p.order_id = r.order_id AND p.state = 'open')
           AND NOT EXISTS (
               SELECT 1 FROM review_invite i JOIN orders o ON o.id = i.order_id
                WHERE o.buyer_id = r.buyer_id AND i.sent_at > :asked_since)),
    buyers AS (SELECT DISTINCT buyer_id FROM wanted ORDER BY buyer_id LIMIT :limit),
    marked AS (
        INSERT INTO review_invite (order_id, sent_at)
        SELECT w.order_id, :now FROM wanted w JOIN buyers USING (buyer_id) ORDER BY w.order_id
            ON CONFLICT DO NOTHING
        RETURNING order_id)
    SELECT o.buyer_id, max(o.id) AS order_id, count(*) AS orders
      FROM marked m JOIN orders o ON o.id = m.order_id GROUP BY o.buyer_id ORDER BY 2
    """
)


def invite_buyers(session: Session, *, now: datetime) -> int:
    """Ask whoever has had all goods of an order for some days; how many were asked.

    Nobody is asked in the evening or at night, nor twice for an order, nor while a problem
    with it is open.
    """
    if is_quiet(now.astimezone(BANGKOK).hour):
        return 0
    wanted = {
        "since": now - INVITE_UNTIL, "until": now - INVITE_AFTER,
        "asked_since": now - INVITE_AFTER, "now": now, "limit": AT_ONCE,
    }  # fmt: skip
    rows = session.execute(_INVITE, wanted).all()
    news = [
        News(
            order_id=row.order_id, event="review.invite", subject=f"order:{row.order_id}",
            data={"orders": row.orders},
        )
        for row in rows
    ]  # fmt: skip
    tell_buyers(session, news, now=now)
    return len(rows)


def stop_inviting(session: Session, buyer_id: int, *, now: datetime) -> None:
    """This buyer does not want to be asked any more. Twice changes nothing."""
    session.execute(
        pg_insert(ReviewQuiet).values(buyer_id=buyer_id, since=now).on_conflict_do_nothing()
    )
