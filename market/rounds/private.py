"""A round for one buyer: agreed with the groups beforehand, so it starts where money is due.

It is never open, so nothing that gathers, lists or searches goods of a round ever sees it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from market.accounts.commands import record
from market.rounds.memory import enter_groups
from market.rounds.models import Round, RoundOffer
from market.rounds.parts import freeze_parts
from market.rounds.rules import Cycle, RoundState

#: Rounds that anybody may order in are counted from 1; these are counted from here.
PRIVATE_FROM = 100_000
#: The groups have answered before: what a round calls its answer time is over at once.
ANSWERED = timedelta(seconds=1)


@dataclass(frozen=True, kw_only=True)
class PrivateRound:
    """Terms of a round that was agreed upon. serial counts such rounds."""

    serial: int
    name_th: str
    name_en: str
    asked_at: datetime
    pay_by: datetime
    delivery_on: date
    payee: str
    pay_methods: tuple[str, ...]
    sample: bool = False


@dataclass(frozen=True, kw_only=True)
class AgreedOffer:
    """What one group makes in it. Units and satang a unit."""

    offer_id: int
    group_id: int
    product_id: int
    units: int
    lot_units: int
    price_satang: int
    unit_cost_satang: int
    lead_days: int


def open_private(session: Session, new: PrivateRound, *, actor: str, now: datetime) -> Round:
    """The round, waiting for money. Its timetable is what has happened already."""
    round_ = Round(
        number=PRIVATE_FROM + new.serial, name_th=new.name_th, name_en=new.name_en,
        cycle=Cycle.WEEKLY, state=RoundState.PAYING, private=True, sample=new.sample,
        opens_at=min(new.asked_at, now - ANSWERED), closes_at=now, answer_by=now + ANSWERED,
        first_answer_by=now + ANSWERED, answer_hours=0, rematch_limit=0, pay_by=new.pay_by,
        delivery_on=[new.delivery_on], payee=new.payee, pay_methods=list(new.pay_methods),
    )  # fmt: skip
    session.add(round_)
    session.flush()
    record(
        session, actor=actor, subject=f"round:{round_.id}", event="round.agreed", at=now,
        to_state=RoundState.PAYING,
    )  # fmt: skip
    return round_


def add_agreed_offers(
    session: Session, round_id: int, offers: Sequence[AgreedOffer]
) -> list[RoundOffer]:
    """The groups' terms, frozen: capacity is what was agreed, the parts of the price add up."""
    rows = [_row(round_id, offer) for offer in offers]
    session.add_all(rows)
    session.flush()
    enter_groups(session, round_id)
    freeze_parts(session, round_id)
    return rows


def _row(round_id: int, offer: AgreedOffer) -> RoundOffer:
    return RoundOffer(
        round_id=round_id, offer_id=offer.offer_id, group_id=offer.group_id,
        product_id=offer.product_id, capacity_units=offer.units, min_batch_units=offer.lot_units,
        lot_units=offer.lot_units, price_satang=offer.price_satang,
        unit_cost_satang=offer.unit_cost_satang, middleman_satang=0, max_per_order=offer.units,
        minutes_per_unit=0, lead_days=offer.lead_days, ready_index=0, in_band=True,
    )  # fmt: skip
