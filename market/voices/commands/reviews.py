"""Reviews by receivers: written, changed, answered by the group, reported by anybody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.orm import Session

from market.accounts.commands import record
from market.db import lock
from market.errors import Conflict, NotFound, Refused
from market.snapshots import KeptSnapshot
from market.voices.models import Review, ReviewPhoto, ReviewReport
from market.voices.queries.goods import Received, goods_of
from market.voices.rules import MOST_NOTE, MOST_PHOTOS, MOST_WORDS, SCORES


@dataclass(frozen=True, kw_only=True)
class NewReview:
    """What a buyer says about the goods of a line. score: 1 bad .. 5 very good."""

    line_id: int
    score: int
    words: str = ""
    show_name: bool = False
    photos: Sequence[KeptSnapshot] = ()


def write_review(
    session: Session, number: str, review: NewReview, *, actor: str, now: datetime
) -> bool:
    """Write the review of a line, or change the one there is; True when it is new.

    Refused for goods that this order did not receive or that were wholly paid back, without a
    score, above the length, and after the time for changes.
    """
    goods = _reviewable(session, number, review)
    review_id = _insert(session, goods, review, now)
    if review_id is None:
        kept = session.scalars(select(Review.id).where(Review.line_id == goods.line_id)).one()
        row = lock(session, Review, kept)
        row.change(review.score, review.words, show_name=review.show_name, now=now)
        session.flush()
    _add_photos(session, review_id or row.id, review.photos)
    record(
        session, actor=actor, subject=f"review:{review_id or row.id}", at=now,
        event="review.sent" if review_id else "review.changed",
        data={"line_id": goods.line_id, "score": review.score},
    )  # fmt: skip
    return review_id is not None


def _reviewable(session: Session, number: str, review: NewReview) -> Received:
    mine = [goods for goods in goods_of(session, number) if goods.line_id == review.line_id]
    if not mine:
        raise Refused("review_not_received")
    if mine[0].is_refunded:
        raise Refused("review_refunded")
    if review.score not in SCORES:
        raise Refused("review_score_missing")
    refuse_long(review.words, MOST_WORDS)
    return mine[0]


def refuse_long(words: str, most: int) -> None:
    """Refused above so many letters: cutting off what somebody wrote would change it."""
    if len(words) > most:
        raise Refused("voice_words_too_long", most=most, count=len(words))


def _insert(session: Session, goods: Received, review: NewReview, now: datetime) -> int | None:
    statement = (
        pg_insert(Review)
        .values(
            line_id=goods.line_id, batch_id=goods.batch_id, product_id=goods.product_id,
            group_id=goods.group_id, score=review.score, words=review.words,
            show_name=review.show_name, sent_at=now,
        )
        .on_conflict_do_nothing(index_elements=["line_id"])
        .returning(Review.id)
    )  # fmt: skip
    return session.scalar(statement)


def _add_photos(session: Session, review_id: int, photos: Sequence[KeptSnapshot]) -> None:
    """The same picture sent again is one picture."""
    if not photos:
        return
    rows = [{"review_id": review_id, **vars(photo)} for photo in photos]
    session.execute(pg_insert(ReviewPhoto).values(rows).on_conflict_do_nothing())
    of_review = ReviewPhoto.review_id == review_id
    if (session.scalar(select(func.count()).where(of_review)) or 0) > MOST_PHOTOS:
        raise Refused("review_photos_full", most=MOST_PHOTOS)


def reply_review(
    session: Session, review_id: int, words: str, *, actor: str, now: datetime
) -> None:
    """The group answers, once; the same words again change nothing. Conflict for other words."""
    review = lock(session, Review, review_id)
    if review.reply == words:
        return
    if review.reply is not None:
        raise Conflict("review_replied")
    if not words:
        raise Refused("voice_words_missing")
    refuse_long(words, MOST_WORDS)
    review.reply, review.replied_at, review.replied_by = words, now, actor
    session.flush()
    record(session, actor=actor, subject=f"review:{review_id}", event="review.replied", at=now)


def report_review(
    session: Session, review_id: int, words: str, *, actor: str, now: datetime
) -> None:
    """Somebody says why a review should not stand; once each, guests together once.

    Raises NotFound where there is no such review, or it is hidden already.
    """
    review = session.get(Review, review_id)
    if review is None or review.hidden_at is not None:
        raise NotFound("not_found", what="review")
    if not words:
        raise Refused("voice_words_missing")
    refuse_long(words, MOST_NOTE)
    done = session.scalar(
        pg_insert(ReviewReport)
        .values(review_id=review_id, words=words, told_at=now, told_by=actor)
        .on_conflict_do_nothing(index_elements=["review_id", "told_by"])
        .returning(ReviewReport.id)
    )
    if done is not None:
        record(
            session, actor=actor, subject=f"review:{review_id}", event="review.reported", at=now,
            reason=words,
        )  # fmt: skip
