"""What rows of paper orders are judged against: the round, points, goods, groups, older paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.errors import Refused
from market.imports.cells import plain
from market.imports.kinds.base import Job
from market.imports.rules import Row
from market.rounds.rules import RoundState, is_open

ROUND = text(
    "SELECT id, state, closes_at, delivery_on, pay_methods, private FROM round WHERE id = :id"
)
_POINTS = text(
    """
    SELECT p.id, p.code, p.name_th, p.name_en, p.tambon_code, p.group_id FROM pickup_point p
     WHERE p.active AND EXISTS (
           SELECT 1 FROM unnest(CAST(:areas AS text[])) area WHERE p.tambon_code LIKE area || '%')
    """
)
_GOODS = text(
    """
    SELECT DISTINCT p.id, p.code, p.name_th, p.name_en FROM round_offer o
      JOIN product p ON p.id = o.product_id WHERE o.round_id = :id
    """
)
_GROUPS = text("SELECT id, code FROM producer_group WHERE code = ANY(:codes)")
_BEFORE = text(
    """
    SELECT o.number, o.phone, o.point_id, l.product_id, l.units
      FROM orders o JOIN order_line l ON l.order_id = o.id
     WHERE o.round_id = :id AND o.state = 'placed' AND o.idempotency_key LIKE 'paper:%'
    """
)


@dataclass(frozen=True)
class World:
    """What the rows are judged against."""

    round: Any
    points: dict[str, Any]
    goods: dict[str, Any]
    groups: dict[str, int]
    before: dict[tuple[Any, ...], str]  # (phone, point, product, units) -> order


def read_world(session: Session, job: Job, rows: Sequence[Row]) -> World:
    """Five statements, however many rows. Raises Refused where the round takes no orders."""
    found = session.execute(ROUND, {"id": job.round_id}).one_or_none()
    if found is None or not is_open(RoundState(found.state), found.closes_at, job.now):
        raise Refused("import_round_not_open")
    points = session.execute(_POINTS, {"areas": list(job.reach.areas)}).all()
    goods = session.execute(_GOODS, {"id": job.round_id}).all()
    codes = [row.given["group"] for row in rows if "group" in row.given]
    return World(
        round=found,
        points=_named(points),
        goods=_named(goods),
        groups={row.code: row.id for row in session.execute(_GROUPS, {"codes": codes})},
        before={
            (row.phone, row.point_id, row.product_id, row.units): row.number
            for row in session.execute(_BEFORE, {"id": job.round_id})
        },
    )


def _named(rows: Sequence[Any]) -> dict[str, Any]:
    """By code and by name; a name that two share stands for neither."""
    found: dict[str, Any] = {}
    for row in rows:
        for word in {plain(row.name_th), plain(row.name_en)}:
            found[word] = None if word in found else row
    return found | {plain(row.code): row for row in rows}
