"""Stored runs as the terminal needs them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from market.errors import NotFound
from market.matching.models import MatchRun
from market.rounds.models import Round


@dataclass(frozen=True, kw_only=True)
class StoredRun:
    """A solved run: its problem and plan as bytes, and all that it takes to solve it again."""

    id: int
    seed: str
    problem: bytes
    plan: bytes
    input_hash: str | None
    params: Mapping[str, Any]
    versions: Mapping[str, Any]


def seed_of(round_number: int) -> str:
    """The name under which ties of a round are broken."""
    return f"round:{round_number}"


def get_stored_run(session: Session, run_id: int) -> StoredRun:
    """A run with its bytes. Raises NotFound, also where the run has none."""
    row = session.execute(
        select(MatchRun, Round.number)
        .join(Round, Round.id == MatchRun.round_id)
        .where(MatchRun.id == run_id)
    ).one_or_none()
    if row is None:
        raise NotFound("run_not_found")
    run, number = row
    if run.problem is None or run.plan is None:
        raise NotFound("run_not_found")
    return StoredRun(
        id=run.id, seed=seed_of(number), problem=run.problem, plan=run.plan,
        input_hash=run.input_hash, params=run.params, versions=run.versions,
    )  # fmt: skip


def find_round_id(session: Session, number: int) -> int | None:
    """The round that people know by this number."""
    return session.scalar(select(Round.id).where(Round.number == number))
