"""What falling away of units does to the money of an order: paid goes back, due gets less."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from market.payments.models import Charge, ChargeShare
from market.payments.owing import NewRefund, owe_refunds
from market.payments.parts import write_shares
from market.payments.rules import ChargeState, Drop, ReleaseReason
from market.payments.tell import Trail, record_many


@dataclass(frozen=True, kw_only=True)
class Why:
    """Why units fall away, who did it and when."""

    reason: ReleaseReason
    actor: str
    now: datetime


@dataclass
class _Outcome:
    refunds: list[NewRefund] = field(default_factory=list)
    trail: list[Trail] = field(default_factory=list)


def lock_charges(session: Session, order_ids: Sequence[int]) -> dict[int, Charge]:
    """The charges of these orders, locked in order of their ids; by order."""
    rows = session.scalars(
        select(Charge)
        .where(Charge.order_id.in_(order_ids))
        .order_by(Charge.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return {charge.order_id: charge for charge in rows}


def settle_charges(
    session: Session,
    charges: Mapping[int, Charge],
    drops: Mapping[int, Sequence[Drop]],
    left: Mapping[int, int],
    storage: Mapping[int, str],
    why: Why,
) -> dict[int, int]:
    """Refund what was paid, lower what is due; satang paid back by order.

    ``drops`` and ``left`` (satang still to be delivered) by order, ``storage`` by batch.
    """
    outcome = _Outcome()
    lowered = []
    for order_id, mine in drops.items():
        charge = charges.get(order_id)
        if charge is None:
            continue
        if charge.state is ChargeState.PAID:
            outcome.refunds += _refunds_of(charge, mine, left[order_id], storage, why.reason)
        elif charge.state is ChargeState.DUE:
            lowered.append((charge, left[order_id]))
    _lower_all(session, lowered, outcome, why)
    record_many(session, outcome.trail, actor=why.actor, at=why.now)
    owe_refunds(session, outcome.refunds, actor=why.actor, now=why.now)
    paid_back: dict[int, int] = defaultdict(int)
    for refund in outcome.refunds:
        paid_back[refund.order_id] += refund.amount_satang
    return paid_back


def _refunds_of(
    charge: Charge,
    drops: Sequence[Drop],
    left_satang: int,
    storage: Mapping[int, str],
    reason: ReleaseReason,
) -> list[NewRefund]:
    """One refund a batch; the delivery fee goes back when nothing is left to deliver.

    What is left is part of the cause: the same batch may fall short of an order twice.
    """
    amounts: dict[int, int] = defaultdict(int)
    for drop in drops:
        amounts[drop.part.batch_id] += drop.satang
    if left_satang == 0:
        amounts[max(amounts)] += charge.fee_satang
    return [
        NewRefund(
            order_id=charge.order_id,
            round_id=charge.round_id,
            cause=f"{reason}:batch:{batch_id}:order:{charge.order_id}:left:{left_satang}",
            amount_satang=amount,
            storage=storage.get(batch_id),
        )
        for batch_id, amount in sorted(amounts.items())
    ]


def _lower_all(
    session: Session, lowered: Sequence[tuple[Charge, int]], outcome: _Outcome, why: Why
) -> None:
    """Bring charges that are due down to what is left; what they had received beyond goes back."""
    before = {charge.id: charge.received_satang for charge, _ in lowered}
    shared = _shared(session, before)
    for charge, left_satang in lowered:
        outcome.trail.append(_lower(charge, left_satang, why))
    session.flush()
    void = [c.id for c, _ in lowered if c.id in shared and c.state is ChargeState.VOID]
    if void:
        session.execute(
            update(ChargeShare).where(ChargeShare.charge_id.in_(void)).values(received_satang=0)
        )
    received = write_shares(session, shared.difference(void))
    for charge, left_satang in lowered:
        charge.received_satang = received.get(charge.id, charge.received_satang)
        outcome.refunds += _beyond(charge, before[charge.id], left_satang, why)
        if charge.state is ChargeState.DUE and charge.received_satang == charge.amount_satang:
            charge.state, charge.paid_at = ChargeState.PAID, why.now
    session.flush()


def _shared(session: Session, charges: Mapping[int, int]) -> set[int]:
    if not charges:
        return set()
    query = select(ChargeShare.charge_id).where(ChargeShare.charge_id.in_(charges)).distinct()
    return set(session.scalars(query))


def _lower(charge: Charge, left_satang: int, why: Why) -> Trail:
    before = charge.amount_satang
    if left_satang == 0:
        charge.state, charge.received_satang = ChargeState.VOID, 0
    else:
        charge.goods_satang = left_satang
        charge.amount_satang = left_satang + charge.fee_satang
        charge.received_satang = min(charge.received_satang, charge.amount_satang)
        charge.move_on()
    return Trail(
        subject=f"charge:{charge.id}",
        event="charge.lowered",
        from_state="due",
        to_state=str(charge.state),
        reason=str(why.reason),
        data={"before_satang": before, "after_satang": left_satang and charge.amount_satang},
    )


def _beyond(charge: Charge, before: int, left_satang: int, why: Why) -> list[NewRefund]:
    if before <= charge.received_satang:
        return []
    return [
        NewRefund(
            order_id=charge.order_id,
            round_id=charge.round_id,
            cause=f"{why.reason}:charge:{charge.id}:left:{left_satang}",
            amount_satang=before - charge.received_satang,
        )
    ]
