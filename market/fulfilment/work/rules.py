"""The steps of the work on a batch, and who makes how many of it. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from market.matching.rules import BatchState
from market.money import split_by_weights

MOST_MEMBERS = 200
MOST_NAME = 80


class Step(StrEnum):
    """In the order of the work. made, packed, handed_over are states of the batch as well."""

    INGREDIENTS = "ingredients"
    MADE = "made"
    OWN_USE = "own_use"
    LABELLED = "labelled"
    PACKED = "packed"
    HANDED_OVER = "handed_over"


#: Steps that only a tick tells of, and the state from which each may be ticked.
TICKED_FROM = {
    Step.INGREDIENTS: BatchState.TO_MAKE,
    Step.OWN_USE: BatchState.MADE,
    Step.LABELLED: BatchState.MADE,
}
_ORDER = (
    BatchState.TO_MAKE, BatchState.MADE, BatchState.PACKED, BatchState.HANDED_OVER,
    BatchState.DELIVERED, BatchState.PAID_OUT,
)  # fmt: skip
_REACHED = {
    Step.MADE: BatchState.MADE,
    Step.PACKED: BatchState.PACKED,
    Step.HANDED_OVER: BatchState.HANDED_OVER,
}
_WITHOUT = {
    "fresh": {Step.INGREDIENTS},  # harvested, not made of something
    "service": {Step.OWN_USE, Step.LABELLED},
}


def is_at_least(state: str, least: BatchState) -> bool:
    """Has a batch in this state come so far?"""
    return state in _ORDER and _ORDER.index(BatchState(state)) >= _ORDER.index(least)


def steps_for(label_class: str) -> tuple[Step, ...]:
    """The steps that goods of this kind need."""
    return tuple(step for step in Step if step not in _WITHOUT.get(label_class, set()))


def is_done(step: Step, state: str, ticked: Collection[str]) -> bool:
    """Was it ticked, or does the batch's state say so?"""
    if step in _REACHED:
        return is_at_least(state, _REACHED[step])
    return step in ticked


def current_step(steps: Sequence[Step], state: str, ticked: Collection[str]) -> Step | None:
    """The one step to do now: the first that is open and not passed; None where none is left.

    A tick that was left out is passed once the batch has moved on: nobody is held up by it.
    """
    if not is_at_least(state, BatchState.TO_MAKE):
        return None
    passed = max((i for i, step in enumerate(steps) if _state_says(step, state)), default=-1)
    ahead = (step for step in steps[passed + 1 :] if not is_done(step, state, ticked))
    return next(ahead, None)


def _state_says(step: Step, state: str) -> bool:
    return step in _REACHED and is_at_least(state, _REACHED[step])


@dataclass(frozen=True, kw_only=True)
class Part:
    """How many units a member makes."""

    name: str
    units: int


def share_out(units: int, before: Sequence[Part]) -> tuple[Part, ...]:
    """So many units among the same members as before, in the same proportions.

    Adds up by the largest remainder; equal parts where nobody made anything before.
    """
    if not before:
        return ()
    weights = [part.units for part in before]
    if not any(weights):
        weights = [1] * len(before)
    shares = split_by_weights(units, weights)
    return tuple(
        Part(name=part.name, units=share) for part, share in zip(before, shares, strict=True)
    )
