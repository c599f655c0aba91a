"""Simulated buyers say how their goods were, some thank the makers, groups answer now and then."""

from __future__ import annotations

from datetime import datetime
from random import Random
from typing import Any

from sqlalchemy.orm import Session

from market.db import transaction
from market.overviews.play import queries
from market.overviews.play.rules import Said, say
from market.voices.commands import (
    NewReview,
    NewThanks,
    reply_review,
    send_thanks,
    write_review,
)
from market.voices.queries import goods_of

ACTOR = "play"
SPEAKS = 0.4  # of those who received something


def speak(round_id: int, rng: Random, *, now: datetime) -> None:
    """Some of the round's received lines are reviewed; doing it again changes little."""
    with transaction() as session:
        lines = queries.goods_to_speak_of(session, round_id)
        for line in lines:
            if rng.random() < SPEAKS:
                _speak(session, line, say(rng), now)


def _speak(session: Session, line: Any, said: Said, now: datetime) -> None:
    mine = [goods for goods in goods_of(session, line.number) if goods.line_id == line.line_id]
    if not mine or not mine[0].may_write(now):
        return
    review = NewReview(
        line_id=line.line_id, score=said.score, words=said.words, show_name=said.show_name
    )
    write_review(session, line.number, review, actor=ACTOR, now=now)
    if said.thanks:
        note = NewThanks(
            group_id=line.group_id, words=said.thanks, is_public=True, show_name=said.show_name
        )
        send_thanks(session, line.number, note, actor=ACTOR, now=now)
    if said.reply and mine[0].review_id is None:
        written = [g for g in goods_of(session, line.number) if g.line_id == line.line_id]
        reply_review(session, written[0].review_id or 0, said.reply, actor=ACTOR, now=now)
