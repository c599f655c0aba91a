"""The list from readiness 1 to 2: ticking its points, and deciding."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from market.accounts.commands import record
from market.catalogue.models import ProducerGroup
from market.catalogue.readiness import set_readiness
from market.db import lock
from market.errors import Conflict, Refused
from market.mentoring.models import ReadinessCheck, ReadinessDecision
from market.mentoring.rules import MOST_WORDS, Point, check_optional, check_words
from market.mentoring.telling import tell_readiness


def tick_point(
    session: Session, group_id: int, point: Point, note: str, file_hash: str | None,
    *, actor: str, now: datetime,
) -> None:  # fmt: skip
    """Say that a point is met, and what shows it; said again it replaces what was said.

    Without a new picture the old one stays.
    """
    lock(session, ProducerGroup, group_id)
    values = {
        "note": check_optional(note, MOST_WORDS), "ticked_at": now, "ticked_by": actor,
        "sample": False,
    } | ({"file_hash": file_hash} if file_hash else {})  # fmt: skip
    session.execute(
        insert(ReadinessCheck)
        .values(group_id=group_id, point=point, **values)
        .on_conflict_do_update(index_elements=["group_id", "point"], set_=values)
    )
    _record(session, group_id, "readiness.ticked", point, actor, now)


def untick_point(
    session: Session, group_id: int, point: Point, *, actor: str, now: datetime
) -> bool:
    """Take a point back; False where it was not ticked."""
    lock(session, ProducerGroup, group_id)
    gone = session.scalars(
        delete(ReadinessCheck)
        .where(ReadinessCheck.group_id == group_id, ReadinessCheck.point == point)
        .returning(ReadinessCheck.id)
    ).one_or_none()
    if gone is not None:
        _record(session, group_id, "readiness.unticked", point, actor, now)
    return gone is not None


def decide_readiness(
    session: Session, group_id: int, from_level: int, reason: str, *, actor: str, now: datetime
) -> int:
    """Move the group from the level that the mentor saw to the other one; returns it. The group's
    leaders are told.

    Conflict: somebody decided meanwhile. Refused: no reason; goods in a coming round that may
    not be sold outside; orders from outside that were promised. Then nothing has changed.
    """
    reason = check_words(reason, MOST_WORDS)
    if from_level not in (1, 2):
        raise Refused("readiness_level_unknown")
    session.execute(_LOCK_ROUNDS, {"group_id": group_id})
    level = lock(session, ProducerGroup, group_id).readiness
    if level != from_level:
        raise Conflict("readiness_is_so", level=level)
    _refuse_promised(session, group_id) if level == 2 else _refuse_unfit(session, group_id, now)
    score = session.scalar(
        select(func.count()).select_from(ReadinessCheck).where(ReadinessCheck.group_id == group_id)
    )
    target = 3 - level
    set_readiness(session, group_id, target, reason=reason, actor=actor, now=now)
    decision = ReadinessDecision(
        group_id=group_id, from_level=level, to_level=target, score=score or 0, reason=reason,
        decided_at=now, decided_by=actor,
    )  # fmt: skip
    session.add(decision)
    session.flush()
    tell_readiness(session, decision, now=now)
    return target


#: Rounds that count on how the group sells now. Locked first, as everywhere; an order that is
#: being placed is waited for.
_LOCK_ROUNDS = text(
    """
    SELECT r.id FROM round r
     WHERE r.state IN ('draft', 'open', 'closed', 'matched', 'confirming') AND r.id IN (
           SELECT round_id FROM round_offer WHERE group_id = :group_id)
     ORDER BY r.id FOR NO KEY UPDATE
    """
)
#: Papers are asked for when a group of readiness 2 joins a round. Goods that joined at 1 were not
#: asked: sold outside they would have no paper.
_UNFIT = text(
    """
    SELECT p.name_th, p.name_en, r.number
      FROM round_offer f
      JOIN round r ON r.id = f.round_id
           AND r.state IN ('draft', 'open', 'closed', 'matched', 'confirming')
      JOIN offer o ON o.id = f.offer_id
      JOIN product p ON p.id = f.product_id
     WHERE f.group_id = :group_id AND NOT (
           o.own_use AND p.required_certificates <@ ARRAY(
               SELECT c.kind FROM certificate c WHERE c.offer_id = o.id
                  AND (c.expires_on IS NULL
                       OR c.expires_on >= (CAST(:now AS timestamptz) AT TIME ZONE 'Asia/Bangkok')
                          ::date)))
     ORDER BY r.number, p.sort_key LIMIT 1
    """
)
_PROMISED = text(
    """
    SELECT r.number, r.answer_by
      FROM round_offer f
      JOIN round r ON r.id = f.round_id
           AND r.state IN ('open', 'closed', 'matched', 'confirming')
     WHERE f.group_id = :group_id AND f.reserved_units > 0 ORDER BY r.answer_by DESC LIMIT 1
    """
)


def _refuse_unfit(session: Session, group_id: int, now: datetime) -> None:
    row = session.execute(_UNFIT, {"group_id": group_id, "now": now}).one_or_none()
    if row is not None:
        raise Refused(
            "readiness_goods_unfit", product_th=row.name_th, product_en=row.name_en,
            number=row.number,
        )  # fmt: skip


def _refuse_promised(session: Session, group_id: int) -> None:
    row = session.execute(_PROMISED, {"group_id": group_id}).one_or_none()
    if row is not None:
        raise Refused("readiness_promised", number=row.number)


def _record(
    session: Session, group_id: int, event: str, point: Point, actor: str, now: datetime
) -> None:
    record(
        session, actor=actor, subject=f"group:{group_id}", event=event, at=now,
        data={"point": point.value},
    )  # fmt: skip
