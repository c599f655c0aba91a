"""Pieces of a running match: put up for any worker, taken, answered.

The rows are the truth: a lost doorbell or a dead worker costs time, never a piece.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, text, update
from sqlalchemy.orm import Session

from market.matching.commands.bulk import copy_rows
from market.matching.models import MatchPiece, MatchRun
from market.matching.rules import PieceState, RunState

_COLUMNS = ("run_id", "stage", "number", "weight", "kit", "work", "task")

# Heavy ones first: the last to end should be light. Workers pass over each other's rows.
_TAKE = text(
    """
    UPDATE match_piece SET state = 'taken', claimed_until = :until, tries = tries + 1
     WHERE id = (SELECT p.id FROM match_piece p
                   JOIN match_run r ON r.id = p.run_id AND r.state = 'running'
                  WHERE p.run_id = :run_id AND p.kit = :kit
                    AND (p.state = 'waiting' OR p.state = 'taken' AND p.claimed_until < :now)
                  ORDER BY p.weight DESC, p.id
                  LIMIT 1 FOR UPDATE OF p SKIP LOCKED)
    RETURNING id, number, work
    """
)


@dataclass(frozen=True, kw_only=True)
class NewPiece:
    """One piece to put up; weight: about how long it takes, against the others."""

    number: int
    weight: int
    task: bytes


@dataclass(frozen=True, kw_only=True)
class Taken:
    """A piece that is ours for now, and the name of the work to be done on it."""

    id: int
    number: int
    work: str


@dataclass(frozen=True, kw_only=True)
class Answered:
    """A piece that another process solved; one of result and error is given."""

    number: int
    result: bytes | None
    error: str | None


def put_up(
    session: Session, run_id: int, stage: int, pieces: Iterable[NewPiece], *, work: str, kit: str
) -> None:
    """Store the pieces of a step of a run."""
    rows = (
        (run_id, stage, piece.number, piece.weight, kit, work, f"\\x{piece.task.hex()}")
        for piece in pieces
    )
    copy_rows(session, "match_piece", _COLUMNS, rows)


def take_piece(
    session: Session, run_id: int, *, kit: str, now: datetime, until: datetime
) -> Taken | None:
    """The heaviest piece nobody works on; it is ours until the lease runs out."""
    row = session.execute(
        _TAKE, {"run_id": run_id, "kit": kit, "now": now, "until": until}
    ).one_or_none()
    return None if row is None else Taken(**row._mapping)


def read_task(session: Session, piece_id: int) -> bytes:
    """What a taken piece needs to be solved."""
    return session.execute(select(MatchPiece.task).where(MatchPiece.id == piece_id)).scalar_one()


def hold_piece(session: Session, piece_id: int, *, until: datetime) -> bool:
    """Keep a piece for longer; False when it is no longer to be solved."""
    held = session.execute(
        update(MatchPiece)
        .where(
            MatchPiece.id == piece_id,
            MatchPiece.state == PieceState.TAKEN,
            MatchPiece.run_id.in_(select(MatchRun.id).where(MatchRun.state == RunState.RUNNING)),
        )
        .values(claimed_until=until)
        .returning(MatchPiece.id)
    )
    return held.one_or_none() is not None


def answer_piece(
    session: Session, piece_id: int, *, result: bytes | None, error: str | None = None
) -> None:
    """Write down what came out of a piece. A second answer, or one too late, changes nothing.

    result None without error: the run's own process solved it and needs no bytes.
    """
    session.execute(
        update(MatchPiece)
        .where(MatchPiece.id == piece_id, MatchPiece.state == PieceState.TAKEN)
        .values(
            state=PieceState.FAILED if error else PieceState.DONE,
            result=result,
            error=error,
            claimed_until=None,
        )
    )


def collect_answers(
    session: Session, run_id: int, stage: int, known: Sequence[int]
) -> tuple[Answered, ...]:
    """What others have answered in a step, but for the numbers that are known."""
    rows = session.execute(
        select(MatchPiece.number, MatchPiece.result, MatchPiece.error).where(
            MatchPiece.run_id == run_id,
            MatchPiece.stage == stage,
            MatchPiece.state.in_((PieceState.DONE, PieceState.FAILED)),
            MatchPiece.number.not_in(known),
        )
    )
    return tuple(Answered(**row._mapping) for row in rows)


def clear_pieces(session: Session, run_id: int) -> None:
    """Take down all pieces of a run."""
    session.execute(delete(MatchPiece).where(MatchPiece.run_id == run_id))
