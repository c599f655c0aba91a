"""One digest a round: news of a round that follow each other wait and go together."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from market.notices.models import Notice
from market.notices.rules import ESSENTIAL, ROUND_KEYS, Kind, NoticeState

#: After a message about a round, further news of it to the same person rest for so long.
PAUSE_MINUTES = 120


def round_of(notice: type[Notice]) -> ColumnElement[str]:
    """``ClaimedNotice.round``, as the database sees it."""
    return func.coalesce(*(func.jsonb_extract_path_text(notice.payload, key) for key in ROUND_KEYS))


def pause(session: Session, notice_ids: Collection[int], now: datetime) -> set[int]:
    """Let those of these rest whose reader had a message about their round a short while ago.

    What costs somebody money or goods, questions and papers never rest. What rests goes with the
    next message about its round, at the latest when the pause is over.
    """
    last, pause_ = aliased(Notice), timedelta(minutes=PAUSE_MINUTES)
    had = (
        select(func.max(last.sent_at))
        .where(
            or_(last.user_id == Notice.user_id, last.buyer_id == Notice.buyer_id),
            last.channel == Notice.channel, last.address == Notice.address,
            last.state == NoticeState.SENT, last.sent_at > now - pause_,
            round_of(last) == round_of(Notice),
        )
        .scalar_subquery()
    )  # fmt: skip
    resting = session.scalars(
        update(Notice)
        .where(
            Notice.id.in_(notice_ids), Notice.kind == Kind.TELL, Notice.attempts == 0,
            Notice.event.not_in(ESSENTIAL), had.is_not(None),
        )
        .values(due_at=had + pause_)
        .returning(Notice.id)
        .execution_options(synchronize_session=False)
    )  # fmt: skip
    return set(resting)


def going_along(now: datetime) -> ColumnElement[bool]:
    """What another message takes along: what is due, and what rests."""
    rests = and_(Notice.kind == Kind.TELL, Notice.attempts == 0)
    return and_(Notice.state == NoticeState.DUE, or_(Notice.due_at <= now, rests))
