"""What to ask the provider next about an attempt. Pure.

An attempt that was written but not yet known there is asked for again under the same key while
the key surely lasts and no other call can be under way; after that it is searched for.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from market.payments.rules import ChargeState
from market.payments.states import AttemptKind, AttemptState

#: After this long no call of ours can still be under way; a stuck one is searched for.
CALLS_END_AFTER = timedelta(minutes=15)
#: A hold is taken whole before it lapses, if the round is late: what is too much goes back.
TAKE_BEFORE_LAPSE = timedelta(hours=12)


class Step(StrEnum):
    """One question or order to the provider."""

    OPEN_PAGE = "open_page"
    CHARGE_CARD = "charge_card"
    SEARCH = "search"
    LOOK_AT_PAGE = "look_at_page"
    LOOK_AT_PAYMENT = "look_at_payment"
    CLOSE_PAGE = "close_page"
    CAPTURE = "capture"
    CANCEL = "cancel"
    WAIT = "wait"


@dataclass(frozen=True, kw_only=True)
class Standing:
    """An attempt and its charge, as far as the next step depends on them. Satang."""

    kind: AttemptKind
    state: AttemptState
    amount_satang: int
    has_session: bool
    has_intent: bool
    created_at: datetime
    capture_before: datetime | None
    fee_known: bool
    charge_state: ChargeState
    left_satang: int  # of the charge, still to come
    settled: bool  # the charge is about what was confirmed


def next_step(at: Standing, now: datetime) -> Step:
    """The next step for an attempt as it stands."""
    if at.state is AttemptState.CREATED:
        return _begin(at, now)
    if at.state is AttemptState.PENDING:
        return _follow(at)
    if at.state is AttemptState.AUTHORIZED:
        return _hold(at, now)
    unpaid_fee = at.state is AttemptState.SUCCEEDED and at.has_intent and not at.fee_known
    return Step.LOOK_AT_PAYMENT if unpaid_fee else Step.WAIT


def capture_satang(at: Standing) -> int:
    """How much of a hold is taken: what is still owed, never more than was held."""
    return min(at.left_satang, at.amount_satang)


def _begin(at: Standing, now: datetime) -> Step:
    if now - at.created_at >= CALLS_END_AFTER:
        return Step.SEARCH
    if at.charge_state is not ChargeState.DUE:
        return Step.WAIT  # the search will tell whether the call was made
    return Step.CHARGE_CARD if at.kind is AttemptKind.OFF_SESSION else Step.OPEN_PAGE


def _follow(at: Standing) -> Step:
    if not at.has_session:
        return Step.LOOK_AT_PAYMENT
    wanted = at.charge_state is ChargeState.DUE and at.left_satang == at.amount_satang
    return Step.LOOK_AT_PAGE if wanted else Step.CLOSE_PAGE


def _hold(at: Standing, now: datetime) -> Step:
    if at.charge_state is not ChargeState.DUE or at.left_satang <= 0:
        return Step.CANCEL
    lapses = at.capture_before is not None and at.capture_before - now < TAKE_BEFORE_LAPSE
    return Step.CAPTURE if at.settled or lapses else Step.LOOK_AT_PAYMENT
