"""A coordinator takes words away that should not stand, and says why; or lets them stand."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text, update
from sqlalchemy.orm import Session

from market.accounts.commands import record
from market.db import lock
from market.errors import Refused
from market.payments.tell import News, tell_buyers
from market.voices.commands.reviews import refuse_long
from market.voices.models import Review, ReviewReport, Thanks
from market.voices.rules import MOST_NOTE

_ABOUT = text(
    """
    SELECT l.order_id, p.name_th, p.name_en
      FROM review v JOIN order_line l ON l.id = v.line_id JOIN product p ON p.id = v.product_id
     WHERE v.id = :id
    """
)


def hide_review(
    session: Session, review_id: int, reason: str, *, actor: str, now: datetime
) -> None:
    """Nobody sees it any more; its writer is told why. Hidden already: nothing changes."""
    review = lock(session, Review, review_id)
    if review.hidden_at is not None:
        return
    _refuse_reason(reason)
    review.hidden_at, review.hidden_by, review.hidden_reason = now, actor, reason
    session.flush()
    _done(session, review_id, now)
    _trail(session, f"review:{review_id}", "review.hidden", reason, actor, now)
    about = session.execute(_ABOUT, {"id": review_id}).one()
    news = News(
        order_id=about.order_id, event="review.hidden", subject=f"review:{review_id}",
        data={"reason": reason, "goods_th": about.name_th, "goods_en": about.name_en},
    )  # fmt: skip
    tell_buyers(session, [news], now=now)


def show_review(
    session: Session, review_id: int, reason: str, *, actor: str, now: datetime
) -> None:
    """It stands again. Shown already: nothing changes."""
    review = lock(session, Review, review_id)
    if review.hidden_at is None:
        return
    _refuse_reason(reason)
    review.hidden_at = review.hidden_by = review.hidden_reason = None
    session.flush()
    _trail(session, f"review:{review_id}", "review.shown", reason, actor, now)


def keep_review(
    session: Session, review_id: int, reason: str, *, actor: str, now: datetime
) -> None:
    """It was reported, looked at, and stands."""
    lock(session, Review, review_id)
    _refuse_reason(reason)
    if _done(session, review_id, now):
        _trail(session, f"review:{review_id}", "review.kept", reason, actor, now)


def hide_thanks(
    session: Session, thanks_id: int, reason: str, *, actor: str, now: datetime
) -> None:
    """The group and everybody else see it no more. Hidden already: nothing changes."""
    note = lock(session, Thanks, thanks_id)
    if note.hidden_at is not None:
        return
    _refuse_reason(reason)
    note.hidden_at, note.hidden_by, note.hidden_reason = now, actor, reason
    session.flush()
    _trail(session, f"thanks:{thanks_id}", "thanks.hidden", reason, actor, now)


def _refuse_reason(reason: str) -> None:
    if not reason:
        raise Refused("voice_reason_missing")
    refuse_long(reason, MOST_NOTE)


def _done(session: Session, review_id: int, now: datetime) -> bool:
    """Its reports are dealt with; were there any?"""
    waiting = (ReviewReport.review_id == review_id, ReviewReport.done_at.is_(None))
    answered = update(ReviewReport).where(*waiting).values(done_at=now).returning(ReviewReport.id)
    return bool(session.scalars(answered).all())


def _trail(
    session: Session, subject: str, event: str, reason: str, actor: str, now: datetime
) -> None:
    record(session, actor=actor, subject=subject, event=event, at=now, reason=reason)
