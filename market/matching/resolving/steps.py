"""What two coordinators may want to do at once about the same goods: one of them does it.

Whoever acts has seen the product in a state that the number of the next step stands for. The
round is locked, the number compared, and the database keeps it unique.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from market.accounts.commands import record
from market.accounts.models import User
from market.db import lock
from market.errors import Conflict, Refused
from market.matching.resolving.models import ShortfallStep
from market.matching.resolving.rules import WORDS_LENGTH, StepKind
from market.rounds.models import Round
from market.rounds.rules import RoundState
from market.thai import normalise


def lock_round(
    session: Session, round_id: int, product_id: int, number: int, *, locking: bool = True
) -> Round:
    """The round while its groups answer, held for this step. Raises Refused once the round has
    moved on, Conflict where somebody else did something about the product meanwhile.

    locking: off only in the test that shows what the lock is for.
    """
    round_ = lock(session, Round, round_id) if locking else session.get_one(Round, round_id)
    if round_.state is not RoundState.CONFIRMING:
        raise Refused("resolve_not_confirming")
    if locking:
        _check_turn(session, round_id, product_id, number)
    return round_


def _check_turn(session: Session, round_id: int, product_id: int, number: int) -> None:
    of_product = (ShortfallStep.round_id == round_id, ShortfallStep.product_id == product_id)
    last = session.scalar(select(func.max(ShortfallStep.number)).where(*of_product)) or 0
    if last + 1 == number:
        return
    step = session.scalar(select(ShortfallStep).where(*of_product, ShortfallStep.number == last))
    who = None
    if step is not None and step.done_by.startswith("user:"):
        who = session.scalar(select(User.name).where(User.id == int(step.done_by[5:])))
    raise Conflict("resolve_moved_on", name=who or "–", number=last)


def write_step(
    session: Session, step: ShortfallStep, *, words: str, actor: str, now: datetime
) -> ShortfallStep:
    """Keep the step and its row in the trail."""
    step.words, step.done_by, step.done_at = normalise(words)[:WORDS_LENGTH], actor, now
    session.add(step)
    session.flush()
    record(
        session, actor=actor, subject=f"round:{step.round_id}:product:{step.product_id}",
        event=f"shortfall.{step.kind}", at=now, reason=step.words or None,
        data={"step": step.number, "units": step.units, "round_offer_id": step.round_offer_id,
              "run_id": step.run_id},
    )  # fmt: skip
    return step


def new_step(
    round_: Round, product_id: int, number: int, kind: StepKind, units: int, offer_id: int
) -> ShortfallStep:
    """A step that is not written yet."""
    return ShortfallStep(
        round_id=round_.id, product_id=product_id, number=number, kind=kind, units=units,
        round_offer_id=offer_id,
    )  # fmt: skip
