"""Summing demand by the month, in a few statements; done again it is the same."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.overviews.demand.rules import FEWEST, Month, months_to_sum

_INTO = """
    INSERT INTO demand_month (month, province_code, kind, product_id, group_id, category, term,
                              shown, people, asked_units, served_units, summed_at)
"""
#: What was not delivered counts as missing only once a round is settled, and not what the
#: buyer left unpaid or called off.
_ORDERS = """
    SELECT :month, left(o.tambon_code, 2), 'order', l.product_id, NULL, NULL, NULL, NULL,
           count(DISTINCT o.buyer_id), sum(l.units),
           sum(CASE WHEN r.state NOT IN ('producing', 'delivering', 'completed')
                      OR l.released_reason IN ('unpaid', 'cancelled') THEN l.units
                    ELSE least(l.units, coalesce(given.units, 0)) END), :now
      FROM round r
      JOIN orders o ON o.round_id = r.id AND o.state <> 'cancelled'
      JOIN order_line l ON l.order_id = o.id
      LEFT JOIN LATERAL (
           SELECT sum(a.live_units) AS units FROM assignment a WHERE a.line_id = l.id) given ON true
     WHERE r.opens_at < :ends_at AND r.closes_at > :starts_at AND NOT r.private
       AND r.state <> 'cancelled' AND o.placed_at >= :starts_at AND o.placed_at < :ends_at
     GROUP BY 2, l.product_id
"""
#: Where somebody waits: as their browser knew, else where their last order went.
_WAITING = """
    SELECT :month, coalesce(m.province_code, place.code, ''),
           CASE WHEN m.units IS NULL THEN 'wait' ELSE 'full' END AS kind,
           m.product_id, m.group_id, m.category, NULL, NULL,
           count(DISTINCT (m.user_id, m.buyer_id)), coalesce(sum(m.units), 0), 0, :now
      FROM reminder m
      LEFT JOIN LATERAL (
           SELECT left(o.tambon_code, 2) FROM buyer b JOIN orders o ON o.buyer_id = b.id
            WHERE b.user_id = m.user_id ORDER BY o.id DESC LIMIT 1)
           AS place (code) ON m.province_code IS NULL
     WHERE m.confirmed_at < :ends_at AND (m.ended_at IS NULL OR m.ended_at >= :starts_at)
     GROUP BY 2, kind, m.product_id, m.group_id, m.category
"""
_BASKETS = """
    SELECT :month, coalesce(place.code, ''), 'basket', l.product_id, NULL, NULL, NULL, NULL,
           count(DISTINCT c.id), sum(l.units), 0, :now
      FROM cart c
      JOIN cart_line l ON l.cart_id = c.id
      LEFT JOIN LATERAL (
           SELECT left(o.tambon_code, 2) FROM buyer b JOIN orders o ON o.buyer_id = b.id
            WHERE b.user_id = c.user_id ORDER BY o.id DESC LIMIT 1)
           AS place (code) ON true
     WHERE c.updated_at >= :starts_at AND c.updated_at < :ends_at
     GROUP BY 2, l.product_id
"""
_SEARCHES = """
    SELECT :month, n.province_code, word.kind, NULL, NULL, NULL, n.term,
           (array_agg(n.shown ORDER BY word.times DESC, n.shown))[1], sum(word.times), 0, 0, :now
      FROM search_note n
     CROSS JOIN LATERAL (VALUES ('search', n.times - n.missed), ('missed', n.missed))
           AS word (kind, times)
     WHERE n.day >= :month AND n.day < CAST(:month AS date) + INTERVAL '1 month' AND word.times > 0
     GROUP BY n.province_code, word.kind, n.term
"""
_REQUESTS = """
    SELECT :month, left(q.tambon_code, 2), 'request', q.product_id, NULL,
           CASE WHEN q.product_id IS NULL THEN q.category_key END, NULL, NULL,
           count(DISTINCT q.buyer_id), sum(q.units),
           sum(CASE WHEN q.state = 'agreed' THEN q.units ELSE 0 END), :now
      FROM goods_request q
     WHERE q.asked_at >= :starts_at AND q.asked_at < :ends_at
       AND (q.product_id IS NOT NULL OR q.category_key IS NOT NULL)
     GROUP BY 2, q.product_id, 6
"""
_SUMS = tuple(text(_INTO + part) for part in (_ORDERS, _WAITING, _BASKETS, _SEARCHES, _REQUESTS))
_LOCK = text("SELECT pg_advisory_xact_lock(hashtext('demand_month'))")
_SUMMED = text("SELECT max(summed_at) FROM demand_month WHERE month = :month")
_FORGET = text(
    """
    DELETE FROM demand_month d USING (
        SELECT month, term FROM demand_month WHERE term IS NOT NULL AND month < :month
         GROUP BY month, term HAVING sum(people) < :fewest) rare
     WHERE d.month = rare.month AND d.term = rare.term
    """
)


def sum_demand(session: Session, now: datetime, *, every: timedelta) -> bool:
    """Sum this month and the one before, unless that was done less than ``every`` ago."""
    session.execute(_LOCK)
    before, this = months_to_sum(now)
    last = session.scalar(_SUMMED, {"month": this.first})
    if last is not None and last > now - every:
        return False
    for month in (before, this):
        _sum_month(session, month, now)
    forget_rare_words(session, before)
    return True


def _sum_month(session: Session, month: Month, now: datetime) -> None:
    values = {
        "month": month.first, "starts_at": month.starts_at, "ends_at": month.ends_at, "now": now,
    }  # fmt: skip
    session.execute(text("DELETE FROM demand_month WHERE month = :month"), values)
    for part in _SUMS:
        session.execute(part, values)


def forget_rare_words(session: Session, before: Month) -> None:
    """Days that are summed for good go, and with them what too few people ever searched."""
    session.execute(text("DELETE FROM search_note WHERE day < :month"), {"month": before.first})
    session.execute(_FORGET, {"month": before.first, "fewest": FEWEST})
