"""Summing a round for the country, its provinces, tambons and groups, in a few statements."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.clock import bangkok_date
from market.overviews.country.rules import Sibling, hide_few

#: A round that runs is summed again at most this often.
SUM_EVERY = timedelta(minutes=15)
MOST_AT_ONCE = 20

_DUE = text(
    """
    SELECT r.id FROM round r
      LEFT JOIN figure_run f ON f.round_id = r.id
     CROSS JOIN LATERAL (
           SELECT r.state || ':' || count(*) || ':' || coalesce(sum(b.version), 0) AS mark
             FROM batch b WHERE b.round_id = r.id) AS stands
     WHERE NOT r.private AND f.final IS NOT TRUE
       AND (r.state IN ('confirming', 'paying', 'producing', 'delivering', 'completed')
            OR (r.state = 'cancelled' AND f.round_id IS NOT NULL))
       AND (f.round_id IS NULL OR r.state IN ('completed', 'cancelled')
            OR (f.mark <> stands.mark AND f.summed_at <= :before))
     ORDER BY r.closes_at, r.id LIMIT :most
    """
)
#: The round stands still meanwhile, and one at a time sums it.
_LOCK = text("SELECT state FROM round WHERE id = :round_id FOR NO KEY UPDATE")
_FINAL = text("SELECT final FROM figure_run WHERE round_id = :round_id")
_FORGET = text("DELETE FROM round_figure WHERE round_id = :round_id")
_NOTE = text(
    """
    INSERT INTO figure_run (round_id, mark, final, summed_at)
    SELECT r.id, r.state || ':' || count(b.id) || ':' || coalesce(sum(b.version), 0),
           r.state IN ('completed', 'cancelled'), :now
      FROM round r LEFT JOIN batch b ON b.round_id = r.id WHERE r.id = :round_id GROUP BY r.id
        ON CONFLICT (round_id) DO UPDATE
       SET mark = excluded.mark, final = excluded.final, summed_at = excluded.summed_at
    """
)
#: An ask that still waits within its time is neither answered nor silent. A batch is full as far
#: as it was confirmed and made; what buyers dropped is not the makers'. It is on time if it was
#: handed over by the day promised first.
_SUM = text(
    """
    WITH part AS (
        SELECT p.group_id, g.tambon_code AS tambon, left(g.tambon_code, 2) AS province,
               g.households, d.due_satang, d.got_satang
          FROM round_group p
          JOIN producer_group g ON g.id = p.group_id
          LEFT JOIN group_deficit d
                 ON d.round_id = p.round_id AND d.group_id = p.group_id AND d.due_satang > 0
         WHERE p.round_id = :round_id
    ), asked AS (
        SELECT b.group_id, count(*) AS asks,
               count(*) FILTER (WHERE a.answer IN ('all', 'part', 'no')) AS answered,
               sum(a.units) AS units
          FROM batch b JOIN ask a ON a.batch_id = b.id AND a.kind = 'make'
         WHERE b.round_id = :round_id AND (a.answer <> 'waiting' OR a.answer_by <= :now)
         GROUP BY b.group_id
    ), made AS (
        SELECT b.group_id,
               sum(b.confirmed_units - CASE WHEN b.made_units IS NULL THEN 0
                   ELSE greatest(b.to_make_units - b.made_units, 0) END) AS filled,
               count(*) FILTER (WHERE b.handed_over_at IS NOT NULL OR (
                   b.state IN ('to_make', 'made', 'packed') AND due.day < :today)) AS batches,
               count(*) FILTER (WHERE
                   (b.handed_over_at AT TIME ZONE 'Asia/Bangkok')::date <= due.day) AS on_time
          FROM batch b
          JOIN round r ON r.id = b.round_id
         CROSS JOIN LATERAL (
               SELECT coalesce((SELECT p.due_on FROM promise p
                                 WHERE p.batch_id = b.id AND p.reason IS NULL),
                               r.delivery_on[b.delivery_index + 1]) AS day) AS due
         WHERE b.round_id = :round_id GROUP BY b.group_id
    ), sold AS (
        SELECT b.group_id, o.buyer_id, sum(a.live_units * a.price_satang) AS goods,
               sum(a.live_units * coalesce(f.group_satang, a.price_satang)) AS makers,
               sum(a.live_units * (coalesce(f.group_satang, a.price_satang) - f.unit_cost_satang))
                   AS surplus
          FROM batch b
          JOIN round_offer f ON f.id = b.round_offer_id
          JOIN assignment a ON a.batch_id = b.id AND a.live_units > 0
          JOIN order_line l ON l.id = a.line_id
          JOIN orders o ON o.id = l.order_id
         WHERE b.round_id = :round_id AND b.state IN ('delivered', 'paid_out')
         GROUP BY b.group_id, o.buyer_id
    ), known AS (
        SELECT DISTINCT s.buyer_id FROM (SELECT DISTINCT buyer_id FROM sold) s
          JOIN orders o ON o.buyer_id = s.buyer_id AND o.state = 'placed'
          JOIN round r ON r.id = o.round_id
          JOIN round this ON this.id = :round_id AND r.opens_at < this.opens_at AND r.id <> this.id
    ), bought AS (
        SELECT p.province, p.tambon, p.group_id, grouping(p.province, p.tambon, p.group_id) AS set,
               count(DISTINCT s.buyer_id) AS buyers, count(DISTINCT k.buyer_id) AS again,
               sum(s.goods) AS goods, sum(s.makers) AS makers, sum(s.surplus) AS surplus
          FROM sold s JOIN part p USING (group_id) LEFT JOIN known k USING (buyer_id)
         GROUP BY GROUPING SETS ((), (p.province), (p.province, p.tambon),
                                 (p.province, p.tambon, p.group_id))
    ), worked AS (
        SELECT p.province, p.tambon, p.group_id, grouping(p.province, p.tambon, p.group_id) AS set,
               count(*) AS groups, sum(p.households) AS households,
               coalesce(sum(q.asks), 0) AS asks, coalesce(sum(q.answered), 0) AS answered,
               coalesce(sum(q.units), 0) AS units,
               coalesce(sum(least(m.filled, coalesce(q.units, 0))), 0) AS filled,
               coalesce(sum(m.batches), 0) AS batches, coalesce(sum(m.on_time), 0) AS on_time,
               count(p.due_satang) AS shared, coalesce(sum(p.due_satang), 0) AS due,
               coalesce(sum(p.got_satang), 0) AS got,
               coalesce(sum(least(p.got_satang, p.due_satang)), 0) AS fair,
               percentile_disc(0.1) WITHIN GROUP (ORDER BY share.permille) AS low,
               percentile_disc(0.5) WITHIN GROUP (ORDER BY share.permille) AS middle,
               percentile_disc(0.9) WITHIN GROUP (ORDER BY share.permille) AS high
          FROM part p
         CROSS JOIN LATERAL (SELECT 1000 * p.got_satang / p.due_satang AS permille) AS share
          LEFT JOIN asked q USING (group_id)
          LEFT JOIN made m USING (group_id)
         GROUP BY GROUPING SETS ((), (p.province), (p.province, p.tambon),
                                 (p.province, p.tambon, p.group_id))
    )
    INSERT INTO round_figure (
        round_id, area_code, group_id, groups, households, asks, answered, asked_units,
        filled_units, batches, on_time, goods_satang, makers_satang, surplus_satang, buyers,
        came_again, shared, due_satang, got_satang, fair_satang, low_permille,
        middle_permille, high_permille)
    SELECT :round_id, coalesce(w.tambon, w.province, ''), w.group_id, w.groups, w.households,
           w.asks, w.answered, w.units, w.filled, w.batches, w.on_time, coalesce(b.goods, 0),
           coalesce(b.makers, 0), coalesce(b.surplus, 0), coalesce(b.buyers, 0),
           coalesce(b.again, 0), w.shared, w.due, w.got, w.fair, w.low, w.middle, w.high
      FROM worked w
      LEFT JOIN bought b ON b.set = w.set AND b.province IS NOT DISTINCT FROM w.province
            AND b.tambon IS NOT DISTINCT FROM w.tambon
            AND b.group_id IS NOT DISTINCT FROM w.group_id
     WHERE w.groups > 0
    RETURNING id, area_code, group_id, buyers, households
    """
)
_HIDE = text("UPDATE round_figure SET hidden = true WHERE id = ANY (:ids)")


def due_rounds(session: Session, now: datetime) -> list[int]:
    """Rounds whose figures are not as they stand; those that are over only once more."""
    given = {"before": now - SUM_EVERY, "most": MOST_AT_ONCE}
    return list(session.scalars(_DUE, given))


def sum_round(session: Session, round_id: int, *, now: datetime) -> bool:
    """Write a round's figures anew; False where they are frozen. 6 statements at most."""
    given: dict[str, Any] = {"round_id": round_id, "now": now, "today": bangkok_date(now)}
    state = session.scalar(_LOCK, given)
    if state is None or session.scalar(_FINAL, given):
        return False
    session.execute(_FORGET, given)
    if state != "cancelled":
        rows = session.execute(_SUM, given).all()
        session.execute(_HIDE, {"ids": sorted(hide_few(_levels(rows)))})
    session.execute(_NOTE, given)
    return True


_LEVEL = {0: 0, 2: 1, 6: 2}  # by the length of the area's code
_GROUPS = 3


def _levels(rows: Sequence[Any]) -> list[list[Sibling]]:
    """The country, provinces, tambons, groups; each row with the id of the one above it."""
    ids: dict[str | None, int] = {row.area_code: row.id for row in rows if row.group_id is None}
    levels: list[list[Sibling]] = [[], [], [], []]
    for row in rows:
        level = _LEVEL[len(row.area_code)] if row.group_id is None else _GROUPS
        levels[level].append(
            Sibling(
                id=row.id, parent=ids.get(_above(level, row.area_code)), buyers=row.buyers,
                households=row.households,
            )
        )  # fmt: skip
    return levels


def _above(level: int, code: str) -> str | None:
    """The code of the area that an area or a group is part of; None above the country."""
    return (None, "", code[:2], code)[level]
