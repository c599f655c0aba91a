"""Moving rounds: made, joined, opened, closed, cancelled. Each command locks its row first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from market.accounts.commands import record
from market.db import lock
from market.errors import Conflict, Refused
from market.rounds.joining import join_offers as join_offers
from market.rounds.joining import lock_draft
from market.rounds.methods import Payee, PayMethod, PayPolicy
from market.rounds.models import Round, RoundOffer
from market.rounds.parts import freeze_parts
from market.rounds.payment import check_payment
from market.rounds.queries import next_number
from market.rounds.rules import Cycle, RoundState, Timetable, timetable_faults


@dataclass(frozen=True, kw_only=True)
class Payment:
    """When and how a round is paid for."""

    policy: PayPolicy = PayPolicy.AFTER_MATCH
    methods: tuple[PayMethod, ...] = (PayMethod.PROMPTPAY, PayMethod.CASH)


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where a round comes from: an occurrence of a template, or a copy (once for each key)."""

    template_id: int | None = None
    due_on: date | None = None
    met_on: date | None = None
    copied_from_id: int | None = None
    copy_key: str | None = None


@dataclass(frozen=True, kw_only=True)
class RoundTerms:
    """What a round may have of its own. parts: by kind of goods, see ``set_round_parts``."""

    publish_minutes: int | None = None
    fee_percent: int = 100
    parts: Mapping[str, Mapping[str, int]] | None = None


@dataclass(frozen=True, kw_only=True)
class NewRound:
    """What it takes to plan a round."""

    name_th: str
    name_en: str
    cycle: Cycle
    times: Timetable
    sample: bool = False
    payee: Payee = Payee.MARKET
    payment: Payment = Payment()
    origin: Origin = Origin()
    terms: RoundTerms = RoundTerms()


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What a group may change of its offer before the round opens. Units and satang."""

    capacity_units: int
    price_satang: int


def create_round(session: Session, new: NewRound, *, actor: str, now: datetime) -> int:
    """Plan a round as a draft. Raises Refused where the moments are out of order."""
    faults = timetable_faults(new.times, longest_lead_days=1)
    if faults:
        raise Refused("timetable_does_not_fit", fault=faults[0])
    round_ = _draft(next_number(session), new)
    session.add(round_)
    session.flush()
    record(
        session, actor=actor, subject=f"round:{round_.id}", event="round.created", at=now,
        to_state=RoundState.DRAFT,
    )  # fmt: skip
    return round_.id


def _draft(number: int, new: NewRound) -> Round:
    times = new.times
    return Round(
        number=number,
        name_th=new.name_th,
        name_en=new.name_en,
        cycle=new.cycle,
        opens_at=times.opens_at,
        closes_at=times.closes_at,
        answer_by=times.answer_by,
        first_answer_by=times.answer_by,
        answer_hours=times.answer_hours,
        rematch_limit=times.rematch_limit,
        pay_by=times.pay_by,
        delivery_on=list(times.delivery_on),
        sample=new.sample,
        payee=str(new.payee),
        pay_policy=str(new.payment.policy),
        pay_methods=[str(method) for method in new.payment.methods],
        **asdict(new.origin),
        **asdict(new.terms),
    )


def set_terms(
    session: Session, round_offer_id: int, terms: Terms, *, actor: str, now: datetime
) -> None:
    """Change a group's offer in a draft round: capacity in whole lots, and the price.

    Raises Refused where the capacity is not whole lots or below the minimum batch, Conflict
    once the round has opened (an offer's terms are then frozen).
    """
    offer = lock(session, RoundOffer, round_offer_id)
    lock_draft(session, offer.round_id)
    if terms.capacity_units % offer.lot_units or terms.capacity_units < offer.min_batch_units:
        raise Refused("capacity_not_whole_lots", lot=offer.lot_units, minimum=offer.min_batch_units)
    record(
        session, actor=actor, subject=f"round_offer:{offer.id}", event="offer.changed", at=now,
        data={"capacity": [offer.capacity_units, terms.capacity_units],
              "price_satang": [offer.price_satang, terms.price_satang]},
    )  # fmt: skip
    offer.capacity_units = terms.capacity_units
    offer.max_per_order = min(offer.max_per_order, terms.capacity_units)
    offer.price_satang = terms.price_satang
    offer.version += 1
    session.flush()
    session.execute(
        text(
            "UPDATE round_offer o SET in_band = o.price_satang"
            " BETWEEN p.band_low_satang AND p.band_high_satang"
            " FROM product p WHERE p.id = o.product_id AND o.id = :id"
        ),
        {"id": offer.id},
    )
    session.expire(offer)


def set_payment(
    session: Session, round_id: int, payment: Payment, *, actor: str, now: datetime
) -> None:
    """Choose when and how a draft is paid for. Conflict once it is open; Refused where none
    of the methods can keep what the policy promises.
    """
    round_ = lock_draft(session, round_id)
    before = {"policy": round_.pay_policy, "methods": list(round_.pay_methods)}
    round_.pay_policy = str(payment.policy)
    round_.pay_methods = [str(method) for method in payment.methods]
    check_payment(session, round_)
    session.flush()
    record(
        session, actor=actor, subject=f"round:{round_id}", event="round.payment", at=now,
        data={"before": before, "policy": str(payment.policy), "methods": round_.pay_methods},
    )  # fmt: skip


def withdraw_offer(session: Session, round_offer_id: int, *, actor: str, now: datetime) -> None:
    """Take an offer out of a draft round: the group does not make it this time."""
    offer = lock(session, RoundOffer, round_offer_id)
    lock_draft(session, offer.round_id)
    record(
        session, actor=actor, subject=f"offer:{offer.offer_id}", event="offer.withdrawn", at=now,
        data={"round_id": offer.round_id},
    )  # fmt: skip
    session.delete(offer)
    session.flush()


def rejoin_offer(
    session: Session, round_id: int, offer_id: int, *, actor: str, now: datetime
) -> None:
    """Take part after all. Raises Refused where the offer does not fit the round."""
    if not join_offers(session, round_id, now=now, offer_id=offer_id):
        raise Refused("offer_does_not_fit")
    record(
        session, actor=actor, subject=f"offer:{offer_id}", event="offer.joined", at=now,
        data={"round_id": round_id},
    )  # fmt: skip


def open_round(session: Session, round_id: int, *, actor: str, now: datetime) -> None:
    """Open a draft for orders. Raises Refused where its timetable or its offers do not fit."""
    round_ = lock(session, Round, round_id)
    if round_.state is RoundState.OPEN:
        return
    count, longest = session.execute(
        select(func.count(), func.max(RoundOffer.lead_days)).where(RoundOffer.round_id == round_id)
    ).one()
    if not count:
        raise Refused("round_has_no_offers")
    faults = timetable_faults(round_.timetable(), longest)
    if faults:
        raise Refused("timetable_does_not_fit", fault=faults[0])
    if now >= round_.closes_at:
        raise Refused("cut_off_has_passed")
    check_payment(session, round_)
    freeze_parts(session, round_id)
    move_round(session, round_, RoundState.OPEN, actor=actor, now=now)


def close_round(session: Session, round_id: int, *, actor: str, now: datetime) -> bool:
    """Close an open round at or after its cut-off; True when this call closed it.

    The lock waits for every order that holds the row FOR SHARE, so nothing commits
    after the lines are frozen.
    """
    round_ = lock(session, Round, round_id)
    if round_.state is not RoundState.OPEN:
        return False
    if now < round_.closes_at:
        raise Refused("cut_off_not_reached", closes_at=round_.closes_at.isoformat())
    move_round(session, round_, RoundState.CLOSED, actor=actor, now=now)
    return True


def close_early(session: Session, round_id: int, *, actor: str, reason: str, now: datetime) -> None:
    """Bring the cut-off forward to ``now`` and close, with the reason in the trail."""
    round_ = lock(session, Round, round_id)
    if round_.state is not RoundState.OPEN:
        raise Conflict("round_cannot_move", state=str(round_.state), target="closed")
    if now <= round_.opens_at:
        raise Refused("round_not_open_yet")
    round_.closes_at = min(round_.closes_at, now)
    move_round(session, round_, RoundState.CLOSED, actor=actor, now=now, reason=reason)


def cancel_round(
    session: Session, round_id: int, *, actor: str, reason: str, now: datetime
) -> None:
    """Call a round off before producing; payments and notices pull from the state."""
    round_ = lock(session, Round, round_id)
    move_round(session, round_, RoundState.CANCELLED, actor=actor, now=now, reason=reason)


def move_round(
    session: Session,
    round_: Round,
    target: RoundState,
    *,
    actor: str,
    now: datetime,
    reason: str | None = None,
) -> None:
    """Move a locked round along a drawn arrow and write the trail."""
    source = round_.move(target)
    record(
        session, actor=actor, subject=f"round:{round_.id}", event=f"round.{target}", at=now,
        from_state=source, to_state=target, reason=reason,
    )  # fmt: skip
