"""What a service tells later about a message that it took. Never commits."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import or_, select, text, update
from sqlalchemy.orm import Session

from market.notices.models import Notice
from market.notices.rules import Channel, NoticeState
from market.notices.sending import next_rungs

UNDELIVERED = "undelivered"

_NOT_NEEDED = text(
    """
    DELETE FROM notice n USING notice arrived
     WHERE arrived.id = ANY(:ids) AND n.state = 'spare' AND n.event = arrived.event
       AND n.subject = arrived.subject AND n.version = arrived.version
       AND n.user_id IS NOT DISTINCT FROM arrived.user_id
       AND n.buyer_id IS NOT DISTINCT FROM arrived.buyer_id
    """
)


def note_delivery(
    session: Session, channel: Channel, ref: str, *, arrived: bool, now: datetime,
    why: str = UNDELIVERED,
) -> int | None:  # fmt: skip
    """The message that the service knows as ``ref`` arrived, or never will, and why: then the
    next way of each notice in it is taken now. How many notices it changed; None where no such
    message is known (yet).

    Told twice, or the other way round later, the first word stands.
    """
    carrier = session.scalar(
        select(Notice.id)
        .where(Notice.channel == channel, Notice.carrier_ref == ref)
        .order_by(Notice.id.desc())
        .limit(1)
    )
    if carrier is None:
        return None
    values = {"delivered_at": now} if arrived else {"state": NoticeState.FAILED, "error": why}
    ids = list(
        session.scalars(
            update(Notice)
            .where(
                or_(Notice.id == carrier, Notice.carried_by == carrier),
                Notice.state == NoticeState.SENT, Notice.delivered_at.is_(None),
            )
            .values(values)
            .returning(Notice.id)
        )
    )  # fmt: skip
    if arrived:
        session.execute(_NOT_NEEDED, {"ids": ids})
    else:
        next_rungs(session, ids, now)
    return len(ids)
