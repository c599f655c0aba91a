"""Money that does not fit: a case is opened once for its subject, and healed or closed."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.orm import Session

from market.accounts.commands import record
from market.db import lock
from market.errors import Conflict, Refused
from market.payments.models import GatewayEvent, MoneyCase, PaymentAttempt, Refund
from market.payments.provider import CURRENCY
from market.payments.rules import RefundState
from market.payments.states import CaseKind, CaseState, RefundWay


class Remedy(StrEnum):
    """What a person can do about a case with one press."""

    LOOK_AGAIN = "look_again"  # ask the provider anew
    GIVE_BACK = "give_back"  # send the money back to where it came from
    SEND_AGAIN = "send_again"  # try the refund once more
    ACCEPT = "accept"  # it is as it is; somebody has looked


REMEDIES: dict[CaseKind, tuple[Remedy, ...]] = {
    CaseKind.PAID_WITHOUT_ORDER: (Remedy.GIVE_BACK, Remedy.ACCEPT),
    CaseKind.ORDER_WITHOUT_PAYMENT: (Remedy.LOOK_AGAIN, Remedy.ACCEPT),
    CaseKind.STUCK_ATTEMPT: (Remedy.LOOK_AGAIN, Remedy.ACCEPT),
    CaseKind.AMOUNT_DIFFERS: (Remedy.LOOK_AGAIN, Remedy.ACCEPT),
    CaseKind.REFUND_DIFFERS: (Remedy.SEND_AGAIN, Remedy.ACCEPT),
    CaseKind.DISPUTE: (Remedy.LOOK_AGAIN, Remedy.ACCEPT),
    CaseKind.LOST_MESSAGE: (Remedy.LOOK_AGAIN, Remedy.ACCEPT),
    CaseKind.SLIP_REUSED: (Remedy.ACCEPT,),
}


def open_case(
    session: Session,
    kind: CaseKind,
    subject: str,
    *,
    amount_satang: int,
    now: datetime,
    round_id: int | None = None,
    detail: dict[str, Any] | None = None,
) -> bool:
    """Show it to a person. False when the same was found before, also when it was closed."""
    found = session.scalar(
        pg_insert(MoneyCase)
        .values(
            kind=kind, subject=subject, round_id=round_id, amount_satang=amount_satang,
            detail=detail or {}, found_at=now, state=CaseState.OPEN,
        )
        .on_conflict_do_nothing(index_elements=["kind", "subject"])
        .returning(MoneyCase.id)
    )  # fmt: skip
    if found is not None:
        record(
            session, actor="system", subject=f"case:{found}", event="case.opened", at=now,
            to_state="open", reason=str(kind), data={"subject": subject, **(detail or {})},
        )  # fmt: skip
    return found is not None


def heal_case(session: Session, kind: CaseKind, subject: str, how: str, *, now: datetime) -> bool:
    """It fits by now, by itself. False when no such case was open."""
    healed = session.scalar(
        update(MoneyCase)
        .where(MoneyCase.kind == kind, MoneyCase.subject == subject,
               MoneyCase.state == CaseState.OPEN)
        .values(state=CaseState.HEALED, closed_at=now, closed_by="system", remedy=how)
        .returning(MoneyCase.id)
    )  # fmt: skip
    if healed is not None:
        record(
            session, actor="system", subject=f"case:{healed}", event="case.healed", at=now,
            from_state="open", to_state="healed", reason=how,
        )  # fmt: skip
    return healed is not None


def remedy(session: Session, case_id: int, chosen: Remedy, *, actor: str, now: datetime) -> None:
    """A person decided. Pressed twice it is done once; Conflict when it was closed otherwise.

    What the provider has to do for it is done by the next sweep.
    """
    case = lock(session, MoneyCase, case_id)
    if case.state is not CaseState.OPEN:
        if case.remedy == chosen:
            return
        raise Conflict("case_closed")
    if chosen not in REMEDIES[case.kind]:
        raise Refused("case_other_remedy")
    _ACTS[chosen](session, case, now)
    case.state, case.closed_at, case.closed_by = CaseState.CLOSED, now, actor
    case.remedy = chosen
    session.flush()
    record(
        session, actor=actor, subject=f"case:{case_id}", event="case.closed", at=now,
        from_state="open", to_state="closed", reason=str(chosen),
    )  # fmt: skip


def _look_again(session: Session, case: MoneyCase, now: datetime) -> None:
    """The next sweep asks the provider about it; what is still wrong comes back as a case."""
    what, _colon, name = case.subject.partition(":")
    if what == "attempt":
        attempt = lock(session, PaymentAttempt, int(name))
        attempt.checked_at = None
    elif what == "event":
        session.execute(
            update(GatewayEvent)
            .where(GatewayEvent.id == name)
            .values(done_at=None, tries=0, try_at=now, error=None)
        )
    case.subject = f"{case.subject}@{case.id}"  # the same finding may be opened anew


def _give_back(_session: Session, case: MoneyCase, _now: datetime) -> None:
    """Money of no order: the sweep sends it back under the case's own key."""
    ours = case.detail.get("currency", CURRENCY) == CURRENCY  # else it is in no book of ours
    if not case.subject.startswith("gateway:pi") or not ours:
        raise Refused("case_other_remedy")


def _send_again(session: Session, case: MoneyCase, _now: datetime) -> None:
    what, _colon, name = case.subject.partition(":")
    if what != "refund":
        raise Refused("case_other_remedy")
    refund = lock(session, Refund, int(name))
    if refund.state is not RefundState.FAILED or refund.receipt_id is None:
        raise Conflict("refund_on_its_way")
    refund.state, refund.way, refund.failure = RefundState.DUE, RefundWay.SOURCE, None
    case.subject = f"{case.subject}@{case.id}"


def _accept(_session: Session, _case: MoneyCase, _now: datetime) -> None:
    """Nothing moves."""


_ACTS = {
    Remedy.LOOK_AGAIN: _look_again,
    Remedy.GIVE_BACK: _give_back,
    Remedy.SEND_AGAIN: _send_again,
    Remedy.ACCEPT: _accept,
}
