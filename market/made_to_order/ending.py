"""How requests end, and what time does to them. The sweep calls these; each may run again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from market.accounts.commands import record
from market.db import lock
from market.errors import Refused
from market.made_to_order.following import ask_for_rest
from market.made_to_order.models import GoodsRequest, RequestInvite
from market.made_to_order.rules import BALANCE_BEFORE, REMIND_BEFORE, InviteState, RequestState
from market.made_to_order.telling import tell_buyer, tell_groups
from market.matching.models import Batch
from market.matching.rules import BatchState
from market.payments.models import Charge
from market.payments.rules import ChargeState
from market.rounds.commands import cancel_round
from market.rounds.models import Round
from market.rounds.rules import RoundState

STILL_ASKED = (InviteState.WAITING, InviteState.OFFERED)


def withdraw_request(session: Session, request_id: int, *, actor: str, now: datetime) -> None:
    """The buyer does not want it any more. Twice changes nothing; Refused once it is an order."""
    request = lock(session, GoodsRequest, request_id)
    if request.state is RequestState.WITHDRAWN:
        return
    if request.state is RequestState.AGREED:
        raise Refused("request_is_an_order")
    _end(session, request, RequestState.WITHDRAWN, "withdrawn", actor=actor, now=now)


def advance_request(session: Session, request_id: int, *, now: datetime) -> None:
    """Whatever is due about one sent request."""
    request = lock(session, GoodsRequest, request_id)
    if request.state is RequestState.ASKED:
        _advance_asked(session, request, now)
    elif request.state is RequestState.AGREED:
        _lapse_unpaid(session, request, now)
        ask_for_rest(session, request, now=now)
        _ask_for_balance(session, request, now)


def _advance_asked(session: Session, request: GoodsRequest, now: datetime) -> None:
    if request.answer_by is None or request.choose_by is None:
        return
    if now < request.answer_by:
        if now >= request.answer_by - REMIND_BEFORE:
            _remind(session, request, now)
        return
    _silence(session, request, now)
    offers = _groups(session, request.id, [InviteState.OFFERED])
    if now >= request.choose_by or not offers:
        reason = "not_chosen" if offers else "nobody"
        _end(session, request, RequestState.EXPIRED, reason, actor="system", now=now)
        tell_buyer(session, request, "expired", now=now, data={"reason": reason})
    elif request.ready_told_at is None:
        request.ready_told_at = now
        tell_buyer(session, request, "answers", now=now, data={"offers": len(offers)})
    session.flush()


def _remind(session: Session, request: GoodsRequest, now: datetime) -> None:
    due = session.scalars(
        update(RequestInvite)
        .where(
            RequestInvite.request_id == request.id, RequestInvite.reminded_at.is_(None),
            RequestInvite.state == InviteState.WAITING,
        )
        .values(reminded_at=now)
        .returning(RequestInvite.group_id)
    ).all()  # fmt: skip
    tell_groups(session, request, "reminder", due, now=now)


_SILENCE = text(
    """
    WITH due AS (
        SELECT id FROM request_invite WHERE request_id = :request_id AND state = 'waiting'
         ORDER BY id FOR NO KEY UPDATE
    ), silent AS (
        UPDATE request_invite i SET state = 'silent', version = i.version + 1
          FROM due WHERE due.id = i.id
    )
    INSERT INTO audit_event (at, actor, subject, event, from_state, to_state, data)
    SELECT :now, 'system', 'invite:' || id, 'request.silent', 'waiting', 'silent', '{}'
      FROM due ORDER BY id
    """
)


def _silence(session: Session, request: GoodsRequest, now: datetime) -> None:
    session.flush()
    session.execute(_SILENCE, {"request_id": request.id, "now": now})


def _end(
    session: Session, request: GoodsRequest, target: RequestState, reason: str, *, actor: str,
    now: datetime,
) -> None:  # fmt: skip
    """Close a request without an order; the groups that wait for a word get it."""
    before = request.move(target)
    request.closed_at, request.closed_reason = now, reason
    groups = _groups(session, request.id, STILL_ASKED)
    session.execute(
        update(RequestInvite)
        .where(RequestInvite.request_id == request.id, RequestInvite.state == InviteState.OFFERED)
        .values(state=InviteState.PASSED, version=RequestInvite.version + 1)
    )
    session.flush()
    record(
        session, actor=actor, subject=f"request:{request.id}", event=f"request.{target}", at=now,
        from_state=before, to_state=target, reason=reason,
    )  # fmt: skip
    tell_groups(session, request, "over", groups, now=now)


def _groups(session: Session, request_id: int, states: Sequence[InviteState]) -> list[int]:
    query = select(RequestInvite.group_id).where(
        RequestInvite.request_id == request_id, RequestInvite.state.in_(states)
    )
    return list(session.scalars(query.order_by(RequestInvite.id)))


def _lapse_unpaid(session: Session, request: GoodsRequest, now: datetime) -> None:
    """The deposit did not come: payments has let the charge expire; the groups are free."""
    charge = session.scalars(select(Charge).where(Charge.order_id == request.order_id)).one()
    if charge.state is not ChargeState.EXPIRED:
        return
    before = request.move(RequestState.LAPSED)
    request.closed_at, request.closed_reason = now, "unpaid"
    round_ = session.get_one(Round, request.round_id)
    if round_.state is RoundState.PAYING:
        cancel_round(session, round_.id, actor="system", reason="deposit_unpaid", now=now)
    session.flush()
    record(
        session, actor="system", subject=f"request:{request.id}", event="request.lapsed", at=now,
        from_state=before, to_state=RequestState.LAPSED, reason="unpaid",
    )  # fmt: skip
    groups = _groups(session, request.id, [InviteState.CHOSEN])
    tell_groups(session, request, "lapsed", groups, now=now)
    tell_buyer(session, request, "lapsed", now=now)


def _ask_for_balance(session: Session, request: GoodsRequest, now: datetime) -> None:
    """The goods are made, or the day is near: what is left is to be paid. Told once."""
    charge = session.scalars(select(Charge).where(Charge.order_id == request.order_id)).one()
    if charge.state is not ChargeState.DUE or charge.deposit_is_missing:
        return
    unmade = select(Batch.id).where(
        Batch.round_id == request.round_id,
        Batch.state.in_((BatchState.CONFIRMED, BatchState.TO_MAKE)),
    )
    near = charge.balance_by is not None and charge.balance_by <= now + BALANCE_BEFORE
    if near or session.scalar(unmade.limit(1)) is None:
        tell_buyer(
            session, request, "balance", now=now,
            data={"left_satang": charge.asked_satang, "pay_by": charge.pay_by.isoformat()},
        )  # fmt: skip
