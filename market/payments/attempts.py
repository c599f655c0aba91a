"""Tries to collect a charge through the provider: begun here, and what became of them.

The row comes before the call. Money is booked by ``receiving`` alone. Lock order: charge, then
attempt.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from market.accounts.commands import record
from market.db import lock
from market.errors import Conflict, Refused
from market.orders.rules import PayMethod
from market.payments.models import Charge, PaymentAttempt
from market.payments.provider import PAGE_LEAST, PAGE_MOST, Page
from market.payments.rules import ChargeState
from market.payments.states import AttemptKind, AttemptState

OPEN = (AttemptState.CREATED, AttemptState.PENDING, AttemptState.AUTHORIZED)
# What a page is asked for besides the amount; kept on the attempt.
_ORDER = text(
    """
    SELECT o.number, b.email, r.pay_methods
      FROM charge c
      JOIN orders o ON o.id = c.order_id
      JOIN buyer b ON b.id = o.buyer_id
      JOIN round r ON r.id = o.round_id
     WHERE c.id = :id
    """
)


@dataclass(frozen=True, kw_only=True)
class Begun:
    """An attempt a buyer may go on with; ``stale``: its page asks for another amount."""

    attempt_id: int
    stale: bool


def begin_or_go_on(
    session: Session,
    charge_id: int,
    kind: AttemptKind,
    *,
    methods: Sequence[PayMethod],
    now: datetime,
) -> Begun:
    """Begin to collect a charge, or go on with what is begun; stale: its page is closed first.

    ``methods``: what the provider's account takes. Refused when the charge is not due or the
    round takes none of them; Conflict while another kind of attempt runs.
    """
    charge = lock(session, Charge, charge_id)
    _refuse_unless_due(charge)
    left_satang = charge.asked_satang
    open_ = open_attempt(session, charge_id)
    if open_ is not None:
        if open_.kind is not kind or open_.state is AttemptState.AUTHORIZED:
            raise Conflict("payment_running")
        return Begun(attempt_id=open_.id, stale=_is_stale(open_, left_satang, now))
    attempt = _new_attempt(session, charge, kind, left_satang, methods, now)
    return Begun(attempt_id=attempt.id, stale=False)


def open_attempt(session: Session, charge_id: int) -> PaymentAttempt | None:
    """The charge's attempt that is under way, locked."""
    return session.scalars(
        select(PaymentAttempt)
        .where(PaymentAttempt.charge_id == charge_id, PaymentAttempt.state.in_(OPEN))
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one_or_none()


def _refuse_unless_due(charge: Charge) -> None:
    if charge.state is ChargeState.PAID:
        raise Conflict("charge_already_paid")
    if charge.state is not ChargeState.DUE:
        raise Refused("charge_expired", state=str(charge.state))


def _is_stale(attempt: PaymentAttempt, left_satang: int, now: datetime) -> bool:
    over = attempt.expires_at is not None and attempt.expires_at <= now
    return over or attempt.amount_satang != left_satang


def _new_attempt(
    session: Session,
    charge: Charge,
    kind: AttemptKind,
    amount_satang: int,
    methods: Sequence[PayMethod],
    now: datetime,
) -> PaymentAttempt:
    order = session.execute(_ORDER, {"id": charge.id}).one()
    wanted = page_methods(order.pay_methods, methods, hold=kind is AttemptKind.HOLD)
    if not wanted:
        raise Refused("charge_other_method", method=str(charge.method))
    attempt = PaymentAttempt(
        charge_id=charge.id, kind=kind, amount_satang=amount_satang, created_at=now,
        method=charge.method if charge.method in wanted else wanted[0],
        expires_at=page_ends(charge.pay_by, now),
        asked={"number": order.number, "email": order.email, "methods": wanted},
    )  # fmt: skip
    session.add(attempt)
    session.flush()
    _trail(session, attempt, None, now)
    return attempt


def page_methods(
    round_methods: Sequence[str], account: Sequence[PayMethod], *, hold: bool
) -> list[str]:
    """What a pay page offers: what the round and the account both take; holds are for cards."""
    allowed = [method for method in account if not hold or method is PayMethod.CARD]
    return [str(method) for method in allowed if str(method) in round_methods]


def page_ends(pay_by: datetime, now: datetime) -> datetime:
    """A page closes at the pay-by time, within what the provider allows; whole seconds."""
    return min(max(pay_by, now + PAGE_LEAST), now + PAGE_MOST).replace(microsecond=0)


def note_page(session: Session, attempt_id: int, page: Page, *, now: datetime) -> None:
    """The provider has this page for the attempt. One that expired ends the attempt."""
    attempt = lock(session, PaymentAttempt, attempt_id)
    attempt.checked_at = now
    attempt.session_id = page.session_id
    attempt.pay_url = page.url
    if attempt.state not in OPEN:
        return
    if page.expired and attempt.state is not AttemptState.AUTHORIZED:
        move(session, attempt, AttemptState.EXPIRED, now)
    elif attempt.state is AttemptState.CREATED:
        move(session, attempt, AttemptState.PENDING, now)
    session.flush()


def is_page_of(session: Session, attempt_id: int, session_id: str) -> bool:
    """Is this the page of that attempt? The number in a page's metadata alone is no proof."""
    kept = session.execute(
        select(PaymentAttempt.session_id).where(PaymentAttempt.id == attempt_id)
    ).one_or_none()
    return kept is not None and kept.session_id in (None, session_id)


def fail_attempt(session: Session, attempt_id: int, failure: str, *, now: datetime) -> bool:
    """The provider will not do it, and no money can come of it. False when it had ended."""
    attempt = lock(session, PaymentAttempt, attempt_id)
    if attempt.state not in OPEN:
        return False
    attempt.failure, attempt.checked_at = failure, now
    move(session, attempt, AttemptState.FAILED, now)
    session.flush()
    return True


def move(session: Session, attempt: PaymentAttempt, target: AttemptState, now: datetime) -> None:
    """Change the state with its trail. What the provider says is final is believed, also late."""
    source, attempt.state = attempt.state, target
    if target not in OPEN:
        attempt.settled_at, attempt.pay_url = now, None
    _trail(session, attempt, source, now)


def _trail(
    session: Session, attempt: PaymentAttempt, source: AttemptState | None, now: datetime
) -> None:
    data: dict[str, Any] = {"charge_id": attempt.charge_id, "amount_satang": attempt.amount_satang}
    session.flush()
    record(
        session, actor="system", subject=f"attempt:{attempt.id}", event="attempt.moved", at=now,
        from_state=str(source) if source else None,
        to_state=str(attempt.state or AttemptState.CREATED),
        reason=attempt.failure, data=data,
    )  # fmt: skip
