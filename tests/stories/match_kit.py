"""A closed round that is matched, and what must be true after it went wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select

from market.catalogue.models import ProducerGroup
from market.clock import utc_now
from market.db import transaction
from market.matching.commands import publish_run
from market.matching.models import (
    Ask,
    Assignment,
    Batch,
    MatchPiece,
    MatchRun,
    OfferResult,
    UnservedLine,
)
from market.matching.rules import RunState
from market.notices.models import Notice
from market.overviews.audit.queries import broken_promises
from market.rounds.models import Round, RoundOffer
from market.rounds.rules import RoundState
from tests.factories.matching import make_clusters, make_leader


def clusters() -> int:
    """Made and committed."""
    with transaction() as session:
        round_ = make_clusters(session)
        offers = session.scalars(select(RoundOffer)).all()
        for group_id in {offer.group_id for offer in offers}:
            make_leader(session, session.get_one(ProducerGroup, group_id))
        return round_.id


def url(settings: Mapping[str, str]) -> str:
    """The tests' database."""
    return settings["DATABASE_URL"]


def states(round_id: int) -> list[str]:
    """The round's runs, oldest first."""
    with transaction() as session:
        return list(
            session.scalars(
                select(MatchRun.state).where(MatchRun.round_id == round_id).order_by(MatchRun.id)
            )
        )


def rows(*models: Any) -> list[int]:
    """How many rows each table has."""
    with transaction() as session:
        return [int(session.scalar(select(func.count()).select_from(m)) or 0) for m in models]


def run_id_of(state: RunState) -> int:
    """The one run in this state."""
    with transaction() as session:
        return session.scalars(select(MatchRun.id).where(MatchRun.state == state)).one()


def nothing_by_halves(round_id: int) -> None:
    """A match that broke off has left the round closed and no result."""
    with transaction() as session:
        assert session.get_one(Round, round_id).state is RoundState.CLOSED
        assert session.scalars(select(MatchRun.id).where(MatchRun.plan.is_not(None))).all() == []
        assert broken_promises(session) == ()
    assert rows(OfferResult, UnservedLine, Batch, Ask, Assignment) == [0] * 5


def published_once(round_id: int) -> None:
    """The one solved run goes out; every line is served or told why not; no piece is left."""
    run_id = run_id_of(RunState.SOLVED)
    with transaction() as session:
        assert publish_run(session, run_id, actor="system", now=utc_now())
    with transaction() as session:
        assert not publish_run(session, run_id, actor="system", now=utc_now())
        assert session.scalars(select(Ask.run_id).distinct()).all() == [run_id]
        assert session.scalars(select(OfferResult.run_id).distinct()).all() == [run_id]
        assert session.get_one(Round, round_id).state is RoundState.CONFIRMING
        assert broken_promises(session) == ()
    assert rows(MatchPiece) == [0]


def assert_one_letter_each() -> None:
    """Nobody is asked twice for the same."""
    with transaction() as session:
        seen = session.execute(select(Notice.user_id, Notice.channel, Notice.event)).all()
    assert len(set(seen)) == len(seen) >= 4
