"""A round's figures, written once for each of its states.

One statement whatever the size of the round: names, orders, lines. Cancelled orders are not
among them. A report of any day then reads these tables by their key and joins nothing
that changes.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.errors import NotFound

#: Figures younger than this are not taken again: two taps are one.
FRESH = timedelta(seconds=60)
#: Memory of one sort while a large round is frozen; the server's own setting is for small ones.
_MEMORY = text("SET LOCAL work_mem = '64MB'")

#: What batches will be: when it changes after freezing, somebody gets something else.
_SIGNATURE = """
    (SELECT count(*) FILTER (WHERE b.state = 'stopped') || ':' || coalesce(sum(b.to_make_units), 0)
            || ':' || coalesce(sum(greatest(b.to_make_units - b.made_units, 0)), 0)
       FROM batch b WHERE b.round_id = {round})"""

_THINGS = """
    INSERT INTO report_thing (snapshot_id, kind, ref_id, code, name_th, name_en, unit_th, unit_en,
                              place_th, place_en, area_code, weight_g)
    SELECT :id, 'product', p.id, p.code, p.name_th, p.name_en, p.unit_th, p.unit_en, '', '', '',
           p.ship_weight_g
      FROM product p
     WHERE p.id IN (SELECT product_id FROM order_line WHERE round_id = :round_id
                    UNION SELECT product_id FROM round_offer WHERE round_id = :round_id)
    UNION ALL
    SELECT :id, 'group', g.id, g.code, g.name_th, g.name_en, '', '',
           t.name_th || ' ' || v.name_th, t.name_en || ' ' || v.name_en, g.tambon_code, 0
      FROM producer_group g JOIN tambon t ON t.code = g.tambon_code
      JOIN province v ON v.code = t.province_code
     WHERE g.id IN (SELECT group_id FROM round_offer WHERE round_id = :round_id
                    UNION SELECT group_id FROM order_line WHERE round_id = :round_id)
    UNION ALL
    SELECT :id, 'point', s.id, s.code, s.name_th, s.name_en, '', '',
           t.name_th || ' ' || v.name_th, t.name_en || ' ' || v.name_en, s.tambon_code, 0
      FROM pickup_point s JOIN tambon t ON t.code = s.tambon_code
      JOIN province v ON v.code = t.province_code
     WHERE s.id IN (SELECT point_id FROM orders WHERE round_id = :round_id)
"""

#: A gift is fetched by whoever it is for.
_ORDERS = """
    INSERT INTO report_order (snapshot_id, order_id, number, buyer, phone, point_id, tambon_code,
                              place_th, place_en, address, delivery_on, pickup_code, pay_method,
                              fee_satang, placed_at)
    SELECT :id, o.id, o.number,
           CASE WHEN o.point_id IS NULL OR gift.order_id IS NOT NULL
                THEN coalesce(o.recipient, b.name) ELSE b.name END,
           CASE WHEN o.point_id IS NULL OR gift.order_id IS NOT NULL
                THEN coalesce(o.phone, b.phone) ELSE b.phone END,
           o.point_id, o.tambon_code,
           t.name_th || ' ' || a.name_th || ' ' || v.name_th || ' ' || t.postcode,
           t.name_en || ' ' || a.name_en || ' ' || v.name_en || ' ' || t.postcode,
           nullif(concat_ws(' · ', o.address, nullif(o.address_note, '')), ''),
           r.delivery_on[o.delivery_index + 1], o.pickup_code, o.pay_method, o.delivery_fee_satang,
           o.placed_at
      FROM orders o JOIN round r ON r.id = o.round_id JOIN buyer b ON b.id = o.buyer_id
      JOIN tambon t ON t.code = o.tambon_code JOIN amphoe a ON a.code = t.amphoe_code
      JOIN province v ON v.code = t.province_code
      LEFT JOIN gift ON gift.order_id = o.id
     WHERE o.round_id = :round_id AND o.state = 'placed'
     ORDER BY o.id
"""

#: While a group is asked its batch counts as asked for; after its answer what it confirmed; once
#: charges are raised what is still to be delivered.
_LINES = """
    lines AS (
        SELECT l.id, l.order_id, l.product_id, l.group_id, l.units, l.ceiling_satang,
               l.released_reason, c.id IS NOT NULL AS charged
          FROM order_line l JOIN orders o ON o.id = l.order_id
          LEFT JOIN charge c ON c.order_id = o.id AND c.settled_at IS NOT NULL
         WHERE l.round_id = :round_id AND o.state = 'placed'
    ), given AS (
        SELECT a.line_id, a.batch_id, a.received_units, a.price_satang,
               CASE WHEN k.answer = 'waiting' THEN a.units
                    WHEN l.charged OR r.state IN ('producing', 'delivering', 'completed',
                                                  'cancelled') THEN a.live_units
                    ELSE a.confirmed_units END AS units
          FROM lines l JOIN assignment a ON a.line_id = l.id
          JOIN round r ON r.id = :round_id
          LEFT JOIN ask k ON k.batch_id = a.batch_id AND k.run_id = a.run_id AND k.kind = 'make'
    ), got AS (
        SELECT g.line_id, g.batch_id, b.group_id, sum(g.units) AS units,
               sum(g.received_units) AS received, sum(g.units * g.price_satang) AS satang,
               max(g.price_satang) AS price
          FROM given g JOIN batch b ON b.id = g.batch_id
         WHERE g.units > 0 GROUP BY g.line_id, g.batch_id, b.group_id
    ), served AS (
        SELECT line_id, sum(units) AS units FROM got GROUP BY line_id
    ), why AS (
        SELECT DISTINCT ON (u.line_id) u.line_id, u.reason
          FROM unserved_line u JOIN match_run m ON m.id = u.run_id
         WHERE m.round_id = :round_id AND m.published_at IS NOT NULL
         ORDER BY u.line_id, u.run_id DESC
    )
    INSERT INTO report_line (snapshot_id, line_id, batch_id, order_id, product_id, group_id,
                             wanted_units, given_units, received_units, unit_satang,
                             amount_satang, reason)
    SELECT :id, l.id, got.batch_id, l.order_id, l.product_id, got.group_id, got.units, got.units,
           got.received, got.price, got.satang, NULL
      FROM got JOIN lines l ON l.id = got.line_id
    UNION ALL
    SELECT :id, l.id, 0, l.order_id, l.product_id, l.group_id,
           l.units - coalesce(served.units, 0), 0, 0, l.ceiling_satang, 0,
           coalesce(l.released_reason, why.reason)
      FROM lines l LEFT JOIN served ON served.line_id = l.id LEFT JOIN why ON why.line_id = l.id
     WHERE l.units > coalesce(served.units, 0)
     ORDER BY 2, 3
"""

#: One statement, so that all of it is of one moment.
_FREEZE = text(f"WITH things AS ({_THINGS}), buyers AS ({_ORDERS}), {_LINES}")

_CLAIM = text(
    "SELECT round_id FROM report_snapshot WHERE id = :id AND state = 'due'"
    " FOR NO KEY UPDATE SKIP LOCKED"
)
_DONE = text(
    f"""
    UPDATE report_snapshot s SET state = 'frozen', frozen_at = :now,
           orders = (SELECT count(*) FROM report_order WHERE snapshot_id = s.id),
           lines = (SELECT count(*) FROM report_line WHERE snapshot_id = s.id),
           signature = {_SIGNATURE.format(round="s.round_id")}
     WHERE s.id = :id
    """  # noqa: S608 - only our own fragment is put in
)

#: Rows of versions that a later one replaced, unless a file is being made of them.
_OLD = text(
    """
    UPDATE report_snapshot old SET state = 'dropped' FROM report_snapshot new
     WHERE old.state = 'frozen' AND new.state = 'frozen' AND new.round_id = old.round_id
       AND new.stage = old.stage AND new.version > old.version
       AND NOT EXISTS (SELECT 1 FROM report_job j WHERE j.snapshot_id = old.id
                                                    AND j.state = 'asked')
    RETURNING old.id
    """
)

_CHANGED = text(
    f"""
    INSERT INTO report_snapshot (round_id, stage, version, due_at)
    SELECT r.id, r.state, last.version + 1, :now
      FROM round r
      JOIN LATERAL (SELECT s.* FROM report_snapshot s
                     WHERE s.round_id = r.id AND s.stage = r.state
                     ORDER BY s.version DESC LIMIT 1) last ON last.state <> 'due'
     WHERE r.state IN ('paying', 'producing', 'delivering')
       AND last.signature <> {_SIGNATURE.format(round="r.id")}
    ON CONFLICT DO NOTHING
    """  # noqa: S608
)
_NEXT = text(
    """
    INSERT INTO report_snapshot (round_id, stage, version, due_at)
    SELECT :round_id, :stage, coalesce(max(version), 0) + 1, :now
      FROM report_snapshot WHERE round_id = :round_id AND stage = :stage
    HAVING coalesce(max(frozen_at) < :fresh, true)
    ON CONFLICT DO NOTHING
    RETURNING id
    """
)
_STATE = text("SELECT state FROM round WHERE id = :round_id")
_DUE = text("SELECT id FROM report_snapshot WHERE state = 'due' ORDER BY due_at, id LIMIT 100")


def freeze(session: Session, snapshot_id: int, *, now: datetime) -> bool:
    """Write a due snapshot; False when it is written already, or somebody is at it.

    A round that has moved on before anybody came is frozen as it is: the later state's
    snapshot says the same, and is due too.
    """
    row = session.execute(_CLAIM, {"id": snapshot_id}).one_or_none()
    if row is None:
        return False
    asked = {"id": snapshot_id, "round_id": row.round_id, "now": now}
    session.execute(_MEMORY)
    for statement in (_FREEZE, _DONE):
        session.execute(statement, asked)
    return True


def freeze_again(session: Session, round_id: int, *, now: datetime) -> bool:
    """New figures of the round's present state become due; False when they are a minute old.

    Raises NotFound for a round that is not, or is only planned.
    """
    stage = session.scalar(_STATE, {"round_id": round_id})
    if stage is None or stage == "draft":
        raise NotFound("not_found", what="round")
    asked = {
        "round_id": round_id, "stage": "closed" if stage == "matched" else stage, "now": now,
        "fresh": now - FRESH,
    }  # fmt: skip
    return session.execute(_NEXT, asked).one_or_none() is not None


def note_changes(session: Session, *, now: datetime) -> None:
    """Rounds whose batches are no longer what was frozen become due again, in one statement."""
    session.execute(_CHANGED, {"now": now})


def due_snapshots(session: Session) -> list[int]:
    """Those that wait to be written, oldest first."""
    return list(session.scalars(_DUE))


def drop_old(session: Session) -> int:
    """Delete the rows of versions that were replaced; how many versions."""
    old = list(session.scalars(_OLD))
    for table in ("report_line", "report_order", "report_thing"):
        session.execute(
            text(f"DELETE FROM {table} WHERE snapshot_id = ANY(:old)"),  # noqa: S608
            {"old": old},
        )
    return len(old)
