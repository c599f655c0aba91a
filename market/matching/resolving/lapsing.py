"""What is still open about a shortfall when a round's answers are settled."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from market.matching.models import Assignment
from market.matching.resolving.models import InsteadOffer, NeighbourOffer
from market.matching.resolving.rules import OfferState
from market.rounds.models import Round


def offers_wait(session: Session, round_: Round, now: datetime) -> bool:
    """Does a buyer still have time to take another product, or a neighbour to help?

    Buyers have the time they were told, neighbours as long as groups. Those out of time lapse.
    """
    open_ones = (InsteadOffer.round_id == round_.id, InsteadOffer.state == OfferState.OPEN)
    session.execute(
        update(InsteadOffer)
        .where(*open_ones, InsteadOffer.answer_by <= now)
        .values(state=OfferState.LAPSED, answered_at=now)
    )
    asked = exists().where(
        NeighbourOffer.round_id == round_.id, NeighbourOffer.state == OfferState.OPEN
    )
    neighbours = now < round_.answer_by and session.scalar(select(asked))
    return bool(neighbours or session.scalar(select(exists().where(*open_ones))))


def lines_wait_for_match(session: Session, round_id: int) -> bool:
    """Did buyers take other products that no match has looked at yet?"""
    given = exists().where(Assignment.line_id == InsteadOffer.new_line_id)
    new = exists().where(
        InsteadOffer.round_id == round_id, InsteadOffer.state == OfferState.ACCEPTED, ~given
    )
    return session.scalar(select(new)) or False


def lapse_neighbours(session: Session, round_id: int, now: datetime) -> None:
    """The round moves on: what neighbours were offered is over."""
    session.execute(
        update(NeighbourOffer)
        .where(NeighbourOffer.round_id == round_id, NeighbourOffer.state == OfferState.OPEN)
        .values(state=OfferState.LAPSED, answered_at=now)
    )
