"""Whose things these are, for the policy, and which rounds are under way."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

from market.errors import NotFound
from market.principals import Thing


def batch_thing(session: Session, batch_id: int, **_more: object) -> Thing:
    """Whose batch this is, for the policy. Raises NotFound."""
    row = session.execute(
        text(
            "SELECT b.group_id, b.round_id, g.tambon_code FROM batch b"
            " JOIN producer_group g ON g.id = b.group_id WHERE b.id = :id"
        ),
        {"id": batch_id},
    ).one_or_none()
    if row is None:
        raise NotFound("not_found", what="batch")
    return Thing(area=row.tambon_code, group_id=row.group_id, round_id=row.round_id)


def point_thing(session: Session, point_id: int) -> Thing:
    """Whose pick-up point this is: its place, and its group where it is one's own. NotFound."""
    row = session.execute(
        text("SELECT tambon_code, group_id FROM pickup_point WHERE id = :id"), {"id": point_id}
    ).one_or_none()
    if row is None:
        raise NotFound("not_found", what="pickup_point")
    return Thing(area=row.tambon_code, group_id=row.group_id)


def order_thing(session: Session, number: str) -> Thing:
    """Whose order this is. Raises NotFound."""
    row = session.execute(
        text("SELECT id, buyer_id, tambon_code, round_id FROM orders WHERE number = :number"),
        {"number": number},
    ).one_or_none()
    if row is None:
        raise NotFound("not_found", what="order")
    return Thing(
        area=row.tambon_code, order_id=row.id, buyer_id=row.buyer_id, round_id=row.round_id
    )


def due_rounds(session: Session) -> list[int]:
    """Rounds that the fulfilment sweep looks at."""
    rows = session.execute(
        text(
            "SELECT id FROM round WHERE state IN ('paying', 'producing', 'delivering') ORDER BY id"
        )
    )
    return [row.id for row in rows]
