"""Where each baht of a price goes: written per assignment from what its offer froze at opening.

An offer without frozen parts is all the makers'. Units that fall away take their parts along.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import text
from sqlalchemy.orm import Session

_WRITE = """
    INSERT INTO price_part (assignment_id, part, amount_satang)
    SELECT a.id, coalesce(p.part, 'makers'),
           a.live_units * coalesce(p.amount_satang, a.price_satang)
      FROM assignment a
      JOIN batch b ON b.id = a.batch_id
      LEFT JOIN round_offer_part p ON p.round_offer_id = b.round_offer_id
     WHERE {which}
       AND (a.confirmed_units > 0 OR EXISTS (
            SELECT 1 FROM price_part x WHERE x.assignment_id = a.id))
        ON CONFLICT (assignment_id, part) DO UPDATE SET amount_satang = excluded.amount_satang
     WHERE price_part.amount_satang <> excluded.amount_satang
"""
_WRITE_ROUND = text(_WRITE.format(which="b.round_id = :round_id"))
_WRITE_SOME = text(_WRITE.format(which="a.id = ANY(:ids)"))

# What of a charge goes straight to each group; the fee and the other parts to the market.
_SHARES = text(
    """
    WITH mine AS (
        SELECT c.id AS charge_id, b.group_id, sum(p.amount_satang) AS satang
          FROM charge c
          JOIN order_line l ON l.order_id = c.order_id
          JOIN assignment a ON a.line_id = l.id AND a.live_units > 0
          JOIN batch b ON b.id = a.batch_id
          JOIN price_part p ON p.assignment_id = a.id AND p.part IN ('makers', 'packing')
         WHERE c.id = ANY(:ids)
         GROUP BY c.id, b.group_id),
    gone AS (
        UPDATE charge_share s SET amount_satang = 0, received_satang = 0
         WHERE s.charge_id = ANY(:ids) AND s.group_id IS NOT NULL AND NOT EXISTS (
               SELECT 1 FROM mine m WHERE m.charge_id = s.charge_id AND m.group_id = s.group_id))
    INSERT INTO charge_share (charge_id, group_id, amount_satang)
    SELECT charge_id, group_id, satang FROM mine
     UNION ALL
    SELECT c.id, NULL, c.amount_satang - coalesce(sum(m.satang), 0)
      FROM charge c LEFT JOIN mine m ON m.charge_id = c.id
     WHERE c.id = ANY(:ids) GROUP BY c.id
        ON CONFLICT (charge_id, group_id) DO UPDATE
       SET amount_satang = excluded.amount_satang,
           received_satang = least(charge_share.received_satang, excluded.amount_satang)
    """
)
_RECEIVED = text(
    """
    SELECT charge_id, sum(received_satang) AS satang FROM charge_share
     WHERE charge_id = ANY(:ids) GROUP BY charge_id
    """
)


def write_parts(session: Session, round_id: int) -> None:
    """The parts of everything of a round that was ever confirmed; one statement."""
    session.execute(_WRITE_ROUND, {"round_id": round_id})


def rewrite_parts(session: Session, assignment_ids: Collection[int]) -> None:
    """The parts of assignments whose units have changed."""
    session.execute(_WRITE_SOME, {"ids": sorted(assignment_ids)})


def write_shares(session: Session, charge_ids: Collection[int]) -> dict[int, int]:
    """Share charges out among the groups that are paid directly; satang received by charge.

    What a share has received above its new amount is no longer counted: it is owed back.
    """
    if not charge_ids:
        return {}
    ids = {"ids": sorted(charge_ids)}
    session.execute(_SHARES, ids)
    return {row.charge_id: int(row.satang) for row in session.execute(_RECEIVED, ids)}
